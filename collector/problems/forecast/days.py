"""The days of each point: lowest, mean and highest of each local day, for the last weeks, and today's newest figure. Pure."""

import numpy as np
from numpy.typing import NDArray

KEPT = 64
"""Days that are kept of each point."""
_DAY_MS = 86_400_000
_EPOCH = 719_163
"""`date.toordinal` of 1 January 1970."""
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Days:
    """One row a point, one column a day (its ordinal modulo `KEPT`); NaN: not heard that day. 800 bytes a point."""

    def __init__(self) -> None:
        self.low = np.full((0, KEPT), np.nan, np.float32)
        self.high = np.full((0, KEPT), np.nan, np.float32)
        self.mean = np.full((0, KEPT), np.nan, np.float32)
        self.today = np.zeros(0, np.int64)
        """The newest day (ordinal) of each point; 0: nothing was heard yet."""
        self.last = np.full(0, np.nan)
        self.last_at = np.zeros(0, np.int64)
        self._sum = np.zeros(0)
        self._count = np.zeros(0, np.int64)

    def grow(self, more: int) -> None:
        """Room for so many more points."""
        blank = np.full((more, KEPT), np.nan, np.float32)
        self.low, self.high, self.mean = (np.vstack((kept, blank)) for kept in (self.low, self.high, self.mean))
        self.today = np.append(self.today, np.zeros(more, np.int64))
        self.last = np.append(self.last, np.full(more, np.nan))
        self.last_at = np.append(self.last_at, np.zeros(more, np.int64))
        self._sum, self._count = np.append(self._sum, np.zeros(more)), np.append(self._count, np.zeros(more, np.int64))

    def put(self, rows: Ints, days: Ints, low: Floats, mean: Floats, high: Floats) -> None:
        """Whole days out of the history, one entry a row and day, in order of day. What was heard live is kept beside."""
        newest = np.zeros(len(self.today), np.int64)
        np.maximum.at(newest, rows, days)
        ahead = np.flatnonzero(newest > self.today)
        self._forward(ahead, newest[ahead])
        kept = days > self.today[rows] - KEPT
        rows, at = rows[kept], days[kept] % KEPT
        np.fmin.at(self.low, (rows, at), low[kept].astype(np.float32))
        np.fmax.at(self.high, (rows, at), high[kept].astype(np.float32))
        self.mean[rows, at] = mean[kept]

    def observe(self, rows: Ints, times: Ints, values: Floats, offsets: Ints) -> None:
        """Samples (ms) of points, each with its building's offset from UTC (ms). Older days than are kept are left out."""
        days = (times + offsets) // _DAY_MS + _EPOCH
        newest = np.zeros(len(self.today), np.int64)
        np.maximum.at(newest, rows, days)
        ahead = np.flatnonzero(newest > self.today)
        self._forward(ahead, newest[ahead])
        kept = days > self.today[rows] - KEPT
        rows, days, times, values = rows[kept], days[kept], times[kept], values[kept]
        at = days % KEPT
        np.fmin.at(self.low, (rows, at), values.astype(np.float32))
        np.fmax.at(self.high, (rows, at), values.astype(np.float32))
        current = days == self.today[rows]
        np.add.at(self._sum, rows[current], values[current])
        np.add.at(self._count, rows[current], 1)
        touched = np.unique(rows[current])
        self.mean[touched, self.today[touched] % KEPT] = self._sum[touched] / np.maximum(self._count[touched], 1)
        order = np.argsort(times, kind="stable")
        rows, times, values = rows[order], times[order], values[order]
        newer = times >= self.last_at[rows]
        self.last[rows[newer]] = values[newer]
        self.last_at[rows[newer]] = times[newer]

    def series(self, rows: Ints, what: NDArray[np.str_]) -> Floats:
        """The days before today, oldest first, (rows, KEPT - 1): of each row what stands for its day (`low`, `mean`, `high`)."""
        at = (self.today[rows, None] + np.arange(1, KEPT)) % KEPT
        picked = np.full(at.shape, np.nan)
        for name in ("low", "mean", "high"):
            mine = what == name
            picked[mine] = getattr(self, name)[rows[mine, None], at[mine]]
        return picked

    def _forward(self, rows: Ints, days: Ints) -> None:
        """A new day has begun for these: the columns passed are emptied."""
        step = np.minimum(days - self.today[rows], KEPT)
        for ahead in range(int(step.max(initial=0))):
            mine = step > ahead
            at = (days[mine] - ahead) % KEPT
            for kept in (self.low, self.high, self.mean):
                kept[rows[mine], at] = np.nan
        self.today[rows] = days
        self._sum[rows], self._count[rows] = 0.0, 0
