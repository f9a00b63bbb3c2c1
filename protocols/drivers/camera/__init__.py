"""Cameras and recorders: ONVIF Profile S, T and G, RTSP, and a look at the picture, which stays here. Reads only."""

from protocols.driver import Driver
from protocols.drivers.camera.discover import discover
from protocols.drivers.camera.options import CameraOptions
from protocols.drivers.camera.points import POINTS
from protocols.drivers.camera.session import open_session

DRIVER = Driver(
    kind="camera",
    device_kind="camera",
    family="camera",
    interval=60.0,
    options=CameraOptions,
    points=POINTS,
    open=open_session,
    discover=discover,
)
