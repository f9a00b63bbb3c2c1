"""Metrics of uninterruptible power supplies."""

from protocols.metrics.metric import FLAG, Metric

METRICS: tuple[Metric, ...] = (
    Metric("ups.battery.charge", "%", "gauge", None, "Charge of the battery"),
    Metric(
        "ups.battery.state",
        "1",
        "state",
        None,
        "State of the battery",
        {0: "normal", 1: "low", 2: "depleted", 3: "replace", 255: "unknown"},
    ),
    Metric("ups.runtime", "s", "gauge", None, "How long the battery lasts at this load"),
    Metric(
        "ups.source",
        "1",
        "state",
        None,
        "What feeds the load",
        {0: "mains", 1: "battery", 2: "bypass", 3: "none", 4: "reducer", 5: "booster", 255: "unknown"},
    ),
    Metric("ups.load", "%", "gauge", None, "Share of its capacity that the load takes"),
    Metric("ups.alarm", "1", "flag", "alarm", "An alarm that the UPS reports", FLAG),
)
