"""What is kept over a restart: saved and given back, the last hours fed again, the days before learned from history. Pure."""

from collections.abc import Callable, Mapping, Sequence

from collector.problems.detector import World
from collector.problems.fleet import PointRow
from collector.problems.hvac import packing
from collector.problems.hvac.judge import Judge
from collector.problems.hvac.minutes import MINUTE_MS, WINDOW
from collector.problems.hvac.past import Hour, Past

AGAIN = 6 * 60
"""Minutes that are fed again at a start: a sensor stands still for three hours of three hours with the fan on."""
MOST_SAMPLES = 2_000_000
"""Of a district with very many points less, so that a start takes seconds."""


class Remembered:
    """The judge, its points, and the minute that runs (None: nothing was heard yet)."""

    name = "hvac"
    parts = 1

    def __init__(self, world: World) -> None:
        self._world = world
        self._points: dict[int, PointRow] = {}
        self._confirmed: object = world.roles
        self._stale = False
        self._open: int | None = None
        self._past: Past | None = None
        self.judge = Judge(world)

    def arrange(self) -> None:
        """The layout follows new points, and what people confirm."""
        if self._stale or self._confirmed is not self._world.roles:
            self.judge.build(self._points)
            self._stale, self._confirmed = False, self._world.roles

    def copied(self, part: int) -> Callable[[], bytes]:
        """A copy of the state; what is returned packs it."""
        del part
        self.arrange()
        self._past = None  # what history could teach is part of the state by now
        arrays = packing.copied(self.judge, -1 if self._open is None else self._open)
        return lambda: packing.packed(arrays)

    def restore(self, data: bytes) -> int:
        """Take in what was saved before this process began: how many equipments there are. Raises `ValueError`."""
        self.arrange()
        opened = packing.restore(self.judge, data)
        self._open = None if opened < 0 else opened
        self.judge.tell()
        return len(self.judge.layout.equipment)

    def again(self, now: int) -> tuple[list[int], int]:
        """Points whose samples it wants to be fed again, and from when (ms): from what was saved on, or the last hours."""
        self.arrange()
        points = list(self.judge.layout.row_of)
        span = min(AGAIN, max(WINDOW, MOST_SAMPLES // max(len(points), 1)))
        return points, max(now // MINUTE_MS - span, self._open or 0) * MINUTE_MS

    def wanting(self, now: int) -> Mapping[int, int]:
        """Points of equipment that has learned nothing of the days before, and from when (ms)."""
        self.arrange()
        self._past = Past(self.judge, now)
        return self._past.wanted

    def recall(self, hours: Sequence[Hour]) -> None:
        """Learn hours of the past."""
        if self._past is not None:
            self._past.take(hours)
            self._past.learn()
