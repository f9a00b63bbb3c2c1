"""Which zone temperature belongs to which setpoint, by how people name them: pure.

Pairs found: "AHU 1 Zone 3 ZN-T" with "AHU 1 Zone 3 ZN-SP", "Zone 3 Temp" with "Zone 3 Setpoint", "RM101.ZoneTemp" with
"RM101.ZoneTempSP", "VAV-12 Space Temperature" with "VAV-12 Effective Space Temp Setpoint", and the like.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SETPOINT = frozenset({"sp", "stpt", "setpoint", "setpt", "spt", "stp"})
_TEMPERATURE = frozenset({"t", "temp", "temperature", "tmp"})
_PLACE = frozenset({"zn", "zone", "space", "spc", "rm", "room"})
_STATE = ("effective", "eff", "active", "actual", "current", "act", "cur")
"""Words that mark the setpoint in force where a zone has several; the first is taken before the later."""
_OTHER = frozenset(
    {"sa", "supply", "discharge", "da", "dat", "oa", "outdoor", "outside", "ma", "mixed", "ra", "return", "water", "hw"}
    | {"chw", "cw", "dew", "alarm", "limit", "high", "low", "min", "max", "offset", "adjust", "unocc", "unoccupied"}
    | {"standby", "reset", "co2", "humidity", "rh", "flow", "night", "setback"}
)
_SPLIT = {
    "heating": "heating",
    "htg": "heating",
    "heat": "heating",
    "cooling": "cooling",
    "clg": "cooling",
    "cool": "cooling",
}
_JOINED = re.compile(r"(zone|zn|space|room|rm)?(temp|t)?(sp|setpoint|stpt|setpt)$")

_LAST_TEMPERATURE = re.compile(r"(?:Temperature|Temp|Tmp|(?<![A-Za-z])T)$", re.IGNORECASE)
_LAST_PLACE = re.compile(r"(?<![A-Za-z])(?:ZONE|ZN|SPACE|SPC|ROOM|RM)$", re.IGNORECASE)
_BETWEEN = " \t._/-"


class Pair(NamedTuple):
    """A zone and the labels of the objects that measure its temperature and hold its setpoint."""

    zone: str
    temperature: str
    setpoint: str


def pairs(names: Mapping[str, str]) -> list[Pair]:
    """The pairs among objects, given as label → name, in the order of the temperatures.

    A zone with several candidates takes the setpoint said to be in force, else the plainest; a zone with heating and
    cooling setpoints only, or with two equally good candidates, has no pair: no deviation is better than a wrong one.
    """
    setpoints: dict[str, list[tuple[int, str]]] = {}
    for label, name in names.items():
        words = _words(name)
        if _is_setpoint(words):
            setpoints.setdefault(_zone(words), []).append((_rank(words), label))
    found: dict[str, Pair] = {}
    for label, name in names.items():
        words = _words(name)
        best = _best(setpoints.get(_zone(words), [])) if _is_zone_temperature(words) else None
        if best is not None:
            zone = _display(name)
            zone = f"{zone} ({label})" if zone in found else zone
            found[zone] = Pair(zone, label, best)
    return list(found.values())


def deviation(temperature: float, setpoint: float, unit: str | None) -> float | None:
    """Temperature less setpoint in kelvins; None for a unit that is no temperature or a value that is no room's."""
    if unit not in ("Cel", "K", "[degF]"):
        return None
    scale = 5 / 9 if unit == "[degF]" else 1.0
    return (temperature - setpoint) * scale


def _words(name: str) -> list[str]:
    words: list[str] = []
    for word in _WORD.findall(name):
        lowered = word.lower()
        joined = _JOINED.fullmatch(lowered)
        words += [part for part in joined.groups() if part] if joined else [lowered]
    return words


def _is_setpoint(words: Iterable[str]) -> bool:
    said = set(words)
    pieces = bool(said & _SETPOINT) or {"set", "point"} <= said or {"set", "pt"} <= said
    return pieces and not said & _OTHER and not said & _SPLIT.keys()


def _is_zone_temperature(words: list[str]) -> bool:
    said = set(words)
    if said & _OTHER or said & _SETPOINT or {"set", "point"} <= said or said & _SPLIT.keys():
        return False
    return bool(said & _TEMPERATURE) and bool(said & _PLACE)


def _zone(words: Iterable[str]) -> str:
    """What is left of a name without the words that say what is measured: the same for both of a pair."""
    dropped = _SETPOINT | _TEMPERATURE | _PLACE | set(_STATE) | {"set", "point", "pt"}
    return " ".join(word for word in words if word not in dropped)


def _rank(words: Iterable[str]) -> int:
    said = set(words)
    return next((place for place, word in enumerate(_STATE) if word in said), len(_STATE))


def _best(candidates: list[tuple[int, str]]) -> str | None:
    if not candidates:
        return None
    first, *rest = sorted(candidates)
    return first[1] if not rest or rest[0][0] > first[0] else None


def _display(name: str) -> str:
    """The zone as people know it: the temperature's name without its last words for temperature."""
    short = _LAST_TEMPERATURE.sub("", name)
    return _LAST_PLACE.sub("", short.rstrip(_BETWEEN)).rstrip(_BETWEEN) or name if short != name else name
