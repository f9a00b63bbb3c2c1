"""Meters over Modbus TCP: electricity, and what they count of gas and water. Register maps are data; it can only read."""

import asyncio

import msgspec

from protocols.address import read_place
from protocols.clock import Clock
from protocols.driver import Driver, Session, Target
from protocols.drivers.meter.client import PORT
from protocols.drivers.meter.discover import discover
from protocols.drivers.meter.options import MeterOptions
from protocols.drivers.meter.points import POINTS
from protocols.drivers.meter.register_map import load_map
from protocols.drivers.meter.session import MeterSession


async def open_meter(target: Target, options: msgspec.Struct, clock: Clock) -> Session:
    """A session; nothing is sent yet. Raises `OptionError` for an address, option or map file that is wrong."""
    if not isinstance(options, MeterOptions):
        raise TypeError(f"the options of another driver: {type(options).__name__}")
    where = f"device {target.key!r}"
    place = read_place(target.address, PORT, where)
    chosen = await asyncio.to_thread(load_map, options.map, options.map_file, where)
    return MeterSession(place, chosen, options)


DRIVER = Driver(
    kind="meter",
    device_kind="meter",
    family="meter",
    interval=60.0,
    options=MeterOptions,
    points=POINTS,
    open=open_meter,
    discover=discover,
)
