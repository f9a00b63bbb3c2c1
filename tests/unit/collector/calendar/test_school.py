"""What kind of day it is and when school is, in zones that switch by an hour, by half an hour, and not at all."""

from datetime import UTC, date, datetime, time

import numpy as np
import pytest

from collector.calendar.compose import calendar
from collector.calendar.document import Schedule
from collector.calendar.school import DayKind, SchoolCalendar


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def made(timezone: str = "America/New_York", own: dict | None = None, **district: object) -> SchoolCalendar:
    return calendar(timezone, Schedule.model_validate(district), Schedule.model_validate(own or {}))


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [  # the last school morning before a switch and the first after it: the wall clock stays, UTC moves
        ("America/New_York", "2026-03-06T12:30", "2026-03-09T11:30"),
        ("America/New_York", "2026-10-30T11:30", "2026-11-02T12:30"),
        ("Europe/Berlin", "2026-03-27T06:30", "2026-03-30T05:30"),
        ("Australia/Lord_Howe", "2026-04-02T20:30", "2026-04-06T21:00"),
        ("America/Phoenix", "2026-03-06T14:30", "2026-03-09T14:30"),
    ],
)
def test_school_begins_by_the_wall_clock(zone: str, before: str, after: str) -> None:
    school = SchoolCalendar(zone)
    for moment in (ms(before), ms(after)):
        assert school.in_session(moment)
        assert not school.in_session(moment - 60_000)
        assert school.in_session(moment - 60_000, before_min=5)


@pytest.mark.parametrize(
    ("zone", "day", "clock", "utc"),
    [
        ("America/New_York", date(2026, 3, 8), time(2, 30), "2026-03-08T07:30"),  # skipped: 03:30 of summer time
        ("America/New_York", date(2026, 11, 1), time(1, 30), "2026-11-01T05:30"),  # twice: the first
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), "2026-03-29T01:30"),
        ("Europe/Berlin", date(2026, 10, 25), time(2, 30), "2026-10-25T00:30"),
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), "2026-10-03T15:45"),
        ("Australia/Lord_Howe", date(2026, 4, 5), time(1, 45), "2026-04-04T14:45"),
        ("America/Phoenix", date(2026, 3, 8), time(2, 30), "2026-03-08T09:30"),
        ("Asia/Kolkata", date(2026, 3, 8), time(6, 45), "2026-03-08T01:15"),
    ],
)
def test_a_local_time_as_milliseconds(zone: str, day: date, clock: time, utc: str) -> None:
    assert SchoolCalendar(zone).at(day, clock) == ms(utc)


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Phoenix"])
@pytest.mark.parametrize(
    "around", ["2026-03-08T00:00", "2026-03-29T00:00", "2026-04-04T12:00", "2026-10-03T12:00", "2026-11-01T00:00"]
)
def test_slots_are_what_the_clock_on_the_wall_says(zone: str, around: str) -> None:
    school = SchoolCalendar(zone)
    times = ms(around) + np.arange(0, 26 * 60, 7, dtype=np.int64) * 60_000
    slots = school.slots(times)
    for place, moment in enumerate(times):
        local = school.local(int(moment))
        assert slots.minute[place] == local.hour * 60 + local.minute
        assert slots.day[place] == local.toordinal()
        assert slots.weekday[place] == local.weekday()
        assert slots.kind[place] == school.day(local.date()).kind


def test_a_zone_that_is_not_known_is_utc() -> None:
    assert SchoolCalendar("Mars/Olympus").at(date(2026, 3, 8), time(6)) == ms("2026-03-08T06:00")


YEAR = {
    "terms": [{"first": "2026-08-26", "last": "2026-12-18"}, {"first": "2027-01-04", "last": "2027-06-16"}],
    "days": [
        {"first": "2026-11-25", "last": "2026-11-27", "kind": "holiday", "name": "Thanksgiving"},
        {"first": "2026-10-09", "kind": "half", "name": "Conferences", "closes": "12:15"},
        {"first": "2026-11-21", "kind": "school", "name": "Snow make-up"},
    ],
}


@pytest.mark.parametrize(
    ("day", "kind", "opens", "closes"),
    [
        ("2026-09-01", DayKind.SCHOOL, time(7, 30), time(15, 30)),
        ("2026-10-09", DayKind.HALF, time(7, 30), time(12, 15)),
        ("2026-11-21", DayKind.SCHOOL, time(7, 30), time(15, 30)),  # a Saturday
        ("2026-11-22", DayKind.WEEKEND, None, None),
        ("2026-11-26", DayKind.HOLIDAY, None, None),
        ("2026-12-22", DayKind.HOLIDAY, None, None),  # between two terms that are near
        ("2026-07-15", DayKind.SUMMER, None, None),
        ("2027-07-15", DayKind.SUMMER, None, None),
        ("2027-10-19", DayKind.SCHOOL, time(7, 30), time(15, 30)),  # nobody entered the next year
        ("2026-03-03", DayKind.SCHOOL, time(7, 30), time(15, 30)),
    ],
)
def test_kinds_of_days(day: str, kind: DayKind, opens: time | None, closes: time | None) -> None:
    found = made(**YEAR).day(date.fromisoformat(day))
    assert (found.kind, found.opens, found.closes) == (kind, opens, closes)


def test_several_short_days_make_no_school_on_a_weekend_between_them() -> None:
    found = made(days=[{"first": "2026-10-08", "last": "2026-10-13", "kind": "half"}])
    assert [found.day(date(2026, 10, day)).kind for day in range(8, 14)] == [
        DayKind.HALF, DayKind.HALF, DayKind.WEEKEND, DayKind.WEEKEND, DayKind.HALF, DayKind.HALF,
    ]  # fmt: skip
    weekend = made(days=[{"first": "2026-10-10", "last": "2026-10-11", "kind": "school"}])
    assert weekend.day(date(2026, 10, 11)).kind is DayKind.SCHOOL


@pytest.mark.parametrize("hours", [{"closes": "00:00"}, {"closes": "07:00"}])
def test_an_end_before_the_opening_does_not_make_school_until_midnight(hours: dict[str, str]) -> None:
    found = made(days=[{"first": "2026-11-25", "kind": "half", **hours}])
    assert found.day(date(2026, 11, 25)).closes == time(15, 30)
    evening = made(days=[{"first": "2026-11-25", "kind": "half", "opens": "16:00"}])
    assert evening.day(date(2026, 11, 25)).closes == time(23, 59)


def test_a_building_writes_over_the_district() -> None:
    own = {
        "hours": {"monday": {"opens": "09:00", "closes": "16:00"}},
        "days": [
            {"first": "2026-11-25", "kind": "school"},
            {"first": "2026-09-07", "kind": "holiday", "name": "Water"},
        ],
        "terms": [],
    }
    school = made(own=own, **YEAR)
    assert school.day(date(2026, 11, 25)).opens == time(9)
    assert school.day(date(2026, 11, 26)).name == "Thanksgiving"
    assert school.day(date(2026, 9, 7)).kind is DayKind.HOLIDAY
    assert school.day(date(2026, 7, 13)).opens == time(9)  # no terms of its own: always
    assert school.day(date(2026, 7, 14)).kind is DayKind.WEEKEND  # no hours on Tuesdays


def test_what_was_entered_late_holds_over_all() -> None:
    snow = {"first": "2027-02-02", "kind": "holiday", "name": "No school today", "late": True}
    own = {"days": [{"first": "2027-02-02", "kind": "half", "name": "Conferences"}]}
    assert made(own=own, days=[snow]).day(date(2027, 2, 2)).kind is DayKind.HOLIDAY
    late = {"days": [{"first": "2027-02-02", "kind": "half", "opens": "09:30", "late": True}]}
    day = made(own=late, days=[snow]).day(date(2027, 2, 2))
    assert (day.opens, day.closes) == (time(9, 30), time(15, 30))  # opens late, ends as ever


def test_the_next_school_day_jumps_over_a_break() -> None:
    found = made(**YEAR).next_school_day(date(2026, 12, 18))
    assert found is not None
    assert found.date == date(2027, 1, 4)


@pytest.mark.parametrize(
    ("moment", "locked"),
    [("2026-09-02T02:00", True), ("2026-09-02T08:59", True), ("2026-09-02T09:00", False), ("2026-09-02T01:59", False)],
)
def test_doors_are_locked_at_night_where_nothing_is_set(moment: str, locked: bool) -> None:
    assert made().locked_down(ms(moment)) is locked


def test_lock_down_hours_of_ones_own_and_none() -> None:
    doors = made(lock_down=[{"days": ["friday"], "begins": "18:00", "ends": "06:00"}])
    assert doors.locked_down(ms("2026-09-05T09:59"))  # Saturday 05:59
    assert not doors.locked_down(ms("2026-09-05T10:00"))
    assert not doors.locked_down(ms("2026-09-04T09:00"))  # Friday 05:00
    assert not made(lock_down=[]).locked_down(ms("2026-09-02T05:00"))
