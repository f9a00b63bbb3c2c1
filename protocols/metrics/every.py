"""Metrics of what the poller tells of every device."""

from protocols.metrics.metric import Metric

METRICS: tuple[Metric, ...] = (
    Metric(
        "reachable", "1", "state", None, "Whether the device answered its last poll", {0: "no", 1: "yes", 2: "unknown"}
    ),
    Metric("response.time", "s", "gauge", None, "How long the last poll took"),
)
