"""Which points are a freezer's or a walk-in cooler's temperature, by what they are called and their unit; and the rule for each. Pure.

Stricter than the collector, which asks a person to confirm: a name with one word that is not known here is left to the collector, and so is
what was never cold, as a freezer that is off for the summer.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from glob import escape
from typing import NamedTuple

from agent.edge.rules import COLD_STORAGE, EdgeRule
from protocols.driver import PointInfo

VALUE = "bacnet.value"
MOST = 50
"""Points of cold places that are remembered."""
LIMITS = {"freezer": -13.0, "cooler": 7.0}
"""°C, as the collector's `hvac.cold-storage` has them; it is over one kelvin below."""
_UNITS = {"Cel": (1.0, 0.0), "[degF]": (1.8, 32.0)}
"""Factor and offset from °C."""
_KINDS = {
    **dict.fromkeys(("freezer", "frz", "frzr"), "freezer"),
    **dict.fromkeys(("cooler", "fridge", "refrigerator", "refrig"), "cooler"),
}
_TEMPERATURE = frozenset(("temp", "temps", "temperature", "tmp"))
_HARMLESS = frozenset(
    (
        "walk",
        "in",
        "walkin",
        "kitchen",
        "cafeteria",
        "cafe",
        "box",
        "air",
        "inside",
        "sensor",
        "milk",
        "food",
        "main",
        "no",
        "number",
    )
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


class ColdPoint(NamedTuple):
    """A temperature of a cold place: key of its device, label, unit, and `freezer` or `cooler`."""

    device: str
    label: str | None
    unit: str
    kind: str

    @property
    def limit(self) -> float:
        """What is too warm, in its own unit."""
        factor, offset = _UNITS[self.unit]
        return LIMITS[self.kind] * factor + offset

    def rule(self) -> EdgeRule:
        """The rule for this point alone."""
        below = self.limit - _UNITS[self.unit][0]
        label = escape(self.label or "")
        return replace(
            COLD_STORAGE, metric=VALUE, device=escape(self.device), label=label, sign=1, limit=self.limit, clear=below
        )


class Cold:
    """Give it what devices say of their points with `learn`, and ask `found` of each value. `points` are those known to be cold."""

    def __init__(self) -> None:
        self.points: dict[tuple[str, str | None], ColdPoint] = {}
        self.kinds: dict[tuple[str, str | None], str] = {}
        """Of points that are called so."""

    def learn(self, device: str, name: str, infos: Iterable[PointInfo]) -> None:
        """What a device called `name` says of its points."""
        for info in infos:
            kind = kind_of(info.name or "", name) if info.metric == VALUE else None
            if kind is not None and len(self.kinds) < MOST:
                self.kinds[device, info.label] = kind

    def found(self, device: str, label: str | None, value: float, unit: str | None) -> ColdPoint | None:
        """The point, when this value is the first that shows it to be cold."""
        kind = self.kinds.get((device, label))
        if kind is None or unit not in _UNITS or (device, label) in self.points:
            return None
        point = ColdPoint(device, label, unit, kind)
        if value > point.limit:
            return None
        self.points[device, label] = point
        return point


def kind_of(name: str, device: str) -> str | None:
    """`freezer` or `cooler` where a point's name says that it is such a place's temperature, alone or with its device's name."""
    words = _words(name)
    if not words & _TEMPERATURE or words - _TEMPERATURE - _HARMLESS - _KINDS.keys():
        return None
    kinds = _kinds(words) or _kinds(_words(device))
    return next(iter(kinds)) if len(kinds) == 1 else None


def _kinds(words: Iterable[str]) -> set[str]:
    return {_KINDS[word] for word in words if word in _KINDS}


def _words(name: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(name))
