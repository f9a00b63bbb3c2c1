"""What came together within a window, for many watches at once: growth, shrinking, changes, restarts. Pure numpy.

The window moves in `PARTS` steps, so state is bounded: `PARTS` sums for each watch. What is judged covers between the window and a twelfth less.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from protocols.rules import WINDOWED

PARTS = 12
RISE, FALL, CHANGES, RESETS = range(4)
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Sums:
    """One row a watch."""

    def __init__(self) -> None:
        self._over = np.zeros(0, np.int8)
        self._counter = np.zeros(0, np.bool_)
        self._step: Ints = np.zeros(0, np.int64)
        self._time: Ints = np.zeros(0, np.int64)
        self._value: Floats = np.zeros(0)
        self._part: Ints = np.zeros((0, PARTS), np.int64)
        self._sum: Floats = np.zeros((0, PARTS))

    def __len__(self) -> int:
        return len(self._over)

    def add(self, over: str, per_ms: int, counter: bool) -> int:
        """A watch more; its row. `counter`: what falls began anew at 0."""
        self._over = np.append(self._over, np.int8(WINDOWED.index(over)))
        self._counter = np.append(self._counter, counter)
        self._step = np.append(self._step, max(per_ms // PARTS, 1))
        self._time, self._value = np.append(self._time, 0), np.append(self._value, 0.0)
        self._part = np.vstack([self._part, np.full((1, PARTS), -PARTS - 1, np.int64)])
        self._sum = np.vstack([self._sum, np.zeros((1, PARTS))])
        return len(self._over) - 1

    def take(self, rows: NDArray[Any], times: Ints, values: Floats) -> Floats:
        """Take in one newer sample of each row (each once); the sums over the window that ends with it."""
        before, known = self._value[rows], self._time[rows] > 0
        part = times // self._step[rows]
        slot = part % PARTS
        stale = self._part[rows, slot] != part
        self._sum[rows, slot] = np.where(stale, 0.0, self._sum[rows, slot])
        self._part[rows, slot] = part
        gap = np.maximum(times - self._time[rows], 1)
        share = np.minimum(
            1.0, self._step[rows] * PARTS / gap
        )  # of what came while nothing was heard: its part of the window
        self._sum[rows, slot] += np.where(known, share * self._amount(rows, values - before), 0.0)
        self._time[rows], self._value[rows] = times, values
        return self.at(rows, times)

    def at(self, rows: NDArray[Any], times: Ints) -> Floats:
        """The sums over the window that ends at these times."""
        part = (times // self._step[rows])[:, None]
        inside = (self._part[rows] <= part) & (self._part[rows] > part - PARTS)
        return np.asarray(np.where(inside, self._sum[rows], 0.0).sum(axis=1), np.float64)

    def _amount(self, rows: NDArray[Any], step: Floats) -> Floats:
        over = self._over[rows]
        grown = np.where(self._counter[rows], np.maximum(step, 0.0), step)
        table = [grown, -step, (step != 0).astype(float), (step < 0).astype(float)]
        return np.asarray(np.choose(over, table), np.float64)
