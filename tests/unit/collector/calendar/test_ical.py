"""Calendar files as schools export them, and files that mean harm."""

from datetime import date, datetime, time, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.calendar.document import Schedule
from collector.calendar.ical import CalendarFileError, Event, merged, read
from collector.calendar.meaning import meaning
from collector.calendar.recurrence import recurrence

TODAY = date(2026, 8, 20)


def day(text: str) -> date:
    return date.fromisoformat(text)


def file(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\r\n{event.strip()}\r\nEND:VEVENT\r\n" for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{body}END:VCALENDAR\r\n".encode()


def only(event: str, zone: str = "America/New_York") -> Event:
    (found,) = read(file(event), zone, TODAY)
    return found


@pytest.mark.parametrize(
    ("title", "becomes", "opens", "closes", "sure"),
    [
        ("No School - Teacher Workday", "holiday", None, None, True),
        ("Teacher In-Service", "holiday", None, None, True),
        ("Winter Break", "holiday", None, None, True),
        ("Labor Day", "holiday", None, None, False),
        ("Labor Day - No School", "holiday", None, None, True),
        ("Early Dismissal 12:15", "half", None, time(12, 15), True),
        ("Early release at 1:30 pm", "half", None, time(13, 30), True),
        ("Noon dismissal", "half", None, time(12), True),
        ("Half Day", "half", None, None, True),
        ("Early dismissal before Winter Break", "half", None, None, True),
        ("Delayed Opening 10:00", "half", time(10), None, True),
        ("First Day of School", "first", None, None, True),
        ("Last Day of School (half day, 11:30)", "last", None, time(11, 30), True),
        ("Saturday School", "school", None, None, True),
    ],
)
def test_titles(title: str, becomes: str, opens: time | None, closes: time | None, sure: bool) -> None:
    found = meaning(title)
    assert found is not None
    assert (found.becomes, found.opens, found.closes, found.sure) == (becomes, opens, closes, sure)


@pytest.mark.parametrize(
    "title",
    ["Holiday Concert", "Spring Break camp registration", "School resumes after Winter Break", "PTA meeting", "Lunch", "Veterans Day assembly",
     "No early dismissal today", "School Board budget workshop", "Half Day cancelled", "Classes resume", ""],
)  # fmt: skip
def test_titles_that_say_nothing_of_school(title: str) -> None:
    assert meaning(title) is None


def test_an_end_is_not_included_and_days_span() -> None:
    found = only("SUMMARY:Winter Break\r\nDTSTART;VALUE=DATE:20261221\r\nDTEND;VALUE=DATE:20270102")
    assert found.spans == ((day("2026-12-21"), day("2027-01-01")),)
    found = only("SUMMARY:No School\r\nDTSTART;VALUE=DATE:20261012")
    assert found.spans == ((day("2026-10-12"), day("2026-10-12")),)
    found = only("SUMMARY:Fall Break\r\nDTSTART;VALUE=DATE:20261012\r\nDURATION:P3D")
    assert found.spans == ((day("2026-10-12"), day("2026-10-14")),)


def test_recurring_with_exceptions_and_a_moved_one() -> None:
    weekly = (
        "UID:1\r\nSUMMARY:Early Dismissal\r\nDTSTART;TZID=America/New_York:20260902T121500\r\n"
        "RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=5\r\nEXDATE;TZID=America/New_York:20260916T121500"
    )
    moved = "UID:1\r\nRECURRENCE-ID:20260923T161500Z\r\nSUMMARY:Early Dismissal\r\nDTSTART:20260924T161500Z"
    found, other = read(file(weekly, moved), "America/New_York", TODAY)
    assert [first.day for first, _ in found.spans] == [2, 9, 30]
    assert found.closes == time(12, 15)
    assert other.spans[0][0] == day("2026-09-24")
    assert other.closes == time(12, 15)


@pytest.mark.parametrize(
    ("start", "zone", "expected"),
    [
        ("DTSTART:20261013T030000Z", "America/New_York", "2026-10-12"),
        ("DTSTART:20261012T230000", "Europe/Berlin", "2026-10-12"),  # floating
        ("DTSTART;TZID=Asia/Tokyo:20261013T080000", "America/New_York", "2026-10-12"),
        ("DTSTART;TZID=Eastern Standard Time:20261012T080000", "America/New_York", "2026-10-12"),
        ("DTSTART;TZID=No/Where:20261012T080000", "America/New_York", "2026-10-12"),
    ],
)
def test_times_are_the_buildings(start: str, zone: str, expected: str) -> None:
    assert only(f"SUMMARY:No School\r\n{start}", zone).spans[0][0] == day(expected)


def test_first_and_last_day_make_a_term_and_nothing_comes_twice() -> None:
    events = read(
        file(
            "SUMMARY:First day of school\r\nDTSTART;VALUE=DATE:20260902",
            "SUMMARY:Last day of school\r\nDTSTART;VALUE=DATE:20270618",
            "SUMMARY:No School\r\nDTSTART;VALUE=DATE:20261012",
        ),
        "UTC",
        TODAY,
    )
    once = merged(Schedule(), events)
    assert [(term.first, term.last) for term in once.terms or []] == [(day("2026-09-02"), day("2027-06-18"))]
    assert merged(once, events) == once
    assert len(once.days) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<html>", "line 1"),
        (b"", "the file is empty"),
        (b" webcal://10.0.0.5/school.ics\n", "address, and none is fetched"),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x", "cut off"),
        (b"BEGIN:VCALENDAR\nEND:VEVENT\n", "line 2"),
        (b"BEGIN:VCALENDAR\nSUMMARY:\xff\n", "line 2 is not UTF-8"),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:X\n" * 9, "too deep"),
        (b" " * ((1 << 20) + 1), "1 MiB"),
        (file(*["DTSTART:20260101\r\nRRULE:FREQ=DAILY"] * 201), "recur"),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\nEND:VEVENT\n" * 5001, "5000"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_line(content: bytes, says: str) -> None:
    with pytest.raises(CalendarFileError, match=says):
        read(content, "UTC", TODAY)


@pytest.mark.parametrize(
    "event",
    ["SUMMARY:No School\r\nDTSTART:2026130", "SUMMARY:No School", "SUMMARY:No School\r\nDTSTART;VALUE=DATE:20261012\r\nRRULE:FREQ=SECONDLY",
     "SUMMARY:No School\r\nDTSTART;VALUE=DATE:20261012\r\nDTEND;VALUE=DATE:20291012",
     "SUMMARY:No School\r\nDTSTART;VALUE=DATE:20261012\r\nDTEND;VALUE=DATE:20261001",
     "SUMMARY:No School\r\nDTSTART;VALUE=DATE:20261012\r\nRRULE:FREQ=DAILY;INTERVAL=0"],
)  # fmt: skip
def test_an_event_that_cannot_be_read_is_named_and_the_others_go_on(event: str) -> None:
    bad, good = read(file(event, "SUMMARY:No School\r\nDTSTART;VALUE=DATE:20261012"), "UTC", TODAY)
    assert bad.note.startswith("line 3: ")
    assert bad.becomes is None
    assert good.becomes == "holiday"


@pytest.mark.parametrize(
    "rule", ["FREQ=DAILY", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;INTERVAL=7;BYDAY=MO;COUNT=999999"]
)
def test_an_endless_rule_is_bounded(rule: str) -> None:
    found = only(f"SUMMARY:No School\r\nDTSTART;VALUE=DATE:20260901\r\nRRULE:{rule}")
    assert len(found.spans) <= 561


_LINE = st.sampled_from(
    ["SUMMARY:No School", "DTSTART;VALUE=DATE:20261012", "DTSTART:20261012T000000Z", "DTEND:", "RRULE:FREQ=WEEKLY;BYDAY=9MO", "RRULE:;;=",
     "EXDATE:x", "EXDATE:20261012,20261013", "DURATION:P", "TZID;X=:", "BEGIN:VALARM", "END:VALARM", "RECURRENCE-ID:0", "RRULE:FREQ=MONTHLY;BYSETPOS=-1",
     "DTSTART:00010101T000000Z", "DTSTART:99991231", "DURATION:P99999999999W", " folded", "\t"],
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(st.lists(_LINE | st.text(max_size=40), max_size=12))
def test_whatever_stands_in_an_event_it_is_read_or_named(lines: list[str]) -> None:
    try:
        found = read(file("\r\n".join(lines)), "America/New_York", TODAY)
    except CalendarFileError:
        return
    for event in found:
        assert event.becomes or event.note


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=300))
def test_garbage_is_refused(content: bytes) -> None:
    with pytest.raises(CalendarFileError):
        read(content, "UTC", TODAY)


@pytest.mark.parametrize("start", ["2024-02-29", "2026-09-02", "2026-12-31"])
@pytest.mark.parametrize(
    "rule",
    ["FREQ=DAILY;INTERVAL=3", "FREQ=DAILY;BYDAY=MO,TU;COUNT=9", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", "FREQ=WEEKLY;COUNT=7", "FREQ=MONTHLY",
     "FREQ=MONTHLY;BYDAY=1MO,-1FR", "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=-1", "FREQ=MONTHLY;BYMONTHDAY=1,-1", "FREQ=YEARLY",
     "FREQ=YEARLY;BYMONTH=9;BYDAY=1MO", "FREQ=WEEKLY;WKST=SU;INTERVAL=2;BYDAY=SU,TU", "FREQ=WEEKLY;BYMONTH=1,2"],
)  # fmt: skip
def test_recurrence_is_what_dateutil_says(rule: str, start: str) -> None:
    first = day(start)
    begin = datetime(first.year, first.month, first.day)  # noqa: DTZ001
    end = begin + timedelta(days=900)
    expected = [at.date() for at in rrulestr(rule, dtstart=begin).between(begin, end, inc=True)]
    parts = {name: list(value.split(",")) for name, _, value in (part.partition("=") for part in rule.split(";"))}
    found = recurrence(first, parts).days(first, first + timedelta(days=900))
    assert found[0] == first  # RFC 5545: the first is always one; dateutil leaves out one that does not fit
    if expected[0] == first:
        assert found == expected
    elif "COUNT" not in parts:
        assert found[1:] == expected
