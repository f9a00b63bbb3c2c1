"""Reads an iCalendar file (RFC 5545): each event, and what it would become in the school calendar. Pure; nothing is applied here.

Bounded whatever is in it: 1 MiB, 5,000 events, 200 that recur, days from 60 before today to 500 after it. A time zone that the file
defines itself is left unread: its name is looked up.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, time, timedelta, tzinfo
from typing import Any, NamedTuple

import icalendar

from collector.calendar.hours import hours
from collector.calendar.meaning import meaning, plain
from collector.calendar.occurrences import occurrences
from collector.calendar.school import DEFAULT_WEEK, Week, usual
from collector.calendar.zones import zone

MOST_BYTES, MOST_EVENTS, MOST_RECURRING, MOST_LINES = 1 << 20, 5000, 200, 400
BACK, AHEAD = timedelta(days=60), timedelta(days=500)
BACK_TO_TERM = timedelta(days=400)
"""A first day of school is looked for so far back: without it the last day that is still to come would end no term."""
_READ = re.compile(r"(UID|SUMMARY|STATUS|DTSTART|DTEND|DURATION|RRULE|RDATE|EXDATE|RECURRENCE-ID)[;:]", re.IGNORECASE)
"""What is read of an event: a description may be longer than all the rest, and come first."""


class CalendarFileError(ValueError):
    """The file cannot be used: where, why, and what to do."""


class Event(NamedTuple):
    """One event of the file and what it becomes: `spans` are first and last days; `becomes` None: nothing; `note` why.

    `short`: a first or last day of a term with hours of its own. `recurs`: by a rule, so that what is said of one day holds over it.
    """

    line: int
    title: str
    spans: tuple[tuple[date, date], ...] = ()
    becomes: str | None = None
    opens: time | None = None
    closes: time | None = None
    sure: bool = True
    note: str = ""
    short: bool = False
    recurs: bool = False


class _Place(NamedTuple):
    """Where the file is read for."""

    zone: tzinfo
    today: date
    week: Week


def read(content: bytes, timezone: str, today: date, week: Week = DEFAULT_WEEK) -> list[Event]:
    """Every event, by line. `timezone` is the building's, `week` when school usually is. Raises `CalendarFileError`."""
    if len(content) > MOST_BYTES:
        raise CalendarFileError("the file is larger than 1 MiB: export one school year only")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise CalendarFileError(f"line {line} is not UTF-8: export the calendar again as an .ics file") from error
    parsed = [(line, _parsed(block)) for line, block in blocks(text)]
    moved = _moved(event for _, event in parsed)
    place = _Place(zone(timezone), today, week)
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
            events.append(_event(line, event, place, moved))
        except _UNREADABLE as error:
            events.append(Event(line, _title(event), note=f"line {line}: {str(error)[:160]}; this event is left out"))
    return events


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
    first = next((line for line in lines if line.strip()), "")
    if not first.strip().upper().startswith("BEGIN:VCALENDAR"):
        raise CalendarFileError(_no_calendar(text))
    stack: list[str] = []
    block: list[str] = []
    begun = found = 0
    wanted = False
    for number, line in enumerate(lines, 1):
        folded = line[:1] in (" ", "\t")  # it goes on with the line before, whatever it says
        word = "" if folded else line.strip().upper()
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
            wanted = wanted if folded else _READ.match(line) is not None
            if wanted:
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


def _moved(events: Iterable[Any]) -> Mapping[str, Sequence[date]]:
    """By UID, which occurrences of a recurring event have an event of their own."""
    moved = defaultdict(list)
    for event in events:
        try:
            at = None if isinstance(event, str) else getattr(event.get("RECURRENCE-ID"), "dt", None)
            if isinstance(at, date):
                moved[str(event.get("UID", ""))].append(at)
        except _UNREADABLE:
            continue  # the event itself is read all the same
    return moved


def _event(line: int, event: Any, place: _Place, moved: Mapping[str, Sequence[date]]) -> Event:
    title = _title(event)
    status = str(event.get("STATUS", "")).upper()
    if status == "CANCELLED":
        return Event(line, title, note="cancelled")
    means = meaning(title)
    if means is None:
        return Event(line, title, note="says nothing of school")
    window = (place.today - (BACK_TO_TERM if means.becomes == "first" else BACK), place.today + AHEAD)
    when = occurrences(event, place.zone, window, moved.get(str(event.get("UID", "")), ()))
    if not when.spans:
        return Event(line, title, note="lies in the past or far ahead")
    some_hours = means.becomes == "holiday" and when.clocks
    opens = closes = None
    doubt = "" if means.sure and not some_hours and status != "TENTATIVE" else "not sure"
    if means.short:
        opens, closes, other = hours(means, when.clocks, usual(place.week, when.spans[0][0]))
        doubt = other or doubt
    note = f"{doubt}: look at it" if doubt else ""
    short = means.short and means.becomes != "half"
    return Event(line, title, when.spans, means.becomes, opens, closes, not doubt, note, short, when.recurs)


def _title(event: Any) -> str:
    return plain(str(event.get("SUMMARY", "")))[:120]
