"""Messages of version 3 (RFC 3412 section 6, RFC 3414 section 2.4): bytes to parts and back, sealed and opened. Pure."""

from typing import NamedTuple

from protocols.transports.snmp import ber, pdu, usm
from protocols.transports.snmp.ber import BerError
from protocols.transports.snmp.pdu import Pdu
from protocols.transports.snmp.usm import Keys

AUTH, PRIVACY, REPORTABLE = 1, 2, 4
USM = 3
MAX_SIZE = 65507
USM_STATS = "1.3.6.1.6.3.15.1.1."
UNSUPPORTED_LEVEL, NOT_IN_TIME, UNKNOWN_USER, UNKNOWN_ENGINE, WRONG_DIGEST, DECRYPTION = (
    f"{USM_STATS}{number}.0" for number in range(1, 7)
)
"""What a report says (RFC 3414 section 5, usmStats)."""
UNKNOWN_CONTEXT = "1.3.6.1.6.3.12.1.5.0"
"""snmpUnknownContexts (RFC 3413)."""


class Security(NamedTuple):
    """Which engine is authoritative, its boots and time, and the user."""

    engine: bytes
    boots: int
    time: int
    user: bytes


class Sealed(NamedTuple):
    """A message as it came: what is in the clear, and what is not yet opened."""

    id: int
    flags: int
    security: Security
    auth: bytes
    privacy: bytes
    data: bytes
    auth_at: int
    body: tuple[int, int, int]
    """Tag and bounds of the scoped PDU, encrypted or not."""


class Scoped(NamedTuple):
    """What is inside: the PDU and the context it belongs to."""

    engine: bytes
    context: bytes
    pdu: Pdu
    raw: bytes
    """The PDU as it came."""


def scoped(engine: bytes, context: bytes, encoded: bytes) -> bytes:
    """An encoded PDU in its context."""
    return ber.element(ber.SEQUENCE, ber.element(ber.OCTETS, engine), ber.element(ber.OCTETS, context), encoded)


def seal(number: int, flags: int, security: Security, keys: Keys, salt: int, inside: bytes) -> bytes:
    """A whole message; `flags` say whether it is authenticated and encrypted with `keys`."""
    parameters = b""
    if flags & PRIVACY:
        secret, parameters = usm.encrypt(keys, security.boots, security.time, salt, inside)
        inside = ber.element(ber.OCTETS, secret)
    blank = bytes(usm.AUTH_LENGTHS[keys.auth or ""]) if flags & AUTH else b""
    head = ber.element(
        ber.SEQUENCE,
        ber.number(number), ber.number(MAX_SIZE), ber.element(ber.OCTETS, bytes((flags,))), ber.number(USM),
    )  # fmt: skip
    tail = ber.element(ber.OCTETS, parameters)
    user = ber.element(
        ber.SEQUENCE,
        ber.element(ber.OCTETS, security.engine), ber.number(security.boots), ber.number(security.time),
        ber.element(ber.OCTETS, security.user), ber.element(ber.OCTETS, blank), tail,
    )  # fmt: skip
    after = len(tail) + len(inside)
    whole = ber.element(ber.SEQUENCE, ber.number(pdu.V3), head, ber.element(ber.OCTETS, user), inside)
    if not flags & AUTH:
        return whole
    at = len(whole) - after - len(blank)
    return whole[:at] + usm.digest(keys, whole) + whole[at + len(blank) :]


def parse(data: bytes) -> Sealed:
    """The parts of a message. Raises `BerError`."""
    outer = ber.expect(data, 0, len(data), ber.SEQUENCE)
    version, at = ber.integer(data, outer.start, outer.end)
    if version != pdu.V3:
        raise BerError(f"version {version}")
    head = ber.expect(data, at, outer.end, ber.SEQUENCE)
    number, at = ber.integer(data, head.start, head.end)
    _, at = ber.integer(data, at, head.end)
    flags, at = ber.octets(data, at, head.end)
    model, _ = ber.integer(data, at, head.end)
    if len(flags) != 1 or model != USM:
        raise BerError("flags or a security model that are not those of USM")
    held = ber.expect(data, head.end, outer.end, ber.OCTETS)
    security, auth, privacy, auth_at = _security(data, held.start, held.end)
    body = ber.field(data, held.end, outer.end)
    return Sealed(number, flags[0], security, auth, privacy, data, auth_at, (body.tag, body.start, body.end))


def _security(data: bytes, at: int, end: int) -> tuple[Security, bytes, bytes, int]:
    rows = ber.expect(data, at, end, ber.SEQUENCE)
    engine, at = ber.octets(data, rows.start, rows.end)
    boots, at = ber.integer(data, at, rows.end)
    time, at = ber.integer(data, at, rows.end)
    user, at = ber.octets(data, at, rows.end)
    auth = ber.expect(data, at, rows.end, ber.OCTETS)
    privacy, _ = ber.octets(data, auth.end, rows.end)
    if not (0 <= boots < 2**31 and 0 <= time < 2**31):
        raise BerError("an engine's boots or time out of range")
    return Security(engine, boots, time, user), data[auth.start : auth.end], privacy, auth.start


def is_authentic(message: Sealed, keys: Keys) -> bool:
    """Whether the digest is the user's."""
    if keys.auth is None or len(message.auth) != usm.AUTH_LENGTHS[keys.auth]:
        return False
    at, data = message.auth_at, message.data
    blank = data[:at] + bytes(len(message.auth)) + data[at + len(message.auth) :]
    return usm.same(usm.digest(keys, blank), message.auth)


def unseal(message: Sealed, keys: Keys) -> Scoped:
    """What is inside, decrypted where it is encrypted. Raises `BerError`, `UsmError`."""
    tag, start, end = message.body
    data = message.data
    if message.flags & PRIVACY:
        if tag != ber.OCTETS or keys.privacy is None:
            raise usm.UsmError("encrypted, and no key for it")
        security = message.security
        data = usm.decrypt(keys, security.boots, security.time, message.privacy, data[start:end])
        outer = ber.expect(data, 0, len(data), ber.SEQUENCE)
        start, end = outer.start, outer.end
    elif tag != ber.SEQUENCE:
        raise BerError("no scoped PDU")
    engine, at = ber.octets(data, start, end)
    context, at = ber.octets(data, at, end)
    found = pdu.decode(data, at, end)
    if not isinstance(found, Pdu):
        raise BerError("a trap of version 1 inside version 3")
    return Scoped(engine, context, found, data[at:end])
