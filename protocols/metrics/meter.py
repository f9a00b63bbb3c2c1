"""Metrics of meters: electricity, and what pulses count."""

from protocols.metrics.metric import Metric

METRICS: tuple[Metric, ...] = (
    Metric("meter.power", "W", "gauge", "phase", "Active power"),
    Metric("meter.power.apparent", "V.A", "gauge", "phase", "Apparent power"),
    Metric("meter.power.reactive", "V.A{reactive}", "gauge", "phase", "Reactive power"),
    Metric("meter.energy", "kW.h", "counter", "register", "Energy counted"),
    Metric("meter.volume", "m3", "counter", "register", "Gas or water counted"),
    Metric("meter.voltage", "V", "gauge", "phase", "Voltage"),
    Metric("meter.current", "A", "gauge", "phase", "Current"),
    Metric("meter.frequency", "Hz", "gauge", None, "Mains frequency"),
    Metric("meter.power.factor", "1", "gauge", "phase", "Power factor"),
    Metric(
        "meter.phase",
        "1",
        "state",
        "phase",
        "Whether a phase that has had voltage still has",
        {0: "missing", 1: "present", 2: "off", 255: "unknown"},
    ),
)
