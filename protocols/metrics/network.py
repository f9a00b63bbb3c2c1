"""Metrics of switches, access points, firewalls."""

from protocols.metrics.metric import Metric

METRICS: tuple[Metric, ...] = (
    Metric("network.uptime", "s", "counter", None, "Time since the device's management started (sysUpTime)"),
    Metric(
        "network.interface.state",
        "1",
        "state",
        "name",
        "Whether an interface passes traffic",
        {0: "down", 1: "up", 2: "switched off", 3: "testing", 4: "dormant", 5: "absent", 255: "unknown"},
    ),
    Metric("network.interface.in.rate", "bit/s", "gauge", "name", "Bits received a second"),
    Metric("network.interface.out.rate", "bit/s", "gauge", "name", "Bits sent a second"),
    Metric(
        "network.interface.utilization", "%", "gauge", "name", "The busier direction's share of the interface's speed"
    ),
    Metric("network.interface.speed", "bit/s", "gauge", "name", "Speed of the interface"),
    Metric("network.interface.errors.rate", "1/s", "gauge", "name", "Packets with errors a second, both ways"),
    Metric("network.interface.discards.rate", "1/s", "gauge", "name", "Packets discarded a second, both ways"),
    Metric("network.interface.broadcast.rate", "1/s", "gauge", "name", "Broadcast packets received a second"),
    Metric(
        "network.interface.duplex", "1", "state", "name", "Duplex of a link", {0: "half", 1: "full", 255: "unknown"}
    ),
    Metric("network.interface.flaps", "1", "gauge", "name", "How often a link went up or down within the last hour"),
    Metric(
        "network.uplink.state",
        "1",
        "state",
        "name",
        "Whether a port that matters passes traffic: one that carries a switch, router, access point or many devices",
        {0: "down", 1: "up", 2: "switched off", 3: "testing", 4: "dormant", 5: "absent", 255: "unknown"},
    ),
    Metric("network.cpu.utilization", "%", "gauge", None, "Processor time in use; of several the busiest"),
    Metric("network.memory.utilization", "%", "gauge", None, "Memory in use; of several the fullest"),
    Metric("network.temperature", "Cel", "gauge", "sensor", "Temperature of a sensor of the device"),
    Metric(
        "network.part.state",
        "1",
        "state",
        "part",
        "State of a fan, power supply or other part",
        {0: "ok", 1: "warning", 2: "failed", 3: "absent", 255: "unknown"},
    ),
    Metric("network.sessions", "1", "gauge", None, "Sessions that a firewall holds"),
    Metric("network.sessions.used", "%", "gauge", None, "Share of the sessions that a firewall can hold"),
    Metric("network.clients", "1", "gauge", None, "Wireless clients"),
    Metric("network.access.points", "1", "gauge", None, "Access points that a controller has connected"),
    Metric("network.tunnels", "1", "gauge", None, "VPN tunnels that are up, or users of remote access"),
    Metric(
        "network.redundancy.state",
        "1",
        "state",
        None,
        "What the device is in a pair of two",
        {0: "standalone", 1: "active", 2: "passive", 3: "failed", 255: "unknown"},
    ),
    Metric("network.poe.power", "W", "gauge", "port", "Power drawn from a port"),
    Metric(
        "network.poe.state",
        "1",
        "state",
        "port",
        "What a port does with power",
        {0: "off", 1: "searching", 2: "delivering", 3: "fault", 4: "test", 5: "denied", 255: "unknown"},
    ),
    Metric("network.poe.budget", "W", "gauge", "unit", "Power that a unit can give to its ports"),
    Metric("network.poe.drawn", "W", "gauge", "unit", "Power that all ports of a unit draw"),
    Metric("network.poe.budget.used", "%", "gauge", "unit", "Share of the power budget that is drawn"),
    Metric(
        "network.poe.unit.state",
        "1",
        "state",
        "unit",
        "Whether a unit can give power to its ports",
        {0: "off", 1: "on", 2: "faulty", 255: "unknown"},
    ),
    Metric("sensor.value", "*", "gauge", "name", "A sensor of the device, in the unit it says"),
)
