"""Roles from the names that vendors give, and equipment from their prefixes."""

import pytest

from collector.problems.fleet import Device, PointRow
from collector.problems.hvac.equipment import assembled
from collector.problems.hvac.roles import HIGH
from collector.problems.hvac.suggest import suggest

NAMES = [
    ("AHU-1 SAT", "Cel", "supply_temp", "AHU-1"),
    ("AHU1.DAT-SP", "[degF]", "supply_setpoint", "AHU-1"),
    ("RTU-2 HTG-VLV", "%", "heating", "RTU-2"),
    ("RTU2_CLG_VLV", "%", "cooling", "RTU-2"),
    ("VAV-101 ZN-T", "[degF]", "zone_temp", "VAV-101"),
    ("AHU-1 Zone 3 ZN-T", "Cel", "zone_temp", "ZONE-3"),
    ("VAV-101 ZN-SP", "[degF]", "zone_setpoint", "VAV-101"),
    ("SF-S", "1", "supply_fan_status", ""),
    ("SF-C", "1", "supply_fan_command", ""),
    ("SF-SPD", "%", "supply_fan_speed", ""),
    ("OAT", "Cel", "outdoor_temp", ""),
    ("DuctStaticPressure", "Pa", "duct_static", ""),
    ("AHU-1 DSP-SP", "Pa", "duct_static_setpoint", "AHU-1"),
    ("AHU 2 SA-P", "Pa", "duct_static", "AHU-2"),
    ("AHU 2 SA-P-SP", "Pa", "duct_static_setpoint", "AHU-2"),
    ("AHU 2 SA-SP", "Cel", "supply_setpoint", "AHU-2"),
    ("RTU-1 DA-P", "[in_i'H2O]", "duct_static", "RTU-1"),
    ("Chiller-1 LWT", "[degF]", "chilled_water_supply", "CHILLER-1"),
    ("Econ Dpr Cmd", "%", "outdoor_damper", ""),
    ("Rm 112 CO2", "[ppm]", "zone_co2", "RM-112"),
    ("Freezer 1 Temp", "[degF]", "freezer_temp", "FREEZER-1"),
    ("HWS-T", "[degF]", "hot_water_supply", ""),
    ("DischargeAirTemp", "Cel", "supply_temp", ""),
    ("AHU: Supply Air Temperature Set Point", "", "supply_setpoint", "AHU"),
    ("AHU: Supply Air Temperature Heating Set Point", "", "supply_heating_setpoint", "AHU"),
    ("AHU: Cooling Coil Valve Control Signal", "", "cooling", "AHU"),
    ("Occupancy Mode Indicator", "", "occupancy", ""),
]


@pytest.mark.parametrize(("name", "unit", "role", "equipment"), NAMES)
def test_names(name: str, unit: str, role: str, equipment: str) -> None:
    found = suggest(name, unit)
    assert found is not None
    assert (found.role, found.equipment) == (role, equipment)
    assert found.confidence >= HIGH


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("SAT", "Pa"),
        ("HWS-P", "Pa"),
        ("Bldg Static Pressure", "Pa"),
        ("SAT High Limit", "Cel"),
        ("SAT Alarm", "1"),
        ("Fault Detection Ground Truth", ""),
        ("", ""),
        ("Lighting", "1"),
    ],
)
def test_no_role(name: str, unit: str) -> None:
    assert suggest(name, unit) is None


def test_unknown_words_make_it_unsure() -> None:
    found = suggest("Foo bar baz quux temp supply", "Cel")
    assert found is not None
    assert found.confidence < HIGH


def _point(number: int, name: str) -> PointRow:
    return PointRow(number, 1, "bacnet.value", None, None, "Cel", name)


def test_two_of_one_role_play_none_until_a_person_says() -> None:
    points = [_point(1, "AHU-1 SAT"), _point(2, "AHU-1 DAT")]
    devices = {1: Device(1, "a", None, True, 0, "ok", 1)}
    assert assembled(points, devices, {}) == []
    (unit,) = assembled(points, devices, {2: "supply_temp"})
    assert (unit.parts["supply_temp"].point, unit.parts["supply_temp"].confirmed) == (2, True)


def test_a_person_can_say_that_it_plays_none() -> None:
    assert assembled([_point(1, "SAT")], {}, {1: None}) == []
