"""Simulated doors: an ONVIF Profile C controller, and an OSDP device. `python -m protocols.drivers.door.simulator --help`."""

from protocols.drivers.door.simulator.simulator import FAULTS, simulate

__all__ = ("FAULTS", "simulate")
