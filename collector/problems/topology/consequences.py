"""What one fault brings about, as rows: so that a flood is one message and not the full line, the busy processor and the slow services, too.

A row holds on one device, one point's label (a port, a door, a disk), one building, one agent, from an agent's own machine to the agent, from a
switch to what hangs on it, or from a plant to what it serves. What is critical is nobody's consequence.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from collector.problems.finding import Finding, Key
from collector.problems.fleet import Device
from collector.problems.topology.graph import PLANT, POWER, UPLINK, Graph

NEAR_MS = 10 * 60 * 1000
"""A cause may be seen this much later than what it brings about."""
HEAT_MS = 60 * 60 * 1000
"""The same of heat: what a zone had lost long before is its own."""
NIGHT_MS = 8 * 60 * 60 * 1000
"""The same of rooms, which nobody is told of before school: set back at night they are below their setpoint before the boiler fails,
and it is the boiler that keeps them so."""
EVER_MS = 1 << 62
"""What was there before has grown into it, however long before."""
PROMOTE_MS = 2 * 60 * 1000
"""A symptom still there this long after its cause is gone becomes a problem of its own."""
AIR_LASTS_MS, HEAT_LASTS_MS = 60 * 60 * 1000, 3 * 60 * 60 * 1000
"""The same of used air, once a fan runs again, and of rooms, once there is heat again: a classroom's air is renewed two to five times
an hour, its walls and furniture warm over hours. What is unusual about an air handler is seen over half an hour, as is that it is over."""
DAY_LASTS_MS = 24 * 60 * 60 * 1000
"""The same of what is summed over a day."""
LABEL, DEVICE, BUILDING, ABOVE, SERVED = "label", "device", "building", "above", "served"
AGENT, MACHINE = "agent", "machine"
_OWN_ADDRESS = "local"
"""Where an agent reads its own machine: the host driver's address of it."""


class Row(NamedTuple):
    """`cause` brings about `effects`, where they have the same label and device, device, building or agent, where the cause is the
    agent's own machine, where it is above, or where it serves them: by the edges of plant (boiler, air handler, box), or in one building
    where nobody drew any.

    It began at most `near` (ms) later than they; they may outlast it by `lasts` (ms) before they stand for themselves.
    """

    cause: str
    effects: frozenset[str]
    where: str
    near: int = NEAR_MS
    lasts: int = PROMOTE_MS


_LINE = frozenset({"probe.loss", "probe.loss.heavy", "probe.slowdown", "probe.down"})
_NOT_TOLD = frozenset({"door.unknown", "door.lock.unknown"})
"""What a controller does not tell of its doors: of many the first is named."""
_COLD, _COLD_AIR = frozenset({"bacnet.zone.cold"}), frozenset({"hvac.supply-temperature", "hvac.valve.stuck"})
"""Rooms; air handlers, the last of a heating coil without hot water."""
_HEAT, _TOO_WARM = frozenset({"hvac.boiler.failed", "hvac.plant"}), frozenset({"FC12", "FC13"})
"""Who gives heat; cooling that does not cool, and supply air above its setpoint (Guideline 36)."""
STORM = "network.interface.storm"
ROWS = (
    Row(
        "network.sessions.flood",
        frozenset({"network.sessions.full", "network.interface.full", "network.cpu.high"}),
        DEVICE,
    ),
    Row("network.sessions.flood", _LINE, BUILDING),
    Row(
        STORM,
        frozenset({STORM, "lan.broadcast.storm", "lan.arp.flood", "network.cpu.high", "network.interface.full"})
        | _LINE,
        BUILDING,
    ),
    Row("network.interface.full", frozenset({"network.interface.discards"}), LABEL),
    Row("network.link.flapping", frozenset({"network.interface.flapping"}), LABEL),
    Row("network.poe.unit", frozenset({"device.unreachable", "network.poe.fault"}), ABOVE),
    Row("network.poe.unit", frozenset({"network.poe.fault"}), DEVICE),
    Row("probe.loss", frozenset({"probe.slowdown"}), BUILDING),
    Row("probe.loss.heavy", frozenset({"probe.slowdown"}), BUILDING),
    Row("probe.down", frozenset({"probe.slowdown"}), DEVICE),
    Row("host.disk.readonly", frozenset({"host.disk.errors"}), DEVICE),
    Row("host.undervoltage", frozenset({"host.throttled"}), DEVICE),
    Row("host.temperature.high", frozenset({"host.throttled"}), DEVICE),
    Row(
        "printer.pages.odd-hours",
        frozenset({"printer.supply.plunged", "printer.supply.falling"}),
        DEVICE,
        lasts=DAY_LASTS_MS,
    ),
    Row("camera.recording.stopped", frozenset({"camera.recording.gap"}), LABEL),
    Row("camera.recording.failing", frozenset({"camera.recording.gap"}), LABEL),
    Row(
        "camera.blind.day",
        frozenset({"camera.picture.black", "camera.picture.covered", "camera.picture.blurred"}),
        DEVICE,
    ),
    Row("hvac.fan.failed", frozenset({"hvac.ventilation"}), SERVED, lasts=AIR_LASTS_MS),
    Row("hvac.fan.failed", frozenset({"bacnet.zone.cold", "bacnet.zone.warm"}), SERVED, lasts=HEAT_LASTS_MS),
    Row("hvac.simultaneous", frozenset({"hvac.valve.leaking"}), DEVICE, HEAT_MS),
    *(
        Row(fault, frozenset({"hvac.unusual"}), DEVICE, HEAT_MS, AIR_LASTS_MS)
        for fault in ("hvac.fan.failed", "hvac.duct-static", "hvac.damper", "hvac.sensor", "hvac.simultaneous")
    ),
    Row("hvac.boiler.failed", _COLD, SERVED, NIGHT_MS, HEAT_LASTS_MS),
    Row("hvac.boiler.failed", _COLD_AIR, SERVED, HEAT_MS, HEAT_LASTS_MS),
    Row("hvac.plant", _COLD, BUILDING, NIGHT_MS, HEAT_LASTS_MS),
    Row("hvac.plant", _COLD_AIR, BUILDING, HEAT_MS, HEAT_LASTS_MS),
    Row("agent.barred", frozenset({"agent.no-data"}), AGENT),
    Row("agent.disk.failing", frozenset({"agent.no-data"}), AGENT),
    Row(
        "agent.no-data",
        frozenset({"agent.spool.growing", "agent.clock.wrong", "agent.stuck", "agent.restarting"}),
        AGENT,
    ),
    Row("agent.silent", frozenset({"agent.no-data"}), AGENT, EVER_MS),
    Row("host.clock.wrong", frozenset({"agent.clock.wrong", "agent.clock.unsynchronised"}), MACHINE),
    Row("host.clock.unsynchronised", frozenset({"agent.clock.unsynchronised"}), MACHINE),
    Row("host.disk.readonly", frozenset({"agent.disk.failing"}), MACHINE),
    Row("host.disk.errors", frozenset({"agent.disk.failing"}), MACHINE),
    Row("host.disk.critical", frozenset({"agent.disk.failing"}), MACHINE),
    Row("host.reboot.loop", frozenset({"agent.restarting"}), MACHINE),
    Row("host.undervoltage", frozenset({"agent.restarting"}), MACHINE),
    Row("door.forced", frozenset({"door.open.night", "door.unsecured.night", "door.held"}), LABEL),
    Row("door.open.night", frozenset({"door.unsecured.night", "door.unlocked.night"}), LABEL),
    Row("door.unlocked.night", frozenset({"door.unsecured.night"}), LABEL),
    Row("door.sensor.flapping", frozenset({"door.held", "door.open.night", "door.unsecured.night"}), LABEL),
    Row("door.login.refused", _NOT_TOLD, DEVICE),
    Row("door.power.failing", _NOT_TOLD, DEVICE),
    *(
        Row(fault, _NOT_TOLD, LABEL)
        for fault in (
            "door.faulty",
            "door.fault",
            "door.tampered",
            "door.tamper",
            "door.sensor.flapping",
            "door.battery.low",
        )
    ),
    Row("door.unknown", _NOT_TOLD, DEVICE),
    Row("door.lock.unknown", frozenset({"door.lock.unknown"}), DEVICE),
)
"""A loop carries broadcasts to every port of a building: the port with the most is named."""


def lasts(cause: str | None, effect: str) -> int:
    """How long (ms) what breaks the rule `effect` may outlast what broke the rule `cause` and brought it about."""
    return max((row.lasts for row in ROWS if row.cause == cause and effect in row.effects), default=PROMOTE_MS)


def opposed(cause: Key, finding: Finding) -> bool:
    """Whether it cannot be what that cause brings about: what is too warm does not lack heat."""
    warm = finding.key.rule == "bacnet.zone.warm" or finding.evidence.get("fault") in _TOO_WARM
    return warm and cause.rule in _HEAT


class Consequences:
    """The causes among what was found; `told` are problems open already that are nobody's symptom: they stay the cause."""

    def __init__(
        self, found: Mapping[Key, Finding], devices: Mapping[int, Device], graph: Graph, told: Collection[Key]
    ) -> None:
        causes = {row.cause for row in ROWS}
        self._devices, self._graph, self._told = devices, graph, told
        self._by_rule: dict[str, list[Finding]] = {}
        for key, finding in found.items():
            if key.rule in causes and (finding.device is None or finding.device in devices):
                self._by_rule.setdefault(key.rule, []).append(finding)
        for rows in self._by_rule.values():
            rows.sort(key=lambda each: (each.key not in told, -(each.value or 0.0), each.key))

    def of(self, finding: Finding) -> Key | None:
        """What brought it about; None when nothing that was found did."""
        for row in ROWS if self._by_rule else ():
            if finding.key.rule in row.effects:
                for cause in self._by_rule.get(row.cause, ()):
                    if cause.key == finding.key:
                        break  # of several of one rule it is the first itself
                    near = cause.since <= finding.since + row.near and not opposed(cause.key, finding)
                    if near and self._touches(row.where, cause, finding):
                        return cause.key
        return None

    def _touches(self, where: str, cause: Finding, finding: Finding) -> bool:
        if where in (LABEL, DEVICE):
            same = where == DEVICE or cause.evidence.get("label") == finding.evidence.get("label")
            return cause.device is not None and cause.device == finding.device and same
        if where == AGENT:
            return cause.agent == finding.agent
        if where == MACHINE:
            machine = self._devices.get(cause.device or 0)
            return machine is not None and machine.agent == finding.agent and machine.address == _OWN_ADDRESS
        if where == ABOVE:
            return any(parent == cause.device for parent in self._parents(finding.device or 0, UPLINK, POWER))
        if where == SERVED and self._graph.parents(finding.device or 0, PLANT):
            return cause.device == finding.device or cause.device in self._serving(finding.device or 0)
        building = self._building(cause)
        return building is not None and building == self._building(finding)

    def _building(self, finding: Finding) -> int | None:
        device = self._devices.get(finding.device or 0)
        return device.building if device is not None else finding.building

    def _parents(self, device: int, *kinds: str) -> Iterator[int]:
        for kind in kinds:
            yield from (edge.parent for edge in self._graph.parents(device, kind))

    def _serving(self, device: int) -> set[int]:
        """All plant above it, a ring survived."""
        found: set[int] = set()
        front = [device]
        while front:
            new = set(self._parents(front.pop(), PLANT)) - found
            found |= new
            front += new
        return found
