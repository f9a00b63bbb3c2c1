"""ReadRange of a trend log's buffer: the request, and the records in its answer (135-2020 15.8, 12.25.14). Pure.

By position, because every device that has logs must offer it; as bytes, because the library's own request cannot be built.
"""

import struct
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from bacpypes3.apdu import ComplexAckPDU, ConfirmedRequestPDU, ReadRangeRequest
from bacpypes3.pdu import PDUData
from bacpypes3.primitivedata import TagList

from protocols.drivers.bacnet.decode import CONTEXT, OPENING, ObjectId, Tag, closing, local_ms, number, value
from protocols.drivers.bacnet.messages import Mismatch, context, packed

LOG_BUFFER = 131
RECORD = 24
"""Bytes that a record with a real value and status flags takes, with its tags."""
_REAL = struct.Struct(">f")


class Record(NamedTuple):
    """One record: when, in ms of the device's local clock; its value, None where it holds none (log-status, an error, Null,
    a bit string); and by how many seconds the device's clock was changed then, 0 where it does not know.
    """

    at: int
    value: float | None
    change: float | None = None


class ReadRange(ConfirmedRequestPDU):
    """A ReadRange request for `count` (1 to 127) records of a log from position `first` (1: the oldest)."""

    def __init__(self, log: ObjectId, first: int, count: int) -> None:
        super().__init__(service_choice=ReadRangeRequest.service_choice)
        self.put_data(b"\x0c" + packed(log) + context(1, LOG_BUFFER))
        self.put_data(b"\x3e" + _application(2, first) + _application(3, count) + b"\x3f")


def records(answer: Any, log: ObjectId) -> list[Record]:
    """The records in an answer, in its order; those without a whole date and time are left out.

    Raises `Mismatch` for another log's, `ValueError` for nonsense.
    """
    if not isinstance(answer, ComplexAckPDU) or answer.apduService != ReadRangeRequest.service_choice:
        raise Mismatch("another service's answer")
    said = dict(_members(list(TagList.decode(PDUData(answer.pduData)))))
    if not said.keys() >= {0, 1, 5}:
        raise ValueError("a range without its object, property or items")
    if _number(said[0]) != log[0] << 22 | log[1] or _number(said[1]) != LOG_BUFFER:
        raise Mismatch("it answers for another log, which was not asked for")
    return list(_records(said[5]))


def _records(tags: Sequence[Tag]) -> Iterator[Record]:
    at: int | None = None
    for part, inner in _members(tags):
        if part == 0:
            stamp = value(inner)
            at = local_ms(*stamp) if type(stamp) is tuple and len(stamp) == 2 else None
        elif part == 1 and at is not None:
            yield from (_record(at, choice, datum) for choice, datum in _members(inner))


def _record(at: int, choice: int, datum: Sequence[Tag]) -> Record:
    """A record from its log-datum: 1 Boolean, 2 Real, 3 Enumerated, 4 Unsigned, 5 Integer, 9 a change of clock, 10 any."""
    data = bytes(datum[0].tag_data) if datum else b""
    if choice in (2, 9):
        if len(data) != _REAL.size:
            raise ValueError(f"a real number of {len(data)} bytes")
        real = number(float(f"{_REAL.unpack(data)[0]:.7g}"))
        return Record(at, real) if choice == 2 else Record(at, None, real or 0.0)
    if choice in (1, 3, 4):
        return Record(at, float(int.from_bytes(data[:8], "big")))
    if choice == 5:
        return Record(at, float(int.from_bytes(data[:8], "big", signed=True)))
    return Record(at, number(value(datum)) if choice == 10 else None)


def _members(tags: Sequence[Tag]) -> Iterator[tuple[int, Sequence[Tag]]]:
    """The members of a sequence: context number and what is in it, the tag itself where that is no bracket."""
    place = 0
    while place < len(tags):
        tag = tags[place]
        if tag.tag_class == OPENING:
            end = closing(tags, place)
            yield tag.tag_number, tags[place + 1 : end]
            place = end
        elif tag.tag_class == CONTEXT:
            yield tag.tag_number, tags[place : place + 1]
        else:
            raise ValueError("a member without its number")
        place += 1


def _number(tags: Sequence[Tag]) -> int:
    return int.from_bytes(tags[0].tag_data, "big") if tags else -1


def _application(tag: int, content: int) -> bytes:
    """A number above zero, and below 128 where the tag is Integer's, with an application tag."""
    data = content.to_bytes((content.bit_length() + 7) // 8, "big")
    return bytes((tag << 4 | len(data),)) + data
