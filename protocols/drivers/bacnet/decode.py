"""From BACnet's encoding to plain values: pure, and without the vendor tables that turn unknown objects into error texts.

Values: None, bool, int, float, str, bytes, `Bits`, `Date`, `Time`, an object as (type, instance), `Constructed` for
anything built of context tags, a tuple for lists. Application tags: 135-2020 20.2.1.4.
"""

import math
import struct
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol

ObjectId = tuple[int, int]


class Tag(Protocol):
    """One tag as bacpypes3 parses it."""

    tag_class: int
    tag_number: int
    tag_lvt: int
    tag_data: bytes


class Ref(NamedTuple):
    """One property of one object, or one element of it."""

    object: ObjectId
    property: int
    element: int | None = None


class ReadError(NamedTuple):
    """What a device answers instead of a value: error class and code (135-2020 clause 18), or its own kind of nothing."""

    error_class: int
    error_code: int


class Bits(tuple[bool, ...]):
    """A bit string, first bit first."""


class Date(NamedTuple):
    """Year, month, day; 255 (year 2155) where unspecified."""

    year: int
    month: int
    day: int


class Time(NamedTuple):
    """Hour, minute, second, hundredths; 255 where unspecified."""

    hour: int
    minute: int
    second: int
    hundredths: int


class Constructed(NamedTuple):
    """Something with a context tag: its number, and its bytes where it is not built of further tags."""

    number: int
    data: bytes = b""


MISSING = ReadError(2, 32)
"""property, unknown-property: also what a device means that leaves a property out of its answer."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
APPLICATION, CONTEXT, OPENING, CLOSING = range(4)
"""Tag classes as bacpypes3 numbers them."""
_REAL = struct.Struct(">f")
_DOUBLE = struct.Struct(">d")
_CHARACTER_SETS = {0: "utf-8", 3: "utf-32-be", 4: "utf-16-be", 5: "latin-1"}


def value(tags: Iterable[Tag]) -> Any:
    """The value of a property's tags: the one element, or a tuple of several or none. Raises `ValueError` for nonsense."""
    elements: list[Any] = []
    depth = 0
    for tag in tags:
        if tag.tag_class == CLOSING:
            depth -= 1
        elif depth:
            depth += tag.tag_class == OPENING
        elif tag.tag_class == APPLICATION:
            elements.append(_primitive(tag))
        else:
            is_open = tag.tag_class == OPENING
            elements.append(Constructed(tag.tag_number, b"" if is_open else bytes(tag.tag_data)))
            depth += is_open
    return elements[0] if len(elements) == 1 else tuple(elements)


def results(tags: Sequence[Tag]) -> Iterator[tuple[Ref, Any]]:
    """The properties in the tags of a ReadPropertyMultiple answer (135-2020 15.7.4). Raises `ValueError` for nonsense."""
    place, end = 0, len(tags)
    while place < end:
        if not _is(tags[place], CONTEXT, 0) or place + 1 >= end or not _is(tags[place + 1], OPENING, 1):
            raise ValueError("a list of results without its object")
        item = _object(int.from_bytes(tags[place].tag_data, "big"))
        place += 2
        while place < end and not _is(tags[place], CLOSING, 1):
            ref, said, place = _result(item, tags, place)
            yield ref, said
        place += 1
    if place > end:
        raise ValueError("a list of results without its end")


def _result(item: ObjectId, tags: Sequence[Tag], place: int) -> tuple[Ref, Any, int]:
    """One property's result, which begins at `place`, and where the next begins."""
    if not _is(tags[place], CONTEXT, 2):
        raise ValueError("a result without its property")
    number, element = int.from_bytes(tags[place].tag_data, "big"), None
    place += 1
    if place < len(tags) and _is(tags[place], CONTEXT, 3):
        element = int.from_bytes(tags[place].tag_data, "big")
        place += 1
    start = place + 1
    end = closing(tags, place)
    said = value(tags[start:end])
    if tags[place].tag_number == 5:
        if not (type(said) is tuple and len(said) == 2):
            raise ValueError("an error without its class and code")
        said = ReadError(*said)
    return Ref(item, number, element), said, end + 1


def closing(tags: Sequence[Tag], place: int) -> int:
    """Where the bracket that opens at `place` closes."""
    depth = 0
    for at in range(place, len(tags)):
        kind = tags[at].tag_class
        depth += (kind == OPENING) - (kind == CLOSING)
        if depth == 0:
            break
    if place >= len(tags) or tags[place].tag_class != OPENING or depth:
        raise ValueError("a result without its value")
    return at


def _is(tag: Tag, kind: int, number: int) -> bool:
    return tag.tag_class == kind and tag.tag_number == number


def _primitive(tag: Tag) -> Any:
    number, data = tag.tag_number, tag.tag_data
    if number in (2, 9):
        return int.from_bytes(data, "big")
    if number == 4:
        return float(f"{_unpack(_REAL, data):.7g}")  # 21.35, not 21.350000381469727: single precision has no more
    if number == 8:
        return _bits(data)
    if number == 0:
        return None
    if number == 1:
        return bool(tag.tag_lvt)
    return _rarer(number, data)


def _rarer(number: int, data: bytes) -> Any:
    if number == 3:
        return int.from_bytes(data, "big", signed=True)
    if number == 5:
        return _unpack(_DOUBLE, data)
    if number == 6:
        return data
    if number == 7:
        return _text(data)
    if number == 12:
        return _object(int.from_bytes(data, "big"))
    if number in (10, 11) and len(data) == 4:
        return Date(1900 + data[0], data[1], data[2]) if number == 10 else Time(*data)
    raise ValueError(f"application tag {number} of {len(data)} bytes")


def _unpack(form: struct.Struct, data: bytes) -> float:
    if len(data) != form.size:
        raise ValueError(f"a real number of {len(data)} bytes")
    return float(form.unpack(data)[0])


def _bits(data: bytes) -> Bits:
    if not data or data[0] > 7:
        raise ValueError("a bit string without its count of unused bits")
    bits = [bool(byte >> shift & 1) for byte in data[1:] for shift in range(7, -1, -1)]
    return Bits(bits[: len(bits) - data[0]] if data[0] else bits)


def _text(data: bytes) -> str:
    encoding = _CHARACTER_SETS.get(data[0], "latin-1") if data else "utf-8"
    return data[1:].decode(encoding, "replace").replace("\0", "").strip()


def number(answer: Any) -> float | None:
    """A present value as a number; None for an error, Null, a text, or a number that is not finite or has hundreds of bytes."""
    try:
        return float(answer) if isinstance(answer, bool | int | float) and math.isfinite(answer) else None
    except OverflowError:
        return None


def text(answer: Any) -> str | None:
    """A name or text of at most 200 characters; None for an error or an empty one."""
    return answer[:200] if isinstance(answer, str) and answer else None


def flags(answer: Any) -> tuple[bool, bool, bool, bool] | None:
    """Status flags as (in-alarm, fault, overridden, out-of-service); None for an error or a string of another length."""
    return (answer[0], answer[1], answer[2], answer[3]) if isinstance(answer, Bits) and len(answer) == 4 else None


def as_list(answer: Any) -> list[Any]:
    """The elements of a list or array property; one element comes as itself, an error as no elements."""
    if isinstance(answer, ReadError):
        return []
    return list(answer) if type(answer) is tuple and not _is_object(answer) else [answer]


def objects(answer: Any) -> list[ObjectId]:
    """The object identifiers in an object-list (135-2020 12.11.12)."""
    return [item for item in as_list(answer) if _is_object(item)]


def _object(raw: int) -> ObjectId:
    return raw >> 22, raw & 0x3FFFFF


def _is_object(item: Any) -> bool:
    return type(item) is tuple and len(item) == 2 and all(type(part) is int for part in item)


def reference(answer: Any) -> tuple[Ref, ObjectId | None] | None:
    """The property that a log-device-object-property names, and its device where it is another's (BACnetDeviceObjectPropertyReference)."""
    parts = {part.number: int.from_bytes(part.data, "big") for part in as_list(answer) if isinstance(part, Constructed)}
    if not parts.keys() >= {0, 1}:
        return None
    device = parts.get(3)
    return Ref(_object(parts[0]), parts[1], parts.get(2)), None if device is None else _object(device)


def command_priority(answer: Any) -> int | None:
    """Which priority commands an object, from its priority-array: 1..16, 0 when relinquished; None when it has none."""
    slots = as_list(answer)
    if len(slots) != 16:
        return None
    return next((place for place, slot in enumerate(slots, 1) if slot is not None), 0)


def local_ms(date: Any, time: Any) -> int | None:
    """A device's local date and time in milliseconds, as though its zone were UTC; None for a wildcard or another value."""
    if not isinstance(date, Date) or not isinstance(time, Time):
        return None
    try:
        local = datetime(*date, time.hour, time.minute, time.second, min(time.hundredths, 99) * 10_000, tzinfo=UTC)
    except ValueError:
        return None
    return (local - EPOCH) // timedelta(milliseconds=1)


def clock_offset(date: Any, time: Any, utc_offset: Any, daylight: Any, now_ms: int) -> float | None:
    """Seconds by which the device's clock is ahead of `now_ms`; None when it does not say its date and time.

    utc-offset is minutes to add to local standard time to get UTC (135-2020 12.11.23). A device without one may be in
    any zone: then the offset is taken within the quarter hour, so that drift shows and the zone does not.
    """
    local = local_ms(date, time)
    if local is None:
        return None
    known = type(utc_offset) is int and -780 <= utc_offset <= 780
    shift = utc_offset - 60 * (daylight is True) if known else 0
    offset = (local - now_ms) / 1000 + 60 * shift
    return offset if known else (offset + 450) % 900 - 450
