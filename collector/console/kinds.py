"""Kinds of devices in words, and the figures that matter for each on a building's page. A table: a new kind is one row."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from protocols.units import show

STALE = timedelta(minutes=15)
"""A building's figure that is older is not counted among the fresh ones."""

STALE_UNHEARD = timedelta(seconds=90)
"""The same for a device that does not answer."""

Row = Mapping[str, Any]


class Figure(NamedTuple):
    """A column: the newest value of `metric`; of several, the `pick` (max, min, furthest from zero, or count)."""

    caption: str
    metric: str
    pick: str = "max"


class Kind(NamedTuple):
    """One kind: heading, word for one and for many, columns."""

    heading: str
    one: str
    many: str
    figures: tuple[Figure, ...] = ()


_HVAC = Kind(
    "Heating and cooling",
    "HVAC controller",
    "HVAC controllers",
    (
        Figure("Zones", "bacnet.setpoint.deviation", "count"),
        Figure("Furthest from setpoint", "bacnet.setpoint.deviation", "furthest"),
        Figure("Alarms", "bacnet.alarms"),
    ),
)
_HOST = Kind(
    "Machines",
    "machine",
    "machines",
    (
        Figure("Processor", "host.cpu.utilization"),
        Figure("Memory", "host.memory.utilization"),
        Figure("Fullest disk", "host.disk.utilization"),
        Figure("Hottest", "host.temperature"),
    ),
)
_METER = Kind(
    "Meters",
    "meter",
    "meters",
    (
        Figure("Power", "meter.power"),
        Figure("Energy", "meter.energy"),
        Figure("Lowest voltage", "meter.voltage", "min"),
        Figure("Frequency", "meter.frequency"),
    ),
)
_TRAFFIC = (Figure("Busiest port", "network.interface.utilization"), Figure("Processor", "network.cpu.utilization"))
_HEAT = Figure("Hottest", "network.temperature")
KINDS = {
    "switch": Kind(
        "Switches", "switch", "switches", (*_TRAFFIC, Figure("Power budget", "network.poe.budget.used"), _HEAT)
    ),
    "ap": Kind("Access points", "access point", "access points", (Figure("Clients", "network.clients"), *_TRAFFIC)),
    "firewall": Kind("Firewalls", "firewall", "firewalls", (*_TRAFFIC, Figure("Sessions", "network.sessions"), _HEAT)),
    "network": Kind("Network", "network device", "network devices", (*_TRAFFIC, _HEAT)),
    "service": Kind("Services", "service", "services"),
    "host": _HOST,
    "hvac": _HVAC,
    "bacnet": _HVAC,
    "door": Kind("Doors", "door", "doors"),
    "camera": Kind("Cameras", "camera", "cameras"),
    "printer": Kind("Printers", "printer", "printers"),
    "ups": Kind("Power", "UPS", "UPSs"),
    "display": Kind("Displays", "display", "displays"),
    "meter": _METER,
}
"""In the order in which they are shown; others follow by name."""

_PLACES = {name: place for place, name in enumerate(KINDS)}

METRICS = sorted({figure.metric for kind in KINDS.values() for figure in kind.figures})


class Cell(NamedTuple):
    """One figure of one device. `words` is empty when there is none; `of` says which of several; `stale`: too old to trust."""

    words: str
    of: str = ""
    time: datetime | None = None
    stale: bool = False


def kind_of(name: str) -> Kind:
    """The kind, or one made from its name."""
    return KINDS.get(name) or Kind(
        name[:40].replace("_", " ").capitalize(), f"{name[:40]} device", f"{name[:40]} devices"
    )


def order(name: str) -> tuple[int, str]:
    """Where a kind stands among the others."""
    return (_PLACES.get(name, len(_PLACES)), name)


def counted(name: str, count: int) -> str:
    """`1 printer`, `38 cameras`."""
    kind = kind_of(name)
    return f"{count} {kind.one if count == 1 else kind.many}"


def cell(figure: Figure, values: Sequence[Row], now: datetime, fresh_for: timedelta = STALE) -> Cell:
    """The figure of one device from the newest values of its points of that metric: of the fresh ones if there are any."""
    if not values:
        return Cell("")
    fresh = [value for value in values if now - value["time"] <= fresh_for]
    known = fresh or list(values)
    if figure.pick == "count":
        return Cell(str(len(known)), time=min(value["time"] for value in known), stale=not fresh)
    key = {"min": lambda row: -row["value"], "furthest": lambda row: abs(row["value"])}.get(
        figure.pick, lambda row: row["value"]
    )
    chosen = max(known, key=key)
    words = show(chosen["value"], chosen["unit"]).words
    if figure.pick == "furthest" and chosen["value"] > 0:
        words = f"+{words}"
    of = str(chosen["name"] or chosen["label"] or "")
    return Cell(words, of, chosen["time"], not fresh)
