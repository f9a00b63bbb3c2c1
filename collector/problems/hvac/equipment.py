"""Which points make one equipment, and which of them plays which role: confirmed ones first, then what is suggested with confidence. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from collector.problems.fleet import Device, PointRow
from collector.problems.hvac.roles import BY_NAME, HIGH
from collector.problems.hvac.suggest import COLD, Suggestion, suggest
from collector.problems.hvac.words import concepts
from protocols.metrics import BY_NAME as METRICS

VALUE = "bacnet.value"
Confirmed = Mapping[int, str | None]
"""A point's role as a person confirmed it; None: it plays none."""


class Part(NamedTuple):
    """A point in its role. `confirmed`: by a person."""

    point: int
    role: str
    unit: str
    confidence: float
    confirmed: bool


@dataclass
class Equipment:
    """One air handler, terminal, boiler, … ; `name` is empty for the device itself."""

    device: int
    name: str
    parts: dict[str, Part] = field(default_factory=dict)


def candidate(point: PointRow, device: Device | None) -> Suggestion | None:
    """What is suggested for a point; metrics of other drivers say themselves what they are, and play no role."""
    if point.metric != VALUE and (point.metric in METRICS or not (point.name or point.label)):
        return None
    place = concepts(device.name)[0] & COLD if device is not None else frozenset()
    return suggest(point.name or point.label or "", point.unit, place)


def assembled(points: Iterable[PointRow], devices: Mapping[int, Device], confirmed: Confirmed) -> list[Equipment]:
    """The equipment of these points. Two that would play one role equally well play none: nobody knows which is meant."""
    groups: dict[tuple[int, str], dict[str, list[Part]]] = {}
    for point in points:
        found = candidate(point, devices.get(point.device))
        said = point.id in confirmed
        role = confirmed[point.id] if said else found.role if found is not None and found.confidence >= HIGH else None
        if role is None or role not in BY_NAME:
            continue
        where = found.equipment if found is not None else ""
        sure = found.confidence if found is not None else 1.0
        roles = groups.setdefault((point.device, where), {})
        roles.setdefault(role, []).append(Part(point.id, role, point.unit, 1.0 if said else sure, said))
    _adopt(groups)
    made = []
    for (device, name), roles in groups.items():
        unit = Equipment(device, name)
        for role, parts in roles.items():
            parts.sort(key=lambda part: -part.confidence)
            if len(parts) == 1 or parts[0].confidence > parts[1].confidence:
                unit.parts[role] = parts[0]
        if unit.parts:
            made.append(unit)
    return made


def _adopt(groups: dict[tuple[int, str], dict[str, list[Part]]]) -> None:
    """What bears no equipment's name belongs to a device's only equipment that has one."""
    named: dict[int, list[str]] = {}
    for device, name in groups:
        if name:
            named.setdefault(device, []).append(name)
    for device, names in named.items():
        loose = groups.get((device, ""))
        if loose is not None and len(names) == 1:
            for role, parts in groups.pop((device, "")).items():
                groups[device, names[0]].setdefault(role, []).extend(parts)
