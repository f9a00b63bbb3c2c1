"""Services that do not exist, over their real protocols: what `simulate` plays to tests and to a simulated school."""

from protocols.drivers.probe.simulator.service import FAULTS, Service, simulate

__all__ = ("FAULTS", "Service", "simulate")
