"""Which role a point plays, guessed from its name, unit and device: the first row that fits. Pure."""

from functools import lru_cache
from typing import NamedTuple

from collector.problems.hvac.quantity import fits
from collector.problems.hvac.roles import BY_NAME
from collector.problems.hvac.words import concepts, equipment_of


class Suggestion(NamedTuple):
    """`confidence` is 0 to 1; `equipment` is empty for what the device itself is."""

    role: str
    confidence: float
    equipment: str


class Pattern(NamedTuple):
    """A role, the concepts that must be there, one of which must be there (or none asked), and those that must not."""

    role: str
    need: frozenset[str]
    lacks: frozenset[str] = frozenset()
    surety: float = 0.95


def _row(role: str, need: str, lacks: str = "", surety: float = 0.95) -> Pattern:
    return Pattern(role, frozenset(need.split()), frozenset(lacks.split()), surety)


NEVER = frozenset({"alarm", "limit", "derived", "filter"})
"""A point that is one of these plays no role."""
_AIR = "setpoint fan damper valve pressure static water hotwater chilledwater coil"
PATTERNS = (
    _row("freezer_temp", "freezer temp", "setpoint"),
    _row("cooler_temp", "cooler temp", "setpoint"),
    _row("hot_water_setpoint", "hotwater temp setpoint"),
    _row("hot_water_setpoint", "hotwater setpoint", "pressure", 0.85),
    _row("hot_water_return", "hotwater entering temp", "setpoint"),
    _row("hot_water_return", "hotwater return temp", "setpoint"),
    _row("hot_water_supply", "hotwater leaving", "setpoint valve pump pressure flow"),
    _row("hot_water_supply", "hotwater supply temp", "setpoint"),
    _row("hot_water_supply", "boiler leaving temp", "setpoint"),
    _row("hot_water_supply", "boiler supply temp", "setpoint"),
    _row("chilled_water_setpoint", "chilledwater temp setpoint"),
    _row("chilled_water_setpoint", "chilledwater setpoint", "pressure", 0.85),
    _row("chilled_water_return", "chilledwater entering temp", "setpoint"),
    _row("chilled_water_return", "chilledwater return temp", "setpoint"),
    _row("chilled_water_supply", "chilledwater leaving", "setpoint valve pump pressure flow"),
    _row("chilled_water_supply", "chilledwater supply temp", "setpoint"),
    _row("boiler_command", "boiler command", "pump setpoint temp"),
    _row("boiler_status", "boiler status", "pump setpoint temp"),
    _row("chiller_command", "chiller command", "pump setpoint temp"),
    _row("chiller_status", "chiller status", "pump setpoint temp"),
    _row("pump_command", "pump command", "setpoint temp speed"),
    _row("pump_status", "pump status", "setpoint temp speed"),
    _row("duct_static_setpoint", "static pressure setpoint", "return exhaust zone"),
    _row("duct_static_setpoint", "static setpoint", "return exhaust zone", 0.85),
    _row("duct_static_setpoint", "duct pressure setpoint", "return exhaust zone", 0.85),
    _row("duct_static", "static pressure", "return exhaust zone setpoint"),
    _row("duct_static", "duct static", "return exhaust zone setpoint", 0.85),
    _row("duct_static", "supply duct pressure", "return exhaust zone setpoint", 0.85),
    _row("supply_heating_setpoint", "supply temp heating setpoint"),
    _row("supply_cooling_setpoint", "supply temp cooling setpoint"),
    _row("supply_setpoint", "supply temp setpoint", "heating cooling water"),
    _row("zone_co2", "co2", "setpoint outdoor return damper"),
    _row("zone_heating_setpoint", "zone heating setpoint", "unoccupied"),
    _row("zone_cooling_setpoint", "zone cooling setpoint", "unoccupied"),
    _row("zone_heating_setpoint", "heating setpoint", "supply unoccupied water", 0.7),
    _row("zone_cooling_setpoint", "cooling setpoint", "supply unoccupied water", 0.7),
    _row("zone_setpoint", "zone setpoint", "unoccupied humidity co2 flow pressure heating cooling"),
    _row("zone_setpoint", "temp setpoint effective", "supply mixed return outdoor water unoccupied", 0.8),
    _row("return_humidity", "return humidity", "setpoint"),
    _row("outdoor_humidity", "outdoor humidity", "setpoint"),
    _row("zone_humidity", "zone humidity", "setpoint"),
    _row("reheat", "reheat", "setpoint temp pump"),
    _row("heating", "heating valve", "setpoint temp"),
    _row("cooling", "cooling valve", "setpoint temp"),
    _row("heating", "hotwater valve", "setpoint temp"),
    _row("cooling", "chilledwater valve", "setpoint temp"),
    _row("heating", "heating command", "setpoint temp pump fan mode", 0.85),
    _row("cooling", "cooling command", "setpoint temp pump fan mode", 0.85),
    _row("heating", "heating control", "setpoint temp pump fan mode", 0.85),
    _row("cooling", "cooling control", "setpoint temp pump fan mode", 0.85),
    _row("outdoor_damper", "outdoor damper", "setpoint temp flow"),
    _row("outdoor_damper", "mixed damper", "setpoint temp flow"),
    _row("return_damper", "return damper", "setpoint temp flow"),
    _row("exhaust_damper", "exhaust damper", "setpoint temp flow"),
    _row("zone_damper", "damper", "setpoint temp flow supply", 0.8),
    _row("supply_fan_speed", "supply fan speed", "status setpoint feedback"),
    _row("return_fan_speed", "return fan speed", "status setpoint feedback"),
    _row("supply_fan_command", "supply fan command", "speed"),
    _row("return_fan_command", "return fan command", "speed"),
    _row("exhaust_fan_command", "exhaust fan command", "speed"),
    _row("supply_fan_status", "supply fan status", "speed"),
    _row("return_fan_status", "return fan status", "speed"),
    _row("exhaust_fan_status", "exhaust fan status", "speed"),
    _row("supply_fan_speed", "fan speed", "status setpoint feedback return exhaust", 0.8),
    _row("supply_fan_command", "fan command", "return exhaust", 0.8),
    _row("supply_fan_status", "fan status", "return exhaust", 0.8),
    _row("fan_power", "fan power", ""),
    _row("supply_flow", "supply flow", "setpoint water"),
    _row("supply_temp", "supply temp", _AIR),
    _row("return_temp", "return temp", _AIR),
    _row("mixed_temp", "mixed temp", _AIR),
    _row("outdoor_temp", "outdoor temp", _AIR),
    _row("exhaust_temp", "exhaust temp", _AIR),
    _row("zone_temp", "zone temp", _AIR),
    _row("occupancy", "occupancy", "setpoint temp unoccupied flow"),
)
COLD = frozenset({"freezer", "cooler"})
"""What a device may be as a whole: its points are named by what they measure alone."""
_STRANGE = 0.08
_UNIT_UNKNOWN = 0.05


@lru_cache(65_536)
def suggest(name: str, unit: str, place: frozenset[str] = frozenset()) -> Suggestion | None:
    """The role that name and unit speak for; None where they speak for none. `place` is what the device's name adds (`COLD`)."""
    found, strange = concepts(name)
    found |= place
    if found & NEVER:
        return None
    for pattern in PATTERNS:
        if pattern.need <= found and not pattern.lacks & found:
            known = fits(BY_NAME[pattern.role].quantity, unit)
            if known is False:
                return None
            surety = pattern.surety - _STRANGE * strange - (_UNIT_UNKNOWN if known is None else 0.0)
            zone = pattern.role.startswith("zone_")
            return Suggestion(pattern.role, round(max(surety, 0.1), 2), equipment_of(name, zone))
    return None
