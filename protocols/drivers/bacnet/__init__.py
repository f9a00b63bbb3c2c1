"""BACnet/IP controllers: air handlers, zones, boilers. Reads with ReadPropertyMultiple and COV; has no way to write."""

from protocols.driver import Driver
from protocols.drivers.bacnet.discover import discover
from protocols.drivers.bacnet.options import Options
from protocols.drivers.bacnet.points import POINTS
from protocols.drivers.bacnet.session import open_session

DRIVER = Driver(
    kind="bacnet",
    device_kind="hvac",
    family="bacnet",
    interval=60.0,
    options=Options,
    points=POINTS,
    open=open_session,
    discover=discover,
)
