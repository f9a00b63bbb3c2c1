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
        "Since Tue 24 Nov 07:25 CST (major: today)",
        "",
        "Light it.",
        "",
        "Acknowledge: https://bell.example/p/61",
    ]


def test_a_resolution_says_when_and_needs_no_advice() -> None:
    text = message(ROW | {"change": "resolved", "resolved_at": AT + timedelta(hours=1), "device_id": 7}, None)
    assert text.title == "Resolved: Lincoln MS: boiler is cold"
    assert text.body == "It lasted 1 h: Tue 24 Nov 07:25 CST to 08:25 CST"


@pytest.mark.parametrize(
    ("lasted", "said"),
    [
        (timedelta(seconds=20), "1 min: Tue 24 Nov 07:25 CST to 07:25 CST"),
        (timedelta(minutes=59), "59 min: Tue 24 Nov 07:25 CST to 08:24 CST"),
        (timedelta(hours=2, minutes=10), "2 h 10 min: Tue 24 Nov 07:25 CST to 09:35 CST"),
        (timedelta(days=3, hours=4, minutes=5), "3 d 4 h: Tue 24 Nov 07:25 CST to Fri 27 Nov 11:30 CST"),
    ],
)
def test_a_resolution_says_how_long_it_lasted(lasted: timedelta, said: str) -> None:
    text = message(ROW | {"change": "resolved", "resolved_at": AT + lasted}, None)
    assert text.body == f"It lasted {said}"


OVER = ROW | {"change": "resolved", "resolved_at": AT + timedelta(hours=1)}


def test_a_resolution_names_who_said_so_and_what_its_reader_was_told_of_besides() -> None:
    covered = [{"title": f"Lincoln MS: camera {n} does not answer", "over": True} for n in range(7)]
    covered.append({"title": "Lincoln MS: printer does not answer", "over": False})
    text = message(OVER | {"covered": covered, "noted": {"who": "Kim", "note": "breaker 14"}}, None)
    assert text.body.splitlines()[1:] == [
        "Resolved by Kim: breaker 14",
        "Over with it:",
        *(f"- camera {n} does not answer" for n in range(5)),
        "- and 2 more",
        "Not over yet, you are told when it is:",
        "- printer does not answer",
    ]


def test_what_ends_with_its_rule_is_not_called_resolved() -> None:
    text = message(OVER | {"noted": {"who": None, "note": "its rule was switched off"}}, None)
    assert text.title == "No longer watched: Lincoln MS: boiler is cold"
    assert text.body.splitlines() == [
        "Since Tue 24 Nov 07:25 CST",
        "No more is told of it, because its rule was switched off. Whether it is over is not known.",
    ]


def test_what_has_grown_says_what_it_was_and_is_a_problem_to_whoever_hears_of_it_first() -> None:
    worse = ROW | {"change": "worsened", "severity": "critical", "noted": {"who": None, "note": "it was minor"}}
    text = message(worse, None)
    assert text.title == "Worse: Lincoln MS: boiler is cold"
    assert text.body.startswith("Since Tue 24 Nov 07:25 CST (critical: act now; it was minor)")
    assert message(worse | {"heard": False}, None).title == "Problem: Lincoln MS: boiler is cold"


def test_the_place_is_named_once() -> None:
    assert "Lincoln" not in message(ROW, None).body
    assert "\nAt Lincoln MS" in message(ROW | {"title": "Boiler is cold"}, None).body
    fleet = ROW | {"building": None, "title": "3 schools have the same fault", "places": ["Adams", "Lincoln", "Polk"]}
    assert "\nAt Adams, Lincoln and Polk\n" in message(fleet, None).body
    assert "\nAt 0, 1, 2, 3, 4 and 2 more\n" in message(fleet | {"places": [*"0123456"]}, None).body


def test_an_escalation_says_that_nobody_has_it() -> None:
    text = message(ROW | {"step": 1, "created_at": AT + timedelta(minutes=1)}, None)
    assert "Told at 07:26 CST, and nobody has acknowledged it: it comes to you next." in text.body.splitlines()


@pytest.mark.parametrize(
    ("zone", "at", "shown"),
    [
        ("America/Denver", AT - timedelta(days=150), "Sat 27 Jun 07:25 MDT"),
        ("Europe/Berlin", AT, "Tue 24 Nov 14:25 CET"),
        (None, AT, "Tue 24 Nov 13:25 UTC"),
        ("Mars/Olympus", AT, "Tue 24 Nov 13:25 UTC"),
        ("../../etc/passwd", AT, "Tue 24 Nov 13:25 UTC"),
        ("", AT, "Tue 24 Nov 13:25 UTC"),
    ],
)
def test_times_are_those_of_a_clock_on_the_buildings_wall(zone: str | None, at: datetime, shown: str) -> None:
    assert f"Since {shown} (major" in message(ROW | {"timezone": zone, "opened_at": at}, None).body


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
    assert f"({words})\n" in message(ROW | {"severity": severity}, None).body


def test_a_flapping_one_says_so_and_when_it_is_told_of_again() -> None:
    again = message(ROW | {"change": "reopened", "reopened": 2}, None)
    assert again.title.startswith("Again: ")
    assert "came back" not in again.body
    last = message(ROW | {"change": "reopened", "reopened": 3}, None)
    assert (
        "It comes and goes: it came back 3 times. The next message comes when it has stayed away for 15 minutes."
        in last.body
    )
    over = message(ROW | {"change": "resolved", "reopened": 9, "resolved_at": AT}, None)
    assert "it came back 9 times." in over.body
    assert "next message" not in over.body


def test_the_link_leads_to_the_page_where_one_acknowledges() -> None:
    assert message(ROW, "https://bell.example/").body.endswith("\nAcknowledge: https://bell.example/p/61")
    over = message(ROW | {"change": "resolved", "resolved_at": AT}, "https://bell.example")
    assert over.body.endswith("\nSee it: https://bell.example/p/61")


@pytest.mark.parametrize(
    ("row", "title"),
    [
        (
            {"behind": 43, "rule": "device.unreachable"},
            "Problem: Lincoln MS: boiler is cold; 43 devices behind it are out of reach",
        ),
        (
            {"behind": 1, "rule": "device.unreachable"},
            "Problem: Lincoln MS: boiler is cold; 1 device behind it is out of reach",
        ),
        ({"behind": 9, "rule": "agent.silent"}, "Problem: Lincoln MS: boiler is cold; 9 devices behind it are unknown"),
        ({"behind": 2}, "Problem: Lincoln MS: boiler is cold; 2 devices behind it are affected"),
        ({"behind": 9, "rule": "group.unreachable"}, "Problem: Lincoln MS: boiler is cold"),
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
        "device": None, "behind": 2, "opened": "2026-11-24T13:25:00.000Z", "resolved": None, "reopened": 0, "covered": [],
        "url": "https://bell.example/p/61",
    }  # fmt: skip
    assert key(ROW) == key(ROW | {"attempts": 3}) == "firstbell-01234567-5"
