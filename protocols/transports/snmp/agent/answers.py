"""What an agent answers to a PDU (RFC 3416 section 4.2; version 1: RFC 1157 section 4.1). Pure. SETs are refused and counted."""

from protocols.transports.snmp import pdu, values
from protocols.transports.snmp.agent.mib import Mib
from protocols.transports.snmp.pdu import Pdu
from protocols.transports.snmp.values import Typed

NULL = Typed(0x05, 0)
MOST_SIZE = 1472
"""Bytes of an answer that fits a frame; a GETBULK's is cut there, as real agents do."""

Row = tuple[str, Typed]


def answer(mib: Mib, asked: Pdu, version: int, most_size: int = MOST_SIZE) -> bytes:
    """The encoded response."""
    oids = [oid for oid, _ in asked.bindings]
    if asked.kind == pdu.SET:
        status = pdu.READ_ONLY if version == pdu.V1 else pdu.NOT_WRITABLE
        return _error(asked, status, 1)
    if asked.kind == pdu.GET_BULK:
        return _bulk(mib, asked, oids, most_size)
    rows: list[Row] = []
    for place, oid in enumerate(oids, 1):
        row = _get(mib, oid) if asked.kind == pdu.GET else _next(mib, oid)
        if version == pdu.V1 and (row[1].tag in values.ABSENT or row[1].tag == values.COUNTER64):
            return _error(asked, pdu.NO_SUCH_NAME, place)
        rows.append(row)
    encoded = pdu.encode(pdu.RESPONSE, asked.request, 0, 0, rows)
    return encoded if len(encoded) <= most_size else _error(asked, pdu.TOO_BIG, 0)


def _error(asked: Pdu, status: int, index: int) -> bytes:
    return pdu.encode(pdu.RESPONSE, asked.request, status, index, [(oid, NULL) for oid, _ in asked.bindings])


def _get(mib: Mib, oid: str) -> Row:
    if oid in mib:
        return oid, mib.now(oid)
    return oid, Typed(values.NO_SUCH_OBJECT, 0)


def _next(mib: Mib, oid: str) -> Row:
    found = mib.following(oid, 1)
    return (found[0], mib.now(found[0])) if found else (oid, Typed(values.END_OF_MIB, 0))


def _bulk(mib: Mib, asked: Pdu, oids: list[str], most_size: int) -> bytes:
    single, repeated = oids[: max(0, asked.status)], oids[max(0, asked.status) :]
    rows = [_next(mib, oid) for oid in single]
    ends = list(repeated)
    for _ in range(max(0, min(asked.error_index, pdu.MOST_BINDINGS // max(1, len(ends))))):
        turn = [_next(mib, oid) for oid in ends]
        rows += turn
        ends = [oid for oid, _ in turn]
        if all(value.tag == values.END_OF_MIB for _, value in turn):
            break
    return _fitting(asked, rows, most_size)


def _fitting(asked: Pdu, rows: list[Row], most_size: int) -> bytes:
    while True:
        encoded = pdu.encode(pdu.RESPONSE, asked.request, 0, 0, rows)
        if len(encoded) <= most_size:
            return encoded
        if len(rows) <= 1:
            return _error(asked, pdu.TOO_BIG, 0)
        rows = rows[: max(1, min(len(rows) - 1, len(rows) * most_size // len(encoded)))]
