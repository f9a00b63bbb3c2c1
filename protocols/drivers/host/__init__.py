"""The machine itself: a Raspberry Pi, a server or a desktop, read through psutil and what the system tells in files."""

import msgspec

from protocols.clock import Clock
from protocols.driver import Driver, Session, Target
from protocols.drivers.host.client import Machine
from protocols.drivers.host.discover import ADDRESS, discover
from protocols.drivers.host.options import HostOptions
from protocols.drivers.host.points import POINTS
from protocols.drivers.host.session import HostSession
from protocols.drivers.host.upkeep import Rarely
from protocols.errors import OptionError


async def open_host(target: Target, options: msgspec.Struct, clock: Clock) -> Session:
    """A session on this machine. Raises `OptionError` for any address but `local`."""
    if target.address != ADDRESS or not isinstance(options, HostOptions):
        raise OptionError(f"device {target.key!r}: a host's address is {ADDRESS!r}, not {target.address!r}")
    return HostSession(Machine(options, clock), Rarely(options, clock))


DRIVER = Driver(
    kind="host",
    device_kind="host",
    family="agent",
    interval=30.0,
    options=HostOptions,
    points=POINTS,
    open=open_host,
    discover=discover,
)
