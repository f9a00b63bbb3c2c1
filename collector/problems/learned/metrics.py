"""Which metrics are judged, and how. Data: a metric of the catalogue that is not named here is not judged."""

from enum import IntEnum
from typing import NamedTuple

from collector.problems.fleet import PointRow
from protocols.units import states_of


class How(IntEnum):
    """How a metric's values become what is judged."""

    GAUGE = 1
    LOG = 2
    """What bursts: the sign's root of the size, by its logarithm."""
    RATE = 3
    """A counter: its increase an hour, by its logarithm; a reset says nothing."""
    SHARE = 4
    """A state: the share of time that it is on."""
    PICTURE = 5
    """A figure of a camera's picture, which is one by day and another by night: by day alone, on school days."""


JUDGED: dict[str, How] = {
    "bacnet.value": How.GAUGE,
    "sensor.value": How.GAUGE,
    "bacnet.setpoint.deviation": How.GAUGE,
    "host.cpu.utilization": How.GAUGE,
    "host.memory.utilization": How.GAUGE,
    "host.temperature": How.GAUGE,
    "host.disk.temperature": How.GAUGE,
    "host.process.count": How.GAUGE,
    "host.network.receive.rate": How.LOG,
    "host.network.transmit.rate": How.LOG,
    "host.disk.read.rate": How.LOG,
    "host.disk.write.rate": How.LOG,
    "network.cpu.utilization": How.GAUGE,
    "network.memory.utilization": How.GAUGE,
    "network.temperature": How.GAUGE,
    "network.sessions": How.LOG,
    "network.clients": How.LOG,
    "network.interface.in.rate": How.LOG,
    "network.interface.out.rate": How.LOG,
    "network.interface.broadcast.rate": How.LOG,
    "network.poe.drawn": How.GAUGE,
    "lan.broadcast.rate": How.LOG,
    "lan.arp.rate": How.LOG,
    "lan.dns.duration": How.LOG,
    "lan.dhcp.duration": How.LOG,
    "meter.power": How.GAUGE,
    "meter.current": How.GAUGE,
    "meter.energy": How.RATE,
    "meter.volume": How.RATE,
    "printer.pages": How.RATE,
    "probe.round.trip": How.LOG,
    "probe.duration": How.LOG,
    "probe.jitter": How.LOG,
    "ups.load": How.GAUGE,
    "ups.battery.temperature": How.GAUGE,
    "ups.input.voltage": How.GAUGE,
    "camera.picture.brightness": How.PICTURE,
    "camera.picture.contrast": How.PICTURE,
    "camera.picture.sharpness": How.PICTURE,
    "door.position": How.SHARE,
    "display.power": How.SHARE,
}
"""Left out on purpose: states and flags of which each has a meaning (a state rule says what is wrong), what runs out (a forecast says
when), setpoints, clocks, and what has limits of its own everywhere."""
OWN_UNIT = frozenset(("bacnet.value", "sensor.value"))
"""Their unit is the device's, which may change it; and they may be states: where the device names them, or its label says so."""
_STATE_LABELS = {"binary-": 0.0, "multi-state-": 1.0}
"""How the labels of states begin, and the value that is off where the device names none."""


class Judged(NamedTuple):
    """How a point is judged; of a state, the value that is off (what is above it is on) and the one that says nothing (NaN: none)."""

    how: How
    rest: float = 0.0
    unknown: float = float("nan")
    on: str = "on"
    """What it is called when it is on."""


def judged_as(point: PointRow) -> Judged | None:
    """How this point is judged; None: it is not."""
    how = JUDGED.get(point.metric)
    if how is None:
        return None
    if how is not How.SHARE and point.metric not in OWN_UNIT:
        return Judged(how)
    names = {float(value): name for value, name in (states_of(point.metric, point.states) or {}).items()}
    label = point.label or ""
    rest = next((off for beginning, off in _STATE_LABELS.items() if label.startswith(beginning)), None)
    if not names and rest is None:
        return Judged(how)
    unknown = next((value for value, name in names.items() if name == "unknown"), float("nan"))
    off = min((value for value in names if value != unknown), default=rest or 0.0)
    on = [name for value, name in names.items() if value not in (off, unknown)]
    return Judged(How.SHARE, off, unknown, on[0] if len(on) == 1 else "on")
