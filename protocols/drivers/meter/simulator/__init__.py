"""A meter that does not exist, over real Modbus TCP: any register map, or SunSpec, with faults."""

from protocols.drivers.meter.simulator.simulator import FAULTS, Simulator, simulate

__all__ = ["FAULTS", "Simulator", "simulate"]
