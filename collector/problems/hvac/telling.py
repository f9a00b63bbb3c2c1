"""From what is found to findings: one a rule and equipment, with its evidence, and which of them explains the others. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from collector.problems.finding import Finding, Key, subject_of
from collector.problems.hvac.equipment import Equipment, Part
from collector.problems.hvac.fault import Fault
from collector.problems.hvac.frame import Frame
from collector.problems.hvac.lasting import Lasting
from collector.problems.hvac.layout import Layout
from collector.problems.hvac.minutes import MINUTE_MS
from collector.problems.hvac.places import Places
from collector.problems.hvac.plant import Plants
from collector.problems.hvac.quantity import back
from collector.problems.hvac.roles import BY_NAME, INDEX
from protocols.units import show

APART = frozenset({"hvac.off-hours", "hvac.ventilation", "hvac.cold-storage"})
"""What no fault of the same equipment explains."""


BOILER = "hvac.boiler.failed"
HEATLESS = frozenset({"FC5", "FC7"})
"""What air handlers show when there is no hot water."""
WITH_FIGURE = frozenset({"hvac.ventilation", "hvac.cold-storage"})


def told(
    faults: tuple[Fault, ...], lasting: Lasting, layout: Layout, frame: Frame | None, places: Places
) -> list[Finding]:
    """The findings, with since when by the building's wall clock; without a frame (nothing heard yet) without figures."""
    made: list[Finding] = []
    for column in np.flatnonzero(lasting.found.any(0)).tolist():
        rows = sorted(np.flatnonzero(lasting.found[:, column]).tolist(), key=lambda row: faults[row].rank)
        root: Key | None = None
        seen: set[Key] = set()
        for row in rows:
            finding = _finding(faults[row], int(lasting.since[row, column]), layout, column, frame)
            if finding is None or finding.key in seen:
                continue
            seen.add(finding.key)
            if faults[row].rule not in APART:
                finding = replace(finding, cause=root)
                root = root or finding.key
            since = f"{places.local(column, finding.since // MINUTE_MS):%a %H:%M}"
            what = ": ".join(part for part in (places.spoken(column), finding.words["what"]) if part)
            made.append(replace(finding, words={"what": what, "since": since}))
    return made


def with_plants(found: list[Finding], plants: Plants, places: Places) -> Iterator[Finding]:
    """All of it: a building that gets cold, and air that is not warmed there, are symptoms of its boiler that is known to have failed;
    without one the cold air is the cold building's."""
    failed = {places.building(each.device): each.key for each in found if each.key.rule == BOILER}
    here = set(places.buildings().tolist()) if plants.found else set()  # nothing else says that it is over elsewhere
    cold = {building: finding for building, finding in plants.found.items() if building in here}
    yield from (replace(finding, cause=failed.get(building)) for building, finding in cold.items())
    down = {building: finding.key for building, finding in cold.items()} | failed
    for finding in found:
        cause = down.get(places.building(finding.device)) if finding.evidence["fault"] in HEATLESS else None
        yield finding if cause is None else replace(finding, cause=cause)


def place_of(key: Key, faults: tuple[Fault, ...], layout: Layout) -> tuple[int, int] | None:
    """Which fault (row) of which equipment (column) a key is of."""
    for column, unit in enumerate(layout.equipment):
        for row, fault in enumerate(faults):
            if fault.rule == key.rule and key.subject == _subject(fault, unit):
                return row, column
    return None


def kept(faults: tuple[Fault, ...], lasting: Lasting, layout: Layout) -> frozenset[Key]:
    """What was found and cannot be judged at the moment: the problem stays as it is."""
    keys = set()
    for row, column in np.argwhere(lasting.kept).tolist():
        subject = _subject(faults[row], layout.equipment[column])
        if subject is not None:
            keys.add(Key(faults[row].rule, subject))
    return frozenset(keys)


def _subject(fault: Fault, unit: Equipment) -> str | None:
    """The point that a fault of this equipment is told of; None: it has none of its roles."""
    return next((subject_of("point", unit.parts[role].point) for role in fault.about if role in unit.parts), None)


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
    what = fault.what
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
        "limits": _limits(fault, frame, column),
        "points": {part.role: part.point for part in parts},
        "roles": "confirmed" if all(part.confirmed for part in parts) else "suggested by name and unit, not confirmed",
    }


def _limits(fault: Fault, frame: Frame | None, column: int) -> dict[str, float]:
    """Those of the fault; the one that people may move, as it is for this equipment."""
    if frame is None or fault.key not in frame.limits:
        return dict(fault.limits)
    return dict.fromkeys(fault.limits, float(frame.limits[fault.key][column]))


def _round(value: float) -> float | None:
    return round(float(value), 3) if value == value else None
