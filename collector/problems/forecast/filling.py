"""What fills within the hour: judged by the minute, from the last samples of each point. Pure.

It must have risen in each of the last four steps by 1 % or more together, evenly (each half a quarter of it at least), within 4 to 20
minutes, and lie beyond what it does on an ordinary day: a nightly backup that comes and goes is its habit.
"""

import numpy as np

from collector.problems.forecast.days import Floats, Ints

_RING = 5
"""Samples that are kept of a point: four steps, enough to tell a rise from a jump."""
_SPACING_MS = 30_000
"""Least time between two of them, as some are polled every few seconds."""
_WITHIN_MS, _SHORTEST_MS = 20 * 60_000, 4 * 60_000
"""The longest and the shortest that they may span: polled once in one to five minutes, it is seen to fill."""
_RISE = 1.0
"""Percent of the whole that it must have risen from the first to the last of them: less is noise."""


class Filling:
    """The last `_RING` samples of each point, at least 30 s apart. 80 bytes a point."""

    def __init__(self) -> None:
        self._times = np.zeros((0, _RING), np.int64)
        self._values = np.full((0, _RING), np.nan)
        self.hours = np.full(0, np.inf)
        """Until it is full, at the rate of the last minutes; inf: it does not fill fast."""
        self.start = np.full(0, np.nan)
        """Its level when the rise began."""

    def grow(self, more: int) -> None:
        """Room for so many more points."""
        self._times = np.vstack((self._times, np.zeros((more, _RING), np.int64)))
        self._values = np.vstack((self._values, np.full((more, _RING), np.nan)))
        self.hours = np.append(self.hours, np.full(more, np.inf))
        self.start = np.append(self.start, np.full(more, np.nan))

    def judged(self, row: int) -> bool:
        """Whether enough was heard of it to say that it does not fill."""
        return bool(self._times[row, 0] > 0)

    def observe(self, rows: Ints, times: Ints, values: Floats, limits: Floats) -> None:
        """Samples in order of arrival; `limits` is where each point is full."""
        while len(rows):
            _, first = np.unique(rows, return_index=True)
            self._take(rows[first], times[first], values[first], limits[first])
            rest = np.ones(len(rows), bool)
            rest[first] = False
            rows, times, values, limits = rows[rest], times[rest], values[rest], limits[rest]

    def _take(self, rows: Ints, times: Ints, values: Floats, limits: Floats) -> None:
        newer = times - self._times[rows, -1] >= _SPACING_MS
        rows, times, values, limits = rows[newer], times[newer], values[newer], limits[newer]
        self._times[rows] = np.column_stack((self._times[rows, 1:], times))
        self._values[rows] = np.column_stack((self._values[rows, 1:], values))
        at, level = self._times[rows], self._values[rows]
        span, rise = at[:, -1] - at[:, 0], level[:, -1] - level[:, 0]
        middle = level[:, _RING // 2]
        with np.errstate(all="ignore"):
            even = np.minimum(middle - level[:, 0], level[:, -1] - middle) >= rise / 4
            fast = (np.diff(level, axis=1) > 0).all(1) & even & (rise >= _RISE)
            fast &= (span >= _SHORTEST_MS) & (span <= _WITHIN_MS)
            hours = np.where(fast, (limits - values) / (rise / (span / 3_600_000)), np.inf)
        going = np.isfinite(hours)
        begun = going & np.isnan(self.start[rows])
        self.start[rows[begun]] = level[begun, 0]
        self.start[rows[~going]] = np.nan
        self.hours[rows] = hours
