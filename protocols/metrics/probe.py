"""Metrics of services as people feel them."""

from protocols.metrics.metric import Metric

METRICS: tuple[Metric, ...] = (
    Metric(
        "probe.state",
        "1",
        "state",
        None,
        "Whether the service answers as it must",
        {0: "down", 1: "up", 2: "wrong answer", 3: "not blocked", 255: "unknown"},
    ),
    Metric(
        "probe.duration",
        "s",
        "gauge",
        "phase",
        "How long a phase of the check took: lookup, connect, tls, first byte, total",
    ),
    Metric("probe.loss", "%", "gauge", None, "Share of the packets that were not answered"),
    Metric("probe.jitter", "s", "gauge", None, "Mean difference between successive round trips"),
    Metric("probe.certificate.remaining", "d", "gauge", None, "Days until the certificate ends"),
)
