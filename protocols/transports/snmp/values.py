"""SNMP's types of values: what is sent (typed, RFC 3416 section 3) and what is read (numbers, text, octets). Pure."""

import struct
import unicodedata
from collections.abc import Callable
from ipaddress import AddressValueError, IPv4Address
from typing import NamedTuple

from protocols.transports.snmp import ber
from protocols.transports.snmp.ber import BerError

Value = int | float | str | bytes
"""What a device says: whole numbers, octet strings as bytes, OIDs and IPv4 addresses as text."""

IP_ADDRESS, COUNTER32, GAUGE32, TIME_TICKS, OPAQUE, COUNTER64 = 0x40, 0x41, 0x42, 0x43, 0x44, 0x46
NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB = 0x80, 0x81, 0x82
ABSENT = (ber.NULL, NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB)
MOST_TEXT = 200
"""Most characters of a text that `text` gives."""


class Typed(NamedTuple):
    """A value with its type on the wire."""

    tag: int
    value: Value


def integer(value: int) -> Typed:
    """INTEGER, Integer32: −2³¹ to 2³¹ − 1."""
    return Typed(ber.INTEGER, value)


def octet_string(value: bytes | str) -> Typed:
    """OCTET STRING; a text is sent as UTF-8."""
    return Typed(ber.OCTETS, value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value)


def object_identifier(value: str) -> Typed:
    """OBJECT IDENTIFIER."""
    return Typed(ber.OID, value)


def ip_address(value: str) -> Typed:
    """IpAddress: IPv4."""
    return Typed(IP_ADDRESS, value)


def counter32(value: int) -> Typed:
    """Counter32; wraps at 2³²."""
    return Typed(COUNTER32, value % 2**32)


def gauge32(value: int) -> Typed:
    """Gauge32, Unsigned32."""
    return Typed(GAUGE32, value)


def time_ticks(value: int) -> Typed:
    """TimeTicks: hundredths of a second; wraps at 2³² (497 days)."""
    return Typed(TIME_TICKS, value % 2**32)


def counter64(value: int) -> Typed:
    """Counter64; wraps at 2⁶⁴."""
    return Typed(COUNTER64, value % 2**64)


def typed(value: Typed | Value) -> Typed:
    """A bare number as INTEGER, a bare text or bytes as OCTET STRING."""
    if isinstance(value, Typed):
        return value
    if isinstance(value, str | bytes):
        return octet_string(value)
    return integer(int(value))


def encode(value: Typed) -> bytes:
    """The element of a value. Raises `BerError` for one that its type cannot hold."""
    tag, content = value
    if tag in ABSENT:
        return ber.element(tag)
    if tag == ber.OID and isinstance(content, str):
        return ber.element(tag, ber.oid_bytes(content))
    if tag == IP_ADDRESS and isinstance(content, str):
        try:
            return ber.element(tag, IPv4Address(content).packed)
        except AddressValueError:
            raise BerError(f"{content!r} is no IPv4 address") from None
    if isinstance(content, bytes):
        return ber.element(tag, content)
    if isinstance(content, int):
        return ber.number(content, tag)
    raise BerError(f"{type(content).__name__} where tag {tag:#04x} is sent")


PLAIN: dict[int, Callable[[bytes], Value]] = {
    ber.INTEGER: ber.signed,
    ber.OCTETS: bytes,
    ber.OID: ber.oid_text,
    COUNTER32: ber.unsigned,
    GAUGE32: ber.unsigned,
    TIME_TICKS: ber.unsigned,
    COUNTER64: ber.unsigned,
}
"""How the content of the common types is read."""


def decode(tag: int, content: bytes) -> Value | None:
    """The value of an element; None for one that says that there is none. Raises `BerError` for an unknown type."""
    if tag in PLAIN:
        return PLAIN[tag](content)
    if tag == IP_ADDRESS and len(content) == 4:
        return ".".join(map(str, content))
    if tag in ABSENT:
        return None
    if tag == OPAQUE:
        return _opaque(content)
    raise BerError(f"a value of an unknown type ({tag:#04x})")


def _opaque(content: bytes) -> Value:
    """Net-SNMP wraps floats in Opaque (draft-perkins-opaque); any other Opaque stays octets."""
    if content[:3] == b"\x9f\x78\x04" and len(content) == 7:
        return float(struct.unpack(">f", content[3:])[0])
    if content[:3] == b"\x9f\x79\x08" and len(content) == 11:
        return float(struct.unpack(">d", content[3:])[0])
    return content


def text(value: Value | None, most: int = MOST_TEXT) -> str:
    """Clean text of what a device says: UTF-8 (else Latin-1) without control, format or private characters, one line.

    At most `most` characters; "" for None. White space of any kind becomes one space; NULs that pad a field are dropped.
    """
    if value is None:
        return ""
    if isinstance(value, bytes):
        raw = value[: most * 8].rstrip(b"\0")
        try:
            said = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            cut = error.start > len(raw) - 4 and len(value) > most * 8
            said = raw[: error.start].decode("utf-8-sig") if cut else raw.decode("latin-1")
    else:
        said = str(value)[: most * 8]
    kept = (" " if sign.isspace() else sign for sign in said if sign.isspace() or unicodedata.category(sign)[0] != "C")
    return " ".join("".join(kept).split())[:most].rstrip()


def order(oid: str) -> tuple[int, ...]:
    """The sort key of an OID: lexicographic by sub-identifier, as an agent walks."""
    return tuple(map(int, oid.split(".")))
