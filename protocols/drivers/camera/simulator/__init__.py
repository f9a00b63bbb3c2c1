"""A camera or recorder that does not exist: ONVIF, RTSP, snapshots with a picture that can go wrong."""

from protocols.drivers.camera.simulator.simulator import FAULTS, SimulatedCamera, simulate

__all__ = ("FAULTS", "SimulatedCamera", "simulate")
