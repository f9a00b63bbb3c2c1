"""Who is told of a problem, and when: the routes, the school's hours and people's quiet hours. Pure; times are ms (UTC).

The first route that fits decides; one that goes on lets the next that fits add to it. What no route fits is told as if there were
none: critical and major at once, to every channel; minor and info in the report alone. A problem made of others goes where each of
those would.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from typing import NamedTuple

from collector.calendar.school import SchoolCalendar
from protocols.wire.batch import SEVERITIES

BEFORE_MIN = 45
"""People read messages this long before school opens: what waited for school hours is told from then on."""
_MINUTE_MS = 60_000


class Place(NamedTuple):
    """Where a problem is: a building (None: none, or the whole district) and a kind of device (empty: it is of none)."""

    building: int | None = None
    kind: str = ""


class About(NamedTuple):
    """What is to be told of: `kind` is its device's (empty: it has none); `building` None: none, or the whole district."""

    severity: str
    building: int | None = None
    kind: str = ""
    not_through: int | None = None
    """The channel that the problem itself is about: it cannot carry its own."""
    members: Collection[Place] = ()
    """Of a problem that is made of others: where those are. Whoever is told of one of them is told of it."""

    @property
    def places(self) -> Collection[Place]:
        """Where routes look for it."""
        return self.members or (Place(self.building, self.kind),)


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


class _Hours(NamedTuple):
    """The moment from which messages wait (ms), and whether it came while school was in."""

    now: int
    calendar: SchoolCalendar
    in_school: bool


def decide(about: About, now: int, book: Book, calendar: SchoolCalendar) -> list[Addressed]:
    """Each channel once, at its earliest; empty: the report alone. `calendar` is the building's."""
    here = _Hours(now, calendar, calendar.in_session(now, BEFORE_MIN))
    return _earliest(each for place in about.places for each in _routed(about, place, book, here))


def decide_again(
    about: About, came: int, book: Book, calendar: SchoolCalendar, waiting: Collection[int]
) -> list[Addressed]:
    """The channels that are `waiting` to be told of what `came` (ms), as they would be by what holds now; one that is named no longer, as
    another calendar makes another route fit, by any route that names it at whatever hours. One that none names is left out."""
    found = [one for one in decide(about, came, book, calendar) if one.channel in waiting]
    rest = set(waiting) - {one.channel for one in found}
    here = _Hours(came, calendar, in_school=True)
    routes = [route._replace(during="always") for route in book.routes]
    fitting = (route for route in routes if any(_fits(route, about, place, here) for place in about.places))
    ways = (way for route in fitting for way in _by(route, about, book, here))
    return found + _earliest(way for way in ways if way.channel in rest)


def decide_over(
    about: About, now: int, book: Book, calendar: SchoolCalendar, heard: Mapping[int, int]
) -> list[Addressed]:
    """The same of what is over, to the channels that have heard of it, and when (ms) its coming was routed to each.

    Whichever route told it says how long this waits, and so do the quiet hours of the people whose channel it is; an escalation's
    delays are none of its own. `during` is judged by the coming: it does not choose anew whom to tell.
    """
    routes = [route._replace(steps=tuple(step._replace(after_min=0) for step in route.steps)) for route in book.routes]
    all_that_heard = replace(book, routes=routes, channels=[Channel(channel) for channel in heard])
    found: dict[int, dict[int, int]] = {}
    for came in set(heard.values()):
        here = _Hours(now, calendar, calendar.in_session(came, BEFORE_MIN))
        ways = (way for place in about.places for way in _routed(about, place, all_that_heard, here))
        found[came] = {one.channel: one.due for one in _earliest(ways)}
    dues = {channel: found[came].get(channel, now) for channel, came in heard.items()}
    return _earliest(Addressed(each, _unless_quiet(due, each, about, book)) for each, due in dues.items())


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


def _earliest(found: Iterable[Addressed]) -> list[Addressed]:
    by_channel: dict[int, Addressed] = {}
    for addressed in found:
        known = by_channel.get(addressed.channel)
        if known is None or addressed[1:] < known[1:]:
            by_channel[addressed.channel] = addressed
    return sorted(by_channel.values(), key=lambda one: (one.due, one.step, one.channel))


def _routed(about: About, place: Place, book: Book, here: _Hours) -> Iterator[Addressed]:
    """Whom the routes name that fit this place.

    Where they would tell nobody because they name the channel that it is about alone, the next that fit are asked, and at last
    what holds by default.
    """
    carrying = {channel.id for channel in book.channels if _carries(channel, about)}
    told, left_out = False, False
    for route in book.routes:
        if not _fits(route, about, place, here):
            continue
        for addressed in _by(route, about, book, here):
            left_out |= addressed.channel == about.not_through
            if addressed.channel in carrying:
                told = True
                yield addressed
        if not route.go_on and (told or not left_out):
            return
    for route in default_routes(book.channels):
        for addressed in _by(route, about, book, here) if _fits(route, about, place, here) else ():
            if addressed.channel in carrying:
                yield addressed._replace(due=_unless_quiet(addressed.due, addressed.channel, about, book))


def _fits(route: Route, about: About, place: Place, here: _Hours) -> bool:
    return (
        about.severity in (route.severities or SEVERITIES)
        and (not route.buildings or place.building in route.buildings)
        and (not route.kinds or place.kind in route.kinds)
        and route.during in ("always", "school" if here.in_school else "outside")
    )


def _unless_quiet(due: int, channel: int, about: About, book: Book) -> int:
    """`due`, or when the first of those whose channel it is has no quiet hours any more; critical passes them."""
    if about.severity == "critical":
        return due
    return min((after_quiet(due, person) for person in book.people.values() if channel in person.channels), default=due)


def _by(route: Route, about: About, book: Book, here: _Hours) -> Iterator[Addressed]:
    if route.tell == "report":
        return
    start = next_school(here.now, here.calendar) if route.tell == "school" else here.now
    for number, step in enumerate(route.steps):
        due = start + step.after_min * _MINUTE_MS
        if step.school:
            due = next_school(due, here.calendar)
        for channel in step.channels:
            yield Addressed(channel, due, number)
        for person in (book.people[one] for one in step.people if one in book.people):
            quiet_over = due if about.severity == "critical" else after_quiet(due, person)
            for channel in person.channels:
                yield Addressed(channel, quiet_over, number)
