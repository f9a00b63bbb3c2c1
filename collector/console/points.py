"""The points of a device as its page lists them: in groups, by readable names, each with its value, age and last two hours."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from collector.console.drawing import Drawing, draw
from collector.console.text import natural
from protocols.metrics import BY_NAME, ON_CHANGE
from protocols.units import Shown, show_point, states_of

Row = Mapping[str, Any]
SPARK = (120.0, 28.0)
_SPARK_S = 7_200
_SPARK_STEP_S = 120
_FRESH_MIN, _FRESH_UNLEARNED = 90.0, 600.0

_GROUPS = (
    ("bacnet.setpoint", "Zones"),
    ("bacnet.value", "Values"),
    ("bacnet.status", "Status of objects"),
    ("bacnet.reliability", "Status of objects"),
    ("bacnet.event", "Status of objects"),
    ("bacnet.override", "Status of objects"),
    ("bacnet", "Controller"),
    ("host.cpu", "Processor"),
    ("host.load", "Processor"),
    ("host.memory", "Memory"),
    ("host.swap", "Memory"),
    ("host.disk", "Disks"),
    ("host.network", "Network"),
    ("host.temperature", "Temperatures"),
    ("host", "System"),
    ("reachable", "Polling"),
    ("response", "Polling"),
)
"""First prefix that fits to heading, in the order in which groups are shown; others follow by their metric's first word."""

FOLDED = frozenset({"Status of objects", "Polling"})
"""Groups that are shown behind a click: many, and seldom what is looked for."""

_NAMES = {
    "reachable": "Answers",
    "response.time": "Answer time",
    "host.cpu.utilization": "In use",
    "host.load": "Load",
    "host.memory.utilization": "In use",
    "host.memory.available": "Available",
    "host.swap.utilization": "Swap in use",
    "host.disk.utilization": "In use",
    "host.disk.inodes.utilization": "File entries in use",
    "host.disk.readonly": "Read-only",
    "host.disk.free": "Free",
    "host.disk.read.rate": "Read",
    "host.disk.write.rate": "Written",
    "host.disk.written": "Written since start",
    "host.disk.lifetime.written": "Written in its life",
    "host.disk.errors": "Errors",
    "host.disk.wear": "Worn",
    "host.disk.health": "Health",
    "host.disk.temperature": "Temperature",
    "host.process.count": "Processes",
    "host.uptime": "Running for",
    "host.updates.pending": "Updates waiting",
    "host.updates.security": "Security updates waiting",
    "host.reboot.required": "Restart needed",
    "host.clock.offset": "Clock off by",
    "host.network.receive.rate": "Received",
    "host.network.transmit.rate": "Sent",
    "host.network.errors.rate": "Errors",
    "host.network.state": "Link up",
    "host.temperature": "Temperature",
    "bacnet.value": "Value",
    "bacnet.setpoint.deviation": "Away from setpoint",
}

_ASPECTS = {
    "bacnet.event.state": "event state",
    "bacnet.reliability": "reliability",
    "bacnet.override.priority": "commanded at priority",
}
"""What is told of a named object beside its value: without it, three rows would read alike."""


class PointRow(NamedTuple):
    """One point. `of` tells it from its siblings; `time` None: nothing was heard of it yet.

    `spark`: its last two hours; None when nothing came in them, or when it stands behind a click (`quiet` tells which).
    `holds`: told when it changes, so that its age is since when it is so, not how long nothing was heard.
    """

    id: int
    name: str
    of: str
    meaning: str
    shown: Shown
    time: datetime | None
    states: bool
    spark: Drawing | None
    quiet: bool
    holds: bool


class Group(NamedTuple):
    """Points that belong together; `folded`: behind a click."""

    heading: str
    rows: list[PointRow]
    folded: bool


def stale_after(polls: Sequence[datetime]) -> float:
    """Seconds after which a device's figure is stale: three of its own intervals, learned from its polls (newest first)."""
    steps = sorted((later - earlier).total_seconds() for later, earlier in pairwise(polls))
    return max(_FRESH_MIN, 3 * steps[len(steps) // 2]) if steps else _FRESH_UNLEARNED


def groups(points: Sequence[Row], recent: Sequence[Row], now: datetime, fresh: float) -> list[Group]:
    """The points of a device (rows of the store) in groups; `fresh` is how long a figure of it stays fresh, in seconds."""
    curves: dict[int, list[tuple[float, float | None, float | None, float | None]]] = {}
    for row in recent:
        curves.setdefault(row["point_id"], []).append((row["time"], row["low"], row["mean"], row["high"]))
    gathered: dict[str, list[PointRow]] = {}
    for point in points:
        gathered.setdefault(heading(point["metric"]), []).append(_row(point, curves.get(point["id"], []), now, fresh))
    order = list(dict.fromkeys(name for _, name in _GROUPS))
    ranked = sorted(gathered, key=lambda name: (order.index(name) if name in order else 7, name))
    return [Group(name, sorted(gathered[name], key=_by_name), name in FOLDED and len(gathered) > 1) for name in ranked]


def drawn_first(points: Sequence[Row]) -> list[int]:
    """The ids of points in the order in which a curve beside them is worth its query: those behind a click last."""
    return [point["id"] for point in sorted(points, key=lambda point: heading(point["metric"]) in FOLDED)]


def _by_name(row: PointRow) -> tuple[Any, ...]:
    return natural(row.name), natural(row.of)


def heading(metric: str) -> str:
    """The group of a metric."""
    for prefix, name in _GROUPS:
        if metric == prefix or metric.startswith(prefix + "."):
            return name
    return metric.split(".")[0][:40].capitalize()


def name_of(point: Row) -> tuple[str, str]:
    """A point's name and what tells it from its siblings (may be empty): the device's own name for it comes first."""
    metric, label = point["metric"], point["label"] or ""
    if point["name"]:
        aspect = _ASPECTS.get(metric)
        return f"{point['name']}: {aspect}" if aspect else point["name"], label
    name = _NAMES.get(metric) or " ".join(metric.split(".")[1:] or [metric]).capitalize()
    return name, label


def _row(point: Row, curve: list[Any], now: datetime, fresh: float) -> PointRow:
    end = now.timestamp()
    states = states_of(point["metric"], point["states"])
    gap = max(2.5 * _SPARK_STEP_S, fresh)
    known = BY_NAME.get(point["metric"])
    heard = point["time"]
    return PointRow(
        point["id"],
        *name_of(point),
        known.meaning if known else point["metric"],
        show_point(point["value"], point["metric"], point["unit"], states),
        heard,
        states is not None,
        draw(curve, end - _SPARK_S, end, SPARK, gap, steps=states is not None),
        heard is None or (now - heard).total_seconds() > _SPARK_S,
        point["metric"] in ON_CHANGE and point["value"] == 0,
    )
