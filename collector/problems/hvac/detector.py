"""HVAC faults as a detector: samples go into minutes, each minute is judged once for all equipment. Pure; times are ms."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from collector.calendar.school import SchoolCalendar
from collector.ingest.committed import Committed
from collector.problems.detector import Detector, World
from collector.problems.finding import Finding, Key
from collector.problems.fleet import PointRow
from collector.problems.hvac import memory
from collector.problems.hvac.air import AIR
from collector.problems.hvac.drift import Drift
from collector.problems.hvac.equipment import VALUE, candidate
from collector.problems.hvac.frame import Frame, temperatures
from collector.problems.hvac.judging import Judging
from collector.problems.hvac.layout import Layout
from collector.problems.hvac.minutes import MINUTE_MS, Minutes
from collector.problems.hvac.plant import RULE as PLANT
from collector.problems.hvac.plant import SPAN, Plants
from collector.problems.hvac.roles import INDEX
from collector.problems.hvac.running import RUNNING
from collector.problems.hvac.state import Running
from collector.problems.hvac.telling import kept, told
from collector.problems.hvac.usual import LEARNED, Usual

FAULTS = (*AIR, *RUNNING, *LEARNED)
LONGEST_HOLE = 60
"""Minutes without any sample after which all counting begins anew."""
WARM_UP = 240
"""Minutes before school in which a fan may run though nobody is there: optimum start begins up to three hours before the
building is occupied (Guideline 36, 5.4.4), and that is an hour before school."""
LEAST_MOVES = 30
"""A value that never moved is a constant, not a sensor that is stuck."""
BOILER = "hvac.boiler.failed"
AHEAD_MS = 5 * MINUTE_MS
"""A sample further in the future has a wrong clock."""


class HvacFaults(Detector):
    """Bounded per point: half an hour of minutes and a few numbers; per equipment a few numbers a fault."""

    rules = frozenset(fault.rule for fault in FAULTS) | {PLANT}

    def __init__(self, world: World) -> None:
        self._world = world
        self._points: dict[int, PointRow] = {}
        self._confirmed: object = world.roles
        self._stale = False
        self.minutes = Minutes()
        self.layout = Layout(self.minutes)
        self.judging = Judging(FAULTS)
        self.running = Running()
        self.usual = Usual()
        self.drift = Drift()
        self.plants = Plants()
        self._guessed: NDArray[np.bool_] = np.empty((0, 0), np.bool_)
        self._open: int | None = None
        self._found: list[Finding] = []
        self._kept: frozenset[Key] = frozenset()

    def learn(self, points: Sequence[PointRow]) -> None:
        """Take in points; those that may play a role are kept."""
        for point in points:
            device = self._world.devices.get(point.device)
            if point.metric == VALUE or candidate(point, device) is not None:
                self._points[point.id] = point
                self._stale = True

    def seed(self, key: Key, since: int, now: int) -> None:
        """A problem of this key is open: its fault is found until it is judged otherwise."""
        self._arrange()
        if key.rule == PLANT:
            self.plants.seed(int(key.subject.partition(":")[2]), since // MINUTE_MS, now // MINUTE_MS)
            return
        point = int(key.subject.partition(":")[2]) if key.subject.startswith("point:") else -1
        for column, unit in enumerate(self.layout.equipment):
            for row, fault in enumerate(FAULTS):
                part = next((unit.parts[role] for role in fault.about if role in unit.parts), None)
                if fault.rule == key.rule and part is not None and part.point == point:
                    self.judging.seed(row, column, since // MINUTE_MS, now // MINUTE_MS)
                    self._found = self._told(None)
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
        return [*self._found, *self._plants()]

    def _plants(self) -> Iterable[Finding]:
        """A building that gets cold because its boiler is known to have failed is that boiler's symptom."""
        known = [self._world.devices.get(unit.device) for unit in self.layout.equipment] if self.plants.found else []
        here = {
            device.building for device in known if device is not None
        }  # nothing else says that it is over elsewhere
        failed = (
            {}
            if not self.plants.found
            else {self._building(f.device): f.key for f in self._found if f.key.rule == BOILER}
        )
        for building, finding in self.plants.found.items():
            if building in here:
                yield replace(finding, cause=failed.get(building))

    def _building(self, identity: int | None) -> int | None:
        device = self._world.devices.get(identity or 0)
        return device.building if device is not None else None

    name = "hvac"
    parts = 1

    def copied(self, part: int) -> Callable[[], bytes]:
        """A copy of the state; what is returned packs it."""
        del part
        self._arrange()
        arrays = memory.copied(self._state, -1 if self._open is None else self._open)
        return lambda: memory.packed(arrays)

    def restore(self, data: bytes) -> int:
        """Take in what was saved before this process began: how many equipments there are. Raises `ValueError`."""
        self._arrange()
        opened = memory.restore(self._state, data)
        self._open = None if opened < 0 else opened
        self._found, self._kept = self._told(None), kept(FAULTS, self.judging, self.layout)
        return len(self.layout.equipment)

    def wanting(self, now: int) -> Mapping[int, int]:
        """No history: what is saved every quarter of an hour is enough."""
        del now
        return {}

    def recall(self, hours: Sequence[object]) -> None:
        """Nothing was wanted."""

    @property
    def _state(self) -> memory.State:
        return memory.State(self.layout, self.minutes, self.judging, self.running, self.usual, self.drift)

    def held(self) -> frozenset[Key]:
        """What was found and cannot be judged at the moment, as by night: neither found nor over."""
        return self._kept

    def _arrange(self) -> None:
        """The layout follows new points, and what people confirm."""
        if not self._stale and self._confirmed is self._world.roles:
            return
        keep = self.layout.build(self._world, self._points)
        self._guessed = self.layout.spread(self.minutes.guessed.astype(float)) == 1
        self.judging.resize(keep)
        self.running.resize(keep)
        self.usual.resize(keep)
        self.drift.resize(keep)
        self._stale, self._confirmed = False, self._world.roles

    def _advance(self, minute: int) -> None:
        """Judge the minutes before this one."""
        if self._open is None:
            self._open = minute
        if minute - self._open > LONGEST_HOLE:
            self.judging.forget()
            self.running.forget()
            self.plants.forget()
            self._found, self._kept = [], kept(FAULTS, self.judging, self.layout)
            self._open = minute
        while self._open < minute:
            self._judge(self._open)
            self._open += 1
            self.minutes.open(self._open)

    def _judge(self, minute: int) -> None:
        self.minutes.close(minute)
        if not self.layout.equipment:
            return
        guessed = self._guessed
        means = self.running.convert(self.layout.spread(self.minutes.mean(5)), guessed)
        latest = self.running.convert(self.layout.spread(self.minutes.last_held), guessed)
        still, lively = self._stillness(minute)
        frame = Frame(
            minute, means, latest, self.layout.spread(self.minutes.turns), still, lively,
            self._in_session(minute, 120, 120), self._in_session(minute, WARM_UP, 0) & ~self._in_session(minute, 0, 0),
        )  # fmt: skip
        self.running.step(frame)
        self._learn_from(frame, guessed)
        before = self.judging.kept
        if self.judging.step(frame) or (minute % 15 == 0 and self._found):
            self._found = self._told(frame)
        if not np.array_equal(before, self.judging.kept):
            self._kept = kept(FAULTS, self.judging, self.layout)

    def _stillness(self, minute: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """How long each role's point has stood still beyond its habit (`Frame.still`), and where others move (`Frame.lively`)."""
        rows = self.minutes
        age = minute - rows.changed
        still = np.where(
            (rows.moves >= LEAST_MOVES) & (age > 1.5 * rows.longest),
            age,
            np.where(rows.moves >= LEAST_MOVES, 0, np.nan),
        )
        moving = (self.layout.spread((age < 60).astype(float))[temperatures()] == 1).sum(0)
        buildings = np.array(
            [
                device.building if (device := self._world.devices.get(unit.device)) else -1
                for unit in self.layout.equipment
            ]
        )
        _, place = np.unique(buildings, return_inverse=True)
        return self.layout.spread(still), np.bincount(place, moving)[place] >= 1

    def _learn_from(self, frame: Frame, guessed: NDArray[np.bool_]) -> None:
        """What is usual of each unit, of each outdoor sensor among its siblings, and of each building's zones."""
        self.usual.step(frame)
        own = np.array(["outdoor_temp" in unit.parts for unit in self.layout.equipment], np.bool_)
        local = self._calendar_of(0).local(frame.minute * MINUTE_MS) if own.any() else None
        if local is not None and frame.minute % 10 == 0:
            night = (local - timedelta(hours=5)).toordinal()
            self.drift.step(night, np.full(len(own), local.hour < 5), own, frame["outdoor_temp"])
        frame.learned["drift"] = self.drift.away
        before = self.running.convert(self.layout.spread(self.minutes.mean(3, SPAN)), guessed)[INDEX["zone_temp"]]
        self.plants.step(frame, before, self.layout.equipment, self._world)

    def _calendar_of(self, column: int) -> SchoolCalendar:
        device = self._world.devices.get(self.layout.equipment[column].device)
        return self._world.calendars.of(device.building if device is not None else None)

    def _told(self, frame: Frame | None) -> list[Finding]:
        """The findings, with since when by the building's wall clock."""
        made = []
        for finding in told(FAULTS, self.judging, self.layout, frame):
            device = self._world.devices.get(finding.device or 0)
            local = self._world.calendars.of(device.building if device is not None else None).local(finding.since)
            made.append(replace(finding, words={**finding.words, "since": f"{local:%a %H:%M}"}))
        return made

    def _in_session(self, minute: int, before: int, after: int) -> NDArray[np.bool_]:
        """Whether school is in, so many minutes before and after it: by building, spread over its equipment."""
        buildings = [
            device.building if (device := self._world.devices.get(unit.device)) else None
            for unit in self.layout.equipment
        ]
        now = minute * MINUTE_MS
        known = {
            building: self._world.calendars.of(building).in_session(now, before, after) for building in set(buildings)
        }
        return np.array([known[building] for building in buildings], np.bool_)


def _stretches(minutes: NDArray[np.int64]) -> Iterable[tuple[int, int, int]]:
    """Each minute of a sorted array with where it begins and ends."""
    edges = np.flatnonzero(np.diff(minutes)) + 1
    begins = [0, *edges.tolist()]
    for first, last in zip(begins, [*edges.tolist(), len(minutes)], strict=True):
        yield int(minutes[first]), first, last
