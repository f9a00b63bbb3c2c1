"""Who is lost, though its own rule still waits: it counts where several fell together. Pure.

One printer that does not answer may be switched off, and has hours to come back. A room of them in class hours is an outage, and is
judged as fast as anything else: the more patient rule of a kind is about one device, not about what it shares with others.
"""

from collections.abc import Collection, Mapping

from collector.problems.detector import World
from collector.problems.finding import Finding, Key
from collector.problems.fleet import Device
from collector.problems.hours import Hours
from collector.problems.rule import UNREACHABLE
from collector.problems.topology.causes import gone
from collector.problems.topology.consequences import PROMOTE_MS
from collector.problems.topology.graph import Graph

LATEST_MS = 10 * 60_000
"""Later than that nothing new is made of a loss but by its own rule."""


class Losses:
    """Asks the rules of the world and its calendars."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._hours = Hours(world.calendars)

    def found(
        self, lost: Collection[int], found: Mapping[Key, Finding], members: Collection[int], silent: Collection[str], now: int
    ) -> dict[int, Finding]:  # fmt: skip
        """Of the `lost` those not found already, as findings: who has been so for as long as the district's own rule asks, and the
        `members` of a group that is open. `silent` are agents (`agent:lincoln`) of whose devices nothing is known."""
        made: dict[int, Finding] = {}
        rule = self._world.book.rules.get(UNREACHABLE)
        for identity in lost if rule is not None else ():
            device = self._world.devices.get(identity)
            if device is None or gone(identity) in found or f"agent:{device.agent}" in silent:
                continue
            if identity in members or self._together(device, rule.for_ms if rule else 0, now):
                evidence = {"unreachable_since": device.since}
                made[identity] = Finding(gone(identity), device.since, device.agent, identity, evidence=evidence)
        return made

    def _together(self, device: Device, needed: int, now: int) -> bool:
        """What people switch off counts while school is in: by evening a whole room may be off."""
        own = self._world.book.of(UNREACHABLE, device)
        during = "always" if own.during == "always" else "class"
        fresh = needed <= now - device.since < LATEST_MS
        return own.enabled and fresh and self._hours.due(device.building, during, device.since, needed, now)


def parent_back(graph: Graph, devices: Mapping[int, Device], device: Device, now: int) -> bool:
    """Whether what the device hangs off was down, too, and has just come back: its children have a while to follow."""
    for edge in graph.above.get(device.id, ()):
        parent = devices.get(edge.parent)
        if parent is not None and parent.reachable and device.since < parent.since > now - PROMOTE_MS:
            return True
    return False
