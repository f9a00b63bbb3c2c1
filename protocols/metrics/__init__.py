"""The catalogue: every metric's name, unit (UCUM), kind and meaning, a file per family of devices.

Kinds: gauge (any value), counter (only grows, resets to 0), state (small integers named in `states`), flag (0 or 1).
Every enumeration has `unknown`. A `*` unit is the device's own, sent with each point.
"""

from protocols.metrics import bacnet, camera, display, door, every, host, lan, meter, network, printer, probe, ups
from protocols.metrics.metric import FLAG, Metric

__all__ = ["BY_NAME", "CATALOGUE", "FLAG", "ON_CHANGE", "WHILE_UP", "Metric"]

CATALOGUE: tuple[Metric, ...] = (
    *every.METRICS,
    *host.METRICS,
    *bacnet.METRICS,
    *door.METRICS,
    *printer.METRICS,
    *camera.METRICS,
    *network.METRICS,
    *ups.METRICS,
    *probe.METRICS,
    *lan.METRICS,
    *display.METRICS,
    *meter.METRICS,
)

ON_CHANGE = frozenset(
    {
        "bacnet.status",
        "bacnet.reliability",
        "bacnet.event.state",
        "network.interface.errors.rate",
        "network.interface.discards.rate",
        "network.interface.flaps",
        "printer.error",
        "network.poe.power",
    }
)
"""Told when they change, and while they are not 0: their silence says nothing."""

WHILE_UP = frozenset(
    {
        "network.interface.state",
        "network.poe.state",
        "network.interface.in.rate",
        "network.interface.out.rate",
        "network.interface.utilization",
        "network.interface.broadcast.rate",
        "network.interface.speed",
        "network.interface.duplex",
        "network.uplink.state",
        "network.poe.power",
    }
)
"""Told often of a port that is up or matters, seldom or not at all of another: their silence says no more than its state does."""

BY_NAME = {metric.name: metric for metric in CATALOGUE}
