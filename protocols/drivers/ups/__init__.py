"""Uninterruptible power supplies: over SNMP (UPS-MIB, APC, Eaton) and from NUT servers. Reads; cannot command."""

import msgspec

from protocols.clock import Clock
from protocols.driver import Driver, Session, Target
from protocols.drivers.ups.address import read_address
from protocols.drivers.ups.discover import discover
from protocols.drivers.ups.options import Options
from protocols.drivers.ups.points import POINTS
from protocols.drivers.ups.session import UpsSession
from protocols.drivers.ups.telling import TellingUps, WatchedUps


async def open_session(target: Target, options: msgspec.Struct, clock: Clock) -> Session:
    """A session; nothing is sent yet. Raises `OptionError` for an address, option or credential file that is wrong."""
    if not isinstance(options, Options):
        raise TypeError(f"the options of another driver: {type(options).__name__}")
    where = read_address(target.address, options.protocol, f"device {target.key!r}")
    if where.snmp is None and options.watch:
        return WatchedUps(target, options, clock)
    return (TellingUps if options.trap_port and where.snmp else UpsSession)(target, options, clock)


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
