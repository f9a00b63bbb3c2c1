"""What a file's events make of a calendar: terms, and which of two events for a day holds."""

from collections.abc import Iterable
from datetime import date, time

import pytest

from collector.calendar.compose import calendar
from collector.calendar.document import NOTHING, Schedule
from collector.calendar.ical import read
from collector.calendar.imported import merged
from collector.calendar.school import DayKind, SchoolCalendar

TODAY = date(2026, 8, 20)
WEEKLY = ("Early release 13:00", "20260902\r\nRRULE:FREQ=WEEKLY")


def file(*events: tuple[str, str]) -> bytes:
    body = "".join(
        f"BEGIN:VEVENT\r\nSUMMARY:{title}\r\nDTSTART;VALUE=DATE:{when}\r\nEND:VEVENT\r\n" for title, when in events
    )
    return f"BEGIN:VCALENDAR\r\n{body}END:VCALENDAR\r\n".encode()


def schedule(*events: tuple[str, str], before: Schedule = NOTHING, district: Schedule = NOTHING) -> Schedule:
    return merged(before, read(file(*events), "UTC", TODAY), district)


def school(*events: tuple[str, str]) -> SchoolCalendar:
    return calendar("UTC", schedule(*events))


def terms(events: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(f"{one.first:%m%d}", f"{one.last:%m%d}") for one in schedule(*events).terms or []]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("first 20260902, last 20270618", [("0902", "0618")]),
        ("first 20260902, first 20260909, last 20270521, last 20270618", [("0902", "0618")]),  # kindergarten, seniors
        ("first 20260902, last 20261218, first 20270104, last 20270618", [("0902", "1218"), ("0104", "0618")]),
        ("last 20270618, first 20260902, first 20270901", [("0902", "0618")]),
        ("last 20260821, first 20260902", []),
        ("first 20260902", []),
    ],
)
def test_terms_go_from_a_first_day_to_the_last_before_the_next(days: str, expected: list[tuple[str, str]]) -> None:
    assert terms((f"{one.split()[0]} day of school", one.split()[1]) for one in days.split(", ")) == expected


def test_nothing_comes_twice() -> None:
    events = (
        ("First day of school", "20260902"),
        ("Last day of school", "20270618"),
        ("No School", "20261012"),
        WEEKLY,
    )
    once = schedule(*events)
    assert schedule(*events, before=once) == once


def test_a_last_day_that_is_short_ends_as_half_days_do() -> None:
    found = school(("First day of school", "20260902"), ("Last day of school (early dismissal)", "20270618"))
    assert found.day(date(2027, 6, 18))[1:4] == (DayKind.HALF, time(7, 30), time(12))
    found = school(("First day of school - half day 11:30", "20260902"), ("Last day of school", "20270618"))
    assert found.day(date(2026, 9, 2)).closes == time(11, 30)
    assert found.day(date(2027, 6, 18)).kind is DayKind.SCHOOL


@pytest.mark.parametrize("turn", [1, -1])
def test_a_single_day_holds_over_a_break_and_a_break_over_what_recurs(turn: int) -> None:
    rest = ("Winter Break", "20261221\r\nDTEND;VALUE=DATE:20270102")
    found = school(*(WEEKLY, rest, ("Half day 11:00", "20261209"), ("School in session", "20261222"))[::turn])
    kinds = {day: found.day(date(2026, 12, day)).kind for day in (2, 9, 21, 22, 23, 30)}
    assert list(kinds.values()) == [
        DayKind.HALF,
        DayKind.HALF,
        DayKind.HOLIDAY,
        DayKind.SCHOOL,
        DayKind.HOLIDAY,
        DayKind.HOLIDAY,
    ]
    assert found.day(date(2026, 12, 9)).closes == time(11)


def test_what_recurs_leaves_the_breaks_and_summer_of_another_file_and_of_the_district_alone() -> None:
    district = Schedule.model_validate(
        {
            "terms": [{"first": "2026-09-02", "last": "2027-06-18"}],
            "days": [{"first": "2026-11-25", "last": "2026-11-27", "kind": "holiday"}],
        }
    )
    for own in (schedule(WEEKLY, before=district), schedule(WEEKLY, district=district)):
        found = calendar("UTC", district, own)
        assert found.day(date(2026, 11, 18)).kind is DayKind.HALF
        assert found.day(date(2026, 11, 25)).kind is DayKind.HOLIDAY
        assert found.day(date(2027, 7, 7)).kind is DayKind.SUMMER
