"""What a device tells by itself: traps and informs → events, and whether they are a reason to look at it now. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from protocols.driver import DeviceEvent
from protocols.drivers.network import oids
from protocols.drivers.network.columns import said, whole
from protocols.drivers.network.interfaces import Interface
from protocols.transports.snmp.values import Value
from protocols.wire.batch import Scalar

_SNMP = "1.3.6.1.6.3.1.1.5."
LINK_DOWN, LINK_UP = f"{_SNMP}3", f"{_SNMP}4"
COLD_START, WARM_START, AUTHENTICATION = f"{_SNMP}1", f"{_SNMP}2", f"{_SNMP}5"
_IF_INDEX = "1.3.6.1.2.1.2.2.1.1"
_POE = "1.3.6.1.2.1.105.0."
_KINDS = {
    COLD_START: ("network.started", "minor"),
    WARM_START: ("network.started", "minor"),
    LINK_DOWN: ("network.link.down", "info"),
    LINK_UP: ("network.link.up", "info"),
    AUTHENTICATION: ("network.authentication.failed", "minor"),
    f"{_POE}1": ("network.poe.changed", "info"),
    f"{_POE}2": ("network.poe.budget.high", "minor"),
    f"{_POE}3": ("network.poe.budget.normal", "info"),
    "1.0.8802.1.1.2.0.0.1": ("network.neighbours.changed", "info"),
    "1.3.6.1.2.1.17.0.1": ("network.bridge.root", "info"),
    "1.3.6.1.2.1.17.0.2": ("network.bridge.changed", "info"),
    "1.3.6.1.2.1.99.2.0.1": ("network.sensor.changed", "info"),
    "1.3.6.1.2.1.47.2.0.1": ("network.parts.changed", "info"),
}
"""SNMPv2-MIB, IF-MIB, POWER-ETHERNET-MIB (pethPsePortOnOff, pethMainPowerUsageOn and Off), LLDP-MIB, BRIDGE-MIB, ENTITY-MIB."""
MOST_BINDINGS = 8


class Notice(NamedTuple):
    """One notification: the event, and the port it speaks of where it tells of a link."""

    event: DeviceEvent
    port: str | None = None
    link: bool = False


def notice(trap: str, bindings: Mapping[str, Value], found: Mapping[str, Interface]) -> Notice:
    """What a notification says. A vendor's own is `network.notification` with its OID and values, whatever they mean."""
    kind, severity = _KINDS.get(trap, ("network.notification", "info"))
    detail: dict[str, Scalar] = {}
    port = _port(bindings, found)
    if port is not None:
        detail["port"] = port
    if trap not in _KINDS:
        detail["notification"] = trap[:120]
        shown = list(bindings.items())[:MOST_BINDINGS]
        detail |= {oid[:120]: value if isinstance(value, int | float) else said(value) for oid, value in shown}
    return Notice(DeviceEvent(kind, severity, detail), port, trap in (LINK_DOWN, LINK_UP))


def _port(bindings: Mapping[str, Value], found: Mapping[str, Interface]) -> str | None:
    """The interface that ifIndex, or the index of another interface's object, names."""
    for oid, value in bindings.items():
        index = None
        if oid == _IF_INDEX or oid.startswith(_IF_INDEX + "."):
            index = str(whole(value))
        elif oid.startswith(
            (oids.IF_ADMIN_STATUS + ".", oids.IF_OPER_STATUS + ".", oids.IF_DESCR + ".", oids.IF_NAME + ".")
        ):
            index = oid.rpartition(".")[2]
        if index is not None:
            return next((each.name for each in found.values() if each.number == index), index)
    return None
