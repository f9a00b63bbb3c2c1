"""The building's network: firewall, core, access switches, access points, and the network as the agent sees it."""

import numpy as np

from protocols.metrics import BY_NAME
from tests.bench.school_year.day import Day, Floats
from tests.bench.school_year.fleet import Device, Placed, Reading

SCOPE = "lan.dhcp.scope.utilization"
PORTS = 8
"""Ports of a switch that are told; the others are down and told with the slow tables only."""
ACCESS = ("switch-1", "switch-2", "switch-3")
AP_COUNT = 6
_TRAFFIC = ("state", "in.rate", "out.rate", "utilization", "speed", "broadcast.rate", "errors.rate")


def devices(school: int) -> list[Device]:
    """Those of one school: closets IDF-1 to IDF-3 behind the core in the MDF, which hangs off the firewall."""
    del school
    found = [
        Device(
            "firewall", "network", "Firewall", "MDF", None, (*_body(), *_port("wan"), Reading("network.sessions.used"))
        ),
        Device("core", "network", "Core switch", "MDF", "firewall", _switch()),
        Device("lan", "lan", "Building network", "MDF", None, _lan()),
    ]
    for number, key in enumerate(ACCESS, 1):
        found.append(Device(key, "network", f"Switch IDF-{number}", f"IDF-{number}", "core", _switch()))
    for number in range(AP_COUNT):
        readings = (Reading("network.uptime"), Reading("network.clients"))
        found.append(
            Device(
                f"ap-{number + 1}",
                "network",
                f"AP {201 + number}",
                f"Room {201 + number}",
                ACCESS[number % 3],
                readings,
            )
        )
    return found


def _body() -> tuple[Reading, ...]:
    return (
        Reading("network.uptime"), Reading("network.cpu.utilization"), Reading("network.memory.utilization"),
        Reading("network.temperature", "chassis"), Reading("network.part.state", "fan 1"), Reading("network.part.state", "power 1"),
    )  # fmt: skip


def _port(name: str) -> tuple[Reading, ...]:
    return tuple(Reading(f"network.interface.{part}", name) for part in _TRAFFIC)


def _switch() -> tuple[Reading, ...]:
    ports = tuple(
        Reading(f"network.{what}", f"Gi1/0/{number}")
        for number in range(1, PORTS + 1)
        for what in (
            "interface.state",
            "interface.flaps",
            "interface.errors.rate",
            "poe.state",
            "interface.broadcast.rate",
        )
    )
    unit = tuple(Reading(f"network.poe.{what}", "1") for what in ("budget", "drawn", "budget.used", "unit.state"))
    return (*_body(), *_port("uplink"), Reading("network.uplink.state", "uplink"), *ports, *unit)


def _lan() -> tuple[Reading, ...]:
    one = (
        "device.count",
        "device.random",
        "device.new",
        "address.duplicate",
        "dhcp.servers",
        "dhcp.rogue",
        "dhcp.duration",
    )
    two = ("router.rogue", "broadcast.rate", "broadcast.share", "arp.rate")
    named = (Reading("lan.dns.duration", "10.1.0.10"), Reading("lan.dns.state", "10.1.0.10"))
    scope = (Reading(SCOPE, "Staff and students"),) if SCOPE in BY_NAME else ()
    return tuple(Reading(f"lan.{name}") for name in (*one, *two)) + named + scope


def play(day: Day) -> None:
    """The day of every such device."""
    for placed in day.fleet.placed:
        if placed.device.kind == "network":
            _network(day, placed)
        elif placed.device.kind == "lan":
            _neighbours(day, placed)


def _network(day: Day, placed: Placed) -> None:
    labels = {(reading.metric, reading.label) for reading in placed.device.readings}
    uptime(day, placed, "network.uptime")
    if ("network.clients", None) in labels:
        day.put(placed, "network.clients", np.round(28 * day.busy + day.chance.poisson(1.0, len(day.minutes))))
        return
    busy = day.busy
    day.put(placed, "network.cpu.utilization", np.clip(12 + 9 * busy + np.abs(day.noise(3)), 0, 100).round())
    day.put(placed, "network.memory.utilization", np.clip(44 + 2 * busy + day.noise(0.4), 0, 100).round(1))
    day.put(placed, "network.temperature", np.round(38 + 3 * busy + day.noise(0.4)), "chassis")
    for part in ("fan 1", "power 1"):
        day.put(placed, "network.part.state", 0.0, part)
    name, speed = ("wan", 1e9) if placed.device.key == "firewall" else ("uplink", 1e10)
    _traffic(day, placed, name, speed, busy)
    if placed.device.key == "firewall":
        day.put(placed, "network.sessions.used", np.clip(4 + 30 * busy + day.noise(1), 0, 100).round(1))
        return
    day.put(placed, "network.uplink.state", 1.0, name)
    for number in range(1, PORTS + 1):
        port = f"Gi1/0/{number}"
        day.put(placed, "network.interface.state", 1.0, port)
        day.put(placed, "network.interface.flaps", 0.0, port)
        day.put_changes(placed, "network.interface.errors.rate", np.zeros(len(day.minutes)), port)
        day.put(placed, "network.poe.state", 2.0, port)
        day.put(placed, "network.interface.broadcast.rate", day.chance.poisson(3 + 8 * busy) / 1.0, port)
    drawn = 120 + 30 * busy + day.noise(2)
    for what, value in (
        ("budget", 370.0),
        ("drawn", drawn.round()),
        ("budget.used", (drawn / 3.7).round(1)),
        ("unit.state", 1.0),
    ):
        day.put(placed, f"network.poe.{what}", value, "1")


def _traffic(day: Day, placed: Placed, name: str, speed: float, busy: Floats) -> None:
    scale = speed * 0.02 if speed > 5e9 else speed * 0.25
    incoming = scale * (0.02 + busy) * day.chance.lognormal(0, 0.35, len(day.minutes))
    incoming = np.minimum(incoming, 0.85 * speed)
    outgoing = incoming * day.chance.uniform(0.08, 0.2, len(day.minutes))
    rows = {
        "state": 1.0, "in.rate": incoming.round(), "out.rate": outgoing.round(), "speed": speed,
        "utilization": (100 * incoming / speed).round(1), "broadcast.rate": day.chance.poisson(12 + 30 * busy) / 1.0,
    }  # fmt: skip
    for part, value in rows.items():
        day.put(placed, f"network.interface.{part}", value, name)
    day.put_changes(placed, "network.interface.errors.rate", np.zeros(len(day.minutes)), name)


def uptime(day: Day, placed: Placed, metric: str) -> None:
    """Seconds since it started; a knob `reboot` starts it anew."""
    key = f"started {placed.id}"
    started = day.state.setdefault(key, float(day.minutes[0]) - 86_400_000.0 * float(day.chance.integers(3, 200)))
    begins = np.full(len(day.minutes), started)
    reboots = day.knob(placed, "reboot")
    for place in np.flatnonzero(reboots) if reboots is not None else ():
        begins[place:] = day.minutes[place]
    day.state[key] = float(begins[-1])
    day.put(placed, metric, (day.minutes - begins) / 1000)


def _neighbours(day: Day, placed: Placed) -> None:
    busy = day.busy
    count = 75 + 10 * np.maximum.accumulate(busy)
    rows: dict[str, Floats | float] = {
        "device.count": count.round(), "device.random": np.round(420 * np.maximum.accumulate(busy) + 6), "device.new": 2.0,
        "address.duplicate": 0.0, "dhcp.servers": 1.0, "dhcp.rogue": 0.0, "dhcp.duration": np.abs(0.02 + day.noise(0.004)),
        "router.rogue": 0.0, "broadcast.rate": day.chance.poisson(15 + 60 * busy) / 1.0,
        "broadcast.share": np.clip(8 + day.noise(1), 0, 100).round(1), "arp.rate": day.chance.poisson(6 + 20 * busy) / 1.0,
    }  # fmt: skip
    for name, value in rows.items():
        day.put(placed, f"lan.{name}", value)
    if SCOPE in BY_NAME:
        day.put(placed, SCOPE, (41 + 30 * busy + day.noise(0.4)).round(), "Staff and students")
    day.put(placed, "lan.dns.duration", np.abs(0.012 + day.noise(0.003)), "10.1.0.10")
    day.put(placed, "lan.dns.state", 1.0, "10.1.0.10")
