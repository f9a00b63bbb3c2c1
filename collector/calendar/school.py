"""A building's school calendar: what kind of day it is, and whether school is in. Pure.

With nothing configured: Monday to Friday are school days from 07:30 to 15:30 local time, Saturday and Sunday the weekend, and the
doors must be secured every night from 22:00 to 05:00.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from collector.calendar.zones import zone

Span = tuple[time, time]
Week = tuple[Span | None, ...]
"""Opening and closing from Monday to Sunday."""
LockDown = tuple[int, time, time]
"""Weekday (0 Monday) on which it begins, when, and when it ends: on the next day where that is not later."""
DEFAULT_OPENS, DEFAULT_CLOSES = time(7, 30), time(15, 30)
DEFAULT_HALF_CLOSES = time(12)
DEFAULT_WEEK: Week = (*[(DEFAULT_OPENS, DEFAULT_CLOSES)] * 5, None, None)
DEFAULT_LOCK_DOWN: tuple[LockDown, ...] = tuple((day, time(22), time(5)) for day in range(7))
NEAR_DAYS = 28
"""Between two terms that are not farther apart is a holiday."""
SUMMER_DAYS = 120
"""Summer lasts no longer beyond the terms that are known: who forgets the next school year has the plain week again."""


def usual(week: Week, day: date) -> Span:
    """The hours of that weekday; of one without school those of the first that has."""
    return week[day.weekday()] or next(filter(None, week), (DEFAULT_OPENS, DEFAULT_CLOSES))


class DayKind(IntEnum):
    """What kind of day: what is usual differs by it. A snow day is a holiday that was entered late."""

    SCHOOL = 0
    HALF = 1
    WEEKEND = 2
    HOLIDAY = 3
    SUMMER = 4


class SchoolDay(NamedTuple):
    """One day; `opens` and `closes` are local wall-clock times, None where there is no school; `name` is the holiday's."""

    date: date
    kind: DayKind
    opens: time | None = None
    closes: time | None = None
    name: str = ""


class Slots(NamedTuple):
    """Where times fall, one entry each: the day's kind (`DayKind`), weekday (0 Monday), local minute of the day, and
    the local day's ordinal (`date.toordinal`)."""

    kind: NDArray[np.int8]
    weekday: NDArray[np.int8]
    minute: NDArray[np.int16]
    day: NDArray[np.int32]


@dataclass(frozen=True)
class SchoolCalendar:
    """One building's. `days` are the dates that differ from the week; `terms` first and last days, sorted (none: always)."""

    timezone: str = "UTC"
    days: Mapping[date, SchoolDay] = field(default_factory=dict)
    week: Week = DEFAULT_WEEK
    terms: tuple[tuple[date, date], ...] = ()
    lock_down: tuple[LockDown, ...] = DEFAULT_LOCK_DOWN

    def day(self, at: date) -> SchoolDay:
        """What kind of day it is, and its hours."""
        known = self.days.get(at)
        if known is not None:
            return known
        between = self._out_of_term(at)
        if between is not None:
            return SchoolDay(at, between)
        hours = self.week[at.weekday()]
        if hours is None:
            return SchoolDay(at, DayKind.WEEKEND)
        return SchoolDay(at, DayKind.SCHOOL, *hours)

    def _out_of_term(self, at: date) -> DayKind | None:
        before = max((last for first, last in self.terms if first <= at), default=None)
        after = min((first for first, _ in self.terms if first > at), default=None)
        if before is not None and at <= before:
            return None
        if before is not None and after is not None and (after - before).days <= NEAR_DAYS:
            return DayKind.HOLIDAY
        far = timedelta(days=SUMMER_DAYS)
        near = (before is not None and at - before <= far) or (after is not None and after - at <= far)
        return DayKind.SUMMER if near else None

    def locked_down(self, now: int) -> bool:
        """Whether the doors must be secured at `now` (ms)."""
        local = self.local(now)
        clock, today = local.time(), local.weekday()
        for weekday, begins, ends in self.lock_down:
            if begins < ends:
                holds = weekday == today and begins <= clock < ends
            else:
                holds = (weekday == today and begins <= clock) or (weekday == (today - 1) % 7 and clock < ends)
            if holds:
                return True
        return False

    def local(self, now: int) -> datetime:
        """The wall clock in the building at `now` (ms)."""
        return datetime.fromtimestamp(now / 1000, zone(self.timezone))

    def in_session(self, now: int, before_min: int = 0, after_min: int = 0) -> bool:
        """Whether school is in at `now` (ms), or will be within `before_min` minutes, or was within `after_min`."""
        local = self.local(now)
        day = self.day(local.date())
        if day.opens is None or day.closes is None:
            return False
        minute, opens, closes = (at.hour * 60 + at.minute for at in (local, day.opens, day.closes))
        return opens - before_min <= minute < closes + after_min

    def next_school_day(self, after: date, within: int = 120) -> SchoolDay | None:
        """The next day with school after this one; None when there is none within so many days."""
        for ahead in range(1, within + 1):
            day = self.day(after + timedelta(days=ahead))
            if day.opens is not None:
                return day
        return None

    def at(self, day: date, clock: time) -> int:
        """Milliseconds since the epoch of a local wall-clock time. One that a switch to summer time skips is as
        long after midnight as if there were no switch; of one that comes twice it is the first (RFC 5545, 3.3.5)."""
        local = datetime.combine(day, clock, zone(self.timezone))
        return round(local.astimezone(UTC).timestamp() * 1000)

    def slots(self, times: NDArray[np.int64]) -> Slots:
        """Where each of these times (ms) falls."""
        quarters, place = np.unique(times // _QUARTER_MS, return_inverse=True)
        rows = [self._slot(int(quarter) * _QUARTER_MS) for quarter in quarters]
        table = np.array(rows, np.int64).reshape(-1, 4)[place]
        minute = table[:, 2] + (times % _QUARTER_MS) // 60_000
        return Slots(
            table[:, 0].astype(np.int8),
            table[:, 1].astype(np.int8),
            minute.astype(np.int16),
            table[:, 3].astype(np.int32),
        )

    def _slot(self, at: int) -> tuple[int, int, int, int]:
        local = self.local(at)
        day = local.date()
        return int(self.day(day).kind), day.weekday(), local.hour * 60 + local.minute, day.toordinal()


_QUARTER_MS = 15 * 60 * 1000
"""Every zone's offset in use is a multiple of a quarter of an hour."""


@dataclass
class Calendars:
    """Every building's, by its id; one that is not known yet has the district's."""

    by_building: dict[int, SchoolCalendar] = field(default_factory=dict)
    district: SchoolCalendar = field(default_factory=SchoolCalendar)

    def of(self, building: int | None) -> SchoolCalendar:
        """The building's calendar; None: the district's."""
        return self.by_building.get(building or 0, self.district)

    def become(self, other: "Calendars") -> None:
        """Take over what `other` says: whoever holds this one sees it."""
        self.by_building, self.district = other.by_building, other.district
