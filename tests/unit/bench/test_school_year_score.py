"""The score of the simulated year: what counts as found, as named first, as told for nothing."""

from collections.abc import Sequence

import pytest

from tests.bench.school_year.day import MINUTE
from tests.bench.school_year.district import fleet
from tests.bench.school_year.faults.doing import Injected
from tests.bench.school_year.faults.rows import Row, Step
from tests.bench.school_year.score import Score, score
from tests.bench.school_year.told import Told

FLEET = fleet(1)
START = 1_760_000_000_000
SWITCH, CAMERA = FLEET.of(0, "switch-1").id, FLEET.of(0, "camera-1").id


def fault(**more) -> Row:
    return Row(**{
        "id": "T1", "what": "a switch is down", "do": [Step(how="down", on=["switch-1"], behind=True)],
        "expect": ["device.unreachable"], "root": "switch-1", "within": "3m", "lasts": "30m", **more,
    })  # fmt: skip


def problem(rule: str, device: int | None, minutes: float, **more) -> Told:
    at = START + round(minutes * MINUTE)
    return Told(**{
        "id": len(rule) * 1000 + round(minutes * 10), "rule": rule, "subject": f"device:{device}", "severity": "major", "title": rule,
        "building": 1, "device": device, "at": at, "since": at, "symptom": False, "messages": 1, "over": 0, "cause": None, **more,
    })  # fmt: skip


def judged(told: Sequence[Told], row: Row | None = None) -> Score:
    row = row or fault()
    return score(list(told), [Injected(row, 0, START, START + row.lasts_ms, 0)], [], FLEET, 7, 60.0)


DOWN = problem("device.unreachable", SWITCH, 2)


def test_a_fault_that_is_told_in_time_at_its_root_is_found() -> None:
    [one] = judged([DOWN]).outcomes
    assert (one.found, one.first, one.delay, one.problems, one.messages, one.why) == (True, True, 2 * MINUTE, 1, 1, "")


@pytest.mark.parametrize(
    ("told", "found", "first", "why"),
    [
        ([], False, False, "not found; instead: nothing"),
        ([problem("device.unreachable", SWITCH, 4)], False, True, "4 min, limit 3"),
        ([problem("device.unreachable", CAMERA, 2)], False, False, "not found"),
        ([problem("network.cpu.high", SWITCH, 2)], False, False, "not found"),
        ([problem("device.unreachable", SWITCH, 2, symptom=True)], False, False, "not found"),
        ([problem("network.cpu.high", SWITCH, 1, title="40 events a second"), DOWN], True, False, "first told"),
        ([DOWN, problem("device.unreachable", CAMERA, 3)], True, True, "2 problems, 2 messages, most 1"),
    ],
)
def test_what_is_amiss_is_said(told: list[Told], found: bool, first: bool, why: str) -> None:
    [one] = judged(told).outcomes
    assert (one.found, one.first) == (found, first)
    assert one.why.startswith(why)


def test_of_two_faults_at_once_both_must_be_found() -> None:
    row = fault(second={"expect": ["hvac.fan*"], "root": "rtu-1"}, most=2)
    fan = problem("hvac.fan.failed", FLEET.of(0, "rtu-1").id, 3)
    assert [one.found for one in judged([DOWN, fan], row).outcomes] == [True]
    [one] = judged([DOWN], row).outcomes
    assert (one.found, one.why) == (False, "second fault not found (['hvac.fan*'])")


def test_an_upheaval_bears_an_info_and_nothing_above() -> None:
    quiet = fault(expect=[], root="")
    info = problem("host.clock.unsynchronised", SWITCH, 2, severity="info")
    assert [one.why for one in judged([info], quiet).outcomes] == [""]
    noisy = judged([DOWN], quiet)
    assert noisy.outcomes[0].why
    assert noisy.figures()["year.upheavals_quiet_percent"] == 0


def test_what_no_row_explains_is_told_for_nothing() -> None:
    later = problem("hvac.ventilation", CAMERA, 300, severity="critical")
    found = judged([DOWN, later])
    assert found.false == [later]
    weeks = len(FLEET.placed)
    assert found.figures()["year.false_per_device_week"] == round(1 / weeks, 5)
    assert found.figures()["year.false_told_per_device_week"] == round(1 / weeks, 5)
    assert found.figures()["year.false_critical_per_device_week"] == round(1 / weeks, 6)


def test_what_is_minor_counts_as_opened_for_nothing_though_it_waits_for_the_report() -> None:
    minor = problem("hvac.ventilation", CAMERA, 300, severity="minor")
    found = judged([DOWN, minor, problem("point.unusual", CAMERA, 300, severity="info")])
    assert (found.false, found.false_told) == ([minor], [])
    figures = found.figures()
    assert figures["year.false_per_device_week"] == round(1 / len(FLEET.placed), 5)
    assert figures["year.false_told_per_device_week"] == 0


def test_what_grew_into_another_was_found_when_it_came_and_counts_once() -> None:
    row = fault(expect=["printer.supply.*"], root="camera-1", least="info", within="1h")
    early = problem("printer.supply.falling", CAMERA, 40, severity="info", symptom=True, grew=True, messages=0)
    [one] = judged([early, problem("printer.supply.plunged", CAMERA, 90, severity="minor")], row).outcomes
    assert (one.found, one.delay, one.problems, one.why) == (True, 40 * MINUTE, 1, "")


def test_what_a_person_silenced_or_is_a_symptom_is_nothing_for_nothing() -> None:
    silent = problem("device.silent", CAMERA, 300, severity="minor", silenced=True, messages=0)
    folded = problem("device.unreachable", CAMERA, 301, symptom=True, messages=0)
    healed = problem("camera.blind.day", CAMERA, 302, severity="minor", messages=0)
    assert judged([DOWN, silent, folded, healed]).false == [healed]


def test_of_two_faults_that_overlap_each_answers_for_its_own() -> None:
    disk = Row(
        id="T2",
        what="a disk fills",
        do=[Step(how="add", on=["server"])],
        expect=["host.disk.*"],
        root="server",
        lasts="2d",
    )
    filling = problem("host.disk.full", FLEET.of(0, "server").id, 5)
    fleets = problem("group.fleet", None, 6, building=None, gathers=frozenset({CAMERA}))
    placed = [Injected(fault(), 0, START, START + 1_800_000, 0), Injected(disk, 0, START, START + disk.lasts_ms, 1)]
    found = score([DOWN, filling, fleets], placed, [], FLEET, 7, 60.0)
    assert [one.why for one in found.outcomes] == [
        "2 problems, 2 messages, most 1: device.unreachable[major] “device.unreachable”, group.fleet[major] “group.fleet”",
        "",
    ]
    assert found.false == []
