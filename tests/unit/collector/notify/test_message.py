"""What a person reads."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collector.notify.message import message

AT = datetime(2026, 11, 24, 13, 25, tzinfo=UTC)
ROW: dict[str, Any] = {
    "change": "opened", "title": "Lincoln MS: boiler is cold", "advice": "Light it.", "severity": "major",
    "building": "Lincoln MS", "building_id": 3, "device_id": None, "timezone": "America/Chicago",
    "opened_at": AT, "resolved_at": None, "reopened": 0,
}  # fmt: skip


def test_a_problem_says_where_how_urgent_since_when_and_what_to_do() -> None:
    text = message(ROW, "https://bell.example/")
    assert text.title == "Problem: Lincoln MS: boiler is cold"
    assert text.body.splitlines() == [
        "Lincoln MS: boiler is cold",
        "",
        "Building: Lincoln MS",
        "Severity: major: today",
        "Since: Tue 2026-11-24 07:25 CST",
        "",
        "Light it.",
        "",
        "https://bell.example/b/3",
    ]


def test_a_resolution_says_when_and_needs_no_advice() -> None:
    text = message(ROW | {"change": "resolved", "resolved_at": AT + timedelta(hours=1), "device_id": 7}, None)
    assert text.title == "Resolved: Lincoln MS: boiler is cold"
    assert "Resolved: Tue 2026-11-24 08:25 CST" in text.body.splitlines()
    assert "Light it." not in text.body


@pytest.mark.parametrize(
    ("zone", "at", "shown"),
    [
        ("America/Denver", AT - timedelta(days=150), "Sat 2026-06-27 07:25 MDT"),
        ("Europe/Berlin", AT, "Tue 2026-11-24 14:25 CET"),
        (None, AT, "Tue 2026-11-24 13:25 UTC"),
        ("Mars/Olympus", AT, "Tue 2026-11-24 13:25 UTC"),
        ("../../etc/passwd", AT, "Tue 2026-11-24 13:25 UTC"),
        ("", AT, "Tue 2026-11-24 13:25 UTC"),
    ],
)
def test_times_are_those_of_a_clock_on_the_buildings_wall(zone: str | None, at: datetime, shown: str) -> None:
    assert f"Since: {shown}" in message(ROW | {"timezone": zone, "opened_at": at}, None).body


@pytest.mark.parametrize(
    ("severity", "words"),
    [
        ("critical", "critical: act now"),
        ("major", "major: today"),
        ("minor", "minor: this week"),
        ("info", "for information"),
    ],
)
def test_severities_say_how_soon(severity: str, words: str) -> None:
    assert f"Severity: {words}\n" in message(ROW | {"severity": severity}, None).body


def test_a_flapping_one_says_so_and_when_it_is_told_of_again() -> None:
    again = message(ROW | {"change": "reopened", "reopened": 2}, None)
    assert again.title.startswith("Again: ")
    assert "came back" not in again.body
    last = message(ROW | {"change": "reopened", "reopened": 3}, None)
    assert "It came back 3 times. You are told again when it has stayed away for a quarter of an hour." in last.body
    over = message(ROW | {"change": "resolved", "reopened": 9, "resolved_at": AT}, None)
    assert "It came back 9 times." in over.body
    assert "told again" not in over.body


@pytest.mark.parametrize(
    ("row", "page"),
    [({"device_id": 7}, "/d/7"), ({}, "/b/3"), ({"building_id": None, "building": None}, "/")],
)
def test_the_link_leads_to_the_page_that_shows_it(row: dict[str, Any], page: str) -> None:
    assert message(ROW | row, "https://bell.example").body.endswith("\nhttps://bell.example" + page)
