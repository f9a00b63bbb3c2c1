"""Zone temperatures and their setpoints, as integrators name them."""

import time

import pytest

from protocols.drivers.bacnet.setpoint import Pair, deviation, pairs


@pytest.mark.parametrize(
    ("temperature", "setpoint", "zone"),
    [
        ("AHU 1 Zone 3 ZN-T", "AHU 1 Zone 3 ZN-SP", "AHU 1 Zone 3"),
        ("Zone 3 Temp", "Zone 3 Setpoint", "Zone 3"),
        ("Zone 3 Temperature", "Zone 3 Temperature Setpoint", "Zone 3"),
        ("VAV-12 ZN-T", "VAV-12 ZN-SP", "VAV-12"),
        ("VAV_12_ZnTemp", "VAV_12_ZnTempSp", "VAV_12"),
        ("RM101.ZoneTemp", "RM101.ZoneTempSP", "RM101"),
        ("VAV-12 Space Temperature", "VAV-12 Effective Space Temp Setpoint", "VAV-12"),
        ("Room 204 Temp", "Room 204 Set Point", "Room 204"),
        ("RM-204-T", "RM-204-STPT", "RM-204"),
        ("Library Space Temp", "Library Space Temp Active Setpoint", "Library"),
        ("zone temp 7", "zone setpoint 7", "zone temp 7"),
        ("Room 7 Temp Left", "Room 7 Setpoint Left", "Room 7 Temp Left"),
    ],
)
def test_pairs(temperature: str, setpoint: str, zone: str) -> None:
    assert pairs({"analog-input,1": temperature, "analog-value,1": setpoint}) == [
        Pair(zone, "analog-input,1", "analog-value,1")
    ]


@pytest.mark.parametrize(
    ("temperature", "other"),
    [
        ("AHU 1 SA-T", "AHU 1 SA-SP"),  # supply air is no zone
        ("Zone 3 Temp", "Zone 4 Setpoint"),
        ("Zone 3 Temp", "Zone 3 CO2 Setpoint"),
        ("Zone 3 Temp", "Zone 3 Heating Setpoint"),  # which of two is in force is not known
        ("Zone 3 Temp", "Zone 3 Unoccupied Setpoint"),
        ("Zone 3 Temp", "Zone 3 Temp High Limit"),
        ("Zone 3 Humidity", "Zone 3 Setpoint"),
        ("Zone 3 Supply Temp", "Zone 3 Setpoint"),
        ("Chilled Water Temp", "Chilled Water Setpoint"),
        ("Zone 31 Temp", "Zone 3 Setpoint"),
    ],
)
def test_no_pairs(temperature: str, other: str) -> None:
    assert pairs({"a": temperature, "b": other}) == []


def test_the_setpoint_in_force_goes_before_the_plain_one() -> None:
    names = {"t": "Zone 1 Temp", "plain": "Zone 1 Setpoint", "now": "Zone 1 Effective Setpoint"}
    assert pairs(names) == [Pair("Zone 1", "t", "now")]


def test_two_equally_good_setpoints_are_none() -> None:
    assert pairs({"t": "Zone 1 Temp", "a": "Zone 1 Setpoint", "b": "Zone 1 SP"}) == []


def test_zones_of_one_name_are_told_apart() -> None:
    names = {"a": "VAV 1 Zone Temp", "b": "VAV 1 Space Temp", "s": "VAV 1 Setpoint"}
    assert [pair.zone for pair in pairs(names)] == ["VAV 1", "VAV 1 (b)"]


def test_many_zones_keep_their_own() -> None:
    names = {f"t{n}": f"AHU 2 Zone {n} ZN-T" for n in range(40)} | {f"s{n}": f"AHU 2 Zone {n} ZN-SP" for n in range(40)}
    assert pairs(names) == [Pair(f"AHU 2 Zone {n}", f"t{n}", f"s{n}") for n in range(40)]


def test_hostile_names_cost_little() -> None:
    assert pairs({"a": "zone temp " + "t" * 200, "b": " - _." * 40, "c": "🏫 temp zone"}) == []


def test_hostile_names_that_pair_cost_little_too() -> None:
    """2,000 objects, each with a long tail of what stands between words; matched with backtracking they took half a minute."""
    names = {f"t{n}": f"z{n} zone temp" + "._" * 90 for n in range(1000)} | {
        f"s{n}": f"z{n} zone sp" for n in range(1000)
    }
    start = time.process_time()
    assert len(pairs(names)) == 1000
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("temperature", "setpoint", "unit", "expected"),
    [
        (24.0, 21.0, "Cel", 3.0),
        (75.2, 69.8, "[degF]", 3.0),
        (294.0, 295.0, "K", -1.0),
        (24.0, 21.0, "%", None),
        (24.0, 21.0, None, None),
    ],
)
def test_deviation(temperature: float, setpoint: float, unit: str | None, expected: float | None) -> None:
    assert deviation(temperature, setpoint, unit) == (None if expected is None else pytest.approx(expected))
