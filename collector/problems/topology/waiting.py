"""How long a fault that others may share waits for them, so that it is told as one. Pure but for memory."""

from collections.abc import Mapping

from collector.problems.detector import World
from collector.problems.finding import Finding, Key
from collector.problems.rule import UNREACHABLE
from collector.problems.topology.together import AGENTS, DEVICES, SCHOOLS, SERVICES, Band

LONE_MS, PAIR_MS = 60_000, 120_000
"""How long one waits for others where there could be some; how long two do at most, and no longer than their own rule is patient."""
SETTLE_MS = 90_000
"""Two and more wait no longer than until nobody has joined them for so long."""
LOST_MS, LOST_PAIR_MS, LOST_SETTLE_MS = 120_000, 300_000, 180_000
"""The same for what a maker's server takes away at one school after the other."""
AGENT_MS = 30_000
"""The same for agents: a line that is cut is cut for all of them within one batch of each other."""


class Waiting:
    """Remembers since when each was found; a restart begins no wait anew."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._first: dict[Key, int] | None = None
        """None: nothing was looked at yet."""
        self._peers: dict[tuple[str, int], int] = {}

    def learn(self) -> None:
        """Take in the fleet anew: devices are in the world."""
        self._peers = {}
        for device in self._world.devices.values():
            key = (device.kind, device.building)
            self._peers[key] = self._peers.get(key, 0) + 1

    def look(self, found: Mapping[Key, Finding], now: int) -> None:
        """What is found at `now`. What is found at the first look was found before a restart, when its rule was met."""
        if self._first is not None:
            self._first = {key: self._first.get(key, now) for key in found}
        else:
            self._first = {key: min(now, finding.since + self._patience(finding)) for key, finding in found.items()}

    def waits(self, band: Band, finding: Finding, now: int) -> bool:
        """Whether a member of the band, which is not complete, waits on for more at `now`."""
        first = self._first or {}
        settled = now - max(first.get(each.key, now) for each in band.members)
        waited = now - first.get(finding.key, now)
        return self._may(band, finding) and goes_on(band, waited, settled, self._patience(finding))

    def _may(self, band: Band, finding: Finding) -> bool:
        """Whether others may follow: alone it waits only where its rule is patient and it has peers enough."""
        if band.places > 1:
            return True
        if finding.key.rule in AGENTS:
            return len(self._world.agents) >= SCHOOLS
        device = self._world.devices.get(finding.device or 0)
        rule = self._world.book.rules.get(finding.key.rule)
        if device is None or rule is None or rule.for_ms < LONE_MS:
            return False
        peers = self._peers.get((device.kind, device.building), 0)
        schools = sum(kind == device.kind for kind, _ in self._peers)
        return {"group.same": peers >= DEVICES, "group.service": peers >= SERVICES}.get(
            band.kin.rule, schools >= SCHOOLS
        )

    def _patience(self, finding: Finding) -> int:
        """For how long its rule asks that it holds."""
        rule, agent = finding.key.rule, self._world.agents.get(finding.agent)
        device, building = self._world.devices.get(finding.device or 0), agent.building if agent is not None else None
        return self._world.book.for_ms(rule, device, building) if rule in self._world.book.rules else 0


def goes_on(band: Band, waited: int, settled: int, patience: int) -> bool:
    """Whether one that has waited so long waits on; the last one joined `settled` ago, its rule has `patience` (ms)."""
    if band.kin.subject.removeprefix("district:") in AGENTS:
        return waited < AGENT_MS
    lost = UNREACHABLE in band.kin.subject
    if band.places <= 1:
        return waited < (LOST_MS if lost else LONE_MS)
    if settled >= (LOST_SETTLE_MS if lost else SETTLE_MS):
        return False
    if band.places > 2:
        return waited < band.kin.window
    return waited < (LOST_PAIR_MS if lost else max(LONE_MS, min(PAIR_MS, patience)))
