"""What every ONVIF device has in common, camera or door: the device service, its clock and identity, and PullPoint events."""

from protocols.transports.onvif.answers import DeviceTime
from protocols.transports.onvif.device import Onvif, login_of
from protocols.transports.onvif.events import Notice, PullPoint
from protocols.transports.onvif.options import OnvifOptions

__all__ = ("DeviceTime", "Notice", "Onvif", "OnvifOptions", "PullPoint", "login_of")
