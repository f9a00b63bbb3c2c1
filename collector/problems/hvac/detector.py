"""HVAC faults as a detector: samples go into minutes, each minute is judged once for all equipment. Pure; times are ms."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from collector.ingest.committed import Committed
from collector.problems.detector import Detector
from collector.problems.finding import Finding, Key, subject_of
from collector.problems.fleet import PointRow
from collector.problems.hvac.equipment import VALUE, candidate
from collector.problems.hvac.judge import FAULTS
from collector.problems.hvac.minutes import MINUTE_MS
from collector.problems.hvac.plant import RULE as PLANT
from collector.problems.hvac.saved import Remembered
from collector.problems.hvac.telling import place_of, with_plants

LONGEST_HOLE = 60
"""Minutes without any sample after which all counting begins anew."""
AHEAD_MS = 5 * MINUTE_MS
"""A sample further in the future has a wrong clock."""


class HvacFaults(Remembered, Detector):
    """Bounded per point: half an hour of minutes and a few numbers; per equipment a few numbers a fault."""

    rules = frozenset(fault.rule for fault in FAULTS) | {PLANT}

    def learn(self, points: Sequence[PointRow]) -> None:
        """Take in points; those that may play a role are kept."""
        for point in points:
            device = self._world.devices.get(point.device)
            if point.metric == VALUE or candidate(point, device) is not None:
                self._points[point.id] = point
                self._stale = True

    def seed(self, key: Key, since: int, now: int) -> None:
        """A problem of this key is open: its fault is found until it is judged otherwise."""
        self.arrange()
        if key.rule == PLANT:
            building = int(key.subject.partition(":")[2])
            self.judge.plants.seed(building, since // MINUTE_MS)
        elif (place := place_of(key, FAULTS, self.judge.layout)) is not None:
            self.judge.lasting.seed(*place, since // MINUTE_MS, now // MINUTE_MS)
            self.judge.tell()

    def observe(self, committed: Committed) -> None:
        """Take in one commit; what is late opens nothing, and neither does what is of the future."""
        self.arrange()
        rows = self.judge.layout.rows(committed.points)
        mine = (rows >= 0) & ~committed.late & (committed.times <= committed.at_ms + AHEAD_MS)
        if not mine.any():
            return
        rows, values, minutes = rows[mine], committed.values[mine], committed.times[mine] // MINUTE_MS
        order = np.argsort(minutes, kind="stable")
        rows, values, minutes = rows[order], values[order], minutes[order]
        for minute, first, last in _stretches(minutes):
            self._advance(minute)
            self.judge.minutes.write(rows[first:last], minute, values[first:last])

    def findings(self, now: int) -> Iterable[Finding]:
        """All that holds; minutes that are over are judged first."""
        self.arrange()
        if self._open is not None:
            self._advance(min(now // MINUTE_MS, self._open + LONGEST_HOLE))
        return list(with_plants(self.judge.found, self.judge.plants, self.judge.places))

    def held(self) -> frozenset[Key]:
        """What was found and cannot be judged at the moment, as by night: neither found nor over."""
        plants = self.judge.plants.kept
        return self.judge.kept.union(Key(PLANT, subject_of("building", each)) for each in plants)

    def _advance(self, minute: int) -> None:
        """Judge the minutes before this one."""
        if self._open is None:
            self._open = minute
        if minute - self._open > LONGEST_HOLE:
            self.judge.forget()
            self._open = minute
        while self._open < minute:
            self.judge.minute(self._open)
            self._open += 1
            self.judge.minutes.open(self._open)


def _stretches(minutes: NDArray[np.int64]) -> Iterable[tuple[int, int, int]]:
    """Each minute of a sorted array with where it begins and ends."""
    edges = np.flatnonzero(np.diff(minutes)) + 1
    begins = [0, *edges.tolist()]
    for first, last in zip(begins, [*edges.tolist(), len(minutes)], strict=True):
        yield int(minutes[first]), first, last
