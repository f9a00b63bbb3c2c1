"""A school year as months of days, each with a sign for its kind: never by colour alone. Pure."""

import calendar
from datetime import date
from typing import NamedTuple

from collector.calendar.school import DayKind, SchoolCalendar

SIGNS = {DayKind.SCHOOL: "", DayKind.HALF: "½", DayKind.WEEKEND: "–", DayKind.HOLIDAY: "H", DayKind.SUMMER: "S"}
WORDS = {
    DayKind.SCHOOL: "school day",
    DayKind.HALF: "short day",
    DayKind.WEEKEND: "weekend",
    DayKind.HOLIDAY: "holiday",
    DayKind.SUMMER: "summer",
}


class Cell(NamedTuple):
    """A day of a month: its number, sign and words."""

    number: int
    sign: str
    words: str
    today: bool


class Month(NamedTuple):
    """A month: its name, and weeks from Monday, None outside the month."""

    name: str
    weeks: list[list[Cell | None]]


def months(school: SchoolCalendar, first: date, today: date, count: int = 12) -> list[Month]:
    """So many months from the one of `first`."""
    return [
        _month(school, first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, today)
        for n in range(count)
    ]


def _month(school: SchoolCalendar, year: int, month: int, today: date) -> Month:
    weeks = [
        [_cell(school, date(year, month, number), today) if number else None for number in week]
        for week in calendar.Calendar().monthdayscalendar(year, month)
    ]
    return Month(f"{calendar.month_name[month]} {year}", weeks)


def _cell(school: SchoolCalendar, at: date, today: date) -> Cell:
    day = school.day(at)
    hours = f", {day.opens:%H:%M} to {day.closes:%H:%M}" if day.opens and day.closes else ""
    return Cell(at.day, SIGNS[day.kind], f"{WORDS[day.kind]}{': ' if day.name else ''}{day.name}{hours}", at == today)
