"""What a person reads."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collector.notify.message import facts, key, message

AT = datetime(2026, 11, 24, 13, 25, tzinfo=UTC)
ROW: dict[str, Any] = {
    "change": "opened", "title": "Lincoln MS: boiler is cold", "advice": "Light it.", "severity": "major",
    "building": "Lincoln MS", "building_id": 3, "device_id": None, "timezone": "America/Chicago",
    "opened_at": AT, "resolved_at": None, "reopened": 0, "problem_id": 61, "rule": "test.rule", "step": 0, "behind": 0,
    "created_at": AT, "heard": True, "epoch": "0123456789", "id": 5, "device": None,
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
        "Acknowledge: https://bell.example/p/61",
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


def test_the_link_leads_to_the_page_where_one_acknowledges() -> None:
    assert message(ROW, "https://bell.example/").body.endswith("\nAcknowledge: https://bell.example/p/61")
    over = message(ROW | {"change": "resolved", "resolved_at": AT}, "https://bell.example")
    assert over.body.endswith("\nSee it: https://bell.example/p/61")


@pytest.mark.parametrize(
    ("row", "title"),
    [
        ({"behind": 43}, "Problem: Lincoln MS: boiler is cold; 43 devices behind it are out of reach"),
        ({"behind": 1}, "Problem: Lincoln MS: boiler is cold; 1 device behind it is out of reach"),
        ({"behind": 9, "rule": "agent.silent"}, "Problem: Lincoln MS: boiler is cold; 9 devices behind it are unknown"),
        ({"step": 1}, "Not taken yet: Lincoln MS: boiler is cold"),
        ({"change": "reopened", "heard": False}, "Problem: Lincoln MS: boiler is cold"),
    ],
)
def test_the_title_names_the_one_cause_and_what_is_behind_it(row: dict[str, Any], title: str) -> None:
    assert message(ROW | row, None).title == title


def test_facts_say_the_same_to_a_program() -> None:
    said = facts(ROW | {"behind": 2}, "https://bell.example")
    assert said["problem"] | {"title": "", "advice": ""} == {
        "id": 61, "rule": "test.rule", "severity": "major", "title": "", "advice": "", "building": {"id": 3, "name": "Lincoln MS"},
        "device": None, "behind": 2, "opened": "2026-11-24T13:25:00.000Z", "resolved": None, "reopened": 0,
        "url": "https://bell.example/p/61",
    }  # fmt: skip
    assert key(ROW) == key(ROW | {"attempts": 3}) == "firstbell-01234567-5"
