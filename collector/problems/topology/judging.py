"""Sorts what was found at one moment: whose symptom it is, what is one problem together, what waits a little. Pure but for memory.

A finding waits where a cause may still come to light: until `HOLD_MS` after it began where something shares its fate, so that a
switch found down half a minute after its children is the only message. What is critical waits for nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from collector.problems.detector import World
from collector.problems.finding import Finding, Key
from collector.problems.rule import UNREACHABLE
from collector.problems.rules import rank
from collector.problems.topology import common_fate, together
from collector.problems.topology.causes import Causes, gone, severity_of
from collector.problems.topology.graph import Edge, Graph, graph_of
from collector.problems.topology.impact import graver
from collector.problems.topology.late import EFFECTS, Over, late
from collector.problems.topology.losses import Losses
from collector.problems.topology.roots import Down, Root, roots
from collector.problems.topology.waiting import Waiting

HOLD_MS = 90_000
MOST_HOLD_MS = 180_000
"""While others that share its fate are down and not yet told."""
GATEWAYS = frozenset({"firewall", "router", "gateway"})
FELL = "group.unreachable"
NAMED = 50
"""Members named in the evidence."""


class LiveRow(Protocol):
    """What is asked of a stored problem."""

    @property
    def id(self) -> int: ...
    @property
    def key(self) -> Key: ...
    @property
    def severity(self) -> str: ...
    @property
    def cause(self) -> int | None: ...
    @property
    def opened_at(self) -> int: ...
    @property
    def device(self) -> int | None: ...
    @property
    def agent(self) -> str | None: ...
    @property
    def building(self) -> int | None: ...


@dataclass
class Sorted:
    """`found` with its groups; `cause` by key of what is a symptom; `held` waits; the evidence is in the findings. `over` has the
    problems that have ended and may be a cause still, by key."""

    found: dict[Key, Finding]
    cause: dict[Key, Key] = field(default_factory=dict)
    held: set[Key] = field(default_factory=set)
    over: Mapping[Key, int] = field(default_factory=dict)


class Judge:
    """Keeps the graph and, of what waits, since when."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.graph = Graph()
        self._shared = common_fate.Shared({}, self.graph)
        self._roots: tuple[dict[int, int], dict[int, Root]] = ({}, {})
        self._pending: set[tuple[str, str]] = set()
        self._waiting = Waiting(world)
        self._gateways: dict[int, list[int]] = {}
        self._losses = Losses(world)
        self.unknown: set[str] = set()
        """Agents (`agent:lincoln`) of whose devices nothing is known."""

    def learn(self, edges: Iterable[Edge]) -> None:
        """Take in the fleet anew: devices are in the world."""
        devices = self.world.devices
        self.graph = graph_of(edges, {device.id: device.parent for device in devices.values()})
        self._shared = common_fate.Shared(devices, self.graph)
        self._roots = ({}, {})
        self._waiting.learn()
        self._gateways = {}
        for device in devices.values():
            if device.kind in GATEWAYS:
                self._gateways.setdefault(device.building, []).append(device.id)

    def sort(
        self, found: Mapping[Key, Finding], live: Mapping[Key, LiveRow], now: int, over: Sequence[Over] = ()
    ) -> Sorted:
        """What was found at `now` (ms) against what is stored: what is live, and what is `over`."""
        self._waiting.look(found, now)
        over = [each for each in over if each.finding.key not in found]  # what a person resolved may hold still
        made = Sorted(dict(found), over={each.finding.key: each.id for each in over})
        why = self.why()
        silent = self.unknown
        alone = {key: problem.cause is None for key, problem in live.items()}
        causes = Causes(self.world, self.graph, self._gateways, why, found, alone)
        for key, finding in found.items():
            cause = causes.of(finding)
            if cause is None and over and key not in live and key.rule in EFFECTS:
                cause = self._late(finding, over, now)
            if cause is not None and cause != key:
                made.cause[key] = cause
        free = [finding for key, finding in found.items() if key not in made.cause]
        self._together(made, free, live, now)
        self._fallen(made, live, silent, now)
        self._still(made, live, silent)
        self._evidence(made, live, why, now)
        return made

    def _late(self, finding: Finding, over: Sequence[Over], now: int) -> Key | None:
        critical = self._severity(finding) == "critical"
        return None if critical else late(finding, over, self.world.devices, self.graph, now)

    def why(self) -> dict[int, Root]:
        """The root of each device that does not answer because another does not."""
        down = {device.id: device.since for device in self.world.devices.values() if device.reachable is False}
        if down != self._roots[0]:
            unwatched = [device.id for device in self.world.devices.values() if device.reachable is None]
            self._roots = (down, roots(self.graph, {each: Down(since) for each, since in down.items()}, unwatched))
        return self._roots[1]

    def _wanted(self, rule: str, building: int | None) -> bool:
        """Whether there is such a rule and nobody has switched it off there."""
        return rule in self.world.book.rules and self.world.book.of(rule, building=building).enabled

    def _severity(self, finding: Finding) -> str:
        return severity_of(finding, self.world.book)

    def _together(self, made: Sorted, free: list[Finding], live: Mapping[Key, LiveRow], now: int) -> None:
        standing = [each for each in free if each.key not in live or live[each.key].cause is None]
        for band in together.bands(standing, self.world.devices, self._severity, self._called):
            key = Key(band.kin.rule, band.kin.subject)
            members = [each for each in band.members if each.key not in made.cause]
            fresh = [each for each in members if each.key not in live]
            if key in live or (band.complete and fresh and len(members) == len(band.members)):
                if self._wanted(key.rule, band.kin.building):
                    self._gather(made, key, members, {"what": band.kin.what}, band.kin.building)
                continue
            made.held |= {each.key for each in fresh if self._waiting.waits(band, each, now)}

    def _called(self, rule: str) -> str:
        known = self.world.book.rules.get(rule)
        title = known.title if known else rule
        words = title.replace("{device}", "").split("{")[0].strip(" :,(") if "{" in title else title
        return words or rule.replace(".", " ")

    def _fallen(self, made: Sorted, live: Mapping[Key, LiveRow], silent: set[str], now: int) -> None:
        """What does not answer and has no known cause: by what it shares; and who waits for whom."""
        down, explained = self._roots
        groups = {problem.id for key, problem in live.items() if key.rule == FELL}
        members = {problem.device or 0 for key, problem in live.items() if problem.cause in groups}
        early = self._losses.found(down.keys() - explained.keys(), made.found, members, silent, now)
        made.found |= {gone(each): early[each] for each in members & early.keys()}
        alone: dict[int, int] = {}
        for key, finding in made.found.items():
            if key.rule == UNREACHABLE and key not in made.cause and finding.device is not None:
                stored = live.get(key)
                if stored is None or stored.cause is None:
                    alone[finding.device] = finding.since
        early = {each: finding for each, finding in early.items() if gone(each) not in live}
        new = {device for device in alone if gone(device) not in live}
        if not new and not early:
            return
        lost = self._not_yet_told(alone, now)
        ready = alone | {each: finding.since for each, finding in early.items()}
        for fate in common_fate.fates(self._shared, ready | lost, down):
            key = Key(FELL, fate.subject)
            own = [made.found.get(gone(each)) or early[each] for each in fate.members if each in ready]
            fresh = any(each in new or each in early for each in fate.members)
            building = self.world.devices[fate.members[0]].building
            if fresh and len(own) >= common_fate.LEAST and self._wanted(key.rule, building):
                words = {"what": fate.place.words, "where": fate.place.where, "count": str(len(fate.members))}
                made.found |= {member.key: member for member in own}
                self._gather(made, key, own, words, building)
                if key in live:  # who joins is lost, and no more: what its own rule would say is not known yet
                    made.found[key] = replace(made.found[key], severity=live[key].severity)
                else:
                    made.found[key] = graver(made.found[key], fate.members, self.world, now)
        self._join(made, early, ready, live)
        self._pending = {place for each in lost for place in self._shares(each)}
        for device in new:
            if gone(device) not in made.cause and self._waits(device, alone, now):
                made.held.add(gone(device))

    def _waits(self, device: int, alone: Mapping[int, int], now: int) -> bool:
        age = now - alone[device]
        severity = self._severity(Finding(gone(device), 0, ""))
        if severity == "critical" or age >= MOST_HOLD_MS:
            return False
        if age < HOLD_MS:
            return bool(self.graph.above.get(device)) or device not in self.graph.carriers
        return bool(self._pending & self._shares(device))

    def _shares(self, device: int) -> set[tuple[str, str]]:
        return {(place.reason, place.which) for place in self._shared.places.get(device, ())}

    def _join(
        self, made: Sorted, early: Mapping[int, Finding], ready: Mapping[int, int], live: Mapping[Key, LiveRow]
    ) -> None:
        """Who fell with a group that is open already belongs to it."""
        open_groups = any(key.rule == FELL for key in live)
        for device, since in ready.items() if open_groups else ():
            for reason, which in self._shares(device) if gone(device) not in live else ():
                group = Key(FELL, f"{reason}:{which}")
                near = group in live and abs(since - live[group].opened_at) <= common_fate.WINDOW_MS
                if near and gone(device) not in made.cause:
                    made.cause[gone(device)] = group
                    made.found.setdefault(gone(device), early.get(device) or Finding(gone(device), since, ""))

    def _not_yet_told(self, alone: Mapping[int, int], now: int) -> dict[int, int]:
        """Those that have just been lost, without a known cause, and whose own rule is not yet met; since when."""
        down, explained = self._roots
        lost = {each: since for each, since in down.items() if each not in alone and now - since < MOST_HOLD_MS}
        return {each: since for each, since in lost.items() if each not in explained}

    def _gather(
        self, made: Sorted, key: Key, members: list[Finding], words: Mapping[str, str], building: int | None
    ) -> None:
        """Make the members symptoms of one finding."""
        if not members:
            return
        since = min(member.since for member in members)
        places = {self.world.devices[m.device].building for m in members if m.device in self.world.devices}
        count = len({member.device or member.agent for member in members})
        if key.rule == "group.fleet":
            count = len(places) or count
        names = [self.world.devices[m.device].name if m.device in self.world.devices else m.agent for m in members]
        local = self.world.calendars.of(building).local(since)
        said = {"count": str(count), "since": local.strftime("%H:%M"), "where": "", **words}
        evidence: dict[str, Any] = {
            "reason": words.get("what", ""),
            "members": sorted(set(names))[:NAMED],
            "count": int(said["count"]),
            "from": since,
            "to": max(member.since for member in members),
        }
        worst = max((self._severity(member) for member in members), key=rank)
        if self.world.book.tuning.says(key.rule, "severity", None, building):  # a person's word before the members'
            worst = self.world.book.of(key.rule, building=building).severity
        made.found[key] = Finding(
            key, since, "", building=building, severity=worst, words=said, evidence=evidence
        )  # fmt: skip
        for member in members:
            made.cause[member.key] = key
            made.held.discard(member.key)

    def _still(self, made: Sorted, live: Mapping[Key, LiveRow], silent: set[str]) -> None:
        """A group that is open stays while two of its members last, as far as anybody can know: an agent may be silent."""
        groups = {problem.id: key for key, problem in live.items() if together.is_group(key)}
        if not groups:
            return
        left: dict[int, list[Key]] = {}
        for key, problem in live.items():
            if problem.cause in groups and (key in made.found or f"agent:{problem.agent}" in silent):
                left.setdefault(problem.cause, []).append(key)
        for identity, key in groups.items():
            members = left.get(identity, [])
            if len(members) >= common_fate.ALONE and self._wanted(key.rule, live[key].building):
                made.found.setdefault(key, Finding(key, live[key].opened_at, "", severity=live[key].severity))
                for member in members:
                    if member in made.found:
                        made.cause.setdefault(member, key)
            elif key in made.found and not any(cause == key and k not in live for k, cause in made.cause.items()):
                del made.found[key]

    def _evidence(self, made: Sorted, live: Mapping[Key, LiveRow], why: Mapping[int, Root], now: int) -> None:
        """What is behind a cause that is about to open, with a few of the ways to it."""
        behind: dict[int, list[int]] = {}
        for device, root in why.items():
            behind.setdefault(root.device, []).append(device)
        for device, below in behind.items():
            finding = made.found.get(gone(device))
            if finding is None or finding.key in live:
                continue
            name = {each: self.world.devices[each].name for each in below[:NAMED] if each in self.world.devices}
            ways = [[self._name(each) for each in why[child].path] for child in below[:3]]
            evidence = {**finding.evidence, "behind": len(below), "members": sorted(name.values()), "paths": ways}
            found = replace(finding, evidence=evidence)
            made.found[finding.key] = graver(found, [device, *below], self.world, now)

    def _name(self, device: int) -> str:
        known = self.world.devices.get(device)
        return known.name if known is not None else str(device)

    def to_ask(self) -> dict[int, int]:
        """Parents that answer as far as is known and have a child that has just been lost: the extra poll; with the loss's time."""
        wanted: dict[int, int] = {}
        for device, since in self._roots[0].items():
            for edge in self.graph.above.get(device, ()):
                parent = self.world.devices.get(edge.parent)
                if parent is not None and parent.reachable is not False:
                    wanted[parent.id] = max(since, wanted.get(parent.id, 0))
        return wanted
