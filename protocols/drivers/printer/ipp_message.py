"""IPP messages (RFC 8010): the one request that is ever sent, and answers to attributes. Pure, bounded, strict in lengths."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

GET_PRINTER_ATTRIBUTES = 0x000B
"""The only operation this driver has (RFC 8011 section 4.2.5)."""

INTEGER, BOOLEAN, ENUM, OCTETS = 0x21, 0x22, 0x23, 0x30
BEGIN, END = 0x34, 0x37
TEXT, NAME, KEYWORD, URI, CHARSET, LANGUAGE, MIME = 0x41, 0x42, 0x44, 0x45, 0x47, 0x48, 0x49
_MEMBER, _WITH_LANGUAGE, _EXTENSION = 0x4A, (0x35, 0x36), 0x7F
_OPERATION, _END, _PRINTER = 0x01, 0x03, 0x04
MOST_VALUES = 20_000
MOST_DEEP = 8

Ipp = int | bool | str | bytes | dict[str, list["Ipp"]]
"""A value: strings as str, octet strings and what is rarer (dates, ranges, resolutions) as bytes, collections as mappings."""
Attributes = Mapping[str, Sequence[Ipp]]


class MessageError(ValueError):
    """The bytes are no IPP message; the text says why."""


class Answer(NamedTuple):
    """`status` below 0x0100 is success. `attributes` are those of the printer; an out-of-band value (unknown, no-value) is none."""

    status: int
    request: int
    attributes: dict[str, list[Ipp]]


def request(number: int, uri: str, wanted: Sequence[str], version: tuple[int, int]) -> bytes:
    """A Get-Printer-Attributes request for the attributes `wanted`."""
    out = bytearray(struct.pack(">BBHI", *version, GET_PRINTER_ATTRIBUTES, number))
    out.append(_OPERATION)
    for tag, name, value in (
        (CHARSET, "attributes-charset", "utf-8"),
        (LANGUAGE, "attributes-natural-language", "en"),
        (URI, "printer-uri", uri),
    ):
        out += _field(tag, name, value.encode())
    for place, each in enumerate(wanted):
        out += _field(KEYWORD, "" if place else "requested-attributes", each.encode())
    out.append(_END)
    return bytes(out)


def _field(tag: int, name: str, value: bytes) -> bytes:
    key = name.encode()
    return struct.pack(">BH", tag, len(key)) + key + struct.pack(">H", len(value)) + value


def answer(data: bytes) -> Answer:
    """A response. Raises `MessageError` for anything that is not one, to its last byte."""
    if len(data) < 9:
        raise MessageError("it is too short")
    major, _, status, number = struct.unpack_from(">BBHI", data)
    if major not in (1, 2):
        raise MessageError(f"it is of version {major}")
    attributes: dict[str, list[Ipp]] = {}
    fields = _Fields(data, 8)
    for group, tag, name, value in fields:
        if name:
            values: list[Ipp] = []
            if group == _PRINTER:
                attributes.setdefault(name, values)
        elif tag in (_MEMBER, END):
            raise MessageError("a collection's member is outside of one")
        found = fields.collection(1) if tag == BEGIN else _value(tag, value)
        if found is not None:
            values.append(found)
    return Answer(status, number, attributes)


class _Fields:
    """The fields of a message from `at` on, each as (group, tag, name, value); delimiters are taken on the way."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at, self._group, self._count = data, at, 0, 0
        self._is_first = True

    def __iter__(self) -> Iterator[tuple[int, int, str, bytes]]:
        while True:
            tag = self._byte()
            if tag == _END:
                return
            if tag < 0x10:
                self._group, self._is_first = tag, True
                continue
            if not self._group:
                raise MessageError("an attribute is in no group")
            name, value = self._field(tag)
            if not name and self._is_first:
                raise MessageError("a group begins with a value that has no name")
            self._is_first = False
            yield self._group, tag, name, value

    def collection(self, depth: int) -> dict[str, list[Ipp]]:
        """The members up to the collection's end; the same member named twice keeps its first values."""
        if depth > MOST_DEEP:
            raise MessageError("its collections are too deep")
        members: dict[str, list[Ipp]] = {}
        values: list[Ipp] | None = None
        while (tag := self._byte()) != END:
            if tag < 0x10:
                raise MessageError("a collection does not end")
            _, value = self._field(tag)
            if tag == _MEMBER:
                values = []
                members.setdefault(_text(value), values)
            elif values is None:
                raise MessageError("a collection's value has no name")
            else:
                found = self.collection(depth + 1) if tag == BEGIN else _value(tag, value)
                if found is not None:
                    values.append(found)
        self._field(END)
        return members

    def _byte(self) -> int:
        if self._at >= len(self._data):
            raise MessageError("it is cut off")
        self._at += 1
        return self._data[self._at - 1]

    def _field(self, tag: int) -> tuple[str, bytes]:
        self._count += 1
        if self._count > MOST_VALUES:
            raise MessageError(f"it has more than {MOST_VALUES} values")
        if tag == _EXTENSION:
            raise MessageError("it has a value of an extension type")
        return _text(self._counted()), self._counted()

    def _counted(self) -> bytes:
        data, at = self._data, self._at
        end = at + 2 + ((data[at] << 8 | data[at + 1]) if at + 2 <= len(data) else len(data))
        if end > len(data):
            raise MessageError("it is cut off")
        self._at = end
        return data[at + 2 : end]


def _value(tag: int, raw: bytes) -> Ipp | None:
    """What a value's bytes mean; None for an out-of-band one, and for bytes that do not fit their type."""
    if tag < 0x20:
        return None
    if tag in (INTEGER, ENUM):
        return int.from_bytes(raw, "big", signed=True) if len(raw) == 4 else None
    if tag == BOOLEAN:
        return bool(raw[0]) if len(raw) == 1 else None
    if tag in _WITH_LANGUAGE:
        return _after_language(raw)
    return _text(raw) if tag >= 0x40 else raw


def _after_language(raw: bytes) -> str | None:
    """textWithLanguage, nameWithLanguage (RFC 8010 section 3.9): both parts counted; the language is left out."""
    if len(raw) < 4:
        return None
    at = 2 + int.from_bytes(raw[:2], "big")
    length = int.from_bytes(raw[at : at + 2], "big")
    return _text(raw[at + 2 :]) if at + 2 + length == len(raw) else None


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
