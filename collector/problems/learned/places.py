"""Where samples fall in their building's days: row, minute and ordinal, by the school calendar. Pure."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from collector.calendar.school import Calendars
from collector.problems.learned.hours import HOURS, row_of

_QUARTER_MS = 15 * 60 * 1000
_MOST = 50_000
"""Quarters of buildings that are remembered; a calendar that was changed is another one."""


class Places(NamedTuple):
    """One entry a sample: the day's row (see `hours`), the local minute of the day, the local day's ordinal."""

    row: NDArray[np.int8]
    minute: NDArray[np.int16]
    day: NDArray[np.int32]

    @property
    def hour(self) -> NDArray[np.intp]:
        """The hour of such a day: `row * 24 + hour`."""
        return self.row.astype(np.intp) * HOURS + self.minute // 60

    def of(self, chosen: NDArray[np.intp]) -> "Places":
        """Those of some of the samples."""
        return Places(self.row[chosen], self.minute[chosen], self.day[chosen])


class Placing:
    """Asks each building's calendar once a quarter of an hour."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int, int], tuple[int, int, int]] = {}

    def places(self, calendars: Calendars, buildings: NDArray[np.int32], times: NDArray[np.int64]) -> Places:
        """Where samples of these buildings at these times (ms) fall."""
        keys = (times // _QUARTER_MS) << 24 | buildings
        if len(keys) and (keys == keys[0]).all():
            keys, back = keys[:1], np.zeros(len(times), np.intp)
        else:
            keys, back = np.unique(keys, return_inverse=True)
        if len(self._known) > _MOST:
            self._known.clear()
        rows = [self._place(calendars, int(key & 0xFFFFFF), int(key >> 24)) for key in keys]
        table = np.array(rows, np.int32).reshape(-1, 3)[back]
        minute = table[:, 1] + (times % _QUARTER_MS) // 60_000
        return Places(table[:, 0].astype(np.int8), minute.astype(np.int16), table[:, 2])

    def _place(self, calendars: Calendars, building: int, quarter: int) -> tuple[int, int, int]:
        calendar = calendars.of(building)
        known = self._known.get((id(calendar), building, quarter))
        if known is None:
            slots = calendar.slots(np.array([quarter * _QUARTER_MS], np.int64))
            row = row_of(slots.kind, slots.weekday)
            known = int(row[0]), int(slots.minute[0]), int(slots.day[0])
            self._known[id(calendar), building, quarter] = known
        return known
