"""Reads an iCalendar file (RFC 5545): each event, and what it would become in the school calendar. Pure; nothing is applied here.

Bounded whatever is in it: 1 MiB, 5,000 events, 200 that recur, days from 60 before today to 500 after it. A time zone that the file
defines itself is left unread: its name is looked up.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import icalendar

from collector.calendar.document import LONGEST_DAYS, Entry, Schedule, Term
from collector.calendar.meaning import Meaning, later, meaning
from collector.calendar.recurrence import recurrence
from collector.calendar.school import DEFAULT_OPENS

MOST_BYTES, MOST_EVENTS, MOST_RECURRING, MOST_LINES = 1 << 20, 5000, 200, 400
BACK, AHEAD = timedelta(days=60), timedelta(days=500)


class CalendarFileError(ValueError):
    """The file cannot be used: where, why, and what to do."""


class Event(NamedTuple):
    """One event of the file and what it becomes: `spans` are first and last days; `becomes` None: nothing; `note` why."""

    line: int
    title: str
    spans: tuple[tuple[date, date], ...] = ()
    becomes: str | None = None
    opens: time | None = None
    closes: time | None = None
    sure: bool = True
    note: str = ""


def read(content: bytes, timezone: str, today: date, opens: time = DEFAULT_OPENS) -> list[Event]:
    """Every event, by line. `timezone` is the building's, `opens` when school usually begins. Raises `CalendarFileError`."""
    if len(content) > MOST_BYTES:
        raise CalendarFileError("the file is larger than 1 MiB: export one school year only")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise CalendarFileError(f"line {line} is not UTF-8: export the calendar again as an .ics file") from error
    parsed = [(line, _parsed(block)) for line, block in blocks(text)]
    moved = _moved(parsed, timezone)
    events: list[Event] = []
    recurring = 0
    for line, event in parsed:
        if isinstance(event, str):
            events.append(Event(line, "", note=f"line {line}: {event}; this event is left out"))
            continue
        recurring += "RRULE" in event
        if recurring > MOST_RECURRING:
            raise CalendarFileError(
                f"line {line}: more than {MOST_RECURRING} events recur: export the school calendar alone"
            )
        try:
            events.append(_event(line, event, ZoneInfo(timezone), (today - BACK, today + AHEAD), moved, opens))
        except _UNREADABLE as error:
            title = str(event.get("SUMMARY", ""))[:120]
            events.append(Event(line, title, note=f"line {line}: {str(error)[:160]}; this event is left out"))
    return events


def entries(events: list[Event]) -> tuple[list[Entry], list[Term]]:
    """What the events become: days, and terms from each first day of school to the next last one."""
    days: list[Entry] = []
    for event in events:
        kind = {"holiday": "holiday", "half": "half", "school": "school"}.get(event.becomes or "")
        if event.becomes == "last" and event.closes is not None:
            kind = "half"
        for first, last in event.spans if kind else ():
            row = {"first": first, "last": last if last != first else None, "kind": kind, "name": event.title[:120]}
            days.append(Entry.model_validate(row | {"opens": event.opens, "closes": event.closes}))
    firsts = sorted(span[0] for event in events if event.becomes == "first" for span in event.spans)
    lasts = sorted(span[1] for event in events if event.becomes == "last" for span in event.spans)
    terms = []
    for place, begins in enumerate(firsts):
        until = firsts[place + 1] if place + 1 < len(firsts) else date.max
        ends = next((at for at in lasts if begins < at < until and (at - begins).days <= 400), None)
        if ends is not None:
            terms.append(Term(first=begins, last=ends))
    return days, terms


def merged(document: Schedule, events: list[Event]) -> Schedule:
    """The document with what the events become, once each. Raises pydantic's `ValidationError` when there is too much."""
    days, terms = entries(events)
    kept = list(document.days)
    kept += [day for day in days if day not in kept]
    known = document.terms or []
    known = [term for term in known if not any(new.first <= term.last and term.first <= new.last for new in terms)]
    changed = document.model_copy(update={"days": kept, "terms": [*known, *terms] if terms else document.terms})
    return Schedule.model_validate(changed.model_dump(mode="json"))


def _no_calendar(text: str) -> str:
    first = text.strip().split("\n", 1)[0].strip()
    if not first:
        return "the file is empty: choose an .ics file, or paste the text of one"
    if first.lower().startswith(("http://", "https://", "webcal://")):
        return (
            "this is a calendar's address, and none is fetched: open it in a browser and choose the file that it saves"
        )
    return f"line 1 is {first[:40]!r}, not BEGIN:VCALENDAR: export the calendar as an .ics file"


def blocks(text: str) -> Iterator[tuple[int, str]]:
    """Each VEVENT as text without what is nested in it, with the number of its first line. Raises `CalendarFileError`."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not lines[0].strip().upper().startswith("BEGIN:VCALENDAR"):
        raise CalendarFileError(_no_calendar(text))
    stack: list[str] = []
    block: list[str] = []
    begun = found = 0
    for number, line in enumerate(lines, 1):
        word = line.strip().upper()
        if word.startswith("BEGIN:"):
            stack.append(word[6:])
            if word == "BEGIN:VEVENT" and len(stack) == 2:
                begun, block, found = number, [], found + 1
            if found > MOST_EVENTS or len(stack) > 6:
                raise CalendarFileError(
                    f"line {number}: more than {MOST_EVENTS} events, or nested too deep: export one school year only"
                )
        elif word.startswith("END:"):
            if not stack or stack.pop() != word[4:]:
                raise CalendarFileError(
                    f"line {number}: {word[:40]!r} ends what was not begun: export the calendar again"
                )
            if word == "END:VEVENT" and len(stack) == 1:
                yield begun, "\r\n".join(["BEGIN:VEVENT", *block[:MOST_LINES], "END:VEVENT", ""])
        elif len(stack) == 2 and stack[1] == "VEVENT":
            block.append(line)
    if stack:
        raise CalendarFileError(
            f"line {len(lines)}: the file ends within {stack[-1][:40]}: it was cut off, export it again"
        )


_UNREADABLE = (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, ArithmeticError)


def _parsed(block: str) -> Any:
    """The event, or why it cannot be read."""
    try:
        return icalendar.Event.from_ical(block)
    except _UNREADABLE as error:
        return str(error)[:160] or "it cannot be read"


def _moved(parsed: list[tuple[int, Any]], timezone: str) -> set[tuple[str, date]]:
    """Occurrences of recurring events that have an event of their own: (UID, day)."""
    moved = set()
    for _, event in parsed:
        try:
            at = None if isinstance(event, str) else getattr(event.get("RECURRENCE-ID"), "dt", None)
            if isinstance(at, date):
                moved.add((str(event.get("UID", "")), _local(at, ZoneInfo(timezone))))
        except _UNREADABLE:
            continue  # the event itself is read all the same
    return moved


def _event(
    line: int, event: Any, zone: ZoneInfo, window: tuple[date, date], moved: set[tuple[str, date]], opens: time
) -> Event:
    title = " ".join(str(event.get("SUMMARY", "")).split())[:120]
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return Event(line, title, note="cancelled")
    start = getattr(event.get("DTSTART"), "dt", None)
    if not isinstance(start, date):
        raise ValueError("DTSTART is missing or is no date: write 20261126 or 20261126T121500")
    clock = _in_zone(start, zone).time().replace(second=0, microsecond=0) if isinstance(start, datetime) else None
    means = meaning(title, clock)
    if means is None:
        return Event(line, title, note="says nothing of school")
    first, last = _days(event, start, zone)
    if not 0 <= (last - first).days < LONGEST_DAYS:
        raise ValueError(
            f"it ends before it begins or spans more than {LONGEST_DAYS} days: enter it as the end of a term"
        )
    left = {_local(at, zone) for at in _exdates(event)}
    uid = str(event.get("UID", ""))
    if "RRULE" in event:
        rule = event["RRULE"]
        if isinstance(rule, list):
            raise ValueError("it has two rules of recurrence: enter its days by hand")
        firsts = recurrence(first, rule).days(*window)
        left |= {day for day in firsts if (uid, day) in moved}
    else:
        firsts = [first]
    length = last - first
    spans = tuple(
        (day, day + length) for day in firsts if day not in left and window[0] <= day + length and day <= window[1]
    )
    return _said(Event(line, title, spans), means, opens)


def _said(event: Event, means: Meaning, opens: time) -> Event:
    if not event.spans:
        return event._replace(note="lies in the past or far ahead")
    at = later(opens, means.delay_min) if means.delay_min else means.opens
    note = "" if means.sure else "not sure: look at it"
    return event._replace(becomes=means.becomes, opens=at, closes=means.closes, sure=means.sure, note=note)


def _days(event: Any, start: date, zone: ZoneInfo) -> tuple[date, date]:
    """First and last day; the end that is written is not included."""
    end = getattr(event.get("DTEND"), "dt", None)
    length = getattr(event.get("DURATION"), "dt", None)
    if end is None and isinstance(length, timedelta):
        end = start + length
    first = _local(start, zone)
    if not isinstance(end, date):
        return first, first
    if not isinstance(end, datetime):
        return first, max(first, end - timedelta(days=1)) if end >= first else end
    return first, max(first, (_in_zone(end, zone) - timedelta(seconds=1)).date()) if _local(
        end, zone
    ) >= first else _local(end, zone)


def _exdates(event: Any) -> Iterator[date]:
    found = event.get("EXDATE", [])
    for one in found if isinstance(found, list) else [found]:
        yield from (at.dt for at in getattr(one, "dts", []) if isinstance(at.dt, date))


def _in_zone(at: datetime, zone: ZoneInfo) -> datetime:
    """As the building's clock shows it; a time without a zone is the building's own."""
    return at.astimezone(zone) if at.tzinfo is not None else at.replace(tzinfo=zone)


def _local(at: date, zone: ZoneInfo) -> date:
    return _in_zone(at, zone).date() if isinstance(at, datetime) else at
