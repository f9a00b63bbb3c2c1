"""When the report is due: cases as data, across holidays, snow days, clock changes and late starts."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from collector.calendar.school import DayKind, SchoolCalendar, SchoolDay
from collector.notify.report.schedule import due, first_of_week, horizon, since

ZONE = "America/Chicago"
AT = time(6, 45)


def at(text: str, fold: int = 0) -> int:
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE), fold=fold)
    return round(moment.timestamp() * 1000)


def calendar(**days: tuple[DayKind, time | None]) -> SchoolCalendar:
    """The usual week but these days, named `d20260907`."""
    made = {}
    for name, (kind, opens) in days.items():
        day = datetime.strptime(name, "d%Y%m%d").date()  # noqa: DTZ007 (a date alone)
        made[day] = SchoolDay(day, kind, opens, time(15, 30) if opens else None)
    return SchoolCalendar(ZONE, made)


HOLIDAY = calendar(d20260907=(DayKind.HOLIDAY, None))
LATE = calendar(d20260902=(DayKind.SCHOOL, time(9, 30)))
USUAL = calendar()


@pytest.mark.parametrize(
    ("school", "now", "last", "off", "expected"),
    [
        (USUAL, "2026-09-01 06:44", None, False, False),
        (USUAL, "2026-09-01 06:45", None, False, True),
        (USUAL, "2026-09-01 06:45", "2026-08-31", False, True),
        (USUAL, "2026-09-01 06:46", "2026-09-01", False, False),  # never twice for one morning
        (USUAL, "2026-09-01 09:29", None, False, True),  # the collector was down
        (USUAL, "2026-09-01 09:30", None, False, False),  # two hours after it opened
        (USUAL, "2026-09-05 06:45", None, False, False),  # Saturday
        (USUAL, "2026-09-05 06:45", None, True, True),
        (USUAL, "2026-09-05 08:45", None, True, False),
        (HOLIDAY, "2026-09-07 06:45", None, False, False),  # Labor Day, or a snow day entered in time
        (HOLIDAY, "2026-09-08 06:45", "2026-09-04", False, True),
        (LATE, "2026-09-02 06:45", None, False, True),
        (LATE, "2026-09-02 11:29", None, False, True),  # opens late: of use longer
        (LATE, "2026-09-02 11:30", None, False, False),
        (USUAL, "2026-03-09 06:45", None, False, True),  # the Monday after clocks went forward
        (USUAL, "2026-03-09 06:44", None, False, False),
        (USUAL, "2026-11-02 06:45", None, False, True),  # and back
        (USUAL, "2026-11-02 06:44", None, False, False),
    ],
)  # fmt: skip
def test_when_it_is_due(school: SchoolCalendar, now: str, last: str | None, off: bool, expected: bool) -> None:
    before = None if last is None else date.fromisoformat(last)
    found = due(school, AT, before, at(now), off)
    assert (found is not None) is expected
    if found is not None:
        assert found.day == date.fromisoformat(now[:10])
        assert found.due == at(f"{now[:10]} 06:45")


def test_a_time_that_the_clock_skips_or_has_twice_comes_once_that_day() -> None:
    """With a report on Sundays, too: 02:30 is skipped on 8 March and comes twice on 1 November."""
    for day, first, after in (("2026-03-08", "03:30", "03:29"), ("2026-11-01", "02:00", "00:59")):
        early = time(2, 30) if day == "2026-03-08" else time(1, 30)
        moment = at(f"{day} {first}") if day == "2026-03-08" else at(f"{day} 01:30", 0)
        assert due(USUAL, early, None, moment, True) is not None
        assert due(USUAL, early, None, at(f"{day} {after}"), True) is None
        assert due(USUAL, early, date.fromisoformat(day), at(f"{day} 01:31", 1), True) is None


@pytest.mark.parametrize(
    ("day", "last_made", "expected"),
    [
        ("2026-09-01", None, "2026-08-31 06:45"),
        ("2026-08-31", None, "2026-08-28 06:45"),  # Monday looks back over the weekend
        ("2026-09-08", None, "2026-09-04 06:45"),  # and over Labor Day
        ("2026-09-01", "2026-08-31 09:10", "2026-08-31 09:10"),  # the one before was late
        ("2026-09-03", "2026-08-31 06:45", "2026-08-31 06:45"),  # two were missed
        ("2026-09-01", "2026-05-30 06:45", "2026-08-01 06:45"),  # not the whole summer
    ],
)
def test_it_tells_what_happened_since_the_one_before(day: str, last_made: str | None, expected: str) -> None:
    before = None if last_made is None else at(last_made)
    assert since(HOLIDAY, AT, date.fromisoformat(day), before) == at(expected)


def test_it_looks_ahead_to_the_end_of_next_week() -> None:
    assert horizon(USUAL, date(2026, 9, 1)) == at("2026-09-14 00:00")
    assert horizon(USUAL, date(2026, 10, 31)) == at("2026-11-09 00:00")  # the clock changes between


@pytest.mark.parametrize(
    ("school", "day", "expected"),
    [(USUAL, "2026-09-07", True), (USUAL, "2026-09-08", False), (HOLIDAY, "2026-09-08", True), (HOLIDAY, "2026-09-09", False)],
)  # fmt: skip
def test_the_week_is_looked_back_on_its_first_school_day(school: SchoolCalendar, day: str, expected: bool) -> None:
    assert first_of_week(school, date.fromisoformat(day)) is expected
