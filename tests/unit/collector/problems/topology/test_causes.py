"""Whose symptom a finding is when its cause is switched off, or cannot be its cause: from what was found to what is opened."""

from collections.abc import Collection

import pytest

from collector.problems.engine import Engine
from collector.problems.finding import Finding, Key, subject_of
from collector.problems.fleet import Device
from collector.problems.plan import Live, Plan, plan
from collector.problems.rules import load
from collector.problems.topology.consequences import PROMOTE_MS
from collector.problems.topology.graph import PLANT, Edge
from collector.problems.tuning import Scope, Setting

NOW = 20_000 * 60_000
BOILER, AHU, ROOM, OTHER_BOILER = 1, 2, 3, 4


class School:
    """A boiler, an air handler and a room, and a boiler elsewhere; what its detectors find is judged as the loop judges it."""

    def __init__(self, *off: str, edges: Collection[Edge] = ()) -> None:
        self.engine = Engine(load(), NOW)
        for each in (BOILER, AHU, ROOM, OTHER_BOILER):
            building = 2 if each == OTHER_BOILER else 1
            self.engine.devices[each] = Device(each, "lincoln", None, True, 0, "ok", building)
        self.engine.judge.learn(edges)
        self.engine.world.book.tune([Setting(rule, Scope(), {"enabled": False}) for rule in off], [])

    def plan(self, *found: Finding, live: Collection[Live] = (), later: int = 0) -> Plan:
        """What is done of it, once whatever waits has waited."""
        stored = {each.key: each for each in live}
        passed = {each.key: each for each in self.engine.gate.passed(found, self.engine.devices, NOW)}
        self.engine.judge.sort(passed, stored, NOW)
        now = NOW + 10 * 60_000 + later
        return plan(stored, self.engine.judge.sort(passed, stored, now), self.engine, self.engine.world.book, now)


def fault(rule: str, device: int, cause: Key | None = None, code: str = "") -> Finding:
    key = Key(rule, subject_of("point", device))
    return Finding(key, NOW, "lincoln", device, device, evidence={"fault": code}, cause=cause)


BOILER_DOWN = fault("hvac.boiler.failed", BOILER)
PLANT_DOWN = Finding(Key("hvac.plant", "building:1"), NOW, "", building=1, cause=BOILER_DOWN.key)
NOT_HEATED = fault("hvac.valve.stuck", AHU, PLANT_DOWN.key, "FC5")
TOO_COLD = fault("hvac.supply-temperature", AHU, BOILER_DOWN.key, "FC7")
COLD_ROOM = fault("bacnet.zone.cold", ROOM)
HEATLESS = (BOILER_DOWN, PLANT_DOWN, NOT_HEATED, TOO_COLD, COLD_ROOM)


def causes(made: Plan) -> dict[str, str | None]:
    """What opens, and under what."""
    return {finding.key.rule: cause and cause.rule for finding, cause in made.open}


def test_without_heat_the_boiler_speaks_for_all_of_it() -> None:
    boiler = "hvac.boiler.failed"
    assert causes(School().plan(*HEATLESS)) == {
        boiler: None, "hvac.plant": boiler, "hvac.valve.stuck": "hvac.plant", "hvac.supply-temperature": boiler,
        "bacnet.zone.cold": boiler,
    }  # fmt: skip


def test_whose_cause_is_switched_off_stands_for_itself() -> None:
    assert causes(School("hvac.boiler.failed").plan(*HEATLESS)) == {
        "hvac.plant": None, "hvac.valve.stuck": "hvac.plant", "hvac.supply-temperature": "hvac.plant",
        "bacnet.zone.cold": "hvac.plant",
    }  # fmt: skip


def test_a_boiler_elsewhere_speaks_for_the_plant_that_it_heats() -> None:
    boiler = fault("hvac.boiler.failed", OTHER_BOILER)
    plant = Finding(PLANT_DOWN.key, NOW, "", building=1, cause=boiler.key)
    assert causes(School().plan(boiler, plant, COLD_ROOM))["bacnet.zone.cold"] == boiler.key.rule
    assert causes(School(boiler.key.rule).plan(plant, COLD_ROOM))["bacnet.zone.cold"] == "hvac.plant"


@pytest.mark.parametrize("cause", ["device.unusual", "hvac.sensor", "bacnet.alarms.many"])
def test_whatever_its_detector_names_is_no_cause_when_nobody_hears_of_it(cause: str) -> None:
    root = fault(cause, AHU)
    symptom = fault("hvac.damper", ROOM, root.key)
    assert causes(School().plan(root, symptom)) == {cause: None, "hvac.damper": cause}
    assert causes(School(cause).plan(root, symptom)) == {"hvac.damper": None}


def test_a_symptom_is_a_problem_of_its_own_once_its_cause_is_switched_off() -> None:
    symptom = fault("hvac.damper", ROOM, fault("hvac.sensor", AHU).key)
    stored = Live(2, symptom.key, "minor", "lincoln", ROOM, cause=1, cause_resolved_at=NOW)
    made = School("hvac.sensor").plan(fault("hvac.sensor", AHU), symptom, live=[stored], later=PROMOTE_MS)
    assert [(problem, cause) for problem, _, cause in made.move] == [(stored, None)]


def test_a_cause_that_is_open_and_cannot_be_judged_now_is_one_still() -> None:
    stored = Live(1, BOILER_DOWN.key, "major", "lincoln", BOILER)
    assert causes(School().plan(TOO_COLD, live=[stored])) == {"hvac.supply-temperature": "hvac.boiler.failed"}


@pytest.mark.parametrize("edges", [(), [Edge(AHU, BOILER, PLANT), Edge(ROOM, AHU, PLANT)]])
def test_what_is_too_warm_does_not_lack_heat(edges: Collection[Edge]) -> None:
    warm = fault("hvac.supply-temperature", AHU, code="FC13")
    found = causes(School(edges=edges).plan(BOILER_DOWN, warm))
    assert found == {"hvac.boiler.failed": None, "hvac.supply-temperature": None}
    cold = fault("hvac.supply-temperature", AHU, code="FC7")
    assert causes(School(edges=edges).plan(BOILER_DOWN, cold))["hvac.supply-temperature"] == "hvac.boiler.failed"


AIR = fault("hvac.ventilation", ROOM)
MINUTES, HOURS = 60_000, 60 * 60_000


@pytest.mark.parametrize(
    ("cause", "symptom", "outlasts"),
    [
        ("hvac.fan.failed", AIR, 60 * MINUTES),
        ("hvac.fan.failed", COLD_ROOM, 3 * HOURS),
        ("hvac.boiler.failed", COLD_ROOM, 3 * HOURS),
        ("hvac.plant", TOO_COLD, 3 * HOURS),
        ("hvac.boiler.failed", NOT_HEATED, 3 * HOURS),
        ("hvac.boiler.failed", AIR, PROMOTE_MS),
        ("device.unreachable", COLD_ROOM, PROMOTE_MS),
    ],
)
def test_air_and_rooms_have_their_time_after_their_cause_is_gone(cause: str, symptom: Finding, outlasts: int) -> None:
    ended = NOW + 10 * 60_000
    stored = Live(2, symptom.key, "minor", "lincoln", ROOM, 1, ended, cause_rule=cause, cause_device=AHU)
    assert not School().plan(symptom, live=[stored], later=outlasts - 1).move
    (moved,) = School().plan(symptom, live=[stored], later=outlasts).move
    assert (moved[0], moved[2]) == (stored, None)
    assert School(cause).plan(symptom, live=[stored], later=PROMOTE_MS).move  # switched off, it has not ended


def test_what_outlasts_its_cause_goes_to_the_next_at_once() -> None:
    again = fault("hvac.fan.failed", AHU)
    live = [
        Live(2, AIR.key, "minor", "lincoln", ROOM, 1, NOW + 10 * 60_000, cause_rule=again.key.rule, cause_device=AHU),
        Live(3, again.key, "major", "lincoln", AHU),
    ]
    assert [cause for _, _, cause in School().plan(AIR, again, live=live, later=PROMOTE_MS).move] == [again.key]


def test_cooling_that_does_not_cool_does_not_lack_heat() -> None:
    warm = fault("hvac.valve.stuck", AHU, code="FC12")
    assert causes(School().plan(BOILER_DOWN, warm)) == {"hvac.boiler.failed": None, "hvac.valve.stuck": None}
