"""An ONVIF device that does not exist: for the simulators of cameras and doors. No driver imports it."""

from protocols.transports.onvif.simulated.device import SimulatedOnvif
from protocols.transports.onvif.simulated.http import Answer
from protocols.transports.onvif.simulated.responder import Responder
from protocols.transports.onvif.simulated.traits import Refused, Traits

__all__ = ("Answer", "Refused", "Responder", "SimulatedOnvif", "Traits")
