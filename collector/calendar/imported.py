"""What the events of a calendar file make of a school calendar. Pure.

What is said of a single day holds over a longer span, and both over what recurs by a rule: an early dismissal every Wednesday is none in a break.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from collector.calendar.compose import calendar
from collector.calendar.document import NOTHING, Entry, Schedule, Term
from collector.calendar.ical import Event
from collector.calendar.school import DayKind, SchoolCalendar

_KINDS = {"holiday": "holiday", "half": "half", "school": "school"}
_WEIGHT = {"half": 0, "holiday": 1, "school": 2}
_LONGEST_TERM = timedelta(days=400)


def merged(document: Schedule, events: Iterable[Event], district: Schedule = NOTHING) -> Schedule:
    """A place's document with what the events become, once each. `district`: what it leaves out, `NOTHING` for the district's own.

    Raises pydantic's `ValidationError` when there is too much.
    """
    found = list(events)
    new = terms(found)
    known = [
        one for one in document.terms or [] if not any(at.first <= one.last and one.first <= at.last for at in new)
    ]
    single = _entries(event for event in found if not event.recurs)
    with_single = document.model_copy(
        update={"days": [*document.days, *single], "terms": [*known, *new] if new else document.terms}
    )
    school = calendar("UTC", district, with_single)  # no time of day is asked of it
    recurring = [one for one in _entries(event for event in found if event.recurs) if not _off(one, school)]
    before = set(document.days)
    last_first = dict.fromkeys(one for one in reversed([*recurring, *single]) if one not in before)
    changed = with_single.model_copy(update={"days": [*document.days, *reversed(last_first)]})
    return Schedule.model_validate(changed.model_dump(mode="json"))


def terms(events: Iterable[Event]) -> list[Term]:
    """From each first day of school to the last of the last days before the next: some classes begin later or end earlier."""
    days = sorted(
        (span[0] if event.becomes == "first" else span[1], event.becomes)
        for event in events
        for span in event.spans
        if event.becomes in ("first", "last")
    )
    found: list[Term] = []
    begins: date | None = None
    ends: date | None = None
    for at, what in days:
        if begins is not None and at - begins > _LONGEST_TERM and ends is None:
            begins = None
        if what == "last":
            ends = at if begins is not None and begins < at <= begins + _LONGEST_TERM else ends
        elif begins is None or ends is not None:
            found += [Term(first=begins, last=ends)] if begins and ends else []
            begins, ends = at, None
    return found + ([Term(first=begins, last=ends)] if begins and ends else [])


def _entries(events: Iterable[Event]) -> list[Entry]:
    """Of two for one day the later holds: longer spans come first."""
    made: list[Entry] = []
    for event in events:
        kind = "half" if event.short else _KINDS.get(event.becomes or "")
        for first, last in event.spans if kind else ():
            row = {"first": first, "last": last if last != first else None, "kind": kind, "name": event.title[:120]}
            made.append(Entry.model_validate(row | {"opens": event.opens, "closes": event.closes}))
    return sorted(made, key=lambda one: (one.first - one.end, _WEIGHT[one.kind]))


def _off(entry: Entry, school: SchoolCalendar) -> bool:
    """Whether an entry that makes school falls where there is none, in a break or in summer."""
    return entry.kind != "holiday" and school.day(entry.first).kind in (DayKind.HOLIDAY, DayKind.SUMMER)
