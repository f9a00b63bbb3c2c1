"""On which days an event of an iCalendar file is, and at what times of day: as the clock in the building shows them. Pure.

Whole days are also what runs from midnight to midnight, or to 23:59: in the building's time, or in that in which the event is written.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, NamedTuple

from collector.calendar.document import LONGEST_DAYS
from collector.calendar.recurrence import recurrence

_DAY = timedelta(days=1)
_MIDNIGHT, _ALMOST = time(0), time(23, 59)


class Occurrences(NamedTuple):
    """`spans`: first and last days. `clocks`: when it begins and ends, none for one of whole days. `recurs`: by a rule."""

    spans: tuple[tuple[date, date], ...]
    clocks: tuple[time, ...]
    recurs: bool


class _Clock(NamedTuple):
    """How an event's moments become days."""

    zone: tzinfo
    whole: bool

    def local(self, at: datetime) -> datetime:
        """As the building's clock shows it; a time without a zone is the building's own."""
        return at.astimezone(self.zone) if at.tzinfo is not None else at.replace(tzinfo=self.zone)

    def day(self, at: date) -> date:
        if not isinstance(at, datetime):
            return at
        local = self.local(at)
        written = self.whole and local.time() != _MIDNIGHT and at.time() == _MIDNIGHT
        return at.date() if written else local.date()

    def midnight(self, at: date) -> bool:
        if not isinstance(at, datetime):
            return True
        return self.local(at).time() == _MIDNIGHT or (self.whole and at.time() == _MIDNIGHT)


def occurrences(event: Any, zone: tzinfo, window: tuple[date, date], moved: Sequence[date] = ()) -> Occurrences:
    """Those that touch `window` (both days included); those at `moved` have an event of their own. Raises `ValueError`."""
    start, end = _start(event), _end(event)
    clock = _Clock(zone, _whole(start, end, zone))
    first = clock.day(start)
    length = _last(first, end, clock) - first
    if not 0 <= length.days < LONGEST_DAYS:
        raise ValueError(
            f"it ends before it begins or spans more than {LONGEST_DAYS} days: enter it as the end of a term"
        )
    days = set(_by_rule(event, start, clock, (window[0] - length, window[1]))) if "RRULE" in event else {first}
    days |= {clock.day(at) for at in _dates(event, "RDATE")}
    days -= {clock.day(at) for at in _dates(event, "EXDATE")}
    if "RECURRENCE-ID" not in event:
        days -= {clock.day(at) for at in moved}
    spans = tuple((day, day + length) for day in sorted(days) if window[0] <= day + length and day <= window[1])
    return Occurrences(spans, _clocks(start, end, clock), "RRULE" in event)


def _start(event: Any) -> date:
    start = getattr(event.get("DTSTART"), "dt", None)
    if not isinstance(start, date):
        raise ValueError("DTSTART is missing or is no date: write 20261126 or 20261126T121500")
    return start


def _end(event: Any) -> date | None:
    """As it is written: not included."""
    end = getattr(event.get("DTEND"), "dt", None)
    length = getattr(event.get("DURATION"), "dt", None)
    if end is None and isinstance(length, timedelta):
        end = _start(event) + length
    return end if isinstance(end, date) else None


def _whole(start: date, end: date | None, zone: tzinfo) -> bool:
    if not isinstance(start, datetime):
        return True
    clock = _Clock(zone, whole=False)
    last = end if isinstance(end, datetime) else None
    if clock.midnight(start):
        return last is None or clock.midnight(last) or clock.local(last).time() >= _ALMOST
    return last is not None and start.time() == last.time() == _MIDNIGHT and start.date() < last.date()


def _last(first: date, end: date | None, clock: _Clock) -> date:
    if end is None:
        return first
    until = clock.day(end)
    return until - _DAY if until > first and clock.midnight(end) else until


def _clocks(start: date, end: date | None, clock: _Clock) -> tuple[time, ...]:
    if clock.whole:
        return ()
    local = (clock.local(at).time() for at in (start, end) if isinstance(at, datetime))
    return tuple(at.replace(second=0, microsecond=0) for at in local)


def _by_rule(event: Any, start: date, clock: _Clock, window: tuple[date, date]) -> list[date]:
    """A rule goes by the days of the zone in which the event is written; they are as far from the building's as the first is."""
    rule = event["RRULE"]
    if isinstance(rule, list):
        raise ValueError("it has two rules of recurrence: enter its days by hand")
    own = start.date() if isinstance(start, datetime) else start
    apart = clock.day(start) - own
    parts = dict(rule)
    until = parts.get("UNTIL", [None])[0]
    if isinstance(until, date):
        parts["UNTIL"] = [_until(until, start, clock) - apart]
    return [day + apart for day in recurrence(own, parts).days(window[0] - apart, window[1] - apart)]


def _until(until: date, start: date, clock: _Clock) -> date:
    """The last day on which it may begin: one that would begin later on that day than `until` is too late (RFC 5545, 3.3.10)."""
    day = clock.day(until)
    if clock.whole or not isinstance(until, datetime) or not isinstance(start, datetime):
        return day
    return day if clock.local(start).time() <= clock.local(until).time() else day - _DAY


def _dates(event: Any, name: str) -> Iterator[date]:
    """Each of a property that lists dates, times or periods; of a period its begin."""
    found = event.get(name, [])
    for one in found if isinstance(found, list) else [found]:
        for at in getattr(one, "dts", []):
            moment = at.dt[0] if isinstance(at.dt, tuple) else at.dt
            if isinstance(moment, date):
                yield moment
