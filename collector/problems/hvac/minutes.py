"""The last half hour of every point that plays a role, one value a minute, and what is remembered beside it. Pure numpy.

State per point: `WINDOW` float32 values and a few numbers. A value holds for `HOLD` minutes: what is polled more rarely is unknown between.
"""

import numpy as np
from numpy.typing import NDArray

from collector.problems.hvac.quantity import FRACTION, GUESSED

MINUTE_MS = 60_000
WINDOW = 32
"""Minutes that are kept of each point: `plant.SPAN` and the three before it, which are the longest ago that anything asks for, and a few."""
HOLD = 15
"""Minutes that a value holds: of what is polled every five two in a row may be lost."""
Floats = NDArray[np.float64]
_NEVER = -(1 << 40)
"""A minute before all others."""


class Minutes:
    """Rows are points in the order they were added; times are minutes since the epoch."""

    def __init__(self) -> None:
        self.ring: NDArray[np.float32] = np.empty((0, WINDOW), np.float32)
        self.last: Floats = np.empty(0)
        self.heard: NDArray[np.int64] = np.empty(0, np.int64)
        self.changed: NDArray[np.int64] = np.empty(0, np.int64)
        """When its value last became another one."""
        self.longest: NDArray[np.int64] = np.empty(0, np.int64)
        """The longest that it stood still and then moved: a coarse sensor may for hours."""
        self.moves: NDArray[np.int64] = np.empty(0, np.int64)
        self.turns: Floats = np.empty(0)
        """Reversals of direction, decaying by half in 30 minutes."""
        self._way: NDArray[np.int8] = np.empty(0, np.int8)
        self._extreme: Floats = np.empty(0)
        self.read: NDArray[np.int8] = np.empty(0, np.int8)
        self._factor: Floats = np.empty(0)
        self._offset: Floats = np.empty(0)
        self._percent: NDArray[np.bool_] = np.empty(0, np.bool_)
        self.last_held: Floats = np.empty(0)
        """The newest value of each row at the last minute closed; NaN when it is too old."""
        self.minute = _NEVER

    def add(self, scales: list[tuple[float, float, int]]) -> None:
        """More rows, by factor, offset and how each is read (`quantity.scale`)."""
        count = len(scales)
        self.ring = np.concatenate((self.ring, np.full((count, WINDOW), np.nan, np.float32)))
        self.last = np.concatenate((self.last, np.full(count, np.nan)))
        self.heard = np.concatenate((self.heard, np.full(count, _NEVER)))
        self.changed = np.concatenate((self.changed, np.full(count, _NEVER)))
        self.longest = np.concatenate((self.longest, np.zeros(count, np.int64)))
        self.moves = np.concatenate((self.moves, np.zeros(count, np.int64)))
        self.turns = np.concatenate((self.turns, np.zeros(count)))
        self._way = np.concatenate((self._way, np.zeros(count, np.int8)))
        self._extreme = np.concatenate((self._extreme, np.full(count, np.nan)))
        self.read = np.concatenate((self.read, np.array([row[2] for row in scales], np.int8)))
        self._factor = np.concatenate((self._factor, np.array([row[0] for row in scales])))
        self._offset = np.concatenate((self._offset, np.array([row[1] for row in scales])))
        self._percent = np.concatenate((self._percent, np.zeros(count, np.bool_)))

    def write(self, rows: NDArray[np.intp], minute: int, values: Floats) -> None:
        """Values of one minute; of several of one point the last counts. An older minute is put in its place."""
        if minute <= self.minute - WINDOW:
            return
        known = np.isfinite(values)
        rows, values = rows[known], values[known] * self._factor[rows[known]] + self._offset[rows[known]]
        shares = self.read[rows] == FRACTION
        self._percent[rows[shares & (values > 1.5)]] = True
        values = np.where(self._percent[rows], values / 100.0, values)
        self.ring[rows, minute % WINDOW] = values
        newer = minute >= self.heard[rows]
        rows, values = rows[newer], values[newer]
        other = values != self.last[rows]
        moved = rows[other & np.isfinite(self.last[rows])]
        self.longest[moved] = np.maximum(self.longest[moved], minute - self.changed[moved])
        self.moves[moved] += 1
        self.changed[rows[other]] = minute
        self.last[rows], self.heard[rows] = values, minute

    def close(self, minute: int) -> None:
        """The minute is over: what was not heard in it holds its value for a while; then it is unknown."""
        self.minute = minute
        place = minute % WINDOW
        held = np.where(minute - self.heard <= HOLD, self.last, np.nan)
        self.ring[:, place] = held
        self.last_held = held
        self._count_turns(held)

    def _count_turns(self, held: Floats) -> None:
        """A reversal is a way back of more than 0.1 of full range (fractions) from the last extreme: hunting, not noise."""
        self.turns *= 0.5 ** (1 / 30)
        known = np.isfinite(held)
        fresh = known & ~np.isfinite(self._extreme)
        self._extreme[fresh] = held[fresh]
        moved = np.where(known, held - self._extreme, 0.0)
        step = 0.1
        reverse = ((self._way > 0) & (moved < -step)) | ((self._way < 0) & (moved > step))
        self.turns += reverse
        start = (self._way == 0) & (np.abs(moved) > step)
        turned = reverse | start
        self._way = np.where(turned, np.sign(moved), self._way).astype(np.int8)
        further = ((self._way > 0) & (moved > 0)) | ((self._way < 0) & (moved < 0)) | turned
        self._extreme = np.where(further & known, held, self._extreme)

    def open(self, minute: int) -> None:
        """Clear the place of a minute that begins; nobody has said anything in it."""
        self.ring[:, minute % WINDOW] = np.nan

    def forget(self) -> None:
        """After a long silence: what lies in the ring is not of the last half hour."""
        self.ring[:] = np.nan

    def mean(self, span: int, ago: int = 0) -> Floats:
        """Of `span` minutes that ended `ago` minutes before now, one a point; NaN where less than half of them are known."""
        places = (self.minute - ago - np.arange(span)) % WINDOW
        part = self.ring[:, places].astype(np.float64)
        known = np.isfinite(part)
        count = known.sum(1)
        total = np.where(known, part, 0.0).sum(1)
        return np.where(2 * count >= span, total / np.maximum(count, 1), np.nan)

    @property
    def guessed(self) -> NDArray[np.bool_]:
        """Temperatures whose unit nobody said."""
        return np.asarray(self.read == GUESSED)
