"""From what is found to findings: one a rule and equipment, with its evidence, and which of them explains the others. Pure."""

from typing import Any

import numpy as np

from collector.problems.finding import Finding, Key, subject_of
from collector.problems.hvac.equipment import Equipment, Part
from collector.problems.hvac.fault import Fault
from collector.problems.hvac.frame import Frame
from collector.problems.hvac.judging import Judging
from collector.problems.hvac.layout import Layout
from collector.problems.hvac.minutes import MINUTE_MS
from collector.problems.hvac.quantity import back
from collector.problems.hvac.roles import BY_NAME, INDEX
from protocols.units import show

APART = frozenset({"hvac.off-hours", "hvac.ventilation", "hvac.cold-storage"})
"""What no fault of the same equipment explains."""


WITH_FIGURE = frozenset({"hvac.ventilation", "hvac.cold-storage"})


def told(faults: tuple[Fault, ...], judging: Judging, layout: Layout, frame: Frame | None) -> list[Finding]:
    """The findings; without a frame (nothing heard yet) without figures."""
    made: list[Finding] = []
    for column in np.flatnonzero(judging.found.any(0)).tolist():
        rows = sorted(np.flatnonzero(judging.found[:, column]).tolist(), key=lambda row: faults[row].rank)
        root: Key | None = None
        seen: set[Key] = set()
        for row in rows:
            finding = _finding(faults[row], int(judging.since[row, column]), layout, column, frame)
            if finding is None or finding.key in seen:
                continue
            seen.add(finding.key)
            if faults[row].rule not in APART:
                if root is not None:
                    finding = Finding(**{name: getattr(finding, name) for name in _FIELDS}, cause=root)
                root = root or finding.key
            made.append(finding)
    return made


def kept(faults: tuple[Fault, ...], judging: Judging, layout: Layout) -> frozenset[Key]:
    """What was found and cannot be judged at the moment: the problem stays as it is."""
    keys = set()
    for row, column in np.argwhere(judging.kept).tolist():
        unit = layout.equipment[column]
        point = next((unit.parts[role].point for role in faults[row].about if role in unit.parts), None)
        if point is not None:
            keys.add(Key(faults[row].rule, subject_of("point", point)))
    return frozenset(keys)


_FIELDS = ("key", "since", "agent", "device", "point", "value", "evidence", "words")


def _finding(fault: Fault, since: int, layout: Layout, column: int, frame: Frame | None) -> Finding | None:
    unit = layout.equipment[column]
    parts = [unit.parts[role] for role in fault.about if role in unit.parts]
    if not parts:
        return None
    evidence = _evidence(fault, unit, parts, frame, column)
    evidence["since"] = since * MINUTE_MS
    if fault.rule == "hvac.off-hours" and frame is not None:
        power = _round(frame.means[INDEX["fan_power"], column])
        evidence |= {} if power is None else {"kwh": round(power * (frame.minute - since) / 60, 1)}
    what = f"{unit.name}: {fault.what}" if unit.name else fault.what
    found = evidence["means"].get(parts[0].role)
    value = None if found is None else back(BY_NAME[parts[0].role].quantity, parts[0].unit, found)
    if fault.rule in WITH_FIGURE and value is not None:
        what += f" ({show(value, parts[0].unit).words})"
    return Finding(
        Key(fault.rule, subject_of("point", parts[0].point)),
        since * MINUTE_MS,
        "",
        unit.device,
        parts[0].point,
        value,
        evidence,
        words={"what": what},
    )


def _evidence(fault: Fault, unit: Equipment, parts: list[Part], frame: Frame | None, column: int) -> dict[str, Any]:
    """The means judged by (°C, shares from 0 to 1, Pa where the unit is known), the limits, and whose roles they are."""
    means = {}
    if frame is not None:
        means = {part.role: _round(frame.means[INDEX[part.role], column]) for part in parts}
    return {
        "fault": fault.code,
        "source": fault.source,
        "equipment": unit.name,
        "means": {role: value for role, value in means.items() if value is not None},
        "limits": dict(fault.limits),
        "points": {part.role: part.point for part in parts},
        "roles": "confirmed" if all(part.confirmed for part in parts) else "suggested by name and unit, not confirmed",
    }


def _round(value: float) -> float | None:
    return round(float(value), 3) if value == value else None
