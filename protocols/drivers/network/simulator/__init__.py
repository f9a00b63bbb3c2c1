"""A switch (or firewall) that does not exist, over real SNMP: `simulate` serves it, `FAULTS` are the ways in which it breaks."""

from protocols.drivers.network.simulator.faults import FAULTS
from protocols.drivers.network.simulator.simulated import SimulatedSwitch, Wiring, simulate

__all__ = ["FAULTS", "SimulatedSwitch", "Wiring", "simulate"]
