"""HVAC faults as a detector: samples go into minutes, each minute is judged once for all equipment. Pure; times are ms."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from collector.ingest.committed import Committed
from collector.problems.detector import World
from collector.problems.finding import Finding, Key
from collector.problems.fleet import PointRow
from collector.problems.hvac.air import AIR
from collector.problems.hvac.equipment import candidate
from collector.problems.hvac.frame import Frame
from collector.problems.hvac.judging import Judging
from collector.problems.hvac.layout import Layout
from collector.problems.hvac.minutes import MINUTE_MS, Minutes
from collector.problems.hvac.running import RUNNING
from collector.problems.hvac.state import Running
from collector.problems.hvac.telling import told

FAULTS = (*AIR, *RUNNING)
LONGEST_HOLE = 60
"""Minutes without any sample after which all counting begins anew."""
AHEAD_MS = 5 * MINUTE_MS
"""A sample further in the future has a wrong clock."""


class HvacFaults:
    """Bounded per point: half an hour of minutes and a few numbers; per equipment a few numbers a fault."""

    rules = frozenset(fault.rule for fault in FAULTS)

    def __init__(self, world: World) -> None:
        self._world = world
        self._points: dict[int, PointRow] = {}
        self._confirmed: object = world.roles
        self._stale = False
        self.minutes = Minutes()
        self.layout = Layout(self.minutes)
        self.judging = Judging(FAULTS)
        self.running = Running()
        self._open: int | None = None
        self._found: list[Finding] = []

    def learn(self, points: Sequence[PointRow]) -> None:
        """Take in points; those that may play a role are kept."""
        for point in points:
            device = self._world.devices.get(point.device)
            if point.id in self._world.roles or candidate(point, device) is not None:
                self._points[point.id] = point
                self._stale = True

    def seed(self, key: Key, since: int, now: int) -> None:
        """A problem of this key is open: its fault is found until it is judged otherwise."""
        self._arrange()
        point = int(key.subject.partition(":")[2]) if key.subject.startswith("point:") else -1
        for column, unit in enumerate(self.layout.equipment):
            for row, fault in enumerate(FAULTS):
                part = next((unit.parts[role] for role in fault.about if role in unit.parts), None)
                if fault.rule == key.rule and part is not None and part.point == point:
                    self.judging.seed(row, column, since // MINUTE_MS, now // MINUTE_MS)
                    self._found = told(FAULTS, self.judging, self.layout, None)
                    return

    def observe(self, committed: Committed) -> None:
        """Take in one commit; what is late opens nothing, and neither does what is of the future."""
        self._arrange()
        rows = self.layout.rows(committed.points)
        mine = (rows >= 0) & ~committed.late & (committed.times <= committed.at_ms + AHEAD_MS)
        if not mine.any():
            return
        rows, values, minutes = rows[mine], committed.values[mine], committed.times[mine] // MINUTE_MS
        order = np.argsort(minutes, kind="stable")
        rows, values, minutes = rows[order], values[order], minutes[order]
        for minute, first, last in _stretches(minutes):
            self._advance(minute)
            self.minutes.write(rows[first:last], minute, values[first:last])

    def findings(self, now: int) -> Iterable[Finding]:
        """All that holds; minutes that are over are judged first."""
        self._arrange()
        if self._open is not None:
            self._advance(min(now // MINUTE_MS, self._open + LONGEST_HOLE))
        return self._found

    def _arrange(self) -> None:
        """The layout follows new points, and what people confirm."""
        if not self._stale and self._confirmed is self._world.roles:
            return
        for point in [known for known in self._points.values() if known.id in self._world.roles]:
            self._points[point.id] = point
        keep = self.layout.build(self._world, self._points)
        self.judging.resize(keep)
        self.running.resize(keep)
        self._stale, self._confirmed = False, self._world.roles

    def _advance(self, minute: int) -> None:
        """Judge the minutes before this one."""
        if self._open is None:
            self._open = minute
        if minute - self._open > LONGEST_HOLE:
            self.judging.forget()
            self.running.forget()
            self._found = []
            self._open = minute
        while self._open < minute:
            self._judge(self._open)
            self._open += 1
            self.minutes.open(self._open)

    def _judge(self, minute: int) -> None:
        self.minutes.close(minute)
        if not self.layout.equipment:
            return
        guessed = self.layout.spread(self.minutes.guessed.astype(float)) == 1
        means = self.running.convert(self.layout.spread(self.minutes.mean(5)), guessed)
        latest = self.running.convert(self.layout.spread(self.minutes.last_held), guessed)
        still = self.layout.spread((minute - self.minutes.changed).astype(float))
        frame = Frame(minute, means, latest, self.layout.spread(self.minutes.turns), still, self._in_session(minute))
        self.running.step(frame)
        if self.judging.step(frame) or (minute % 15 == 0 and self._found):
            self._found = told(FAULTS, self.judging, self.layout, frame)

    def _in_session(self, minute: int) -> NDArray[np.bool_]:
        """By building, spread over its equipment."""
        buildings = [device.building if (device := self._world.devices.get(unit.device)) else None for unit in self.layout.equipment]
        now = minute * MINUTE_MS
        known = {building: self._world.calendars.of(building).in_session(now, 120, 120) for building in set(buildings)}
        return np.array([known[building] for building in buildings], np.bool_)


def _stretches(minutes: NDArray[np.int64]) -> Iterable[tuple[int, int, int]]:
    """Each minute of a sorted array with where it begins and ends."""
    edges = np.flatnonzero(np.diff(minutes)) + 1
    begins = [0, *edges.tolist()]
    for first, last in zip(begins, [*edges.tolist(), len(minutes)], strict=True):
        yield int(minutes[first]), first, last
