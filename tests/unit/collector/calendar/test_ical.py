"""Calendar files as schools export them, and files that mean harm."""

from datetime import date, datetime, time, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.calendar.ical import CalendarFileError, Event, read
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


@pytest.mark.parametrize(
    ("start", "rule", "last"),
    [
        (";TZID=America/Chicago:20260909T130000", "FREQ=WEEKLY;WKST=SU;UNTIL=20260930T045959Z;BYDAY=WE", "2026-09-23"),
        (";TZID=America/Chicago:20260909T130000", "FREQ=WEEKLY;UNTIL=20260930T180000Z", "2026-09-30"),
        (";TZID=America/Chicago:20260909T130000", "FREQ=WEEKLY;UNTIL=20260930T175959Z", "2026-09-23"),
        (";TZID=America/Chicago:20260909T130000", "FREQ=WEEKLY;UNTIL=20260930T125959", "2026-09-23"),
        (";TZID=America/Chicago:20260909T130000", "FREQ=WEEKLY;UNTIL=20260930", "2026-09-30"),
        (":20260909T180000Z", "FREQ=WEEKLY;UNTIL=20260930T045959Z", "2026-09-23"),
        (":20260909T130000", "FREQ=WEEKLY;UNTIL=20260930T045959Z", "2026-09-23"),
        (";VALUE=DATE:20260909", "FREQ=WEEKLY;UNTIL=20260930", "2026-09-30"),
        (";VALUE=DATE:20260909", "FREQ=WEEKLY;UNTIL=20260930T000000Z", "2026-09-30"),  # a day, by who writes no days
        (";VALUE=DATE:20260909", "FREQ=WEEKLY;UNTIL=20260930T045959Z", "2026-09-23"),
    ],
)
def test_until_is_the_buildings_time(start: str, rule: str, last: str) -> None:
    found = only(f"SUMMARY:Early dismissal\r\nDTSTART{start}\r\nRRULE:{rule}", "America/Chicago")
    assert found.spans[-1][0] == day(last)
    assert all(first.weekday() == 2 for first, _ in found.spans)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("DTSTART;TZID=America/Chicago:20261125T000000", "DTEND;TZID=America/Chicago:20261126T000000"),
        ("DTSTART;TZID=America/Chicago:20261125T000000", "DTEND;TZID=America/Chicago:20261125T235900"),
        ("DTSTART;TZID=America/Chicago:20261125T000000", "DURATION:P1D"),
        ("DTSTART:20261125T060000Z", "DTEND:20261126T060000Z"),
        ("DTSTART:20261125T000000", "X-NO:END"),
        ("DTSTART:20261125T000000Z", "DTEND:20261126T000000Z"),
        ("DTSTART;TZID=America/New_York:20261125T000000", "DTEND;TZID=America/New_York:20261126T000000"),
        ("DTSTART;VALUE=DATE:20261125", "DTEND;VALUE=DATE:20261126"),
        ("DTSTART;VALUE=DATE:20261125", "DTEND;VALUE=DATE:20261125"),
    ],
)
def test_from_midnight_to_midnight_is_a_whole_day(start: str, end: str) -> None:
    short = only(f"SUMMARY:Early dismissal\r\n{start}\r\n{end}", "America/Chicago")
    assert (short.spans, short.opens, short.closes) == (((day("2026-11-25"),) * 2,), None, None)
    assert short.sure
    off = only(f"SUMMARY:No School\r\n{start}\r\n{end}", "America/Chicago")
    assert off.sure
    assert off.spans == short.spans


def test_whole_days_in_utc_recur_on_their_days_in_winter_too() -> None:
    weekly = "UID:1\r\nDTSTART:20261007T050000Z\r\nDTEND:20261008T050000Z\r\nRRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=6\r\nEXDATE:20261014T050000Z"
    assert [first for first, _ in only(f"SUMMARY:Half day\r\n{weekly}", "America/Chicago").spans] == [
        date(2026, 10, 7), date(2026, 10, 21), date(2026, 10, 28), date(2026, 11, 4), date(2026, 11, 11),
    ]  # fmt: skip
    utc = "UID:2\r\nDTSTART:20261007T000000Z\r\nDTEND:20261008T000000Z\r\nRRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=3\r\nEXDATE:20261014T000000Z"
    moved = (
        "UID:2\r\nSUMMARY:Cancelled\r\nSTATUS:CANCELLED\r\nRECURRENCE-ID:20261021T000000Z\r\nDTSTART:20261021T000000Z"
    )
    found, _ = read(file(f"SUMMARY:Half day\r\n{utc}", moved), "America/Chicago", TODAY)
    assert found.spans == ((day("2026-10-07"),) * 2,)


@pytest.mark.parametrize(
    ("what", "days"),
    [
        ("RDATE;VALUE=DATE:20261126,20261127", [25, 26, 27]),
        ("RDATE;VALUE=DATE:20261126\r\nRDATE;VALUE=DATE:20261127\r\nEXDATE;VALUE=DATE:20261126", [25, 27]),
        ("RDATE;TZID=America/New_York:20261127T080000", [25, 27]),
        ("RDATE:20261128T030000Z", [25, 27]),
        ("RDATE;VALUE=PERIOD:20261126T140000Z/20261126T200000Z,20261127T140000Z/PT6H", [25, 26, 27]),
        ("RRULE:FREQ=DAILY;COUNT=2\r\nRDATE;VALUE=DATE:20261126,20261130", [25, 26, 30]),
        ("RDATE;VALUE=DATE:20261126,19990101,99991231", [25, 26]),
    ],
)
def test_dates_that_are_listed_are_days_too(what: str, days: list[int]) -> None:
    found = only(f"SUMMARY:No School\r\nDTSTART;VALUE=DATE:20261125\r\n{what}")
    assert [first.day for first, _ in found.spans] == days


@pytest.mark.parametrize("folded", [" End: 3 pm", " Begin: 8:00", "\tEND:VEVENT", " SUMMARY:Concert"])
def test_what_is_folded_is_text(folded: str) -> None:
    found = only(f"DESCRIPTION:Dismissal\r\n{folded}\r\nSUMMARY:No\r\n  School\r\nDTSTART;VALUE=DATE:20261012")
    assert (found.title, found.becomes) == ("No School", "holiday")


def test_a_long_description_hides_nothing() -> None:
    long = "DESCRIPTION:x\r\n" + " y\r\n" * 1000
    found = only(f"{long}SUMMARY:Presidents&#39; Day - No School\r\nDTSTART;VALUE=DATE:20261012")
    assert (found.title, found.becomes) == ("Presidents' Day - No School", "holiday")


def test_a_file_may_begin_with_blank_lines() -> None:
    assert read(b"\r\n" + file("SUMMARY:No School\r\nDTSTART;VALUE=DATE:20261012"), "UTC", TODAY)[0].line == 4


_EIGHT_THIRTY = (*[(time(8, 30), time(15, 15))] * 5, None, None)


@pytest.mark.parametrize(
    ("title", "times", "opens", "closes", "sure"),
    [
        ("2-hour delay", "", time(10, 30), None, True),
        ("Half Day", "080000/120000", None, time(12), True),
        ("Early dismissal", "130000/133000", None, time(13), True),
        ("Late Start", "083000/103000", time(10, 30), None, True),
        ("Late Start", "", None, time(15, 15), False),
        ("Early dismissal", "083000/153000", None, None, False),
        ("Half Day 8:30-11:45", "", None, time(11, 45), True),
    ],
)
def test_hours_are_those_of_the_place(
    title: str, times: str, opens: time | None, closes: time | None, sure: bool
) -> None:
    begin, _, end = times.partition("/")
    when = f"DTSTART:20261125T{begin}\r\nDTEND:20261125T{end}" if times else "DTSTART;VALUE=DATE:20261125"
    (found,) = read(file(f"SUMMARY:{title}\r\n{when}"), "America/Chicago", TODAY, _EIGHT_THIRTY)
    assert (found.becomes, found.opens, found.closes, found.sure) == ("half", opens, closes, sure)
    assert bool(found.note) is not sure


def test_what_says_nothing_of_school_is_not_called_unreadable() -> None:
    found = only("SUMMARY:Art exhibition\r\nDTSTART;VALUE=DATE:20260901\r\nDTEND;VALUE=DATE:20270601")
    assert found.note == "says nothing of school"


def test_no_school_for_some_hours_is_not_sure() -> None:
    assert not only("SUMMARY:No School\r\nDTSTART:20261012T080000\r\nDTEND:20261012T100000").sure


def test_what_is_tentative_is_not_sure() -> None:
    assert not only("SUMMARY:No School\r\nSTATUS:TENTATIVE\r\nDTSTART;VALUE=DATE:20261012").sure


def test_a_first_day_in_autumn_is_read_in_spring() -> None:
    event = file("SUMMARY:First day of school\r\nDTSTART;VALUE=DATE:20260824")
    assert read(event, "UTC", date(2027, 4, 1))[0].spans
    off = file("SUMMARY:No School\r\nDTSTART;VALUE=DATE:20260824")
    assert not read(off, "UTC", date(2027, 4, 1))[0].spans


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
     "EXDATE:x", "RDATE:x", "RDATE;VALUE=PERIOD:20261012T000000Z/PT1H", "RDATE:99991231T235959Z", "RRULE:FREQ=DAILY;UNTIL=00010101T000000Z", "EXDATE:20261012,20261013", "DURATION:P", "TZID;X=:", "BEGIN:VALARM", "END:VALARM", "RECURRENCE-ID:0", "RRULE:FREQ=MONTHLY;BYSETPOS=-1",
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
     "FREQ=MONTHLY;BYDAY=1MO,-1FR", "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=-1", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1", "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=-1", "FREQ=MONTHLY;BYMONTHDAY=1,-1", "FREQ=YEARLY",
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
