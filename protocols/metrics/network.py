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
    Metric("network.poe.power", "W", "gauge", "port", "Power drawn from a port"),
    Metric(
        "network.poe.state",
        "1",
        "state",
        "port",
        "What a port does with power",
        {0: "off", 1: "searching", 2: "delivering", 3: "fault", 4: "test", 5: "denied", 255: "unknown"},
    ),
    Metric("network.poe.budget.used", "%", "gauge", "unit", "Share of the power budget that is drawn"),
    Metric("sensor.value", "*", "gauge", "name", "A sensor of the device, in the unit it says"),
)
