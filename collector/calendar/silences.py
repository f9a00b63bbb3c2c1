"""Silences: planned times and scopes in which problems are recorded and nobody is told. Pure; times are ms."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any, NamedTuple, Protocol

from collector.calendar.school import Calendars, SchoolCalendar

_DEEPEST = 32
Needs = Callable[[int], Sequence[Sequence[int]]]
"""What a device hangs on: groups of which it needs one member each."""


class Placed(Protocol):
    """A device, as far as a silence asks."""

    parent: int | None
    kind: str
    room: str | None


class Weekly(NamedTuple):
    """Every week on these days (0 Monday), by the building's clock; `ends` at or before `begins` is on the next day."""

    days: frozenset[int]
    begins: time
    ends: time


@dataclass(frozen=True, slots=True)
class Silence:
    """What is set narrows it; nothing set is the whole district. A device stands for all that hangs on it.

    From `begins` until `ends` (not included; None: without an end); `weekly` says when within.
    """

    id: int
    begins: int
    ends: int | None
    building: int | None = None
    kind: str | None = None
    device: int | None = None
    room: str | None = None
    rule: str | None = None
    weekly: Weekly | None = None

    def active(self, now: int, calendar: SchoolCalendar) -> bool:
        """Whether it holds at `now` where this calendar is kept. A night that the clock shortens or lengthens is one night."""
        if now < self.begins or (self.ends is not None and now >= self.ends):
            return False
        if self.weekly is None:
            return True
        today = calendar.local(now).date()
        return any(_within(self.weekly, today - timedelta(days=back), now, calendar) for back in (0, 1))


class Subject(NamedTuple):
    """What a problem is about."""

    rule: str
    building: int | None = None
    device: int | None = None


@dataclass(frozen=True)
class Silences:
    """Every silence that has not ended, and what is asked to judge by them."""

    all: tuple[Silence, ...] = ()
    calendars: Calendars = field(default_factory=Calendars)
    devices: Mapping[int, Placed] | None = None
    needs: Needs | None = None
    """None: each its one parent."""

    def all_silenced(self, problem: Subject, members: Sequence[Subject], now: int) -> Silence | None:
        """The same of a problem made of others: also where each of these is silenced."""
        own = self.silenced(problem, now)
        if own is not None or not members:
            return own
        found = [self.silenced(member, now) for member in members]
        return found[0] if all(found) else None

    def silenced(self, problem: Subject, now: int) -> Silence | None:
        """The silence that keeps this problem from being told at `now`; None: it is told."""
        if not self.all:
            return None
        calendar = self.calendars.of(problem.building)
        for silence in self.all:
            if self._covers(silence, problem) and silence.active(now, calendar):
                return silence
        return None

    def _covers(self, silence: Silence, problem: Subject) -> bool:
        if silence.building not in (None, problem.building) or silence.rule not in (None, problem.rule):
            return False
        device = (self.devices or {}).get(problem.device or 0)
        if silence.kind is not None and (device is None or device.kind != silence.kind):
            return False
        if silence.room is not None and (device is None or device.room != silence.room):
            return False
        return silence.device is None or self._hangs_on(problem.device, silence.device)

    def _hangs_on(self, device: int | None, above: int) -> bool:
        """Whether `device` is `above`, or needs it: what has another way hangs on neither."""
        known: dict[int, bool] = {}

        def hangs(each: int, deep: int) -> bool:
            if each == above:
                return True
            if each not in known and deep < _DEEPEST:
                known[each] = False  # a ring leads nowhere
                known[each] = any(
                    bool(group) and all(hangs(parent, deep + 1) for parent in group) for group in self._above(each)
                )
            return known.get(each, False)

        return device is not None and hangs(device, 0)

    def _above(self, device: int) -> Sequence[Sequence[int]]:
        if self.needs is not None:
            return self.needs(device)
        found = (self.devices or {}).get(device)
        return [] if found is None or found.parent is None else [[found.parent]]


def read(row: Mapping[str, Any]) -> Silence:
    """A stored silence."""
    weekly = None
    if row["weekdays"] is not None:
        weekly = Weekly(frozenset(row["weekdays"]), row["from_clock"], row["to_clock"])
    ends = row["ends"]
    return Silence(
        row["id"],
        round(row["begins"].timestamp() * 1000),
        None if ends is None else round(ends.timestamp() * 1000),
        row["building_id"],
        row["kind"],
        row["device_id"],
        row["room"],
        row["rule"],
        weekly,
    )


def silences(
    rows: Iterable[Mapping[str, Any]], calendars: Calendars, devices: Mapping[int, Placed], needs: Needs | None = None
) -> Silences:
    """What the stored silences say."""
    return Silences(tuple(map(read, rows)), calendars, devices, needs)


def _within(weekly: Weekly, day: date, now: int, calendar: SchoolCalendar) -> bool:
    """Whether `now` lies in the window that begins on this day."""
    if day.weekday() not in weekly.days:
        return False
    last = day if weekly.begins < weekly.ends else day + timedelta(days=1)
    return calendar.at(day, weekly.begins) <= now < calendar.at(last, weekly.ends)
