"""Switches, routers, access points, controllers and firewalls over SNMP."""

import msgspec

from protocols.address import read_place
from protocols.clock import Clock
from protocols.driver import Driver, Session, Target
from protocols.drivers.network.discover import discover
from protocols.drivers.network.options import NetworkOptions
from protocols.drivers.network.points import POINTS
from protocols.errors import OptionError


async def open_network(target: Target, options: msgspec.Struct, clock: Clock) -> Session:
    """A session on a device; nothing is sent yet. Raises `OptionError` for a wrong address, credential or profile."""
    from protocols.drivers.network.opening import session

    where = f"device {target.key!r}"
    if not isinstance(options, NetworkOptions):
        raise OptionError(f"{where}: these are no options of the network driver")
    return session(read_place(target.address, 161, where), options, clock, where)


DRIVER = Driver(
    kind="network",
    device_kind="network",
    family="network",
    interval=60.0,
    options=NetworkOptions,
    points=POINTS,
    open=open_network,
    discover=discover,
)
