"""Documents made into calendars: the district's, with what a building writes over it. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date, time, timedelta
from typing import Any, NamedTuple

from pydantic import ValidationError

from collector.calendar.document import NOTHING, WEEKDAYS, Entry, Schedule
from collector.calendar.school import (
    DEFAULT_HALF_CLOSES,
    DEFAULT_LOCK_DOWN,
    DEFAULT_WEEK,
    Calendars,
    DayKind,
    SchoolCalendar,
    SchoolDay,
    Week,
    usual,
)

_KINDS = {"school": DayKind.SCHOOL, "half": DayKind.HALF, "holiday": DayKind.HOLIDAY}


class Stored(NamedTuple):
    """A building (None: the district), its name and time zone, and its document as stored (None: it has none)."""

    building: int | None
    name: str
    timezone: str
    document: Mapping[str, Any] | None


def stored(rows: Iterable[Mapping[str, Any]]) -> list[Stored]:
    """The rows of `collector.store.calendars.documents`."""
    return [Stored(row["building_id"], row["name"], row["timezone"], row["document"]) for row in rows]


def calendar(timezone: str, district: Schedule, own: Schedule = NOTHING) -> SchoolCalendar:
    """The calendar that a building keeps. Days entered late hold over all others, the building's over the district's."""
    hours = own.hours or district.hours
    week: Week = tuple((day.opens, day.closes) if day else None for day in hours.all()) if hours else DEFAULT_WEEK
    half = own.half_day_closes or district.half_day_closes or DEFAULT_HALF_CLOSES
    terms = own.terms if own.terms is not None else district.terms or []
    locked = own.lock_down if own.lock_down is not None else district.lock_down
    entries = [entry for late in (False, True) for one in (district, own) for entry in one.days if entry.late is late]
    return SchoolCalendar(
        timezone,
        _days(entries, week, half),
        week,
        tuple(sorted((term.first, term.last) for term in terms)),
        DEFAULT_LOCK_DOWN
        if locked is None
        else tuple((WEEKDAYS.index(day), one.begins, one.ends) for one in locked for day in one.days),
    )


def calendars(rows: Iterable[Stored], before: Calendars) -> tuple[Calendars, list[str]]:
    """Every building's calendar; of a document that cannot be read the one `before` goes on. And a line for each such."""
    stored = list(rows)
    refused: list[str] = []
    read = {row.building: _read(row, refused) for row in stored}
    district = read.get(None)
    if district is None:
        return before, refused
    made = Calendars()
    for row in stored:
        own = read[row.building]
        if row.building is None:
            made.district = calendar(district.timezone or row.timezone, district)
        elif own is not None:
            made.by_building[row.building] = calendar(row.timezone, district, own)
        elif row.building in before.by_building:
            made.by_building[row.building] = before.by_building[row.building]
        else:
            made.by_building[row.building] = calendar(row.timezone, district)
    return made, refused


def _read(row: Stored, refused: list[str]) -> Schedule | None:
    try:
        return Schedule.model_validate(row.document or {})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        refused.append(
            f"the school calendar of {row.name}: {where}: {first['msg']}; the one before goes on: correct it under /settings/calendar"
        )
        return None


def _days(entries: Iterable[Entry], week: Week, half: time) -> dict[date, SchoolDay]:
    days: dict[date, SchoolDay] = {}
    for entry in entries:
        span = [entry.first + timedelta(days=ahead) for ahead in range((entry.end - entry.first).days + 1)]
        if entry.kind != "holiday" and any(week[at.weekday()] for at in span):
            span = [
                at for at in span if week[at.weekday()]
            ]  # half days from Thursday to Tuesday make no school on Sunday
        for at in span:
            days[at] = _day(at, entry, week, half)
    return days


def _day(at: date, entry: Entry, week: Week, half: time) -> SchoolDay:
    """A day of an entry: hours that it leaves out are that weekday's, on a day without school those of the first that has."""
    kind = _KINDS[entry.kind]
    if kind is DayKind.HOLIDAY:
        return SchoolDay(at, kind, name=entry.name)
    begins, ends = usual(week, at)
    opens = entry.opens or begins
    closes = entry.closes or (half if kind is DayKind.HALF and entry.opens is None else ends)
    if closes <= opens:  # hours that the week and the entry make together, none of them wrong alone
        closes = ends if opens < ends else time(23, 59)
    return SchoolDay(at, kind, opens, closes, entry.name)
