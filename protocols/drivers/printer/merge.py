"""SNMP's and IPP's account of one printer made one. Pure but for what it remembers of the polls before.

| | taken from |
|---|---|
| status | whichever says the more important: stopped, printing, warming up, asleep, idle |
| conditions | both together |
| supplies, trays | SNMP's rows; their figure from IPP where SNMP has none; IPP's rows where SNMP has no table |
| pages | SNMP; while it is silent, its last count and what IPP has counted since |
| impressions, queued jobs | IPP |
| alerts | SNMP's table; IPP's reasons where SNMP never answered |
| attributes | `_FIRST`; what is known stays when its source falls silent |
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from protocols.drivers.printer import labels, names
from protocols.drivers.printer.conditions import STOPS, unexplained
from protocols.drivers.printer.seen import EMPTY, FULL, LOW, OK, SOME, STOPPED, UNKNOWN, Seen, Supply, Tray
from protocols.drivers.printer.status import stronger
from protocols.wire.batch import Scalar

_FIRST: Mapping[str, tuple[str, str]] = {"model": ("ipp", "snmp"), "firmware": ("ipp", "snmp")}
"""Who is believed first of an attribute; of all others SNMP, where a technician sets name and location."""
_LIKELY = 20.0
"""Percentage up to which the lowest supply is the one that the printer means by low-toner."""
UNNAMED = "a supply"
"""The label of what is low or empty by the printer's word, when it does not say which."""

Row = TypeVar("Row", Supply, Tray)


@dataclass(slots=True)
class Memory:
    """What is kept from poll to poll."""

    supply_labels: labels.Labels = field(default_factory=dict)
    tray_labels: labels.Labels = field(default_factory=dict)
    supplies: list[Supply] = field(default_factory=list)
    trays: list[Tray] = field(default_factory=list)
    attributes: dict[str, dict[str, Scalar]] = field(default_factory=lambda: {"snmp": {}, "ipp": {}})
    pages: tuple[int, int | None] | None = None
    """SNMP's last count, and IPP's at that time."""
    told: frozenset[str] | None = None
    """Labels of `printer.error` that were told as set; None: none were told yet."""
    unnamed: bool = False
    alerts: dict[str, set[str]] = field(default_factory=dict)
    """By source, the keys of those that were there."""
    has_snmp: bool = False
    remarked: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Merged:
    """One account, with labels."""

    status: int
    conditions: frozenset[str] | None
    supplies: list[tuple[str, Supply]]
    trays: list[tuple[str, Tray]]
    pages: int | None
    attributes: dict[str, Scalar]


def merge(snmp: Seen | None, ipp: Seen | None, memory: Memory) -> Merged:
    """At least one of the two is not None."""
    both = [each for each in (snmp, ipp) if each is not None]
    if snmp is not None:
        memory.has_snmp = True
        memory.supplies, memory.trays = snmp.supplies or memory.supplies, snmp.trays or memory.trays
    supplies = _rows(snmp.supplies if snmp else [], ipp.supplies if ipp else [], memory.supplies)
    trays = _rows(snmp.trays if snmp else [], ipp.trays if ipp else [], memory.trays)
    told = [each.conditions for each in both if each.conditions is not None]
    conditions = frozenset().union(*told) if told else None
    status = stronger(each.status for each in both)
    if conditions is not None:
        supplies = _explained(_wasted(supplies, conditions), conditions)
        conditions = _derived(conditions, supplies, trays)
    supplies = _worn(supplies, status, conditions or frozenset())
    return Merged(
        status=status,
        conditions=conditions,
        supplies=[*zip(labels.of_supplies(supplies, memory.supply_labels), supplies, strict=True)],
        trays=[*zip(labels.of_trays(trays, memory.tray_labels), trays, strict=True)],
        pages=_pages(snmp, ipp, memory),
        attributes=_attributes(snmp, ipp, memory),
    )


def _rows(snmp: list[Row], ipp: list[Row], known: list[Row]) -> list[Row]:
    """SNMP's rows with IPP's figures where they have none. Without SNMP: IPP's, called as SNMP called them before."""
    if snmp:
        pairs = _pairs(snmp, ipp)
        return [_filled_in(row, pairs.get(place)) for place, row in enumerate(snmp)]
    if known:
        pairs = _pairs(known, ipp)
        return [_as_known(row, pairs[place]) for place, row in enumerate(known) if place in pairs]
    return ipp


def _pairs(rows: Sequence[Row], others: Sequence[Row]) -> dict[int, Row]:
    """Which of `others` is the same thing as each of `rows`: the same name, else the only one of its kind and colour."""
    found: dict[int, Row] = {}
    for same in (_same_name, _same_kind):
        for place, row in enumerate(rows):
            alike = [each for each in others if each not in found.values() and same(row, each)]
            rivals = [each for each in rows if same(row, each)]
            if place not in found and len(alike) == 1 and len(rivals) == 1:
                found[place] = alike[0]
    return found


def _same_name(one: Supply | Tray, other: Supply | Tray) -> bool:
    if isinstance(one, Supply) and isinstance(other, Supply):
        named = bool(one.description) and one.filled == other.filled
        return named and labels.supply_name(one).casefold() == labels.supply_name(other).casefold()
    return (
        isinstance(one, Tray)
        and isinstance(other, Tray)
        and bool(one.name)
        and one.name.casefold() == other.name.casefold()
    )


def _same_kind(one: Supply | Tray, other: Supply | Tray) -> bool:
    if isinstance(one, Supply) and isinstance(other, Supply):
        if one.filled or other.filled:
            return one.filled and other.filled
        marks = one.kind in names.TONERS, other.kind in names.TONERS
        same = one.kind == other.kind or all(marks)
        return same and one.colour.casefold() == other.colour.casefold() and bool(one.colour)
    return (
        isinstance(one, Tray)
        and isinstance(other, Tray)
        and one.number == other.number
        and not (one.name and other.name)
    )


def _filled_in(row: Row, other: Row | None) -> Row:
    if other is None or row.percent is not None or other.percent is None:
        return row
    state = other.state if row.state in (OK, SOME, UNKNOWN) else row.state
    return row._replace(percent=other.percent, state=state)


def _as_known(known: Row, now: Row) -> Row:
    return known._replace(percent=now.percent, state=now.state)


def _explained(supplies: list[Supply], conditions: frozenset[str]) -> list[Supply]:
    """low-toner and no-toner laid to the supply that is meant, where that is plain: the only one, or the lowest of known levels."""
    state = _told(conditions)
    if state is None or _is_shown(supplies, state):
        return supplies
    marking = [each for each in supplies if each.kind in names.TONERS and not each.filled]
    if len(marking) == 1:
        meant = marking[0]
    else:
        levels = [each.percent for each in marking if each.percent is not None]
        if not levels or len(levels) < len(marking) or min(levels) > _LIKELY:
            return supplies
        meant = next(each for each in marking if each.percent == min(levels))
    return [each._replace(state=state) if each is meant else each for each in supplies]


def _wasted(supplies: list[Supply], conditions: frozenset[str]) -> list[Supply]:
    """waste-full and waste-near-full laid to the only container there is: many give no level of it."""
    containers = [each for each in supplies if each.filled]
    state = FULL if "waste-full" in conditions else LOW if "waste-near-full" in conditions else None
    if state is None or len(containers) != 1 or containers[0].state == FULL:
        return supplies
    return [each._replace(state=state) if each.filled else each for each in supplies]


def _worn(supplies: list[Supply], status: int, conditions: frozenset[str]) -> list[Supply]:
    """A drum or fuser at the end of its reckoned life is low, not empty, while the printer prints on, or stands for another reason."""
    ends_it = "no-toner" in conditions or (status == STOPPED and not STOPS & conditions)
    if ends_it:
        return supplies
    return [
        each._replace(state=LOW) if each.kind in names.WEARING and each.state == EMPTY else each for each in supplies
    ]


def _derived(conditions: frozenset[str], supplies: list[Supply], trays: list[Tray]) -> frozenset[str]:
    """What follows from rows: no paper when every tray that is not fed by hand is empty; the waste container."""
    automatic = [each for each in trays if not each.manual]
    if automatic and all(each.state == EMPTY for each in automatic):
        conditions |= {"no-paper"}
    untold = {"waste-full"}  # which has no problem of its own: that is the container's
    if any(each.filled and each.state == FULL for each in supplies):
        conditions |= {"waste-full"}
        untold = set()
    elif any(each.filled and each.state == LOW for each in supplies):
        conditions |= {"waste-near-full"}
    return unexplained(conditions, conditions - untold)


def unnamed(merged: Merged) -> int | None:
    """The state of a supply that the printer says is low or empty without saying which; None where it does, or is not."""
    state = _told(merged.conditions or frozenset())
    supplies = [supply for _, supply in merged.supplies]
    is_taken = UNNAMED in [label for label, _ in merged.supplies]
    return None if state is None or is_taken or _is_shown(supplies, state) else state


def _told(conditions: frozenset[str]) -> int | None:
    return EMPTY if "no-toner" in conditions else LOW if "low-toner" in conditions else None


def _is_shown(supplies: Sequence[Supply], state: int) -> bool:
    """Whether a supply is as the conditions say."""
    fitting = (EMPTY,) if state == EMPTY else (LOW, EMPTY, FULL)
    return any(each.state in fitting for each in supplies if each.kind not in names.FINISHING)


def _pages(snmp: Seen | None, ipp: Seen | None, memory: Memory) -> int | None:
    """SNMP's count where there ever was one. While it is silent, what IPP has counted since is added to it: two counters of one
    printer differ, and going from one to the other would look like a leap."""
    beside = ipp.pages if ipp else None
    if snmp is not None and snmp.pages is not None:
        memory.pages = (snmp.pages, beside)
        return snmp.pages
    if memory.pages is None:
        return beside
    count, before = memory.pages
    if before is None or beside is None or beside < before:
        return None
    return count + beside - before


def _attributes(snmp: Seen | None, ipp: Seen | None, memory: Memory) -> dict[str, Scalar]:
    for name, each in (("snmp", snmp), ("ipp", ipp)):
        if each is not None:
            memory.attributes[name] |= each.attributes
    known = memory.attributes
    return {
        key: next(known[name][key] for name in _FIRST.get(key, ("snmp", "ipp")) if key in known[name])
        for key in {**known["snmp"], **known["ipp"]}
    }
