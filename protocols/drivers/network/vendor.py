"""What a vendor profile makes of the values that were fetched for it. Pure."""

import re
from collections.abc import Iterator, Mapping

from protocols.driver import Sample
from protocols.drivers.network.columns import Columns, column, figure, said, whole
from protocols.drivers.network.interfaces import Interface
from protocols.drivers.network.profile import Point, Profile
from protocols.drivers.network.sensors import COLDEST, HOTTEST
from protocols.metrics import BY_NAME
from protocols.transports.snmp.values import Value

MOST_ROWS = 200
"""Most points that one row of a profile becomes."""


class Names:
    """How rows of a vendor's table are named: by the device's entities, interfaces or PoE ports."""

    def __init__(self, entities: Mapping[str, str], found: Mapping[str, Interface], poe: Mapping[str, str]) -> None:
        self._by = {"entity": entities, "interface": {each.number: each.name for each in found.values()}, "poe": poe}

    def of(self, columns: Columns, point: Point, index: str) -> str:
        """The label of a row; its index where nothing names it."""
        if point.label is not None:
            return point.label
        if "." in point.label_by:
            return said(column(columns, point.label_by).get(index)) or index
        table = self._by.get(point.label_by, {})
        return table.get(index) or table.get(index.rsplit(".", 1)[-1]) or index


def scalars(profile: Profile) -> list[str]:
    """The OIDs, with their instance, that the profile's scalar points need."""
    wanted = [
        oid
        for point in profile.point
        if not point.table
        for oid in (point.oid, *point.plus, point.of, point.rest)
        if oid is not None
    ]
    return list(dict.fromkeys(wanted))


def tables(profile: Profile, every: str) -> list[str]:
    """The columns that the profile's table points of this pace ("poll", "slow") need."""
    wanted: list[str] = []
    for point in profile.point:
        if point.table and point.every == every:
            beside = (point.of, point.rest, point.only.oid if point.only else None)
            wanted += [point.oid, *(oid for oid in beside if oid is not None and not oid.endswith(".0"))]
            if "." in point.label_by:
                wanted.append(point.label_by)
    return list(dict.fromkeys(wanted))


def samples(profile: Profile, columns: Columns, names: Names) -> Iterator[Sample]:
    """What the profile's points say; a metric that two points give is taken from the first that has a value."""
    given: set[tuple[str, str | None]] = set()
    for point in profile.point:
        for sample in _point(point, columns, names):
            if (sample.metric, sample.label) not in given:
                given.add((sample.metric, sample.label))
                yield sample


def _point(point: Point, columns: Columns, names: Names) -> Iterator[Sample]:
    if not point.table:
        more = sum(figure(at(columns, oid)) or 0.0 for oid in point.plus)
        value = _meaning(point, at(columns, point.oid), at(columns, point.of), at(columns, point.rest), more)
        if value is not None:
            yield Sample(point.metric, point.label, value, point.unit)
        return
    rows = [(index, value) for index, value in column(columns, point.oid).items() if _wanted(point, columns, index)]
    if point.pick == "count":
        if point.oid in columns:
            counted = [index for index, value in rows if whole(value) not in point.ignore]
            yield Sample(point.metric, point.label, float(len(counted)), point.unit)
        return
    found = []
    for index, raw in rows:
        value = _meaning(point, raw, _beside(columns, point.of, index), _beside(columns, point.rest, index))
        if value is not None:
            found.append((index, value))
    if point.pick == "each":
        taken: dict[str, int] = {}
        for index, value in found[:MOST_ROWS]:
            name = names.of(columns, point, index)
            taken[name] = taken.get(name, 0) + 1
            label = name if taken[name] == 1 else f"{name} #{taken[name]}"
            yield Sample(point.metric, label, value, point.unit)
    elif found:
        values = [value for _, value in found]
        picked = {"max": max(values), "sum": sum(values), "mean": sum(values) / len(values)}[point.pick]
        yield Sample(point.metric, point.label, picked, point.unit)


def at(columns: Columns, oid: str | None) -> Value | None:
    """The value of a full OID, instance and all."""
    if oid is None:
        return None
    whole_oid, _, last = oid.rpartition(".")
    return column(columns, whole_oid).get(last)


def _beside(columns: Columns, oid: str | None, index: str) -> Value | None:
    if oid is None:
        return None
    return at(columns, oid) if oid.endswith(".0") else column(columns, oid).get(index)


def _wanted(point: Point, columns: Columns, index: str) -> bool:
    if point.only is None:
        return True
    value = column(columns, point.only.oid).get(index)
    number = whole(value)
    if point.only.pattern is not None and re.search(point.only.pattern, said(value) or ""):
        return True
    return any(number == each if isinstance(each, int) else said(value) == each for each in point.only.values)


def _meaning(point: Point, raw: Value | None, of: Value | None, rest: Value | None, more: float = 0.0) -> float | None:
    """The figure, of the value and what is `more`, or the state's number; None where there is none."""
    if raw is None:
        return None
    states = BY_NAME[point.metric].states
    if states is not None:
        said_as = said(raw) if isinstance(raw, bytes | str) else str(raw)
        name = point.states.get((said_as or "").lower(), "unknown")
        return float(next(number for number, text in states.items() if text == name))
    value = figure(raw)
    if value is None or value in point.ignore:
        return None
    value = (value + more) * point.scale
    if point.metric == "network.temperature" and not COLDEST <= value <= HOTTEST:
        return None
    if point.of is not None or point.rest is not None:
        other = figure(of if point.of is not None else rest)
        total = None if other is None else other * point.scale + (value if point.of is None else 0.0)
        if total is None or total <= 0 or value < 0:
            return None
        value = 100.0 * (total - value if point.left else value) / total
    return min(100.0, max(0.0, value)) if BY_NAME[point.metric].unit == "%" else value
