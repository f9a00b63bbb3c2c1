"""The building's network as a watcher sees it: new devices, rogue DHCP and routers, duplicates, storms. Passive or gentle."""

import msgspec

from protocols.clock import Clock
from protocols.driver import Driver, Session, Target
from protocols.drivers.lan.datagram import DatagramWire, feed
from protocols.drivers.lan.discover import discover
from protocols.drivers.lan.options import LanOptions
from protocols.drivers.lan.points import POINTS
from protocols.drivers.lan.session import LanSession
from protocols.drivers.lan.watching import remembered
from protocols.errors import OptionError


async def open_lan(target: Target, options: msgspec.Struct, clock: Clock) -> Session:
    """A session on an interface of this machine. Raises `OptionError` for an address that is no interface's name."""
    if not isinstance(options, LanOptions):
        raise TypeError(f"the options of another driver: {type(options).__name__}")
    where, address = f"device {target.key!r}", target.address.strip()
    segment = remembered(address)
    if (place := feed(address, where)) is not None:
        return LanSession(address, options, clock, segment, DatagramWire(place))
    if not 0 < len(address) <= 15 or "/" in address or any(sign.isspace() for sign in address):
        raise OptionError(f"{where}: address = {address[:40]!r}: write auto or an interface's name, for example eth0")
    return LanSession(address, options, clock, segment, None)


DRIVER = Driver(
    kind="lan",
    device_kind="lan",
    family="agent",
    interval=30.0,
    options=LanOptions,
    points=POINTS,
    open=open_lan,
    discover=discover,
    concurrency=2,
)
