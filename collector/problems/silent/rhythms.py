"""Who has fallen silent: points and devices by their own learned rhythm, agents by nothing heard. Pure.

A point's interval follows the gaps between its samples (quickly up, slowly down); it is judged after `LEARNED` of them.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from collector.problems.fleet import AgentRow

INTERVALS = 3
LEARNED = 5
LEFT_MS = 5 * 60_000
"""Who said goodbye in good order has this long to come back: an upgrade of the system, then a restart of a Raspberry Pi."""
BACK_MS = 60_000
"""A silent agent is back when it was heard this recently."""
_UP, _DOWN = 0.25, 0.05
Ints = NDArray[np.int64]


NOBODY = -2
_UNKNOWN = -1


class Rhythm(NamedTuple):
    """Of each device: newest time heard (0: never) and shortest learned interval in ms (infinite: not learned)."""

    last: Ints
    interval: NDArray[np.float64]


class Rhythms:
    """Last time and interval of every point, in arrays indexed by point id."""

    def __init__(self) -> None:
        self.device = np.full(0, _UNKNOWN, np.int32)
        self.last: Ints = np.zeros(0, np.int64)
        self.interval = np.zeros(0)
        self.gaps = np.zeros(0, np.int32)

    def add(self, points: NDArray[np.int32], devices: NDArray[np.int32], last: Ints) -> None:
        """Learn of points: their device (`NOBODY`: it says nothing of a device) and newest time (0: none)."""
        if not len(points):
            return
        more = int(points.max()) + 1 - len(self.device)
        if more > 0:
            self.device = np.append(self.device, np.full(more, _UNKNOWN, np.int32))
            self.last = np.append(self.last, np.zeros(more, np.int64))
            self.interval = np.append(self.interval, np.zeros(more))
            self.gaps = np.append(self.gaps, np.zeros(more, np.int32))
        self.device[points] = devices
        self.last[points] = np.maximum(self.last[points], last)

    def unknown(self, points: NDArray[np.int32]) -> list[int]:
        """Those of the points never added."""
        ids = np.unique(points)
        inside = ids < len(self.device)
        known = inside.copy()
        known[inside] = self.device[ids[inside]] != _UNKNOWN
        return [int(point) for point in ids[~known]]

    def observe(self, points: NDArray[np.int32], times: Ints) -> None:
        """Samples in any order; points never added are left out. Several of one point count by their mean gap."""
        known = points < len(self.device)
        points, times = points[known], times[known]
        if not len(points):
            return
        order = np.lexsort((times, points))
        ids, starts, counts = np.unique(points[order], return_index=True, return_counts=True)
        newest = times[order][starts + counts - 1]
        newer = newest > self.last[ids]
        ids, newest, counts = ids[newer], newest[newer], counts[newer]
        gap = (newest - self.last[ids]) / counts
        heard_before = self.last[ids] > 0
        first = heard_before & (self.gaps[ids] == 0)
        rate = np.where(gap > self.interval[ids], _UP, _DOWN)
        followed = self.interval[ids] + rate * (gap - self.interval[ids])
        self.interval[ids] = np.where(first, gap, np.where(heard_before, followed, 0.0))
        self.gaps[ids] += heard_before
        self.last[ids] = newest

    @property
    def highest_device(self) -> int:
        """The highest device id of any point; negative when there is none."""
        return int(self.device.max(initial=_UNKNOWN))

    def device_of(self, point: int) -> int:
        """Its device; negative when it is not known or says nothing of a device."""
        return int(self.device[point]) if point < len(self.device) else _UNKNOWN

    def devices(self, size: int) -> Rhythm:
        """The rhythm of every device id up to `size` or the highest known."""
        size = max(size, self.highest_device + 1)
        known = self.device >= 0
        last, interval = np.zeros(size, np.int64), np.full(size, np.inf)
        np.maximum.at(last, self.device[known], self.last[known])
        learned = known & (self.gaps >= LEARNED)
        np.minimum.at(interval, self.device[learned], self.interval[learned])
        return Rhythm(last, interval)

    def silent_points(self, until: Ints, least_ms: int | Ints, not_before: Ints) -> list[int]:
        """Points silent for three intervals and at least `least_ms` (for all, or by device id), counted from `not_before` to `until` (by device id)."""
        learned = np.flatnonzero((self.device >= 0) & (self.gaps >= LEARNED))
        device = self.device[learned]
        start = np.maximum(self.last[learned], not_before[device])
        patience = np.maximum(INTERVALS * self.interval[learned], np.broadcast_to(least_ms, until.shape)[device])
        return [int(point) for point in learned[until[device] - start > patience]]


def silent_devices(rhythm: Rhythm, until: Ints, least_ms: int | Ints, not_before: Ints) -> list[int]:
    """Devices silent for three of their shortest intervals and at least `least_ms` (for all, or by device id), counted from `not_before` to `until`."""
    start = np.maximum(rhythm.last, not_before)
    learned = np.isfinite(rhythm.interval)
    patience = np.maximum(INTERVALS * np.where(learned, rhythm.interval, 0.0), least_ms)
    return [int(device) for device in np.flatnonzero(learned & (until - start > patience))]


def agent_silent(agent: AgentRow, was_silent: bool, now: int, least_ms: int, listening_since: int) -> bool:
    """Whether an agent is silent. `listening_since`: since when we ourselves can hear; silence before proves nothing."""
    if agent.heard is None:
        return False
    if was_silent:
        return now - agent.heard >= BACK_MS
    quiet = now - max(agent.heard, listening_since)
    return quiet > (max(LEFT_MS, least_ms) if agent.left else least_ms)
