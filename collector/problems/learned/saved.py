"""Where each point's state is, and how it is saved, restored, and learned from history after a start without it. Pure."""

import zlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from collector.problems.detector import World
from collector.problems.fleet import PointRow
from collector.problems.learned import duty, judging
from collector.problems.learned.block import SIZE, Block, packed, restore, unpacked
from collector.problems.learned.metrics import OWN_UNIT, How, judged_as
from collector.problems.learned.places import Placing
from collector.problems.learned.scale import judged, plain

NAME = "learned"
HISTORY_DAYS = 35
"""How far back history is asked for."""
GAP_MS = 2 * 3_600_000
"""What is missing of a saved state and is not worth asking for."""
Hour = tuple[int, Sequence[int], Sequence[float], Sequence[float], Sequence[float]]
"""Start of the hour (ms); points; the mean, lowest and highest of each."""


class Remembered:
    """The points, each with a column: column // SIZE is its block."""

    name = NAME

    def __init__(self, world: World) -> None:
        self.world = world
        self.points: list[PointRow] = []
        self.blocks: list[Block] = []
        self.placing = Placing()
        self._column = np.full(0, -1, np.intp)

    def place(self, point: PointRow) -> bool:
        """Give a point a column; False: its metric is not judged, or it has one."""
        as_ = judged_as(point)
        if as_ is None or self.column_of(point.id) >= 0:
            return False
        column = len(self.points)
        if column % SIZE == 0:
            self.blocks.append(Block())
        if point.id >= len(self._column):
            more = max(point.id + 1, len(self._column) * 5 // 4) - len(self._column)
            self._column = np.append(self._column, np.full(more, -1, np.intp))
        self._column[point.id] = column
        self.points.append(point)
        block, at = self.blocks[-1], column % SIZE
        block.used = at + 1
        device = self.world.devices.get(point.device)
        block.ids[at], block.unit[at] = point.id, zlib.crc32(point.unit.encode())
        block.how[at], block.rest[at], block.unknown[at] = as_.how, as_.rest, as_.unknown
        block.building[at] = device.building if device else 0
        block.own_unit[at] = point.metric in OWN_UNIT
        return True

    def column_of(self, point: int) -> int:
        """The point's column; -1: it is not judged."""
        return int(self._column[point]) if point < len(self._column) else -1

    def columns_of(self, points: NDArray[np.int32]) -> NDArray[np.intp]:
        """The columns of points, -1 where they are not judged."""
        if not len(self._column):
            return np.full(len(points), -1, np.intp)
        inside = points < len(self._column)
        return np.where(inside, self._column[np.where(inside, points, 0)], -1)

    def buildings_of(self, columns: NDArray[np.intp]) -> NDArray[np.int32]:
        """The buildings of columns that are sorted."""
        if len(self.blocks) == 1:
            return self.blocks[0].building[columns]
        return np.concatenate([block.building for block in self.blocks])[columns]

    def band(self, point: int, times: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The lowest and highest usual value of the point at these times (ms); NaN where nothing is usual yet. Of a counter: an hour's;
        of a state: the share of time that it is on."""
        column = self.column_of(point)
        if column < 0:
            return np.full(len(times), np.nan), np.full(len(times), np.nan)
        block, at = self.blocks[column // SIZE], np.full(len(times), column % SIZE)
        places = self.placing.places(self.world.calendars, block.building[at], times)
        low, high = judging.bands(block, at, places.hour)
        how = int(block.how[column % SIZE])
        return np.array([plain(how, each) for each in low.tolist()]), np.array(
            [plain(how, each) for each in high.tolist()]
        )

    @property
    def parts(self) -> int:
        """How many parts its state is saved in."""
        return len(self.blocks)

    def copied(self, part: int) -> Callable[[], bytes]:
        """A copy of one part, quickly; what is returned packs it, and may be called in another thread."""
        arrays = self.blocks[part].copied()
        return lambda: packed(arrays)

    def restore(self, data: bytes) -> int:
        """Take in what was saved, of points that are learned and have the unit they had: how many. Raises `DamagedError`."""
        arrays = unpacked(data)
        ids, units = arrays[0], arrays[1]
        columns = self.columns_of(ids)
        for number, block in enumerate(self.blocks):
            chosen = np.flatnonzero(columns // SIZE == number)
            chosen = chosen[(columns[chosen] >= 0) & (block.unit[columns[chosen] % SIZE] == units[chosen])]
            restore(block, columns[chosen] % SIZE, arrays, chosen)
        return int((columns >= 0).sum())

    def wanting(self, now: int) -> Mapping[int, int]:
        """Points whose recent past is not known though they have one, and from when (ms) on it is wanted."""
        oldest = now - HISTORY_DAYS * judging.DAY_MS
        found = {}
        for column, point in enumerate(self.points):
            last = int(self.blocks[column // SIZE].last[column % SIZE])
            if (point.last or 0) - last > GAP_MS:
                found[point.id] = max(last, oldest)
        return found

    def recall(self, hours: Sequence[Hour]) -> None:
        """Learn hours of the past, in order. They are the history of points that `wanting` named; nothing is judged."""
        for start, points, mean, low, high in hours:
            columns = self.columns_of(np.array(points, np.int32))
            rows = np.array([mean, low, high], np.float64)
            for number in set((columns[columns >= 0] // SIZE).tolist()):
                chosen = np.flatnonzero(columns // SIZE == number)
                self._recall(self.blocks[number], columns[chosen] % SIZE, start, rows[:, chosen])

    def _recall(self, block: Block, at: NDArray[np.intp], start: int, rows: NDArray[np.float64]) -> None:
        """`rows`: mean, lowest, highest of the hour. Of a counter its mean less the hour before's says all three."""
        times = np.full(len(at), start, np.int64)
        how = block.how[at]
        counter, state = how == How.RATE, how == How.SHARE
        rows[1:, counter] = rows[0, counter]
        before = np.where(counter, block.recalled[at], np.nan)
        elapsed = times - block.recalled_at[at]
        figures = np.stack([judged(how, row, before, elapsed) for row in rows]).astype(np.float32)
        figures[:, state] = duty.recalled(block, at[state], times[state], rows[:, state])
        moved = (rows[0] != block.recalled[at]) & (block.days[at] > 0)
        block.recalled[at], block.recalled_at[at] = rows[0], times
        places = self.placing.places(self.world.calendars, block.building[at], times)
        known = np.isfinite(figures).all(axis=0)
        block.hours.close(at[known], places.hour[known], figures[0, known], figures[1, known], figures[2, known])
        block.moves[at] = np.maximum(block.moves[at], judging.MOVES * (moved & ~state))
        judging.day(block, at[places.day > block.recalled_day[at]])
        block.recalled_day[at] = np.maximum(places.day, block.recalled_day[at])
        block.day[at] = np.maximum(block.day[at], places.day)
        block.banded[at] = -1
