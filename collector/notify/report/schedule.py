"""When a report is due, and what it looks back and ahead to. Pure; times are ms (UTC), clocks the building's own."""

from dataclasses import replace
from datetime import date, time, timedelta
from typing import NamedTuple

from collector.calendar.school import Calendars, SchoolCalendar

LATE_MS = 2 * 60 * 60 * 1000
"""A report that could not be made in time is of use this long after school opens."""
LONGEST_MS = 31 * 24 * 60 * 60 * 1000
"""It looks back to the one before, but no further than this."""


class Morning(NamedTuple):
    """A morning with a report: its local date, when it is due and until when it is of use."""

    day: date
    due: int
    until: int


def morning(calendar: SchoolCalendar, at: time, now: int, off_days: bool = False) -> Morning | None:
    """The morning whose report is of use at `now`; None: there is no school, it is too early, or too late.

    `at` is the chosen time; `off_days`: on days without school, too. A snow day that was entered before it was due has none.
    """
    day = calendar.local(now).date()
    school = calendar.day(day)
    if school.opens is None and not off_days:
        return None
    due = calendar.at(day, at)
    opens = due if school.opens is None else calendar.at(day, school.opens)
    found = Morning(day, due, max(due, opens) + LATE_MS)
    return found if found.due <= now < found.until else None


def due(calendar: SchoolCalendar, at: time, last: date | None, now: int, off_days: bool = False) -> Morning | None:
    """The morning whose report is to be made now, `last` being the one made before; never twice for one morning."""
    found = morning(calendar, at, now, off_days)
    return None if found is None or (last is not None and last >= found.day) else found


def since(calendar: SchoolCalendar, at: time, day: date, last_made: int | None) -> int:
    """From when on this morning's report tells what happened: the report before, else that hour of the school day before."""
    today = calendar.at(day, at)
    if last_made is not None and last_made < today:
        return max(last_made, today - LONGEST_MS)
    before = day - timedelta(days=1)
    while calendar.day(before).opens is None and (day - before).days < 14:
        before -= timedelta(days=1)
    return calendar.at(before, at)


def horizon(calendar: SchoolCalendar, day: date) -> int:
    """What runs out before this is told: the end of next week, so that there is time to order."""
    return calendar.at(day + timedelta(days=14 - day.weekday()), time(0))


def first_of_week(calendar: SchoolCalendar, day: date) -> bool:
    """Whether no day of this week (from Monday) before this one had school: the report that looks back on the week."""
    return all(calendar.day(day - timedelta(days=back)).opens is None for back in range(1, day.weekday() + 1))


def district_of(calendars: Calendars) -> SchoolCalendar:
    """What the district as a whole goes by: its own calendar; while that has no zone, one of the zone most buildings keep."""
    zones = [one.timezone for one in calendars.by_building.values()]
    if calendars.district.timezone != "UTC" or not zones:
        return calendars.district
    most = max(sorted(set(zones)), key=zones.count)
    return replace(calendars.district, timezone=most)
