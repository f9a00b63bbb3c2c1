"""Who is told, and when: the default, routes, school hours, quiet hours, escalation."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.calendar.school import DayKind, SchoolCalendar, SchoolDay
from collector.notify.routing import (
    SEVERITIES,
    About,
    Addressed,
    Book,
    Channel,
    Person,
    Place,
    Route,
    Step,
    after_quiet,
    decide,
    decide_over,
    next_school,
)

CHICAGO = SchoolCalendar("America/Chicago", {date(2026, 9, 7): SchoolDay(date(2026, 9, 7), DayKind.HOLIDAY)})
MAIL, PHONE = 1, 2
BOTH = (Channel(MAIL), Channel(PHONE))


def at(text: str) -> int:
    """Milliseconds of a wall clock in Chicago."""
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/Chicago")).timestamp() * 1000)


def shown(addressed: list[Addressed]) -> list[tuple[int, str, int]]:
    return [
        (one.channel, f"{datetime.fromtimestamp(one.due / 1000, ZoneInfo('America/Chicago')):%a %H:%M}", one.step)
        for one in addressed
    ]


@pytest.mark.parametrize(
    ("severity", "when", "told"),
    [
        ("critical", "2026-09-05T03:00", "Sat 03:00"),
        ("major", "2026-09-02T22:00", "Wed 22:00"),
        ("minor", "2026-09-02T10:00", None),
        ("minor", "2026-09-02T06:44", None),
        ("info", "2026-09-02T10:00", None),
    ],
)
def test_with_nothing_configured_a_technician_is_told_what_cannot_wait(
    severity: str, when: str, told: str | None
) -> None:
    found = decide(About(severity, 1), at(when), Book(BOTH), CHICAGO)
    assert shown(found) == ([(MAIL, told, 0), (PHONE, told, 0)] if told else [])


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("2026-09-02T10:00", "Wed 10:00"),
        ("2026-09-02T06:45", "Wed 06:45"),
        ("2026-09-02T06:44", "Wed 06:45"),
        ("2026-09-02T15:30", "Thu 06:45"),
        ("2026-09-04T16:00", "Tue 06:45"),  # Friday; Monday is Labor Day
        ("2026-10-30T16:00", "Mon 06:45"),  # over the end of summer time
    ],
)
def test_a_route_that_tells_when_school_is_in_waits_for_it(when: str, told: str) -> None:
    book = Book(BOTH, routes=[_route(severities=("minor",), tell="school")])
    assert shown(decide(About("minor", 1), at(when), book, CHICAGO)) == [(MAIL, told, 0)]


def test_a_channel_carries_nothing_below_its_minimum_nor_when_it_is_off_nor_of_itself() -> None:
    book = Book((Channel(1, "critical"), Channel(2, "minor", enabled=False), Channel(3), Channel(4)))
    assert [one.channel for one in decide(About("major", not_through=4), at("2026-09-02T10:00"), book, CHICAGO)] == [3]


def _route(**given: object) -> Route:
    return Route(**{"steps": (Step(0, (MAIL,)),), **given})


@pytest.mark.parametrize(
    ("routes", "about", "told"),
    [
        ([_route(kinds=("hvac",))], About("major", 1, "hvac"), [MAIL]),
        ([_route(kinds=("hvac",))], About("major", 1, "printer"), [MAIL, PHONE]),
        ([_route(kinds=("hvac",), tell="report")], About("critical", 1, "hvac"), []),
        ([_route(buildings=(2,))], About("major", 1), [MAIL, PHONE]),
        ([_route(buildings=(2,))], About("major", None), [MAIL, PHONE]),
        ([_route(severities=("info",))], About("info"), [MAIL]),
        ([_route(during="school")], About("major"), [MAIL]),
        ([_route(during="outside")], About("major"), [MAIL, PHONE]),
        ([_route(), _route(steps=(Step(0, (PHONE,)),))], About("major"), [MAIL]),
        ([_route(go_on=True), _route(steps=(Step(0, (PHONE,)),))], About("info"), [MAIL, PHONE]),
        ([_route(go_on=True)], About("info"), [MAIL]),
    ],
)
def test_the_first_route_that_fits_decides(routes: list[Route], about: About, told: list[int]) -> None:
    found = decide(about, at("2026-09-02T10:00"), Book(BOTH, routes=routes), CHICAGO)
    assert sorted(one.channel for one in found) == told


def test_escalation_goes_on_after_its_minutes_in_school_hours_where_it_says_so() -> None:
    steps = (Step(0, (MAIL,)), Step(30, (PHONE,), school=True))
    book = Book(BOTH, routes=[Route(steps=steps)])
    assert shown(decide(About("major"), at("2026-09-02T10:00"), book, CHICAGO)) == [
        (1, "Wed 10:00", 0),
        (2, "Wed 10:30", 1),
    ]
    assert shown(decide(About("major"), at("2026-09-02T15:15"), book, CHICAGO)) == [
        (1, "Wed 15:15", 0),
        (2, "Thu 06:45", 1),
    ]


def test_a_channel_of_two_steps_is_told_once_at_its_earliest() -> None:
    steps = (Step(0, (MAIL,)), Step(10, (MAIL, PHONE)), Step(20, (PHONE,)))
    found = decide(About("critical"), at("2026-09-02T10:00"), Book(BOTH, routes=[Route(steps=steps)]), CHICAGO)
    assert shown(found) == [(1, "Wed 10:00", 0), (2, "Wed 10:10", 1)]


@pytest.mark.parametrize(
    ("quiet", "due", "told"),
    [
        ((22, 6), "2026-09-02T23:00", "Thu 06:00"),
        ((22, 6), "2026-09-02T05:59", "Wed 06:00"),
        ((22, 6), "2026-09-02T06:00", "Wed 06:00"),
        ((22, 6), "2026-09-02T21:59", "Wed 21:59"),
        ((12, 13), "2026-09-02T12:30", "Wed 13:00"),
        ((22, 3), "2026-03-07T23:30", "Sun 03:00"),  # the hour that summer time skips
        ((22, 0), "2026-09-02T23:00", "Thu 00:00"),
    ],
)
def test_quiet_hours_wait_and_critical_passes(quiet: tuple[int, int], due: str, told: str) -> None:
    person = Person((MAIL,), CHICAGO, quiet[0] * 60, quiet[1] * 60)
    book = Book(BOTH, {7: person}, [Route(steps=(Step(0, people=(7, 8)),))])
    assert shown(decide(About("major"), at(due), book, CHICAGO)) == [(MAIL, told, 0)]
    assert decide(About("critical"), at(due), book, CHICAGO) == [Addressed(MAIL, at(due))]


def test_that_it_is_over_waits_for_quiet_and_school_hours_but_not_for_an_escalation() -> None:
    book = Book(
        (*BOTH, Channel(3)),
        {7: Person((PHONE,), CHICAGO, 22 * 60, 6 * 60)},
        [Route(steps=(Step(0, (MAIL,)), Step(30, people=(7,)), Step(60, (3,), school=True)))],
    )
    told = [(1, "Wed 23:00", 0), (2, "Thu 06:00", 0), (3, "Thu 06:45", 0)]
    heard = dict.fromkeys((1, 2, 3), at("2026-09-02T22:00"))
    assert shown(decide_over(About("major"), at("2026-09-02T23:00"), book, CHICAGO, heard)) == told


def test_that_it_is_over_waits_as_the_route_that_told_it_though_another_fits_by_now() -> None:
    """By day Anna is told, by night whoever is on call: it heals at night."""
    anna = Person((MAIL,), CHICAGO, 16 * 60, 7 * 60)
    day, night = (
        Route(during="school", steps=(Step(0, people=(7,)),)),
        Route(during="outside", steps=(Step(0, (PHONE,)),)),
    )
    waits = Route(during="school", tell="school", steps=(Step(0, (3,)),), go_on=True)
    book = Book((*BOTH, Channel(3)), {7: anna}, [waits, day, night])
    heard = {MAIL: at("2026-09-02T12:01"), 3: at("2026-09-02T12:01"), PHONE: at("2026-09-02T18:00")}
    told = [(PHONE, "Wed 22:02", 0), (3, "Thu 06:45", 0), (MAIL, "Thu 07:00", 0)]
    assert shown(decide_over(About("major"), at("2026-09-02T22:02"), book, CHICAGO, heard)) == told
    found = decide_over(About("critical"), at("2026-09-02T22:02"), book, CHICAGO, heard)
    assert shown(found) == [(MAIL, "Wed 22:02", 0), (PHONE, "Wed 22:02", 0), (3, "Thu 06:45", 0)]


def test_that_it_is_over_waits_for_quiet_hours_though_no_route_and_no_setting_is_as_it_was() -> None:
    book = Book((Channel(MAIL, "critical", enabled=False),), {7: Person((MAIL,), CHICAGO, 22 * 60, 6 * 60)}, [])
    heard = {MAIL: at("2026-09-02T12:01"), PHONE: at("2026-09-02T12:01")}
    told = [(PHONE, "Wed 23:00", 0), (MAIL, "Thu 06:00", 0)]
    assert shown(decide_over(About("major"), at("2026-09-02T23:00"), book, CHICAGO, heard)) == told


def test_with_no_route_a_channel_waits_while_everybody_whose_it_is_has_quiet_hours() -> None:
    sleeps, wakes = Person((MAIL, PHONE), CHICAGO, 22 * 60, 6 * 60), Person((PHONE,), CHICAGO)
    book = Book(BOTH, {7: sleeps, 8: wakes})
    assert shown(decide(About("major"), at("2026-09-02T23:00"), book, CHICAGO)) == [
        (PHONE, "Wed 23:00", 0),
        (MAIL, "Thu 06:00", 0),
    ]
    assert {one.due for one in decide(About("critical"), at("2026-09-02T23:00"), book, CHICAGO)} == {
        at("2026-09-02T23:00")
    }


AHU, PRINTER, ELSEWHERE = Place(1, "hvac"), Place(1, "printer"), Place(2, "hvac")


@pytest.mark.parametrize(
    ("about", "told"),
    [
        (About("major", 1, members=(AHU,)), [1]),
        (About("major", 1, members=(PRINTER,)), [3]),
        (About("major", 1, members=(AHU, PRINTER)), [1, 3]),
        (About("major", None, members=(ELSEWHERE, Place(3, "door"))), [2, 3]),
        (About("major", None, members=(Place(2, "hvac"), AHU)), [1, 2]),
        (About("major", None, members=(Place(3),)), [3]),
    ],
)
def test_what_is_made_of_others_goes_where_each_of_those_would(about: About, told: list[int]) -> None:
    book = Book(
        (Channel(1), Channel(2), Channel(3)),
        routes=[
            _route(buildings=(2,), steps=(Step(0, (2,)),)),
            _route(kinds=("hvac",), steps=(Step(0, (1,)),)),
            _route(steps=(Step(0, (3,)),)),
        ],
    )
    assert sorted(one.channel for one in decide(about, at("2026-09-02T10:00"), book, CHICAGO)) == told


@pytest.mark.parametrize(
    ("routes", "told"),
    [
        ([_route()], [PHONE, 3]),
        ([_route(), _route(steps=(Step(0, (3,)),))], [3]),
        ([_route(), _route(tell="report")], [PHONE, 3]),
        ([_route(steps=(Step(0, (MAIL, 3)),)), _route()], [3]),
        ([_route(go_on=True), _route(kinds=("hvac",))], [PHONE, 3]),
        ([_route(tell="report")], []),
        ([_route(steps=(Step(0, (4,)),))], []),
    ],
)
def test_that_a_channel_fails_is_told_by_the_next_route_where_its_own_names_no_other(
    routes: list[Route], told: list[int]
) -> None:
    """Channel 1 fails; 4 is off: whoever is sent there alone asked for it."""
    book = Book((*BOTH, Channel(3), Channel(4, enabled=False)), routes=routes)
    found = decide(About("major", not_through=MAIL), at("2026-09-02T10:00"), book, CHICAGO)
    assert [one.channel for one in found] == told


NOWS = st.integers(
    round(datetime(2025, 1, 1, tzinfo=UTC).timestamp()), round(datetime(2030, 1, 1, tzinfo=UTC).timestamp())
)


@given(NOWS, st.integers(0, 1439), st.integers(0, 1439))
def test_waiting_ends_within_a_day_and_not_in_quiet_hours(now: int, start: int, end: int) -> None:
    if start == end:
        return
    person = Person((1,), CHICAGO, start, end)
    due = after_quiet(now * 1000, person)
    assert now * 1000 <= due <= now * 1000 + 25 * 3_600_000
    assert after_quiet(due, person) == due


@given(NOWS)
def test_school_hours_come_within_four_days_and_are_then(now: int) -> None:
    due = next_school(now * 1000, CHICAGO)
    assert now * 1000 <= due <= now * 1000 + 4 * 86_400_000
    assert CHICAGO.in_session(due, 45)


@given(st.sampled_from(SEVERITIES), NOWS)
def test_nothing_critical_or_major_is_held_by_default(severity: str, now: int) -> None:
    found = decide(About(severity), now * 1000, Book(BOTH), CHICAGO)
    if severity in ("critical", "major"):
        assert found == [Addressed(1, now * 1000), Addressed(2, now * 1000)]


def test_without_any_school_day_nothing_waits_for_ever() -> None:
    closed = SchoolCalendar(
        "UTC", {date.fromordinal(n): SchoolDay(date.fromordinal(n), DayKind.SUMMER) for n in range(739_000, 741_000)}
    )
    now = round(datetime.combine(date.fromordinal(739_100), time(), UTC).timestamp() * 1000)
    assert next_school(now, closed) == now
