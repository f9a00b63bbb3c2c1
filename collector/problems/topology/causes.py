"""Whose symptom one finding is, and which causes take in what is open already. Pure."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from collector.problems.detector import World
from collector.problems.finding import Finding, Key, subject_of
from collector.problems.rule import UNREACHABLE
from collector.problems.rules import RuleBook, rank
from collector.problems.topology import together
from collector.problems.topology.consequences import NEAR_MS, Consequences, opposed
from collector.problems.topology.graph import PLANT, SERVICE, Graph
from collector.problems.topology.roots import Root

_TAKING = (UNREACHABLE, "group.")


def takes(cause: Key, symptom: Key) -> bool:
    """Whether a cause that comes to light later takes this problem under it though it is open, told or not. What is graver of one
    subject takes what is less: the one has grown out of the other."""
    return cause.rule.startswith(_TAKING) or cause.subject == symptom.subject


@lru_cache(65_536)
def gone(device: int) -> Key:
    """The problem that a device does not answer."""
    return Key(UNREACHABLE, subject_of("device", device))


def severity_of(finding: Finding, book: RuleBook) -> str:
    """The finding's own, else its rule's."""
    rule = book.rules.get(finding.key.rule)
    return finding.severity or (rule.severity if rule else "info")


class Causes:
    """The causes among what was found at one moment; `why` are the roots of what is down, `gateways` those of each building, `live`
    what is open, with whether it stands for itself."""

    def __init__(
        self, world: World, graph: Graph, gateways: Mapping[int, Sequence[int]], why: Mapping[int, Root],
        found: Mapping[Key, Finding], live: Mapping[Key, bool],
    ) -> None:  # fmt: skip
        self._world, self._graph, self._gateways = world, graph, gateways
        self._why, self._found, self._live = why, found, live
        self._gravest = self._worst(found)
        told = {key for key, alone in live.items() if alone}
        self._consequences = Consequences(found, world.devices, graph, told)

    def of(self, finding: Finding) -> Key | None:
        """Its cause, whether or not that is a problem already; None when it stands for itself."""
        key, device = finding.key, self._world.devices.get(finding.device or 0)
        if (named := self._named(finding)) is not None:
            return named
        critical = severity_of(finding, self._world.book) == "critical"
        if key.rule == UNREACHABLE and device is not None and device.id in self._why:
            return self._above(device.id)
        brought = None if critical else self._consequences.of(finding)
        if brought is not None:
            return self._named(self._found[brought]) or brought
        if key.rule == UNREACHABLE:
            return None
        if device is not None and device.reachable is False and key not in self._live and not critical:
            return self._above(device.id) or (gone(device.id) if self._spoken_of(device.id) else None)
        if device is not None and (above := self._served(finding, device.building)) is not None:
            return above
        worst = self._gravest.get(key.subject)
        return worst if worst is not None and self._rank(worst) > self._rank(key) else None

    def _named(self, finding: Finding) -> Key | None:
        """The cause that its detector names, where people hear of that: what is switched off explains to nobody."""
        named = finding.cause
        return named if named is not None and (named in self._found or named in self._live) else None

    def _served(self, finding: Finding, building: int) -> Key | None:
        """The gateway that a probe needs, or the plant that a zone needs, where that has failed."""
        rule, device = finding.key.rule, finding.device or 0
        if rule in together.SERVICE:
            edges = [edge.parent for edge in self._graph.parents(device, SERVICE)] or self._gateways.get(building, [])
            for parent in edges:
                known = self._world.devices.get(parent)
                if known is not None and known.reachable is False and self._spoken_of(parent):
                    return self._above(parent) or gone(parent)
                broken = self._grave(parent, finding)
                if broken is not None:
                    return broken
        for edge in self._graph.parents(device, PLANT):
            broken = self._grave(edge.parent, finding)
            if broken is not None and finding.key.rule != UNREACHABLE:
                return broken
        return None

    def _above(self, device: int) -> Key | None:
        """The highest above it that is down too and that people want to hear of: what is switched off explains to nobody."""
        root = self._why.get(device)
        way = () if root is None else (root.device, *reversed(root.path[1:]))
        return next((gone(each) for each in way if self._spoken_of(each)), None)

    def _spoken_of(self, device: int) -> bool:
        known, book = self._world.devices.get(device), self._world.book
        if known is None or known.reachable is not False:
            return False
        return UNREACHABLE not in book.rules or book.of(UNREACHABLE, known).enabled

    def _grave(self, device: int, finding: Finding) -> Key | None:
        """A major fault of that device which began before the finding, or hardly after it."""
        for key, other in self._found.items() if device != finding.device else ():
            near = other.since <= finding.since + NEAR_MS and not opposed(key, finding)
            if other.device == device and near and rank(severity_of(other, self._world.book)) >= rank("major"):
                return key
        return None

    def _worst(self, found: Mapping[Key, Finding]) -> dict[str, Key]:
        """By subject the gravest of the rules for values that it breaks."""
        worst: dict[str, Key] = {}
        for key in found:
            if self._values(key):
                known = worst.setdefault(key.subject, key)
                if self._rank(key) > self._rank(known):
                    worst[key.subject] = key
        return worst

    def _values(self, key: Key) -> bool:
        rule = self._world.book.rules.get(key.rule)
        return rule is not None and bool(rule.metric)

    def _rank(self, key: Key) -> int:
        if not self._values(key):
            return -1
        found = self._found.get(key)
        return rank(
            severity_of(found, self._world.book) if found is not None else self._world.book.rules[key.rule].severity
        )
