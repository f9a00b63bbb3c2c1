"""What comes to light only when its cause is over: a room that was falling while the fan stood, and is found too cold after. Pure."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from collector.problems.finding import Finding, Key
from collector.problems.fleet import Device
from collector.problems.topology.consequences import PROMOTE_MS, ROWS, Consequences, lasts
from collector.problems.topology.graph import Graph

SLOW = tuple(row for row in ROWS if row.lasts > PROMOTE_MS)
CAUSES, EFFECTS = {row.cause for row in SLOW}, {effect for row in SLOW for effect in row.effects}
LONGEST_MS = max(row.lasts for row in SLOW)


class Over(NamedTuple):
    """A stored problem that has ended at `at` (ms): its id, and what was found."""

    id: int
    finding: Finding
    at: int


def may_be_late(found: Iterable[Key], live: Mapping[Key, object]) -> bool:
    """Whether it is worth asking what has ended."""
    return any(key.rule in EFFECTS and key not in live for key in found)


def late(
    finding: Finding, over: Iterable[Over], devices: Mapping[int, Device], graph: Graph, now: int
) -> Key | None:  # fmt: skip
    """What brought it about and is over: it began before that, which has ended no longer ago than it may outlast it."""
    rule = finding.key.rule
    had = {
        each.finding.key: each.finding
        for each in over
        if finding.since <= each.at and now - each.at < lasts(each.finding.key.rule, rule)
    }
    return Consequences({finding.key: finding} | had, devices, graph, ()).of(finding) if had else None
