"""What a person wants to know of a certificate (RFC 5280), read from its DER without a library of megabytes."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

_COMMON_NAME, _ORGANISATION = bytes.fromhex("550403"), bytes.fromhex("55040a")
_CHARSETS = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1E: "utf-16-be"}
_SEQUENCE, _SET, _OID, _VERSION, _UTC_TIME, _GENERALIZED_TIME = 0x30, 0x31, 0x06, 0xA0, 0x17, 0x18


class Shown(NamedTuple):
    """Subject and issuer by their common name, else organisation, else ""; validity in ms since the epoch."""

    subject: str
    issuer: str
    begins: int
    ends: int


def read_certificate(der: bytes) -> Shown:
    """Raises `ValueError` when it is no certificate."""
    items = list(_items(_first(_first(der))))
    if items and items[0][0] == _VERSION:
        del items[0]
    if len(items) < 5:  # serial, algorithm, issuer, validity, subject
        raise ValueError("an incomplete certificate")
    times = list(_items(items[3][1]))
    if len(times) != 2:
        raise ValueError("a certificate without validity")
    return Shown(_name(items[4][1]), _name(items[2][1]), _time(*times[0]), _time(*times[1]))


def _items(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and value of each element (X.690, definite lengths)."""
    at = 0
    while at < len(content):
        if at + 2 > len(content):
            raise ValueError("cut short")
        tag, length, at = content[at], content[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(content[at : at + size], "big")
            at += size
            if not 0 < size <= 4:
                raise ValueError("a length that DER has not")
        if at + length > len(content):
            raise ValueError("cut short")
        yield tag, content[at : at + length]
        at += length


def _first(content: bytes) -> bytes:
    """What is inside the sequence that `content` begins with."""
    tag, value = next(_items(content), (0, b""))
    if tag != _SEQUENCE:
        raise ValueError("not a certificate")
    return value


def _name(content: bytes) -> str:
    found: dict[bytes, str] = {}
    for tag, group in _items(content):
        for _, pair in _items(group) if tag == _SET else ():
            parts = list(_items(pair))
            if len(parts) == 2 and parts[0][0] == _OID:
                text = parts[1][1].decode(_CHARSETS.get(parts[1][0], "latin-1"), "replace")
                found.setdefault(parts[0][1], text)
    return found.get(_COMMON_NAME) or found.get(_ORGANISATION) or ""


def _time(tag: int, content: bytes) -> int:
    text = content.decode("ascii", "replace")
    if tag == _UTC_TIME:
        text = ("20" if text[:2] < "50" else "19") + text
    elif tag != _GENERALIZED_TIME:
        raise ValueError("a time that is none")
    return int(datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp() * 1000)
