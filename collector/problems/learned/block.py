"""The state of up to `SIZE` points: a column each. Bounded, saved and restored as one."""

import hashlib
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collector.problems.learned import surprise
from collector.problems.learned.hours import HOURS, ROWS, Hours

SIZE = 4096
KEPT = 5
"""Newest samples of a point: a finding's evidence."""
_MAGIC = b"FBLN"
_FIELDS: dict[str, tuple[Any, int]] = {
    "ids": (np.int32, 1), "unit": (np.uint32, 1), "last": (np.int64, 1), "value": (np.float64, 1), "moves": (np.float32, 1),
    "days": (np.int32, 1), "day": (np.int32, 1), "place": (np.int16, 1), "total": (np.float64, 1), "filled": (np.int32, 1),
    "least": (np.float32, 1), "most": (np.float32, 1), "times": (np.int64, KEPT), "recent": (np.float32, KEPT),
    "core": (np.float32, surprise.WIDTH),
}  # fmt: skip
"""What is kept of a point: its id and unit (a checksum); newest time and value; how often it moves; local days seen and the newest one;
the hour that runs (`row * 24 + hour`, -1: none) with its sum, count, lowest and highest; samples for evidence; the state of `surprise`."""
_HOURS = (("level", np.float32), ("reach", np.float32), ("days", np.uint8))


class DamagedError(ValueError):
    """What was saved cannot be read."""


class Block:
    """`used` columns are in use, the first ones."""

    def __init__(self) -> None:
        self.used = 0
        self.ids = np.zeros(SIZE, np.int32)
        self.unit = np.zeros(SIZE, np.uint32)
        self.last = np.zeros(SIZE, np.int64)
        self.value = np.full(SIZE, np.nan)
        self.moves = np.zeros(SIZE, np.float32)
        self.days = np.zeros(SIZE, np.int32)
        self.day = np.zeros(SIZE, np.int32)
        self.place = np.full(SIZE, -1, np.int16)
        self.total = np.zeros(SIZE)
        self.filled = np.zeros(SIZE, np.int32)
        self.least = np.zeros(SIZE, np.float32)
        self.most = np.zeros(SIZE, np.float32)
        self.times = np.zeros((KEPT, SIZE), np.int64)
        self.recent = np.zeros((KEPT, SIZE), np.float32)
        self.core = np.zeros((surprise.WIDTH, SIZE), np.float32)
        self.hours = Hours(SIZE)
        # not saved: what follows from the rest, or from the open problems
        self.how = np.zeros(SIZE, np.int8)
        self.building = np.zeros(SIZE, np.int32)
        self.own_unit = np.zeros(SIZE, np.bool_)
        self.low = np.full(SIZE, np.nan, np.float32)
        self.high = np.full(SIZE, np.nan, np.float32)
        self.banded = np.full(SIZE, -1, np.int16)
        """The hour (as `place`) that `low` and `high` are of."""
        self.recalled = np.full(SIZE, np.nan)
        self.recalled_at = np.zeros(SIZE, np.int64)
        self.recalled_day = np.zeros(SIZE, np.int32)
        self.news = np.zeros(SIZE, np.int64)
        self.out_since = np.zeros(SIZE, np.int64)
        self.out_last = np.zeros(SIZE, np.int64)
        self.out = np.zeros(SIZE, np.int32)
        self.seen = np.zeros(SIZE, np.int32)
        self.fired = np.zeros(SIZE, np.bool_)

    def clear(self, at: NDArray[np.intp]) -> None:
        """Begin to learn these points anew."""
        self.hours.forget(at)
        self.core[:, at] = 0
        self.days[at] = self.day[at] = self.filled[at] = 0
        self.moves[at], self.total[at], self.place[at] = 0, 0, -1
        self.low[at], self.high[at], self.banded[at] = np.nan, np.nan, -1
        self.calm(at)

    def calm(self, at: NDArray[np.intp]) -> None:
        """These points are usual again."""
        self.out_since[at] = self.out_last[at] = self.out[at] = self.seen[at] = 0
        self.fired[at] = False

    def copied(self) -> list[NDArray[Any]]:
        """The columns in use, copied: quick, so that `packed` can be done elsewhere."""
        return [np.ascontiguousarray(array[..., : self.used]).copy() for array in self._saved()]

    def _saved(self) -> Iterator[NDArray[Any]]:
        for name in _FIELDS:
            yield getattr(self, name)
        for name, _ in _HOURS:
            yield getattr(self.hours, name)
        yield self.hours.drift


def version() -> bytes:
    """Changes with what is saved and what it means: a state of another version is not read."""
    said = repr((2, ROWS, HOURS, KEPT, [(name, np.dtype(kind).str, width) for name, (kind, width) in _FIELDS.items()]))
    return hashlib.sha256((said + repr(surprise.LAYOUT)).encode()).digest()[:8]


def packed(arrays: list[NDArray[Any]]) -> bytes:
    """What `copied` gave, as bytes: magic, version, columns, checksum, and the arrays compressed."""
    raw = b"".join(array.tobytes() for array in arrays)
    head = _MAGIC + version() + len(arrays[0]).to_bytes(4, "big") + zlib.crc32(raw).to_bytes(4, "big")
    return head + zlib.compress(raw, 1)


def unpacked(data: bytes) -> list[NDArray[Any]]:
    """The arrays again. Raises `DamagedError` saying what is wrong."""
    if data[:4] != _MAGIC or len(data) < 20:
        raise DamagedError("it is no saved normal")
    if data[4:12] != version():
        raise DamagedError("it is of another version")
    used = int.from_bytes(data[12:16], "big")
    shapes = [(np.dtype(kind), width) for kind, width in _FIELDS.values()]
    shapes += [(np.dtype(kind), ROWS * HOURS) for _, kind in _HOURS] + [(np.dtype(np.float32), 1)]
    size = sum(kind.itemsize * width for kind, width in shapes) * used
    if used > SIZE:
        raise DamagedError(f"it says that it holds {used} points, at most {SIZE}")
    try:
        raw = zlib.decompressobj().decompress(data[20:], size + 1)
    except zlib.error as error:
        raise DamagedError(f"it does not unpack: {error}") from error
    if len(raw) != size or zlib.crc32(raw) != int.from_bytes(data[16:20], "big"):
        raise DamagedError("its checksum or its length is wrong")
    return list(_cut(raw, shapes, used))


def _cut(raw: bytes, shapes: list[tuple[np.dtype[Any], int]], used: int) -> Iterator[NDArray[Any]]:
    place = 0
    for kind, width in shapes:
        array = np.frombuffer(raw, kind, width * used, place)
        place += array.nbytes
        yield array if width == 1 else array.reshape(width, used)


def restore(block: Block, columns: NDArray[np.intp], arrays: list[NDArray[Any]], chosen: NDArray[np.intp]) -> None:
    """Put the saved columns `chosen` where `columns` of the block are."""
    for mine, saved in zip(block._saved(), arrays, strict=True):
        mine[..., columns] = saved[..., chosen]
