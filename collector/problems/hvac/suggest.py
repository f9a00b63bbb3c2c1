"""Which role a point plays, guessed from its name, unit and device: the first row that fits. Pure."""

from functools import lru_cache
from typing import NamedTuple

from collector.problems.hvac.quantity import fits, quantity_of
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


def _each(kinds: str, role: str, need: str, lacks: str = "", surety: float = 0.95) -> list[Pattern]:
    """A row for each kind, whose name stands where `{}` is."""
    return [_row(role.format(kind), need.format(kind), lacks.format(kind), surety) for kind in kinds.split()]


NEVER = frozenset({"alarm", "limit", "derived", "filter"})
"""A point that is one of these plays no role."""
_AIR = "setpoint fan damper valve pressure static water hotwater chilledwater coil"
_NO_DUCT = "return exhaust zone building hotwater chilledwater water"
_WATERS, _PLANTS, _COILS = "hot chilled", "boiler chiller", "heating cooling"
PATTERNS = (
    *_each("freezer cooler", "{}_temp", "{} temp", "setpoint"),
    *_each(_WATERS, "{}_water_setpoint", "{}water temp setpoint"),
    *_each(_WATERS, "{}_water_setpoint", "{}water setpoint", "pressure", 0.85),
    *_each(_WATERS, "{}_water_return", "{}water entering temp", "setpoint"),
    *_each(_WATERS, "{}_water_return", "{}water return temp", "setpoint"),
    *_each(_WATERS, "{}_water_supply", "{}water leaving", "setpoint valve pump pressure flow"),
    *_each(_WATERS, "{}_water_supply", "{}water supply temp", "setpoint"),
    _row("hot_water_supply", "boiler leaving temp", "setpoint"),
    _row("hot_water_supply", "boiler supply temp", "setpoint"),
    _row("chilled_water_supply", "chiller leaving temp", "setpoint"),
    _row("chilled_water_supply", "chiller supply temp", "setpoint"),
    *_each(_PLANTS, "{}_command", "{} command", "pump setpoint temp"),
    *_each(_PLANTS, "{}_status", "{} status", "pump setpoint temp"),
    *_each("command status", "pump_{}", "pump {}", "setpoint temp speed"),
    _row("duct_static_setpoint", "static pressure setpoint", _NO_DUCT),
    _row("duct_static_setpoint", "static setpoint", _NO_DUCT, 0.85),
    _row("duct_static_setpoint", "duct pressure setpoint", _NO_DUCT, 0.85),
    _row("duct_static_setpoint", "supply pressure setpoint", _NO_DUCT, 0.8),
    _row("duct_static", "static pressure", f"{_NO_DUCT} setpoint"),
    _row("duct_static", "duct static", f"{_NO_DUCT} setpoint", 0.85),
    _row("duct_static", "supply duct pressure", f"{_NO_DUCT} setpoint", 0.85),
    _row("duct_static", "supply pressure", f"{_NO_DUCT} setpoint", 0.8),
    *_each(_COILS, "supply_{}_setpoint", "supply temp {} setpoint"),
    _row("supply_setpoint", "supply temp setpoint", "heating cooling water"),
    _row("zone_co2", "co2", "setpoint outdoor return damper"),
    *_each(_COILS, "zone_{}_setpoint", "zone {} setpoint", "unoccupied"),
    *_each(_COILS, "zone_{}_setpoint", "{} setpoint", "supply unoccupied water", 0.7),
    _row("zone_setpoint", "zone setpoint", "unoccupied humidity co2 flow pressure heating cooling"),
    _row("zone_setpoint", "temp setpoint effective", "supply mixed return outdoor water unoccupied", 0.8),
    *_each("return outdoor zone", "{}_humidity", "{} humidity", "setpoint"),
    _row("reheat", "reheat", "setpoint temp pump"),
    *_each(_COILS, "{}", "{} valve", "setpoint temp"),
    _row("heating", "hotwater valve", "setpoint temp"),
    _row("cooling", "chilledwater valve", "setpoint temp"),
    *_each(_COILS, "{}", "{} command", "setpoint temp pump fan mode", 0.85),
    *_each(_COILS, "{}", "{} control", "setpoint temp pump fan mode", 0.85),
    *_each("outdoor return exhaust", "{}_damper", "{} damper", "setpoint temp flow"),
    _row("outdoor_damper", "mixed damper", "setpoint temp flow"),
    _row("zone_damper", "damper", "setpoint temp flow supply", 0.8),
    *_each("supply return", "{}_fan_speed", "{} fan speed", "status setpoint feedback"),
    *_each("supply return exhaust", "{}_fan_command", "{} fan command", "speed"),
    *_each("supply return exhaust", "{}_fan_status", "{} fan status", "speed"),
    _row("supply_fan_speed", "fan speed", "status setpoint feedback return exhaust", 0.8),
    _row("supply_fan_command", "fan command", "return exhaust", 0.8),
    _row("supply_fan_status", "fan status", "return exhaust", 0.8),
    _row("fan_power", "fan power", ""),
    _row("supply_flow", "supply flow", "setpoint water"),
    *_each("supply return mixed outdoor exhaust zone", "{}_temp", "{} temp", _AIR),
    _row("occupancy", "occupancy", "setpoint temp unoccupied flow"),
)
COLD = frozenset({"freezer", "cooler"})
"""What a device may be as a whole: its points are named by what they measure alone."""
_QUANTITIES = frozenset({"temp", "pressure", "humidity", "co2", "flow", "power", "speed"})
_SAID = {"temperature": frozenset({"temp"}), "pressure": frozenset({"pressure"})}
"""What a unit says that names leave out: `SA-SP` in °C is a temperature's setpoint, `SA-P-SP` in Pa a pressure's."""
_STRANGE = 0.08
"""Confidence (0 to 1) less for each word nobody knows: two in a sure row leave it above `roles.HIGH`, three do not."""
_UNIT_UNKNOWN = 0.05
"""Confidence less where the device gives no unit."""


@lru_cache(65_536)
def suggest(name: str, unit: str, place: frozenset[str] = frozenset()) -> Suggestion | None:
    """The role that name and unit speak for; None where they speak for none. `place` is what the device's name adds (`COLD`)."""
    found, strange = concepts(name)
    found |= place
    if not found & _QUANTITIES:
        found |= _SAID.get(quantity_of(unit), frozenset())
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
