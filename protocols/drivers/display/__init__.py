"""Projectors and displays over PJLink class 1 and 2. Every line that it sends is a query."""

import msgspec

from protocols.address import read_place
from protocols.clock import Clock
from protocols.driver import Driver, Session, Target
from protocols.drivers.display.client import PORT
from protocols.drivers.display.discover import discover
from protocols.drivers.display.options import DisplayOptions
from protocols.drivers.display.points import POINTS
from protocols.drivers.display.session import DisplaySession
from protocols.secret import read_secret


async def open_display(target: Target, options: msgspec.Struct, clock: Clock) -> Session:
    """A session; nothing is sent yet. Raises `OptionError` for an address or option that is wrong."""
    if not isinstance(options, DisplayOptions):
        raise TypeError(f"the options of another driver: {type(options).__name__}")
    where = f"device {target.key!r}"
    place = read_place(target.address, PORT, where)
    file = options.password_file
    password = None if file is None else read_secret(file, f"{where}: password_file")
    return DisplaySession(place, password, options)


DRIVER = Driver(
    kind="display",
    device_kind="display",
    family="display",
    interval=60.0,
    options=DisplayOptions,
    points=POINTS,
    open=open_display,
    discover=discover,
)
