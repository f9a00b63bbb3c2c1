"""Bytes to a batch, trusting nothing: every limit of `limits` is enforced before what it bounds is allocated.

Pure; used by the collector. The same payload always gives the same batch or the same refusal.
"""

import math
import sys
import zlib
from array import array
from collections.abc import Callable
from typing import Any, TypeVar

import msgpack

from protocols.errors import WireError
from protocols.wire import limits
from protocols.wire.batch import SEVERITIES, Batch, Event, Fact, PointKey, Reach
from protocols.wire.encode import ZLIB
from protocols.wire.shape import check_shape

T = TypeVar("T")
_INT64 = 1 << 63


def decode(payload: bytes, *, agent: str, now_ms: int, content_encoding: str | None = None) -> Batch:
    """The batch in `payload`, sent on the topic of `agent`, received at `now_ms`.

    Raises `WireError` whose `reason` is one of size, encoding, shape, msgpack, version, agent, column, time, key, value.
    A sample whose value is not finite is left out and counted in `Batch.dropped`.
    """
    body = _mapping(inflate(payload, content_encoding))
    version = body.get("v")
    if version != limits.VERSION:
        raise WireError("version", f"batch version {version!r}, this collector reads {limits.VERSION}")
    if body.get("agent") != agent:
        raise WireError("agent", f"batch names agent {str(body.get('agent'))[:64]!r}, its topic {agent!r}")
    clock = _field(body, "clock", dict)
    batch = Batch(
        stream=_bytes16(body, "stream"),
        seq=_uint(body, "seq", low=1),
        agent=agent,
        sent=_uint(body, "sent"),
        clock_sync=_field(clock, "sync", bool),
        boot=_bytes16(clock, "boot"),
        devices=[_device(row) for row in _rows(body, "devices", limits.DEVICES)],
    )
    devices = len(batch.devices)
    latest = now_ms + limits.FUTURE_MS
    batch.points = [_point(row, devices) for row in _rows(body, "points", limits.POINTS)]
    _columns(body, batch, latest)
    batch.events = [_event(row, devices, latest) for row in _rows(body, "events", limits.EVENTS)]
    batch.facts = [_fact(row, devices, latest) for row in _rows(body, "facts", limits.FACTS)]
    batch.reach = [_reach(row, devices, latest) for row in _rows(body, "reach", limits.REACH)]
    return batch


def identify(payload: bytes, content_encoding: str | None = None) -> tuple[bytes, int] | None:
    """Stream and sequence number of a payload that may be malformed elsewhere, so that its refusal can be told."""
    try:
        body = _mapping(inflate(payload, content_encoding))
        return _bytes16(body, "stream"), _uint(body, "seq", low=1)
    except WireError:
        return None


def inflate(payload: bytes, content_encoding: str | None) -> bytes:
    """The payload as msgpack. Raises `WireError` (size, encoding) before more than the limit is inflated."""
    if len(payload) > limits.MESSAGE_BYTES:
        raise WireError("size", f"{len(payload)} bytes, at most {limits.MESSAGE_BYTES}")
    if content_encoding is None:
        return payload
    if content_encoding != ZLIB:
        raise WireError("encoding", f"content-encoding {content_encoding[:40]!r}, this collector reads zlib")
    stream = zlib.decompressobj()
    try:
        plain = stream.decompress(payload, limits.INFLATED_BYTES + 1)
    except zlib.error as error:
        raise WireError("encoding", f"not zlib: {error}") from error
    if len(plain) > limits.INFLATED_BYTES or stream.unconsumed_tail:
        raise WireError("size", f"more than {limits.INFLATED_BYTES} bytes inflated")
    if not stream.eof or stream.unused_data:
        raise WireError("encoding", "zlib stream is cut short or has bytes after its end")
    return plain


def _mapping(plain: bytes) -> dict[Any, Any]:
    check_shape(plain)
    try:
        body = msgpack.unpackb(
            plain,
            raw=False,
            strict_map_key=False,
            max_str_len=limits.STRING_BYTES,
            max_bin_len=limits.SAMPLES * 8,
            max_array_len=limits.SAMPLES,
            max_map_len=limits.MAP_ENTRIES,
            max_ext_len=0,
        )
    except (ValueError, msgpack.exceptions.UnpackException, RecursionError) as error:
        raise WireError("msgpack", f"not readable: {type(error).__name__} {str(error)[:200]}") from error
    if not isinstance(body, dict):
        raise WireError("msgpack", f"a batch is a map, this is {type(body).__name__}")
    return body


def _field(body: dict[Any, Any], key: str, kind: type[T]) -> T:
    value = body.get(key)
    if not isinstance(value, kind):
        raise WireError("key", f"{key!r} should be {kind.__name__}, is {type(value).__name__}")
    return value


def _bytes16(body: dict[Any, Any], key: str) -> bytes:
    value = _field(body, key, bytes)
    if len(value) != 16:
        raise WireError("key", f"{key!r} should have 16 bytes, has {len(value)}")
    return value


def _uint(body: dict[Any, Any], key: str, low: int = 0) -> int:
    value = body.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value < _INT64 - 1:
        raise WireError("key", f"{key!r} should be a whole number from {low}, is {str(value)[:40]!r}")
    return value


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _rows(body: dict[Any, Any], key: str, most: int) -> list[Any]:
    rows = body.get(key, [])
    if not isinstance(rows, list):
        raise WireError("key", f"{key!r} should be a list, is {type(rows).__name__}")
    if len(rows) > most:
        raise WireError("size", f"{len(rows)} {key}, at most {most}")
    return rows


def _row(row: Any, name: str, *checks: Callable[[Any], bool]) -> list[Any]:
    if not isinstance(row, list) or len(row) < len(checks):
        raise WireError("key", f"a row of {name!r} should have {len(checks)} entries")
    for position, (check, value) in enumerate(zip(checks, row, strict=False)):
        if not check(value):
            raise WireError("value", f"a row of {name!r} has {str(value)[:60]!r} at position {position}")
    return row


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value != "" and "\x00" not in value


def _device(row: Any) -> tuple[str, str]:
    key, kind = _row(row, "devices", _is_name, _is_name)[:2]
    return key, kind


def _within(devices: int) -> Callable[[Any], bool]:
    return lambda value: _is_int(value) and 0 <= value < devices


def _stamp(latest: int) -> Callable[[Any], bool]:
    def check(value: Any) -> bool:
        if not _is_int(value):
            return False
        if not limits.EARLIEST_MS <= value <= latest:
            raise WireError("time", f"stamp {value} lies outside 2020 .. now + 10 min; check the agent's clock")
        return True

    return check


def _point(row: Any, devices: int) -> PointKey:
    def label(value: Any) -> bool:
        return value is None or (_is_text(value) and "\x00" not in value)

    def unit(value: Any) -> bool:
        return _is_text(value) and "\x00" not in value

    device, metric, text, units = _row(row, "points", _within(devices), _is_name, label, unit)[:4]
    return PointKey(device, metric, text, units)


def _event(row: Any, devices: int, latest: int) -> Event:
    def severity(value: Any) -> bool:
        return value in SEVERITIES

    checks = (_within(devices), _stamp(latest), _is_name, severity, _is_scalars)
    device, time, kind, level, detail = _row(row, "events", *checks)[:5]
    return Event(device, time, kind, level, detail)


def _fact(row: Any, devices: int, latest: int) -> Fact:
    device, time, attributes = _row(row, "facts", _within(devices), _stamp(latest), _is_scalars)[:3]
    return Fact(device, time, attributes)


def _reach(row: Any, devices: int, latest: int) -> Reach:
    def flag(value: Any) -> bool:
        return isinstance(value, bool)

    device, time, reachable, detail = _row(row, "reach", _within(devices), _stamp(latest), flag, _is_text)[:4]
    return Reach(device, time, reachable, detail)


def _is_scalars(value: object) -> bool:
    return isinstance(value, dict) and all(_is_text(key) and _is_scalar(item) for key, item in value.items())


def _is_scalar(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) < _INT64
    return value is None or isinstance(value, str | bool)


def _columns(body: dict[Any, Any], batch: Batch, latest: int) -> None:
    index, times, values = (_field(body, key, bytes) for key in ("i", "t", "x"))
    count = len(times) // 8
    if count > limits.SAMPLES:
        raise WireError("size", f"{count} samples, at most {limits.SAMPLES}")
    if len(times) != 8 * count or len(values) != 8 * count or len(index) not in (2 * count, 4 * count):
        raise WireError("column", f"columns of {len(index)}, {len(times)} and {len(values)} bytes disagree")
    batch.index = _column("H" if len(index) == 2 * count else "I", index)
    batch.times = _column("q", times)
    batch.values = _column("d", values)
    if not count:
        return
    if max(batch.index) >= len(batch.points):
        raise WireError("column", f"sample of point {max(batch.index)}, the batch names {len(batch.points)}")
    if min(batch.times) < limits.EARLIEST_MS or max(batch.times) > latest:
        off = min(batch.times) if min(batch.times) < limits.EARLIEST_MS else max(batch.times)
        raise WireError("time", f"stamp {off} lies outside 2020 .. now + 10 min; check the agent's clock")
    if not math.isfinite(sum(batch.values)):
        _drop_not_finite(batch)


def _column(typecode: str, raw: bytes) -> "array[Any]":
    column: array[Any] = array(typecode)
    column.frombytes(raw)
    if sys.byteorder == "big":
        column.byteswap()
    return column


def _drop_not_finite(batch: Batch) -> None:
    keep = [position for position, value in enumerate(batch.values) if math.isfinite(value)]
    batch.dropped = len(batch.values) - len(keep)
    batch.index = array(batch.index.typecode, (batch.index[position] for position in keep))
    batch.times = array("q", (batch.times[position] for position in keep))
    batch.values = array("d", (batch.values[position] for position in keep))
