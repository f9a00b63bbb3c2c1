"""Who is told of a problem, and when: the routes, the school's hours and people's quiet hours. Pure; times are ms (UTC).

The first route that fits decides; one that goes on lets the next that fits add to it. What no route fits is told as if there were
none: critical and major at once, to every channel; minor and info in the report alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from typing import NamedTuple

from collector.calendar.school import SchoolCalendar
from protocols.wire.batch import SEVERITIES

BEFORE_MIN = 45
"""People read messages this long before school opens: what waited for school hours is told from then on."""
_MINUTE_MS = 60_000


class About(NamedTuple):
    """What is to be told of: `kind` is its device's (empty: it has none); `building` None: none, or the whole district."""

    severity: str
    building: int | None = None
    kind: str = ""
    not_through: int | None = None
    """The channel that the problem itself is about: it cannot carry its own."""


class Step(NamedTuple):
    """Whom to tell `after_min` minutes after the coming, unless somebody has it by then. `school`: in school hours alone."""

    after_min: int
    channels: tuple[int, ...] = ()
    people: tuple[int, ...] = ()
    school: bool = False


class Route(NamedTuple):
    """Empty `severities`, `buildings`, `kinds` fit all. `during`: always, school, outside, judged when it comes.

    `tell`: now; school (held until school is in); report (no message).
    """

    severities: tuple[str, ...] = ()
    buildings: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()
    during: str = "always"
    tell: str = "now"
    steps: tuple[Step, ...] = ()
    go_on: bool = False


class Channel(NamedTuple):
    """`minimum` is the least severity it carries at all."""

    id: int
    minimum: str = "info"
    enabled: bool = True


class Person(NamedTuple):
    """Quiet hours are minutes of the local day in `calendar`'s zone, the end excluded; None: none."""

    channels: tuple[int, ...]
    calendar: SchoolCalendar = SchoolCalendar()
    quiet_from: int | None = None
    quiet_to: int | None = None


@dataclass(frozen=True)
class Book:
    """All that a decision rests on: people by id, routes in order."""

    channels: Sequence[Channel] = ()
    people: dict[int, Person] = field(default_factory=dict)
    routes: Sequence[Route] = ()


class Addressed(NamedTuple):
    """One channel, told at `due`; a `step` above 0 only while nobody has acknowledged."""

    channel: int
    due: int
    step: int = 0


def decide(about: About, now: int, book: Book, calendar: SchoolCalendar) -> list[Addressed]:
    """Each channel once, at its earliest; empty: the report alone. `calendar` is the building's."""
    carrying = {channel.id for channel in book.channels if _carries(channel, about)}
    found: dict[int, Addressed] = {}
    for route in _that_fit(about, now, book, calendar):
        for addressed in _by(route, about, now, book, calendar):
            known = found.get(addressed.channel)
            if addressed.channel in carrying and (known is None or addressed[1:] < known[1:]):
                found[addressed.channel] = addressed
    return sorted(found.values(), key=lambda one: (one.due, one.step, one.channel))


def decide_over(about: About, now: int, book: Book, calendar: SchoolCalendar) -> list[Addressed]:
    """The same of what is over: in the hours of each, and without an escalation's delays, which are none of its own."""
    routes = [route._replace(steps=tuple(step._replace(after_min=0) for step in route.steps)) for route in book.routes]
    return decide(about, now, replace(book, routes=routes), calendar)


def default_routes(channels: Sequence[Channel]) -> tuple[Route, ...]:
    """What holds with nothing configured, and for what no route fits."""
    everyone = (Step(0, tuple(channel.id for channel in channels)),)
    return (
        Route(("critical", "major"), tell="now", steps=everyone),
        Route(("minor", "info"), tell="report"),
    )


def next_school(now: int, calendar: SchoolCalendar) -> int:
    """`now` when school is in (from `BEFORE_MIN` before it opens until it closes), else when it next is. With no school
    day within four months: `now`, since nothing may wait for ever."""
    if calendar.in_session(now, BEFORE_MIN):
        return now
    today = calendar.local(now).date()
    for before in (today - timedelta(days=1), today):
        day = calendar.next_school_day(before)
        if day is not None and day.opens is not None:
            opens = calendar.at(day.date, day.opens) - BEFORE_MIN * _MINUTE_MS
            if opens > now:
                return opens
    return now


def after_quiet(due: int, person: Person) -> int:
    """`due`, or the end of the person's quiet hours when it falls into them."""
    start, end = person.quiet_from, person.quiet_to
    if start is None or end is None:
        return due
    local = person.calendar.local(due)
    minute = local.hour * 60 + local.minute
    quiet = start <= minute < end if start < end else minute >= start or minute < end
    if not quiet:
        return due
    day = local.date() + timedelta(days=1 if minute >= end else 0)
    return max(due, person.calendar.at(day, time(end // 60, end % 60)))


def _carries(channel: Channel, about: About) -> bool:
    graver = SEVERITIES.index(about.severity) >= SEVERITIES.index(channel.minimum)
    return channel.enabled and graver and channel.id != about.not_through


def _that_fit(about: About, now: int, book: Book, calendar: SchoolCalendar) -> Iterator[Route]:
    in_school = calendar.in_session(now, BEFORE_MIN)
    for route in book.routes:
        if _fits(route, about, in_school):
            yield route
            if not route.go_on:
                return
    yield from (route for route in default_routes(book.channels) if _fits(route, about, in_school))


def _fits(route: Route, about: About, in_school: bool) -> bool:
    return (
        about.severity in (route.severities or SEVERITIES)
        and (not route.buildings or about.building in route.buildings)
        and (not route.kinds or about.kind in route.kinds)
        and route.during in ("always", "school" if in_school else "outside")
    )


def _by(route: Route, about: About, now: int, book: Book, calendar: SchoolCalendar) -> Iterator[Addressed]:
    if route.tell == "report":
        return
    start = next_school(now, calendar) if route.tell == "school" else now
    for number, step in enumerate(route.steps):
        due = start + step.after_min * _MINUTE_MS
        if step.school:
            due = next_school(due, calendar)
        for channel in step.channels:
            yield Addressed(channel, due, number)
        for person in (book.people[one] for one in step.people if one in book.people):
            quiet_over = due if about.severity == "critical" else after_quiet(due, person)
            for channel in person.channels:
                yield Addressed(channel, quiet_over, number)
