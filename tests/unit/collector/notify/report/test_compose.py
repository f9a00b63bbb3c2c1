"""The words of the report: golden texts, and device text that stays data."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collector.notify.report.compose import Wanted, compose
from collector.notify.report.lines import Here, clock, lasted, line
from collector.notify.report.written import as_mail, as_text, written

NOW = 1_788_263_100_000  # Tuesday 1 September 2026, 06:45 in Chicago
HOUR = 3_600_000
DAY = date(2026, 9, 1)


def problem(title: str, severity: str = "major", ago: float = 4, **more: Any) -> dict[str, Any]:
    return {
        "kind": "problem", "id": 7, "title": title, "severity": severity, "state": "open", "opened": NOW - round(ago * HOUR),
        "resolved": None, "by": None, "silenced": False, "reopened": 0, "behind": 0, "unheard": False,
    } | more  # fmt: skip


def healed(title: str, ago: float, minutes: int, **more: Any) -> dict[str, Any]:
    return problem(title, "major", ago, state="resolved", resolved=NOW - round(ago * HOUR) + minutes * 60_000, **more)


def toner(days: float = 4, low: float = 3, high: float = 6) -> dict[str, Any]:
    return {
        "kind": "runs_out", "metric": "printer.supply.level", "name": "Black toner", "device": "Room 112", "room": "112",
        "unit": "school days", "days": days, "low": low, "high": high, "device_id": 3, "at": NOW + 6 * 24 * HOUR,
    }  # fmt: skip


def document(building: int | None = 1, name: str | None = "Lincoln MS", **sections: Any) -> dict[str, Any]:
    broken = sections.get("broken", [])
    numbers = {"devices": 40, "unreachable": 0, "unknown": 0, "agents": 1, "silent": 0, "complete_upto": NOW - 60_000}
    made: dict[str, Any] = {
        "version": 1, "building": building, "name": name, "timezone": "America/Chicago" if building else None,
        "school": sections.get("school", True), "made": NOW, "since": NOW - 24 * HOUR, "until": NOW + 12 * 24 * HOUR,
        "grave": sum(one["severity"] in ("critical", "major") for one in broken),
        "numbers": (numbers | sections.get("numbers", {})) if building else None,
    }  # fmt: skip
    for section in ("broken", "healed", "runs_out", "changed"):
        lines = sections.get(section, [])
        made[section] = {"count": sections.get(f"{section}_count", len(lines)), "lines": lines}
    made["broken"]["minor"] = sum(one["severity"] == "minor" for one in broken)
    return made


ADAMS = {"building": 2, "name": "Adams HS"}
SENTENCES: list[tuple[str, list[dict[str, Any]]]] = [
    ("Lincoln MS is ready for the first bell.", [document()]),
    ("Adams HS and Lincoln MS are ready for the first bell.", [document(**ADAMS), document()]),
    ("All 5 buildings are ready for the first bell.", [document(n, f"School {n}") for n in range(1, 6)]),
    ("Lincoln MS is ready for the first bell; 1 small thing can wait.",
     [document(broken=[problem("Lincoln MS: Room 112 is short of toner", "minor")])]),
    ("Lincoln MS is ready for the first bell.", [document(broken=[problem("Lincoln MS: A note", "info")])]),
    ("Nothing is broken at Lincoln MS.", [document(school=False)]),
    ("Nothing is watched at Lincoln MS yet.", [document(numbers={"devices": 0, "agents": 0})]),
    ("Nobody can tell how Lincoln MS is: its agent does not report.", [document(numbers={"silent": 1})]),
    ("1 thing is broken at Lincoln MS: IDF-2 does not answer (43 devices behind it).",
     [document(broken=[problem("Lincoln MS: IDF-2 does not answer", "critical", behind=43)])]),
    ("3 things are broken at Lincoln MS: Boiler is cold; Door 3 held open; and 1 more.",
     [document(broken=[problem("Lincoln MS: Boiler is cold", "critical"), problem("Lincoln MS: Door 3 held open", ago=9),
                       problem("Lincoln MS: Camera 1 does not answer", ago=2)])]),
    ("2 things are broken at Adams HS and Lincoln MS: Adams HS: Boiler is cold; Lincoln MS: Door 3 held open.",
     [document(**ADAMS, broken=[problem("Adams HS: Boiler is cold", "critical")]),
      document(broken=[problem("Lincoln MS: Door 3 held open")])]),
    ("1 thing is broken at Lincoln MS: Boiler is cold.",
     [document(**ADAMS), document(broken=[problem("Lincoln MS: Boiler is cold")])]),
    ("1 thing is broken: Channel Office takes no messages.",
     [document(None, None, broken=[problem("Channel Office takes no messages")]), document(**ADAMS), document()]),
    ("4 things are broken in 4 of 5 buildings: School 1: Cold; School 2: Cold; and 2 more.",
     [document(n, f"School {n}", broken=[problem(f"School {n}: Cold", ago=9 - n)] if n < 5 else []) for n in range(1, 6)]),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "documents"), SENTENCES, ids=[one[0][:60] for one in SENTENCES])
def test_the_first_sentence_says_it_all(expected: str, documents: list[dict[str, Any]]) -> None:
    assert compose(documents, Wanted(DAY)).sentence == expected


GOLDEN = """\
2 things are broken at Lincoln MS: IDF-2 does not answer (43 devices behind it); Boiler is cold.

Broken now
- IDF-2 does not answer (since 02:45 · 43 devices behind it out of reach · it came back once)
- Boiler is cold (since yesterday 18:45 · Dana is on it · silenced: nobody was told)
- Room 112 is short of toner (since Sun 06:45 · put off)

Broke and healed since yesterday 06:45
- Door 3 held open (yesterday 22:45 to yesterday 23:25 · 40 min · it came back 4 times)

Will run out by the end of next week
- Black toner, Room 112: 4 (3–6) school days left (until about Mon 7 Sep)

Changed since yesterday 06:45
- SIS export failed 2 times, the last at 05:45 (it has not worked since)
- IDF-2 has other firmware (1.2 → 1.3)
- 12 new devices (camera) (Camera 1, Camera 2, Camera 3, …)
- New (printer): Room 9
- Kim changed the routes (2 times) (05:45)
  and 3 more

40 devices · 1 out of reach · its agent reports · data complete up to 06:44

A note.

https://bell.example/reports/2026-09-01"""


def test_a_whole_report_as_plain_text() -> None:
    changed: list[dict[str, Any]] = [
        {"kind": "beat", "name": "SIS export", "times": 2, "at": NOW - HOUR, "fine": False},
        {"kind": "attribute", "device_id": 1, "device": "IDF-2", "name": "firmware", "before": "1.2", "value": "1.3", "at": NOW},
        {"kind": "devices", "of": "camera", "count": 12, "names": [f"Camera {n}" for n in (1, 2, 3, 4)], "ids": [1, 2, 3, 4]},
        {"kind": "devices", "of": "printer", "count": 1, "names": ["Room 9"], "ids": [9]},
        {"kind": "audit", "who": "Kim", "action": "routes.set", "target": "routes", "times": 2, "at": NOW - HOUR},
        {"kind": "agent", "name": "pi-7", "at": NOW},
    ]  # fmt: skip
    found = document(
        broken=[
            problem("Lincoln MS: IDF-2 does not answer", "critical", behind=43, reopened=1),
            problem("Lincoln MS: Boiler is cold", ago=12, by="Dana", state="acknowledged", silenced=True),
            problem("Lincoln MS: Room 112 is short of toner", "minor", 48, state="snoozed"),
        ],
        healed=[healed("Lincoln MS: Door 3 held open", 8, 40, reopened=4)],
        runs_out=[toner()],
        changed=changed,
        changed_count=8,
        numbers={"unreachable": 1},
    )
    text = written(compose([found], Wanted(DAY, notes=["A note."])), "https://bell.example/")
    assert text.body == GOLDEN
    assert text.title == (
        "Tue 1 Sep: 2 things are broken at Lincoln MS: IDF-2 does not answer (43 devices behind it); Boiler is cold."
    )


def test_a_message_fits_a_phone_and_says_how_many_more_there_are() -> None:
    many = [problem(f"Lincoln MS: Camera {n} does not answer", ago=n) for n in range(15)]
    report = compose([document(broken=many, broken_count=27)], Wanted(DAY))
    assert len(report.sections[0].lines) == 5
    assert report.sections[0].more == 22
    assert len(as_text(report).splitlines()) < 16


def test_calm_is_said_of_a_morning_with_nothing_to_tell_alone() -> None:
    assert compose([document()], Wanted(DAY)).calm
    assert not compose([document(runs_out=[toner()])], Wanted(DAY)).calm
    assert not compose([document(numbers={"silent": 1})], Wanted(DAY)).calm


def test_what_a_device_says_is_data() -> None:
    """No markup, no line of its own, no hidden direction."""
    evil = '<img src=x onerror="x">\n\u202egnp.exe'
    found = document(
        1,
        evil,
        broken=[problem(f"{evil}: {evil}")],
        runs_out=[toner() | {"name": evil, "device": evil * 50, "room": evil}],
    )
    report = compose([found], Wanted(DAY))
    html = as_mail(report, "https://bell.example")
    assert "<img" not in html
    assert "\u202e" not in html + as_text(report)
    assert len(as_text(report).splitlines()) == 9
    assert max(map(len, as_text(report).splitlines())) < 500


def test_a_mail_loads_nothing_and_runs_nothing() -> None:
    found = document(broken=[problem("Lincoln MS: Boiler is cold")], runs_out=[toner()])
    html = as_mail(compose([found], Wanted(DAY)), "https://bell.example")
    for banned in ("<script", "<img", "<link", "<style", "url(", "src=", "onclick"):
        assert banned not in html
    assert '<a href="https://bell.example/p/7"' in html


@pytest.mark.parametrize(("ms", "said"), [(0, "0 s"), (59_999, "59 s"), (720_000, "12 min"), (12_000_000, "3 h 20 min"),
                                          (187_200_000, "2 d 4 h"), (86_400_000, "1 d")])  # fmt: skip
def test_how_long_it_lasted(ms: int, said: str) -> None:
    assert lasted(ms) == said


def test_less_than_a_day_is_said_so_and_other_years_have_their_year() -> None:
    zone = ZoneInfo("America/Chicago")
    here = Here(NOW, zone, "Lincoln MS")
    assert line(toner(0.3, 0, 1), here).text == "Black toner, Room 112: less than a day left"
    assert clock(NOW - 365 * 24 * HOUR, NOW, zone) == "1 Sep 2025"
    assert clock(NOW - 30 * 24 * HOUR, NOW, zone) == "2 Aug 06:45"
