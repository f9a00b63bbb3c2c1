"""Which metrics are judged, and how. Data: a metric of the catalogue that is not named here is not judged."""

from enum import IntEnum


class How(IntEnum):
    """How a metric's values become what is judged."""

    GAUGE = 1
    LOG = 2
    """What bursts: the sign's root of the size, by its logarithm."""
    RATE = 3
    """A counter: its increase an hour, by its logarithm; a reset says nothing."""


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
    "camera.picture.brightness": How.GAUGE,
}
"""Left out on purpose: states and flags (a state rule says what is wrong), what runs out (a forecast says when), setpoints, clocks, and
what has limits of its own everywhere."""
OWN_UNIT = frozenset(("bacnet.value", "sensor.value"))
"""Their unit is the device's, which may change it."""
