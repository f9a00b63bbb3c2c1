"""Power over Ethernet (POWER-ETHERNET-MIB, RFC 3621): ports' states, units' budgets. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from protocols.driver import Sample
from protocols.drivers.network import oids
from protocols.drivers.network.columns import Columns, column, figure, whole
from protocols.drivers.network.interfaces import Interface

_STATES = {1: 0, 2: 1, 3: 2, 4: 3, 5: 4, 6: 3}
"""pethPsePortDetectionStatus: disabled, searching, deliveringPower, fault, test, otherFault → `network.poe.state`."""
OFF, DENIED, DELIVERING, UNKNOWN = 0, 5, 2, 255
HELD_S = 300.0
"""A device that was refused power asks again and again, not at each poll."""
QUIET = frozenset({0.0, 1.0})
"""Off and searching: a port that gives no power to anybody."""
_UNIT_STATES = {1: 1, 2: 0, 3: 2}
"""pethMainPseOperStatus: on, off, faulty → `network.poe.unit.state`."""


class Denied(NamedTuple):
    """How often a port was refused power, and when it last was (monotonic seconds)."""

    times: int
    at: float = float("-inf")


def ports(indexes: Mapping[str, object], found: Mapping[str, Interface]) -> dict[str, str]:
    """The interface's name for each `group.port` of the PoE table; `group/port` where none fits.

    The MIB leaves the numbering to the maker: it is the ifIndex where every port is one (HPE, Ubiquiti), else the last
    number of the name (`Gi1/0/7`), with the group as the first where there are several.
    """
    by_index = {each.number: each.name for each in found.values()}
    split = {index: index.split(".")[-2:] for index in indexes if index.count(".") == 1}
    if (
        split
        and len({group for group, _ in split.values()}) == 1
        and all(port in by_index for _, port in split.values())
    ):
        return {index: by_index[port] for index, (_, port) in split.items()}
    several = len({group for group, _ in split.values()}) > 1
    by_numbers: dict[tuple[str, str], str] = {}
    for each in found.values():
        numbers = re.findall(r"\d+", each.name)
        if numbers and not each.aggregate and each.connector is not False:
            group = numbers[0] if several and len(numbers) > 1 else ""
            by_numbers.setdefault((group, numbers[-1]), each.name)
    return {
        index: by_numbers.get((group if several else "", port)) or f"{group}/{port}"
        for index, (group, port) in split.items()
    }


def port_samples(columns: Columns, names: Mapping[str, str], denied: dict[str, Denied], at: float) -> Iterator[Sample]:
    """What each port does with power at `at`. `denied` is what was refused until the last poll, and is brought up to date."""
    refusals = column(columns, oids.POE_DENIED)
    for index, value in column(columns, oids.POE_STATUS).items():
        if index not in names:
            continue
        state = _STATES.get(whole(value) or 0, UNKNOWN)
        count = whole(refusals.get(index))
        if count is not None:
            before = denied.get(index, Denied(count))
            last = denied[index] = Denied(count, at if count > before.times else before.at)
            if state not in (OFF, DELIVERING) and at - last.at < HELD_S:
                state = DENIED
        yield Sample("network.poe.state", names[index], float(state))


def unit_samples(columns: Columns) -> Iterator[Sample]:
    """Each unit's budget, what is drawn of it, and whether it works."""
    for group, value in column(columns, oids.POE_BUDGET).items():
        budget, drawn = figure(value), figure(column(columns, oids.POE_DRAWN).get(group))
        state = whole(column(columns, oids.POE_UNIT_STATUS).get(group))
        yield Sample("network.poe.unit.state", group, float(_UNIT_STATES.get(state or 0, UNKNOWN)))
        if budget is None or budget <= 0:
            continue
        yield Sample("network.poe.budget", group, budget)
        if drawn is not None and drawn >= 0:
            yield Sample("network.poe.drawn", group, drawn)
            yield Sample("network.poe.budget.used", group, 100.0 * drawn / budget)
