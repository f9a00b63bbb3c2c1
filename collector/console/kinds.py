"""Kinds of devices in words, and the figures that matter for each on a building's page. A table: a new kind is one row."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from protocols.units import show_point, states_of

STALE = timedelta(minutes=15)
"""A building's figure that is older is not counted among the fresh ones."""

STALE_UNHEARD = timedelta(seconds=90)
"""The same for a device that does not answer."""

Row = Mapping[str, Any]


class Figure(NamedTuple):
    """A column: the newest value of `metric`, a state by its name. Of several the `pick`: max, min, furthest from zero, worst (of
    states whose 0 is fine), or how many there are (count), are 1 (up), or which flags are set (on).
    """

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
        Figure("Phases", "meter.phase", "worst"),
    ),
)
_SWITCH = (
    Figure("Ports up", "network.interface.state", "up"),
    Figure("Busiest port", "network.interface.utilization"),
    Figure("Processor", "network.cpu.utilization"),
    Figure("Uplink", "network.uplink.state", "min"),
    Figure("PoE budget", "network.poe.budget.used"),
    Figure("Hottest", "network.temperature"),
)
_DOOR = (
    Figure("Doors", "door.position", "count"),
    Figure("Position", "door.position", "worst"),
    Figure("Secured", "door.secured", "worst"),
    Figure("Alarm", "door.alarm", "worst"),
    Figure("Tamper", "door.tamper", "worst"),
)
_PRINTER = (
    Figure("Status", "printer.status"),
    Figure("Lowest supply", "printer.supply.level", "min"),
    Figure("Supplies", "printer.supply.state", "worst"),
    Figure("Says", "printer.error", "on"),
    Figure("Queued", "printer.jobs.queued"),
)
_CAMERA = (
    Figure("Picture", "camera.picture.state", "worst"),
    Figure("Stream", "camera.stream.state", "min"),
    Figure("Brightness", "camera.picture.brightness", "min"),
    Figure("Storage", "camera.storage.state", "worst"),
)
_UPS = (
    Figure("Source", "ups.source"),
    Figure("Charge", "ups.battery.charge", "min"),
    Figure("Runtime", "ups.runtime", "min"),
    Figure("Load", "ups.load"),
    Figure("Battery", "ups.battery.state", "worst"),
)
_SERVICE = (
    Figure("Answer", "probe.state", "min"),
    Figure("Takes", "probe.duration"),
    Figure("Loss", "probe.loss"),
    Figure("Certificate", "probe.certificate.remaining", "min"),
)
_DISPLAY = (
    Figure("Power", "display.power"),
    Figure("Lamp", "display.lamp.hours"),
    Figure("Worst part", "display.error", "worst"),
    Figure("Signal", "display.signal", "min"),
)
_LAN = (
    Figure("Devices", "lan.device.count"),
    Figure("New today", "lan.device.new"),
    Figure("Rogue DHCP", "lan.dhcp.rogue"),
    Figure("Duplicate addresses", "lan.address.duplicate"),
    Figure("Broadcasts", "lan.broadcast.rate"),
)
KINDS = {
    "switch": Kind("Switches", "switch", "switches", _SWITCH),
    "ap": Kind("Access points", "access point", "access points", (Figure("Clients", "network.clients"), *_SWITCH)),
    "firewall": Kind("Firewalls", "firewall", "firewalls", (*_SWITCH, Figure("Sessions", "network.sessions"))),
    "network": Kind("Network", "network device", "network devices", _SWITCH),
    "lan": Kind("Local network", "local network", "local networks", _LAN),
    "service": Kind("Services", "service", "services", _SERVICE),
    "host": _HOST,
    "hvac": _HVAC,
    "bacnet": _HVAC,
    "door": Kind("Doors", "door controller", "door controllers", _DOOR),
    "camera": Kind("Cameras", "camera", "cameras", _CAMERA),
    "printer": Kind("Printers", "printer", "printers", _PRINTER),
    "ups": Kind("Power", "UPS", "UPSs", _UPS),
    "meter": _METER,
    "display": Kind("Displays", "display", "displays", _DISPLAY),
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
    if figure.pick in _COUNTED:
        oldest = min(value["time"] for value in known)
        return Cell(*_COUNTED[figure.pick](known), time=oldest, stale=not fresh)
    chosen = max(known, key=_PICKS.get(figure.pick, lambda row: row["value"]))
    words = show_point(chosen["value"], figure.metric, chosen["unit"], None).words
    if figure.pick == "furthest" and chosen["value"] > 0:
        words = f"+{words}"
    of = "" if figure.pick == "worst" and chosen["value"] == 0 else str(chosen["name"] or chosen["label"] or "")
    return Cell(words, of, chosen["time"], not fresh)


def _badness(row: Row) -> float:
    """How bad a state is whose 0 is fine: the unknown is worse than fine, and better than what is known to be wrong."""
    named = states_of(row["metric"], None) or {}
    return 0.5 if named.get(str(int(row["value"]))) == "unknown" else float(row["value"])


def _set(known: Sequence[Row]) -> tuple[str, str]:
    """The flags that are set: the first by name, and how many others."""
    names = sorted(str(row["label"] or "yes") for row in known if row["value"])
    return (names[0], f"and {len(names) - 1} more" if names[1:] else "") if names else ("nothing", "")


_PICKS: Mapping[str, Callable[[Row], float]] = {
    "min": lambda row: -row["value"],
    "furthest": lambda row: abs(row["value"]),
    "worst": _badness,
}
_COUNTED: Mapping[str, Callable[[Sequence[Row]], tuple[str, str]]] = {
    "count": lambda known: (str(len(known)), ""),
    "up": lambda known: (str(sum(row["value"] == 1 for row in known)), f"of {len(known)}"),
    "on": _set,
}
