"""The part of BER (X.690) that SNMP is written in: tag, length, content; OIDs and whole numbers. Pure.

Reading never trusts a length: whatever does not fit its buffer, or is longer than SNMP allows, is `BerError`.
"""

import re
from functools import lru_cache
from typing import NamedTuple

INTEGER, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
MOST_SUBIDS = 128
"""Most sub-identifiers of an OID (RFC 3416 section 4.1)."""
MOST_OID = 5 * MOST_SUBIDS
"""Most bytes of one."""
MOST_KEPT = 4096


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


_FIRST = [f"{min(number // 40, 2)}.{number - 40 * min(number // 40, 2)}" for number in range(128)]
_SUBIDS = re.compile(rb"[\x80-\xff]*[\x00-\x7f]")


class _Texts(dict[bytes, str]):
    """Sub-identifiers as they come → as they are written; kept, because a table repeats them in every row."""

    def __missing__(self, content: bytes) -> str:
        value = 0
        for byte in content:
            value = value << 7 | byte & 0x7F
        if value > 0xFFFFFFFF:
            raise BerError("a sub-identifier above 32 bits")
        if len(self) >= MOST_KEPT:
            self.clear()
        self[content] = said = str(value)
        return said


_TEXTS = _Texts()


def oid_text(content: bytes) -> str:
    """The content of an OBJECT IDENTIFIER as dotted numbers. A long walk's time goes by here, too."""
    if not content or content[-1] >= 0x80 or content[0] >= 0x80:
        return _rare_oid_text(content)
    if len(content) > MOST_OID:
        raise BerError("an OID that is too long")
    return ".".join([_FIRST[content[0]], *map(_TEXTS.__getitem__, _SUBIDS.findall(content, 1))])


def _rare_oid_text(content: bytes) -> str:
    """One whose first byte is the first of several: joint-iso-itu-t arcs above 47. Raises `BerError` for none at all."""
    subids = _SUBIDS.findall(content[:MOST_OID])
    if not subids or content[-1] >= 0x80 or len(content) > MOST_OID:
        raise BerError("an OID that is empty, cut short or too long")
    return ".".join(["2", str(int(_TEXTS[subids[0]]) - 80), *map(_TEXTS.__getitem__, subids[1:])])


@lru_cache(maxsize=512)
def oid_bytes(text: str) -> bytes:
    """The content of an OBJECT IDENTIFIER. Raises `BerError` for a text that is none."""
    try:
        subids = [int(part) for part in text.split(".")]
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
