"""BACnet intrinsic alarms as problems: each object that its controller holds in alarm, with its acknowledgement there. Pure.

What was in alarm when it was first heard of stands there since nobody knows when, so it is for information alone; what goes into
alarm under our eyes is told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from collector.ingest.committed import Committed
from collector.problems.detector import Detector, World
from collector.problems.finding import Finding, Key, subject_of
from collector.problems.fleet import PointRow
from protocols.metrics import BY_NAME

ALARM, MANY = "bacnet.alarm", "bacnet.alarms.many"
STATE, ACKNOWLEDGED = "bacnet.event.state", "bacnet.alarm.acknowledged"
TOO_MANY = 6
"""Alarms of one controller at once that are one problem: a sensor bus, a power supply, a plant that is off."""
_STATES = BY_NAME[STATE].states or {}
_NORMAL, _LIFE_SAFETY, _UNKNOWN = 0, 5, 255


@dataclass(slots=True)
class _Alarm:
    """An object in alarm: its state, since when (ms), whether it was so when first heard of, and told long enough."""

    state: int
    since: int
    old: bool
    fired: bool = False


class Alarms(Detector):
    """Keeps something of objects in alarm alone; of the others one byte."""

    rules = frozenset((ALARM, MANY))

    def __init__(self, world: World) -> None:
        self._world = world
        self._points: dict[int, PointRow] = {}
        self._state_of: dict[tuple[int, str | None], int] = {}
        """The state's point by device and label, for its acknowledgement."""
        self._is = np.zeros(0, np.int8)  # by point id: 1 a state, 2 an acknowledgement
        self._heard: set[int] = set()
        self._alarms: dict[int, _Alarm] = {}
        self._acknowledged: dict[int, bool] = {}
        self._many: dict[int, int] = {}

    def learn(self, points: Sequence[PointRow]) -> None:
        """Take in the points that tell of alarms."""
        for point in points:
            which = (STATE, ACKNOWLEDGED).index(point.metric) + 1 if point.metric in (STATE, ACKNOWLEDGED) else 0
            if not which:
                continue
            if point.id >= len(self._is):
                self._is = np.append(self._is, np.zeros(2 * point.id + 16 - len(self._is), np.int8))
            self._is[point.id] = which
            self._points[point.id] = point
            if which == 1:
                self._state_of[point.device, point.label] = point.id
                if point.last is not None:
                    self._heard.add(point.id)

    def seed(self, key: Key, since: int, now: int) -> None:
        """An alarm that is open holds until its object is normal."""
        if key.kind == "point":
            self._alarms[key.number] = _Alarm(_UNKNOWN, since, old=False, fired=True)
            self._heard.add(key.number)
        elif key.kind == "device":
            self._many[key.number] = since

    def observe(self, committed: Committed) -> None:
        """Take in what is said of alarms; late samples change nothing."""
        inside = committed.points < len(self._is)
        ours = np.flatnonzero(inside & ~committed.late)
        ours = ours[self._is[committed.points[ours]] > 0]
        for place in ours[np.argsort(committed.times[ours], kind="stable")].tolist():
            point, value = int(committed.points[place]), committed.values[place]
            if self._is[point] == 1:
                self._state(point, int(value), int(committed.times[place]))
            else:
                row = self._points[point]
                state = self._state_of.get((row.device, row.label))
                if state is not None:
                    self._acknowledged[state] = bool(value)

    def _state(self, point: int, state: int, at: int) -> None:
        first = point not in self._heard
        self._heard.add(point)
        known = self._alarms.get(point)
        if state == _NORMAL:
            self._alarms.pop(point, None)
            self._acknowledged.pop(point, None)
        elif known is not None:
            known.state = state if state != _UNKNOWN else known.state
        elif state != _UNKNOWN:
            self._alarms[point] = _Alarm(state, at, old=first)

    def findings(self, now: int) -> Iterable[Finding]:
        """Every alarm that has stood long enough; many of one controller are symptoms of one."""
        by_device: dict[int, list[int]] = {}
        for point, alarm in self._alarms.items():
            alarm.fired = alarm.fired or alarm.state == _LIFE_SAFETY or now - alarm.since >= self._needed(point)
            if alarm.fired and point in self._points:
                by_device.setdefault(self._points[point].device, []).append(point)
        self._many = {
            device: self._many.get(device, now) for device, found in by_device.items() if self._are_many(found)
        }
        for device, since in self._many.items():
            found = by_device[device]
            key = Key(MANY, subject_of("device", device))
            names = [self._name(point) for point in found[:20]]
            yield Finding(key, since, "", device, words={"count": str(len(found))}, evidence={"objects": names})
        for device, found in by_device.items():
            cause = Key(MANY, subject_of("device", device)) if device in self._many else None
            for point in found:
                yield self._finding(point, cause)

    def _needed(self, point: int) -> int:
        row = self._points.get(point)
        return self._world.book.for_ms(ALARM, self._world.devices.get(row.device) if row is not None else None)

    def _are_many(self, found: Sequence[int]) -> bool:
        return sum(not self._alarms[point].old for point in found) >= TOO_MANY

    def _finding(self, point: int, cause: Key | None) -> Finding:
        alarm, row = self._alarms[point], self._points[point]
        grave = alarm.state == _LIFE_SAFETY
        acknowledged = self._acknowledged.get(point)
        standing = (
            None
            if acknowledged is None
            else f"{'acknowledged' if acknowledged else 'not acknowledged'} in the building automation system"
        )
        return Finding(
            Key(ALARM, subject_of("point", point)), alarm.since, "", row.device,
            point=point,
            value=float(alarm.state),
            severity="critical" if grave else "info" if alarm.old else None,
            words={"what": _STATES.get(alarm.state, "in alarm")},
            evidence={"state": _STATES.get(alarm.state, "unknown"), "known_since_start": alarm.old},
            cause=None if grave else cause,
            standing=standing,
        )  # fmt: skip

    def _name(self, point: int) -> str:
        row = self._points[point]
        return row.name or row.label or ""
