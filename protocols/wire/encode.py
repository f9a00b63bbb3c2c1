"""A batch to bytes: msgpack of columns, deflated when that helps. Pure; needs the standard library and msgpack alone."""

import sys
import zlib
from array import array
from typing import Any

import msgpack

from protocols.wire import limits
from protocols.wire.batch import Batch, Scalar

ZLIB = "zlib"
_DEFLATE_FROM = 1024


def encode(batch: Batch) -> bytes:
    """The batch as msgpack (`wire.md`), at most `limits.INFLATED_BYTES` when the batch keeps the limits."""
    wide = len(batch.points) > 0xFFFF
    body = {
        "v": limits.VERSION,
        "stream": batch.stream,
        "seq": batch.seq,
        "agent": batch.agent,
        "sent": batch.sent,
        "clock": {"sync": batch.clock_sync, "boot": batch.boot},
        "devices": [list(device) for device in batch.devices],
        "points": [list(point) for point in batch.points],
        "i": little_endian(array("I" if wide else "H", batch.index)),
        "t": little_endian(batch.times),
        "x": little_endian(batch.values),
        "events": [[e.device, e.time, e.kind, e.severity, _cut_map(e.detail)] for e in batch.events],
        "facts": [[f.device, f.time, _cut_map(f.attributes)] for f in batch.facts],
        "reach": [[r.device, r.time, r.reachable, cut(r.detail)] for r in batch.reach],
    }
    packed: bytes = msgpack.packb(body, use_bin_type=True)
    return packed


def deflate(payload: bytes) -> tuple[bytes, str | None]:
    """The payload to publish and its content-encoding: `zlib` when it is worth it, else None."""
    if len(payload) < _DEFLATE_FROM:
        return payload, None
    packed = zlib.compress(payload, level=1)
    return (packed, ZLIB) if len(packed) < 0.9 * len(payload) else (payload, None)


def little_endian(column: "array[Any]") -> bytes:
    """The column's bytes in little-endian order, whatever this machine's."""
    if sys.byteorder == "little":
        return column.tobytes()
    swapped = array(column.typecode, column)
    swapped.byteswap()
    return swapped.tobytes()


def cut(text: str) -> str:
    """The text cut to the wire's string limit on a character boundary; unpaired surrogates become U+FFFD."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= limits.STRING_BYTES:
        return raw.decode("utf-8")
    return raw[: limits.STRING_BYTES].decode("utf-8", "ignore")


def _cut_map(values: dict[str, Scalar]) -> dict[str, Scalar]:
    return {cut(key): cut(value) if isinstance(value, str) else value for key, value in values.items()}
