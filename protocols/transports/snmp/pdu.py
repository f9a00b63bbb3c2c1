"""SNMP's messages of versions 1 and 2c, and the PDUs of all three (RFC 1157, 1901, 3416): bytes to tuples and back. Pure."""

from typing import NamedTuple

from protocols.transports.snmp import ber, values
from protocols.transports.snmp.ber import BerError
from protocols.transports.snmp.values import Typed, Value

V1, V2C, V3 = 0, 1, 3
GET, GET_NEXT, RESPONSE, SET, TRAP_V1, GET_BULK, INFORM, TRAP, REPORT = range(0xA0, 0xA9)
NO_ERROR, TOO_BIG, NO_SUCH_NAME, BAD_VALUE, READ_ONLY, GEN_ERR, NO_ACCESS = range(7)
NOT_WRITABLE, AUTHORIZATION_ERROR = 17, 16
MOST_BINDINGS = 1024
"""Most variable bindings that are read from one message: what fits a UDP datagram and is of use."""

Binding = tuple[str, Value | None]
"""OID and value; None: the device has no such thing (noSuchObject, noSuchInstance, endOfMibView, NULL)."""


class Pdu(NamedTuple):
    """A request, response or notification. Of GETBULK, `status` is non-repeaters and `error_index` max-repetitions."""

    kind: int
    request: int
    status: int
    error_index: int
    bindings: list[Binding]
    ended: bool = False
    """An answer holds endOfMibView."""


class TrapV1(NamedTuple):
    """RFC 1157 section 4.1.6; `address` is what the agent says of itself and need not be true."""

    enterprise: str
    address: str
    generic: int
    specific: int
    uptime: int
    bindings: list[Binding]


class Message(NamedTuple):
    """A message of version 1 or 2c."""

    version: int
    community: bytes
    pdu: Pdu | TrapV1
    raw: bytes
    """The PDU as it came."""


def message(version: int, community: bytes, pdu: bytes) -> bytes:
    """An encoded PDU as a message of version 1 or 2c."""
    return ber.element(ber.SEQUENCE, ber.number(version), ber.element(ber.OCTETS, community), pdu)


def encode(kind: int, request: int, status: int, index: int, bindings: list[tuple[str, Typed]]) -> bytes:
    """A PDU of any kind but version 1's trap."""
    rows = [ber.element(ber.SEQUENCE, ber.element(ber.OID, ber.oid_bytes(o)), values.encode(v)) for o, v in bindings]
    return ber.element(
        kind, ber.number(request), ber.number(status), ber.number(index), ber.element(ber.SEQUENCE, *rows)
    )


def acknowledgement(inform: bytes) -> bytes:
    """The response to an inform: the same request id and bindings (RFC 3416 section 4.2.7)."""
    return bytes((RESPONSE,)) + inform[1:]


def encode_trap_v1(trap: TrapV1, bindings: list[tuple[str, Typed]]) -> bytes:
    """A trap PDU of version 1 with these typed bindings."""
    rows = [ber.element(ber.SEQUENCE, ber.element(ber.OID, ber.oid_bytes(o)), values.encode(v)) for o, v in bindings]
    return ber.element(
        TRAP_V1,
        ber.element(ber.OID, ber.oid_bytes(trap.enterprise)),
        values.encode(values.ip_address(trap.address)),
        ber.number(trap.generic),
        ber.number(trap.specific),
        values.encode(values.time_ticks(trap.uptime)),
        ber.element(ber.SEQUENCE, *rows),
    )


def version_of(data: bytes) -> int:
    """The version that a message says it is of. Raises `BerError`."""
    outer = ber.expect(data, 0, len(data), ber.SEQUENCE)
    return ber.integer(data, outer.start, outer.end)[0]


def decode_message(data: bytes) -> Message:
    """A message of version 1 or 2c. Raises `BerError`."""
    outer = ber.expect(data, 0, len(data), ber.SEQUENCE)
    version, at = ber.integer(data, outer.start, outer.end)
    if version not in (V1, V2C):
        raise BerError(f"version {version}")
    community, at = ber.octets(data, at, outer.end)
    return Message(version, community, decode(data, at, outer.end), data[at : outer.end])


def decode(data: bytes, at: int, end: int) -> Pdu | TrapV1:
    """The PDU that begins at `at`. Raises `BerError`."""
    found = ber.field(data, at, end)
    if found.tag == TRAP_V1:
        return _trap_v1(data, found.start, found.end)
    if not GET <= found.tag <= REPORT:
        raise BerError(f"PDU type {found.tag:#04x}")
    request, at = ber.integer(data, found.start, found.end)
    status, at = ber.integer(data, at, found.end)
    index, at = ber.integer(data, at, found.end)
    bindings, ended = _bindings(data, at, found.end)
    return Pdu(found.tag, request, status, index, bindings, ended)


def _trap_v1(data: bytes, at: int, end: int) -> TrapV1:
    enterprise = ber.expect(data, at, end, ber.OID)
    address = ber.expect(data, enterprise.end, end, values.IP_ADDRESS)
    if address.end - address.start != 4:
        raise BerError("an IpAddress that is not of four bytes")
    generic, at = ber.integer(data, address.end, end)
    specific, at = ber.integer(data, at, end)
    uptime = ber.expect(data, at, end, values.TIME_TICKS)
    return TrapV1(
        ber.oid_text(data[enterprise.start : enterprise.end]),
        ".".join(map(str, data[address.start : address.end])),
        generic,
        specific,
        ber.unsigned(data[uptime.start : uptime.end]),
        _bindings(data, uptime.end, end)[0],
    )


def _bindings(data: bytes, at: int, end: int) -> tuple[list[Binding], bool]:
    """A long walk's time goes by here: short lengths, which nearly all are, are read in place."""
    rows = ber.expect(data, at, end, ber.SEQUENCE)
    found: list[Binding] = []
    ended, at, last = False, rows.start, rows.end
    plain, oid_text = values.PLAIN, ber.oid_text
    while at < last:
        if len(found) >= MOST_BINDINGS:
            raise BerError(f"more than {MOST_BINDINGS} variable bindings")
        if last - at > 5 and data[at + 1] < 0x80 and data[at + 3] < 0x80:
            name, row_end = at + 4, at + 2 + data[at + 1]
            name_end = name + data[at + 3]
            if data[at] != ber.SEQUENCE or data[at + 2] != ber.OID or row_end > last or name_end > row_end:
                raise BerError("no variable binding")
        else:
            row = ber.expect(data, at, last, ber.SEQUENCE)
            held = ber.expect(data, row.start, row.end, ber.OID)
            name, name_end, row_end = held.start, held.end, row.end
        tag, start, stop = ber.field(data, name_end, row_end)
        read = plain.get(tag)
        said = read(data[start:stop]) if read else values.decode(tag, data[start:stop])
        ended = ended or tag == values.END_OF_MIB
        found.append((oid_text(data[name:name_end]), said))
        at = row_end
    return found, ended
