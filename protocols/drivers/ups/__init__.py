"""Uninterruptible power supplies: over SNMP (UPS-MIB, APC, Eaton) and from NUT servers. Reads; cannot command."""

from protocols.driver import Driver
from protocols.drivers.ups.discover import discover
from protocols.drivers.ups.options import Options
from protocols.drivers.ups.points import POINTS
from protocols.drivers.ups.session import open_session

DRIVER = Driver(
    kind="ups",
    device_kind="ups",
    family="ups",
    interval=30.0,
    options=Options,
    points=POINTS,
    open=open_session,
    discover=discover,
)
