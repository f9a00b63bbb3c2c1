"""Metrics of electricity meters."""

from protocols.metrics.metric import Metric

METRICS: tuple[Metric, ...] = (
    Metric("meter.power", "W", "gauge", "phase", "Active power"),
    Metric("meter.energy", "kW.h", "counter", "register", "Energy counted"),
    Metric("meter.voltage", "V", "gauge", "phase", "Voltage"),
    Metric("meter.current", "A", "gauge", "phase", "Current"),
    Metric("meter.frequency", "Hz", "gauge", None, "Mains frequency"),
    Metric("meter.power.factor", "1", "gauge", "phase", "Power factor"),
)
