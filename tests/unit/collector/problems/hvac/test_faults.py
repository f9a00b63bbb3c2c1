"""Faults of equipment, one at a time; and what must open nothing."""

import numpy as np
import pytest

from collector.ingest.committed import Committed
from collector.problems.detector import World
from collector.problems.finding import Key
from collector.problems.hvac.detector import HvacFaults
from collector.problems.hvac.judge import FAULTS
from collector.problems.hvac.telling import place_of
from collector.problems.rules import load
from collector.problems.tuning import Scope, Setting
from tests.unit.collector.problems.hvac.conftest import GOOD, MINUTE, START, Bench

PLANT = Key("hvac.plant", "building:1")
CASES = {
    "fan stands": ({"AHU-1 SF-S": 0.0}, "hvac.fan.failed", 10),
    "both commanded": ({"AHU-1 HTG-VLV": 30.0}, "hvac.simultaneous", 45),
    "static low at full speed": ({"AHU-1 DSP": 250.0, "AHU-1 SF-SPD": 100.0}, "hvac.duct-static", 60),
    "static high": ({"AHU-1 DSP": 600.0}, "hvac.duct-static", 90),
    "cooling does not cool": ({"AHU-1 SA-T": 23.0}, "hvac.valve.stuck", 90),
    "supply too warm": ({"AHU-1 SA-T": 18.0}, "hvac.supply-temperature", 90),
    "heating valve leaks": ({"AHU-1 CLG-VLV": 0.0, "AHU-1 SA-T": 30.0}, "hvac.valve.leaking", 90),
    "cooling valve leaks": ({"AHU-1 CLG-VLV": 0.0}, "hvac.valve.leaking", 90),
    "mixed air impossible": ({"AHU-1 MA-T": 16.0}, "hvac.sensor", 100),
    "damper stuck open": ({"AHU-1 OA-T": 33.0, "AHU-1 MA-T": 32.0}, "hvac.damper", 100),
    "economiser not used": ({"AHU-1 OA-T": 10.0, "AHU-1 MA-T": 20.0}, "hvac.economiser", 90),
    "runs while empty": ({"AHU-1 OCC": 0.0}, "hvac.off-hours", 120),
}


def test_what_works_well_opens_nothing(handler: Bench) -> None:
    assert handler.rules(150) == set()


@pytest.mark.parametrize("case", CASES)
def test_fault(handler: Bench, case: str) -> None:
    """Found in time, told by the point that it is about, and over once it is mended."""
    changed, rule, limit = CASES[case]
    handler.run(40)
    handler.values.update(changed)
    found = {finding.key.rule: finding for finding in handler.run(limit)}
    assert rule in found
    finding = found[rule]
    assert finding.evidence["roles"].startswith("suggested")
    assert finding.words["what"].startswith("AHU-1: ")
    assert handler.now - limit * MINUTE - 5 * MINUTE <= finding.since <= handler.now
    handler.values.update(GOOD)
    assert rule not in handler.rules(100)


@pytest.mark.parametrize("lost", ["AHU-1 MA-T", "AHU-1 SF-S", "AHU-1 SA-T"])
def test_what_is_unknown_is_no_finding(handler: Bench, lost: str) -> None:
    handler.values.update({"AHU-1 SA-T": 23.0, "AHU-1 MA-T": 16.0})
    handler.values[lost] = np.nan
    found = handler.run(90)
    assert all(handler.ids[lost] not in finding.evidence["points"].values() for finding in found)


def test_one_cause_explains_the_others(handler: Bench) -> None:
    handler.run(40)
    handler.values.update({"AHU-1 SA-T": 24.0, "AHU-1 CLG-VLV": 100.0})
    found = {finding.key.rule: finding for finding in handler.run(90)}
    assert found["hvac.supply-temperature"].cause == found["hvac.valve.stuck"].key
    assert found["hvac.valve.stuck"].cause is None


def test_fahrenheit_without_a_unit_is_understood() -> None:
    bench = Bench()
    bench.add({name: value * 1.8 + 32 if name.rpartition(" ")[2] in ("SA-T", "MA-T", "RA-T", "OA-T", "SP") else value for name, value in GOOD.items()}, unit="1")  # fmt: skip
    assert bench.rules(120) == set()
    bench.values["AHU-1 SA-T"] = 75.0
    found = bench.run(90)
    assert "hvac.valve.stuck" in {finding.key.rule for finding in found}
    assert all(finding.evidence["means"].get("supply_temp", 23.9) == pytest.approx(23.9, abs=0.1) for finding in found)


def test_late_and_future_samples_open_nothing(handler: Bench) -> None:
    handler.run(40)
    point = np.array([handler.ids["AHU-1 SF-S"]], np.int32)
    for offset in (-20, 30):
        times = np.array([handler.now + offset * MINUTE], np.int64)
        handler.detector.observe(Committed(handler.now, point, times, np.array([0.0])))
    assert handler.rules(5) == set()


def test_a_hole_of_hours_begins_anew(handler: Bench) -> None:
    handler.run(40)
    handler.values["AHU-1 SF-S"] = 0.0
    assert handler.rules(10) >= {"hvac.fan.failed"}
    handler.now += 180 * MINUTE
    handler.values["AHU-1 SF-S"] = 1.0
    assert handler.rules(2) == set()


def test_an_open_problem_survives_a_restart(handler: Bench) -> None:
    handler.values["AHU-1 SF-S"] = 0.0
    key = Key("hvac.fan.failed", f"point:{handler.ids['AHU-1 SF-S']}")
    handler.detector.seed(key, handler.now - 60 * MINUTE, handler.now)
    assert [finding.key for finding in handler.detector.findings(handler.now)] == [key]
    handler.values["AHU-1 SF-S"] = 1.0
    assert handler.rules(40) == set()


def test_stuck_sensor(handler: Bench) -> None:
    handler.run(40)
    handler.noise = 0.0
    frozen = handler.values.pop("AHU-1 RA-T")
    handler.noise = 0.01
    handler.ids["x"], handler.values["x"] = handler.ids["AHU-1 RA-T"], frozen
    assert "hvac.stuck-sensor" in handler.rules(230)


def test_rooms_and_freezers() -> None:
    bench = Bench()
    bench.add({"Rm 12 CO2": 900.0}, unit="[ppm]")
    bench.add({"Freezer 1 Temp": -18.0}, device=2, unit="Cel")
    assert bench.rules(60) == set()
    bench.values.update({"Rm 12 CO2": 1700.0, "Freezer 1 Temp": -9.0})
    found = {finding.key.rule: finding for finding in bench.run(20)}
    assert set(found) == {"hvac.cold-storage"}, (
        "air is used up when it was for half an hour, not at the end of a lesson"
    )
    found = {finding.key.rule: finding for finding in bench.run(15)}
    assert set(found) == {"hvac.cold-storage", "hvac.ventilation"}
    assert (
        found["hvac.cold-storage"]
        .words["what"]
        .endswith("the freezer is too warm (-9.0\u202f°C)".replace("-", "\u2212"))
    )


@pytest.mark.parametrize(("outdoor", "damper"), [(9.0, 72.0), (11.5, 87.0)])
def test_a_leaking_heating_valve_that_cooling_fights(handler: Bench, outdoor: float, damper: float) -> None:
    """Mixed air is as cold as supply air must be, by outdoor air alone; half of the cooling is for what leaks in behind it."""
    handler.values.update({"AHU-1 OA-T": outdoor, "AHU-1 OA-DPR": damper, "AHU-1 MA-T": 13.0, "AHU-1 CLG-VLV": 4.0})
    assert handler.rules(120) == set()
    handler.values["AHU-1 CLG-VLV"] = 45.0
    (found,) = handler.run(50)
    assert (found.key.rule, found.evidence["fault"]) == ("hvac.valve.leaking", "APAR10")
    handler.values.update({"AHU-1 OA-T": 16.0, "AHU-1 OA-DPR": 100.0, "AHU-1 MA-T": 16.0, "AHU-1 CLG-VLV": 60.0})
    handler.run(200)
    assert found.key in {each.key for each in handler.detector.findings(handler.now)} | handler.detector.held()


def test_cooling_with_the_damper_wide_open_is_integrated_economising(handler: Bench) -> None:
    handler.values.update({"AHU-1 OA-T": 14.0, "AHU-1 OA-DPR": 100.0, "AHU-1 MA-T": 13.9, "AHU-1 CLG-VLV": 35.0})
    assert handler.rules(120) == set()


def test_economising_at_little_damper_is_economising(handler: Bench) -> None:
    """In deep cold a third of outdoor air does all the cooling: the damper that is hardly open is no fault."""
    handler.values.update({"AHU-1 OA-T": -5.0, "AHU-1 OA-DPR": 36.0, "AHU-1 MA-T": 13.0, "AHU-1 CLG-VLV": 15.0})
    assert handler.rules(120) == set()


def test_a_full_classroom_is_no_fault() -> None:
    bench = Bench(noise=20.0)
    bench.add({"Rm 12 CO2": 1430.0}, unit="[ppm]")
    assert bench.rules(300) == set()


def test_plant_is_one_finding_with_its_zones() -> None:
    bench = Bench()
    bench.add({f"VAV-{number} ZN-T": 20.5 for number in range(1, 21)}, unit="Cel")
    bench.add({f"VAV-{number} ZN-SP": 21.0 for number in range(1, 21)}, unit="Cel")
    bench.add({"BLR-1 Status": 1.0}, device=2, unit="1")
    assert bench.rules(40) == set()
    bench.values["BLR-1 Status"] = 0.0
    for _ in range(30):
        bench.values.update({name: value - 0.03 for name, value in bench.values.items() if name.endswith("ZN-T")})
        bench.run(1)
    (finding,) = bench.detector.findings(bench.now)
    assert (finding.key, len(finding.evidence["zones"])) == (Key("hvac.plant", "building:1"), 20)
    assert finding.evidence["means"]["fall_k"] > finding.evidence["limits"]["fall_k"]
    assert set(finding.evidence["means"]) == {"zone_temp", "fall_k"}


@pytest.mark.parametrize(("outdoor", "found"), [(20.0, set()), (2.0, {"hvac.plant"})])
def test_a_boiler_that_is_locked_out_on_a_warm_day_has_not_failed(outdoor: float, found: set[str]) -> None:
    bench = Bench()
    bench.add({f"VAV-{number} ZN-T": 20.5 for number in range(1, 9)}, unit="Cel")
    bench.add({f"VAV-{number} ZN-SP": 21.0 for number in range(1, 9)}, unit="Cel")
    bench.add({"BLR-1 Status": 0.0, "BLR-1 Command": 0.0}, device=2, unit="1")
    bench.add({"OAT": outdoor}, device=3, unit="Cel")
    bench.run(40)
    for _ in range(40):
        bench.values.update({name: value - 0.03 for name, value in bench.values.items() if name.endswith("ZN-T")})
        bench.run(1)
    assert {each.key.rule for each in bench.detector.findings(bench.now)} == found


def test_a_boiler_that_has_just_started_is_given_time() -> None:
    """In the evening of a warm day it is told to run, its water is still cold and the rooms get cooler."""
    bench = Bench()
    bench.add({f"VAV-{number} ZN-T": 21.0 for number in range(1, 9)}, unit="Cel")
    bench.add({f"VAV-{number} ZN-SP": 21.0 for number in range(1, 9)}, unit="Cel")
    bench.add({"BLR-1 Status": 0.0, "BLR-1 Command": 0.0}, device=2, unit="1")
    bench.add({"BLR-1 HWS-T": 22.0, "OAT": 18.0}, device=2, unit="Cel")
    bench.run(40)
    bench.values.update({"BLR-1 Status": 1.0, "BLR-1 Command": 1.0})
    for minute in range(40):
        bench.values.update({name: value - 0.03 for name, value in bench.values.items() if name.endswith("ZN-T")})
        bench.values["BLR-1 HWS-T"] = min(22.0 + 0.5 * minute, 70.0)
        assert not bench.run(1)


@pytest.mark.parametrize(
    ("device", "said"), [("AHU 1", ""), ("AHU-1 (gym)", ""), ("AHU 12", "AHU-1: "), ("JACE", "AHU-1: ")]
)
def test_a_device_that_is_the_equipment_is_named_once(handler: Bench, device: str, said: str) -> None:
    handler.world.devices[1].name = device
    handler.values["AHU-1 SF-S"] = 0.0
    (found,) = handler.run(10)
    assert found.words["what"] == f"{said}the supply fan is told to run and stands"


def test_air_that_is_not_warmed_is_the_symptom_of_the_boiler(handler: Bench) -> None:
    handler.add({"BLR-1 Status": 1.0, "BLR-1 Command": 1.0}, device=2, unit="1")
    handler.values.update({"AHU-1 OA-T": 2.0, "AHU-1 CLG-VLV": 0.0, "AHU-1 OA-DPR": 50.0})
    handler.run(40)
    handler.values.update({"BLR-1 Status": 0.0, "AHU-1 SA-T": 9.0, "AHU-1 MA-T": 8.5, "AHU-1 HTG-VLV": 100.0})
    found = {finding.key.rule: finding for finding in handler.run(100)}
    boiler = found.pop("hvac.boiler.failed")
    assert {"hvac.valve.stuck", "hvac.supply-temperature"} <= found.keys()
    assert {finding.cause for finding in found.values()} == {boiler.key}


def test_every_rule_of_the_detector_is_in_the_book() -> None:
    book = load()
    assert not book.refused
    assert {name for name in book.rules if name.startswith("hvac.")} == HvacFaults.rules


def test_the_value_is_told_in_the_unit_of_its_point() -> None:
    bench = Bench()
    bench.add({"Freezer 1 Temp": 20.0}, unit="[degF]")
    (finding,) = bench.run(20)
    assert finding.value == pytest.approx(20.0, abs=0.01)
    assert finding.evidence["means"]["freezer_temp"] == pytest.approx(-6.67, abs=0.01)


def test_what_a_person_confirms_is_judged_by_from_then_on(handler: Bench) -> None:
    handler.add({"Mystery 7": 22.0}, unit="Cel")
    handler.run(5)
    handler.world.roles = {handler.ids["Mystery 7"]: "freezer_temp", handler.ids["AHU-1 SF-S"]: None}
    handler.values["AHU-1 SF-S"] = 0.0
    found = {finding.key.rule: finding for finding in handler.run(15)}
    assert set(found) == {"hvac.cold-storage"}
    assert found["hvac.cold-storage"].evidence["roles"] == "confirmed"


def test_what_is_judged_by_day_is_one_problem_from_day_to_day(handler: Bench) -> None:
    """By night it is neither found nor over; in the morning it is the same, and once it works well it is over."""
    handler.run(40)
    handler.values.update({"AHU-1 SA-T": 23.0})
    (first,) = (finding for finding in handler.run(90) if finding.key.rule == "hvac.valve.stuck")
    assert first.key not in handler.detector.held()
    handler.values.update(
        {"AHU-1 OCC": 0.0, "AHU-1 SF-C": 0.0, "AHU-1 SF-S": 0.0, "AHU-1 SF-SPD": 0.0, "AHU-1 DSP": 0.0}
    )
    assert first.key not in {finding.key for finding in handler.run(14 * 60)}
    assert first.key in handler.detector.held()
    handler.values.update({**GOOD, "AHU-1 SA-T": 23.0})
    (again,) = (finding for finding in handler.run(90) if finding.key.rule == "hvac.valve.stuck")
    assert (again.key, again.since) == (first.key, first.since)
    handler.values.update(
        {"AHU-1 OCC": 0.0, "AHU-1 SF-C": 0.0, "AHU-1 SF-S": 0.0, "AHU-1 SF-SPD": 0.0, "AHU-1 DSP": 0.0}
    )
    handler.run(14 * 60)
    handler.values.update(GOOD)
    assert handler.rules(100) == set()
    assert not handler.detector.held()


def test_what_nobody_can_tell_is_held_over_breaks_and_over_after_three_school_days(handler: Bench) -> None:
    handler.run(40)
    handler.values.update({"AHU-1 SA-T": 23.0})
    handler.run(90)
    handler.values = {"AHU-1 OA-T": 10.0}
    handler.run(120)
    held = handler.detector.held()
    assert held
    lasting = handler.detector.judge.lasting
    lasting._judged -= 16 * 24 * 60  # a winter's break, as it is counted: by the clock, and by minutes with school in
    handler.run(2)
    assert handler.detector.held() == held
    lasting._lost += 3 * 12 * 60
    handler.run(2)
    assert not handler.detector.held()


def test_minutes_with_school_in_are_counted_where_the_equipment_is_heard(handler: Bench) -> None:
    handler.run(40)
    handler.values.update({"AHU-1 SA-T": 23.0})
    (found,) = (finding for finding in handler.run(90) if finding.key.rule == "hvac.valve.stuck")
    row, column = place_of(found.key, FAULTS, handler.detector.judge.layout)
    handler.values.update({"AHU-1 SA-T": np.nan})
    handler.run(60)
    lost = handler.detector.judge.lasting._lost[row, column]
    assert 30 < lost <= 60
    handler.values = dict.fromkeys(GOOD, np.nan)
    handler.run(60)
    assert handler.detector.judge.lasting._lost[row, column] <= lost + 20
    handler.now = START + 4 * 24 * 60 * MINUTE  # Saturday
    handler.values = {"AHU-1 OA-T": 10.0}
    handler.run(60)
    assert handler.detector.judge.lasting._lost[row, column] <= lost + 20
    assert found.key in handler.detector.held()


def test_a_building_is_warmed_up_for_school(handler: Bench) -> None:
    """Hours before school on a school day that is no off-hours running; on a Saturday it is."""
    handler.values["AHU-1 OCC"] = 0.0
    handler.now = START + (24 - 8) * 60 * MINUTE
    assert handler.rules(180) == set()
    handler.now = START + (4 * 24 - 8) * 60 * MINUTE
    assert handler.rules(180) == {"hvac.off-hours"}


def test_a_building_that_gets_cold_is_the_symptom_of_its_boiler() -> None:
    bench = Bench()
    bench.add({f"VAV-{number} ZN-T": 20.5 for number in range(1, 9)}, unit="Cel")
    bench.add({f"VAV-{number} ZN-SP": 21.0 for number in range(1, 9)}, unit="Cel")
    bench.add({"BLR-1 Status": 1.0, "BLR-1 Command": 1.0}, device=2, unit="1")
    bench.run(40)
    bench.values["BLR-1 Status"] = 0.0
    for _ in range(40):
        bench.values.update({name: value - 0.03 for name, value in bench.values.items() if name.endswith("ZN-T")})
        found = {finding.key.rule: finding for finding in bench.run(1)}
    assert found["hvac.plant"].cause == found["hvac.boiler.failed"].key


@pytest.mark.parametrize("command", [1.0, None])
def test_a_cold_building_waits_for_the_verdict_on_its_boiler_where_there_will_be_one(command: float | None) -> None:
    """On a cold morning its zones fall already when the boiler stops: that is found first, and speaks for the building."""
    bench = Bench()
    bench.add({f"VAV-{number} ZN-T": 20.5 for number in range(1, 9)}, unit="Cel")
    bench.add({f"VAV-{number} ZN-SP": 21.0 for number in range(1, 9)}, unit="Cel")
    bench.add({"BLR-1 Status": 1.0} | ({} if command is None else {"BLR-1 Command": command}), device=2, unit="1")
    bench.add({"OAT": 0.0}, device=3, unit="Cel")
    _fall(bench, 40)
    bench.values["BLR-1 Status"] = 0.0
    first: dict[str, int] = {}
    for minute in range(20):
        _fall(bench, 1)
        for found in bench.detector.findings(bench.now):
            first.setdefault(found.key.rule, minute)
    boiler, plant = first.get("hvac.boiler.failed"), first["hvac.plant"]
    if command is None:
        assert boiler is None
        assert plant <= 5
    else:
        assert boiler is not None
        assert boiler < plant <= 15


def _cold_building(zones: int = 8) -> Bench:
    """Its boiler stands and its zones fall, and that is found."""
    bench = Bench()
    bench.add({f"VAV-{number} ZN-T": 20.5 for number in range(1, zones + 1)}, unit="Cel")
    bench.add({f"VAV-{number} ZN-SP": 21.0 for number in range(1, zones + 1)}, unit="Cel")
    bench.add({"BLR-1 Status": 0.0, "BLR-1 Command": 1.0}, device=2, unit="1")
    _fall(bench, 45)
    assert PLANT in {each.key for each in bench.detector.findings(bench.now)}
    return bench


def _fall(bench: Bench, minutes: int) -> None:
    for _ in range(minutes):
        bench.values.update({name: value - 0.03 for name, value in bench.values.items() if name.endswith("ZN-T")})
        bench.run(1)


def test_a_building_that_gets_cold_is_held_over_a_silence_and_found_again() -> None:
    bench = _cold_building()
    (first,) = (each for each in bench.detector.findings(bench.now) if each.key == PLANT)
    bench.now += 180 * MINUTE
    bench.run(1)
    assert PLANT in bench.detector.held()
    _fall(bench, 20)
    assert PLANT in bench.detector.held()
    _fall(bench, 25)
    (again,) = (each for each in bench.detector.findings(bench.now) if each.key == PLANT)
    assert again.since == first.since
    assert PLANT not in bench.detector.held()


def test_a_building_that_is_warm_after_a_silence_is_over_once_it_was_seen_to_be() -> None:
    bench = _cold_building()
    bench.now += 180 * MINUTE
    bench.values["BLR-1 Status"] = 1.0
    bench.run(50)
    assert PLANT in bench.detector.held()
    bench.run(15)
    assert PLANT not in {each.key for each in bench.detector.findings(bench.now)} | bench.detector.held()


def test_zones_that_are_not_heard_for_an_hour_end_nothing() -> None:
    """The building's controllers alone: its boiler is heard all the while."""
    bench = _cold_building()
    before = dict(bench.values)
    bench.values = {"BLR-1 Status": 0.0, "BLR-1 Command": 1.0}
    bench.run(90)
    bench.values = before
    bench.run(40)
    assert PLANT in {each.key for each in bench.detector.findings(bench.now)} | bench.detector.held()
    bench.run(30)
    assert PLANT not in {each.key for each in bench.detector.findings(bench.now)} | bench.detector.held()


def test_the_limits_of_rooms_and_cold_storage_are_those_of_their_device() -> None:
    book = load()
    bench = Bench(World(book))
    for device, freezer in ((2, "Freezer 1 Temp"), (3, "Freezer 2 Temp")):
        bench.add({freezer: -12.0}, device=device, unit="Cel")
    bench.add({"Walk-in Cooler Temp": 6.0}, device=4, unit="Cel")
    bench.add({"Rm 12 CO2": 1300.0}, device=5, unit="[ppm]")
    assert {finding.device for finding in bench.run(40)} == {2, 3}
    book.tune(
        [
            Setting("hvac.cold-storage", Scope(device=2), {"freezer_above": -8}),
            Setting("hvac.cold-storage", Scope(building=1), {"cooler_above": 5.5}),
            Setting("hvac.ventilation", Scope(), {"co2_above": 1200}),
        ]
    )
    found = {finding.device: finding for finding in bench.run(80)}
    assert found.keys() == {3, 4, 5}
    assert found[4].evidence["limits"] == {"above_c": 5.5}
    assert found[5].evidence["limits"] == {"ppm": 1200}


def test_the_limits_of_the_rules_are_those_of_the_table() -> None:
    """They stand in the rules' file for people, and beside their source."""
    book = load()
    for fault in FAULTS:
        assert not fault.key or [book.rules[fault.rule].limits[fault.key]] == list(fault.limits.values()), fault.code
