"""A simulated air handler with its zones, speaking real BACnet/IP: `python -m protocols.drivers.bacnet.simulator --help`."""

from protocols.drivers.bacnet.simulator.scenes import FAULTS, simulate
from protocols.drivers.bacnet.simulator.simulator import Simulator, serve

__all__ = ["FAULTS", "Simulator", "serve", "simulate"]
