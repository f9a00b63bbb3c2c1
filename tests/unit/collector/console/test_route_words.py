"""Routes and heartbeats in words, and their forms read back."""

from datetime import UTC, datetime
from typing import Any

import pytest

from collector.calendar.school import SchoolCalendar
from collector.console.beat_words import asked, next_due, stands
from collector.console.route_words import Names, minute, minutes, quiet, route_of, then, when
from collector.problems.beats.beat import Beat, Report

NAMES = Names({1: "East"}, {5: "Dana"}, {7: "Office", 8: "On call"})
ROUTE: dict[str, Any] = {
    "severities": [], "buildings": [], "kinds": [], "during": "always", "tell": "now", "go_on": False,
    "steps": [{"after_min": 0, "school": False, "people": [], "channels": [7, 8]},
              {"after_min": 90, "school": True, "people": [5, 6], "channels": []}],
}  # fmt: skip


def test_a_route_in_words() -> None:
    assert when(ROUTE, NAMES) == "Every severity"
    assert when(ROUTE | {"severities": ["minor", "major"], "buildings": [1, 2], "during": "outside"}, NAMES) == (
        "Major or minor, at East or a building that is gone, while school is out"
    )
    assert then(ROUTE, NAMES) == [
        "At once: Office and On call",
        "90 minutes later, if nobody has it, in school hours: Dana and somebody who is gone",
    ]
    assert then(ROUTE | {"tell": "report"}, NAMES) == ["Nobody is sent a message; it is in the First Bell report."]


def test_a_form_is_a_route_with_its_steps_in_order() -> None:
    made = route_of(
        {"name": " Nights ", "tell": "now", "after1": "20", "after2": "10", "school2": "1"},
        {"channels0": ["7"], "people1": ["5"], "channels2": ["8"], "severities": ["major"]},
    )
    assert [(step["after_min"], step["school"]) for step in made["steps"]] == [(0, False), (10, True), (20, False)]
    assert (made["name"], made["severities"], made["go_on"]) == ("Nights", ["major"], False)
    with pytest.raises(ValueError, match="Step 2: 'soon' is no number of minutes"):
        route_of({"after1": "soon"}, {"people1": ["5"]})


@pytest.mark.parametrize(("text", "found"), [("22:00", 1320), ("", None), ("00:05", 5)])
def test_a_clock_time(text: str, found: int | None) -> None:
    assert minute(text) == found


@pytest.mark.parametrize("text", ["24:00", "12", "noon", "12:60"])
def test_what_is_no_clock_time(text: str) -> None:
    with pytest.raises(ValueError, match="Quiet hours"):
        minute(text)


@pytest.mark.parametrize(("count", "words"), [(1, "1 minute"), (90, "90 minutes"), (120, "2 hours"), (1440, "1 day")])
def test_minutes(count: int, words: str) -> None:
    assert minutes(count) == words


def test_quiet_hours() -> None:
    assert quiet({"quiet_from": None}) == "no quiet hours"
    assert "from 22:00 to 06:00 (UTC)" in quiet({"quiet_from": 1320, "quiet_to": 360, "timezone": "UTC"})


NOW = datetime(2026, 3, 3, 12, 25, tzinfo=UTC)
MS = round(NOW.timestamp() * 1000)
DAY = 86_400_000


def beat(*reports: Report, **more: Any) -> Beat:
    return Beat(1, "SIS", None, reports=reports, made_at=MS - 20 * DAY, **more)


def test_how_a_heartbeat_stands_and_when_it_is_due() -> None:
    calendar = SchoolCalendar()
    daily = [Report(MS - 3_600_000 - back * DAY, "ok", 1000) for back in range(12, -1, -1)]
    cases = [
        (beat(*daily, every_ms=DAY), ("ok", "Fine"), "missed if nothing comes by tomorrow 17:25"),
        (beat(*daily[:-4], every_ms=DAY), ("major", "Missing"), "was due"),
        (beat(*daily, Report(MS - 1000, "fail"), every_ms=DAY), ("major", "Failed"), "tomorrow"),
        (
            beat(*daily, Report(MS - 1000, "ok", 3), every_ms=DAY),
            ("minor", "3 rows instead of about 1,000 (-100 %)"),
            "tomorrow",
        ),
        (beat()._replace(made_at=MS), ("unknown", "Not heard yet"), "missed if nothing comes by "),
        (beat(), ("major", "Missing"), "was due"),
        (beat(*daily, paused=True), ("empty", "Paused"), "while it is paused"),
    ]
    for one, standing, words in cases:
        assert stands(one, calendar, MS) == standing
        assert words in next_due(one, calendar, NOW, UTC)


def test_what_a_form_asks_of_a_heartbeat() -> None:
    said = {
        "name": " A ",
        "building": "",
        "every": "86400",
        "school_days": "no",
        "grace": "1.5",
        "oldest": "36",
        "change": "",
    }
    made = asked(said)
    assert (made["name"], made["building"], made["every_s"], made["grace_s"]) == ("A", None, 86_400, 90)
    assert (made["school_days"], made["oldest_s"], made["change"]) == (False, 129_600, None)
    for bad in ("-1", "x", "nan", "1e400"):
        with pytest.raises(ValueError, match="Fewest rows"):
            asked({"least_rows": bad})
