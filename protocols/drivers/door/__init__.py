"""Doors: ONVIF controllers (Profile C and A), OSDP devices on a bus of their own, and closed panels as the network sees them."""

from protocols.driver import Driver
from protocols.drivers.door.discover import discover
from protocols.drivers.door.opening import open_session
from protocols.drivers.door.options import Options
from protocols.drivers.door.points import POINTS

DRIVER = Driver(
    kind="door",
    device_kind="door",
    family="door",
    interval=30.0,
    options=Options,
    points=POINTS,
    open=open_session,
    discover=discover,
)
