"""The part of BER (X.690) that SNMP is written in: tag, length, content; OIDs and whole numbers. Pure.

Reading never trusts a length: whatever does not fit its buffer, or is longer than SNMP allows, is `BerError`.
"""

from functools import lru_cache
from typing import NamedTuple

INTEGER, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
MOST_SUBIDS = 128
"""Most sub-identifiers of an OID (RFC 3416 section 4.1)."""


class BerError(ValueError):
    """The bytes are not BER, or not the part of it that SNMP uses."""


class Field(NamedTuple):
    """One element: its tag and the bounds of its content; the next one begins at `end`."""

    tag: int
    start: int
    end: int


def field(data: bytes, at: int, end: int) -> Field:
    """The element that begins at `at` and must not reach beyond `end`. Raises `BerError`."""
    if at + 2 > end:
        raise BerError("cut short")
    tag, size, start = data[at], data[at + 1], at + 2
    if size >= 0x80:
        count = size & 0x7F
        if not 0 < count <= 4 or start + count > end:
            raise BerError("a length that SNMP does not use")
        size, start = int.from_bytes(data[start : start + count], "big"), start + count
    if start + size > end:
        raise BerError("an element that is longer than what holds it")
    return Field(tag, start, start + size)


def expect(data: bytes, at: int, end: int, tag: int) -> Field:
    """As `field`, of this tag."""
    found = field(data, at, end)
    if found.tag != tag:
        raise BerError(f"tag {found.tag:#04x} where {tag:#04x} belongs")
    return found


def integer(data: bytes, at: int, end: int) -> tuple[int, int]:
    """A signed whole number of at most eight bytes, and where the next element begins."""
    found = expect(data, at, end, INTEGER)
    return signed(data[found.start : found.end]), found.end


def octets(data: bytes, at: int, end: int) -> tuple[bytes, int]:
    """A string of octets, and where the next element begins."""
    found = expect(data, at, end, OCTETS)
    return data[found.start : found.end], found.end


def signed(content: bytes) -> int:
    """The content of an INTEGER."""
    if not 0 < len(content) <= 8:
        raise BerError("a whole number of a size that SNMP does not use")
    return int.from_bytes(content, "big", signed=True)


def unsigned(content: bytes) -> int:
    """The content of a counter, gauge or TimeTicks. Some devices leave out the leading zero: it is never negative."""
    if not 0 < len(content) <= 9:
        raise BerError("a counter of a size that SNMP does not use")
    return int.from_bytes(content, "big")


@lru_cache(maxsize=512)
def oid_text(content: bytes) -> str:
    """The content of an OBJECT IDENTIFIER as dotted numbers."""
    subids: list[int] = []
    value = 0
    for byte in content:
        value = value << 7 | byte & 0x7F
        if value > 0xFFFFFFFF:
            raise BerError("a sub-identifier above 32 bits")
        if byte < 0x80:
            subids.append(value)
            value = 0
    if not subids or content[-1] >= 0x80 or len(subids) > MOST_SUBIDS:
        raise BerError("an OID that is empty, cut short or too long")
    first = min(subids[0] // 40, 2)
    return ".".join(map(str, (first, subids[0] - 40 * first, *subids[1:])))


@lru_cache(maxsize=512)
def oid_bytes(text: str) -> bytes:
    """The content of an OBJECT IDENTIFIER. Raises `BerError` for a text that is none."""
    try:
        subids = [int(part) for part in text.strip(".").split(".")]
    except ValueError:
        raise BerError(f"{text[:80]!r} is no OID") from None
    if len(subids) < 2 or len(subids) > MOST_SUBIDS or min(subids) < 0 or max(subids) > 0xFFFFFFFF or subids[0] > 2:
        raise BerError(f"{text[:80]!r} is no OID")
    content = bytearray()
    for subid in (subids[0] * 40 + subids[1], *subids[2:]):
        content += _base128(subid)
    return bytes(content)


def _base128(value: int) -> bytes:
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(reversed(groups))


def element(tag: int, *contents: bytes) -> bytes:
    """The element of this tag whose content is these, one behind the other."""
    content = b"".join(contents)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def number(value: int, tag: int = INTEGER) -> bytes:
    """A whole number in as few bytes as it needs."""
    return element(tag, value.to_bytes((value + (value < 0)).bit_length() // 8 + 1, "big", signed=True))
