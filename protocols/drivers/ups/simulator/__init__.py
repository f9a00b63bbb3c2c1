"""A simulated UPS, over SNMP (`host:port`) or behind a NUT server (`nut://host:port/name`)."""

from protocols.drivers.ups.simulator.model import FAULTS
from protocols.drivers.ups.simulator.simulator import SimulatedUps, simulate

__all__ = ["FAULTS", "SimulatedUps", "simulate"]
