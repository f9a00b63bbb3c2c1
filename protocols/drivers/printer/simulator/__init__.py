"""A printer or copier that does not exist, over real SNMP and IPP; see README.md."""

from protocols.drivers.printer.simulator.printer import FAULTS, SimulatedPrinter, simulate

__all__ = ["FAULTS", "SimulatedPrinter", "simulate"]
