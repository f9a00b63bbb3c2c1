"""The state of up to `SIZE` points: a column each. Bounded, saved and restored as one."""

import hashlib
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from collector.problems.learned import surprise
from collector.problems.learned.hours import HOURS, ROWS, Hours

SIZE = 4096
"""Points of a block: 13 MB, saved as one."""
KEPT = 5
"""Newest samples of a point: a finding's evidence."""
_MAGIC = b"FBLN"


class _Row(NamedTuple):
    """One figure of each point, or `width` of them; `fill`: what nothing known is."""

    kind: Any
    width: int = 1
    fill: float = 0


_SAVED: dict[str, _Row] = {
    "ids": _Row(np.int32), "unit": _Row(np.uint32), "last": _Row(np.int64), "value": _Row(np.float64, fill=np.nan),
    "moves": _Row(np.float32), "days": _Row(np.int32), "day": _Row(np.int32), "place": _Row(np.int16, fill=-1),
    "total": _Row(np.float64), "filled": _Row(np.int32), "least": _Row(np.float32), "most": _Row(np.float32),
    "share": _Row(np.float32), "span": _Row(np.float32), "toggled": _Row(np.bool_),
    "times": _Row(np.int64, KEPT), "recent": _Row(np.float32, KEPT), "core": _Row(np.float32, surprise.WIDTH),
    "news": _Row(np.int64), "out_since": _Row(np.int64), "out_last": _Row(np.int64), "out": _Row(np.int32), "seen": _Row(np.int32),
    "excused": _Row(np.int64),
}  # fmt: skip
_FOLLOWS: dict[str, _Row] = {
    "how": _Row(np.int8), "building": _Row(np.int32), "own_unit": _Row(np.bool_), "rest": _Row(np.float32),
    "unknown": _Row(np.float32, fill=np.nan), "low": _Row(np.float32, fill=np.nan), "high": _Row(np.float32, fill=np.nan),
    "banded": _Row(np.int16, fill=-1), "recalled": _Row(np.float64, fill=np.nan), "recalled_at": _Row(np.int64),
    "recalled_day": _Row(np.int32), "fired": _Row(np.bool_),
}  # fmt: skip
"""Not saved: what follows from the rest, from the fleet, or from the open problems."""
_ROWS = _SAVED | _FOLLOWS
_CALM = ("out_since", "out_last", "out", "seen", "fired")
_LEARNED = (
    "core",
    "days",
    "day",
    "filled",
    "moves",
    "toggled",
    "total",
    "place",
    "share",
    "span",
    "low",
    "high",
    "banded",
)
_HOURS = {"level": np.float32, "reach": np.float32, "days": np.uint8, "drift": np.float32}


class DamagedError(ValueError):
    """What was saved cannot be read."""


class Block:
    """`used` columns are in use, the first ones."""

    ids: NDArray[np.int32]
    unit: NDArray[np.uint32]
    """A checksum of it."""
    last: NDArray[np.int64]
    value: NDArray[np.float64]
    """The newest sample, and its time in `last`."""
    moves: NDArray[np.float32]
    """How often it moves: share of the samples; of a state, of the days."""
    days: NDArray[np.int32]
    day: NDArray[np.int32]
    """Local days with samples, and the newest one."""
    place: NDArray[np.int16]
    """The hour that runs, `row * 24 + hour` (-1: none), with its sum, count, lowest and highest."""
    total: NDArray[np.float64]
    filled: NDArray[np.int32]
    least: NDArray[np.float32]
    most: NDArray[np.float32]
    share: NDArray[np.float32]
    span: NDArray[np.float32]
    """Of the window of `duty`: how much of it a state was on, and how much is known."""
    toggled: NDArray[np.bool_]
    """Whether a state has changed today."""
    times: NDArray[np.int64]
    recent: NDArray[np.float32]
    core: NDArray[np.float32]
    news: NDArray[np.int64]
    """When its newest news came (see `surprise`)."""
    out_since: NDArray[np.int64]
    out_last: NDArray[np.int64]
    out: NDArray[np.int32]
    seen: NDArray[np.int32]
    """It is outside since and until then, with so many of so many samples; 0: it is not."""
    excused: NDArray[np.int64]
    """When it was last seen to move with its like."""
    how: NDArray[np.int8]
    building: NDArray[np.int32]
    own_unit: NDArray[np.bool_]
    rest: NDArray[np.float32]
    unknown: NDArray[np.float32]
    """The value of a state that is off, and the one that says nothing (NaN: none)."""
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    banded: NDArray[np.int16]
    """The band, and the hour (as `place`) that it is of."""
    recalled: NDArray[np.float64]
    recalled_at: NDArray[np.int64]
    recalled_day: NDArray[np.int32]
    fired: NDArray[np.bool_]

    def __init__(self) -> None:
        self.used = 0
        self.hours = Hours(SIZE)
        for name, row in _ROWS.items():
            setattr(self, name, np.full(SIZE if row.width == 1 else (row.width, SIZE), row.fill, row.kind))

    def clear(self, at: NDArray[np.intp]) -> None:
        """Begin to learn these points anew."""
        self.hours.forget(at)
        self._refill(_LEARNED, at)
        self.calm(at)

    def calm(self, at: NDArray[np.intp]) -> None:
        """These points are usual again."""
        self._refill(_CALM, at)

    def _refill(self, names: tuple[str, ...], at: NDArray[np.intp]) -> None:
        for name in names:
            getattr(self, name)[..., at] = _ROWS[name].fill

    def copied(self) -> list[NDArray[Any]]:
        """The columns in use, copied: quick, so that `packed` can be done elsewhere."""
        return [np.ascontiguousarray(array[..., : self.used]).copy() for array in self._saved()]

    def _saved(self) -> Iterator[NDArray[Any]]:
        for name in _SAVED:
            yield getattr(self, name)
        for name in _HOURS:
            yield getattr(self.hours, name)


def version() -> bytes:
    """Changes with what is saved and what it means: a state of another version is not read."""
    said = repr((4, ROWS, HOURS, [(name, np.dtype(row.kind).str, row.width) for name, row in _SAVED.items()]))
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
    shapes = [(np.dtype(row.kind), row.width) for row in _SAVED.values()]
    shapes += [(np.dtype(kind), 1 if name == "drift" else ROWS * HOURS) for name, kind in _HOURS.items()]
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
