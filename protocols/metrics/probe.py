"""Metrics of services as people feel them."""

from protocols.metrics.metric import Metric

METRICS: tuple[Metric, ...] = (
    Metric(
        "probe.state",
        "1",
        "state",
        None,
        "Whether the service answers as it must",
        {0: "down", 1: "up", 2: "wrong answer", 3: "not blocked", 4: "certificate ended", 255: "unknown"},
    ),
    Metric(
        "probe.duration",
        "s",
        "gauge",
        "phase",
        "How long a phase of the check took: lookup, connect, tls, first byte, transfer, total",
    ),
    Metric("probe.round.trip", "s", "gauge", "statistic", "Round trips of one train of packets: min, median, p95"),
    Metric("probe.loss", "%", "gauge", None, "Share of the packets that were not answered"),
    Metric(
        "probe.loss.recent", "%", "gauge", None, "Share of the packets of the last 10 minutes that were not answered"
    ),
    Metric("probe.jitter", "s", "gauge", None, "Mean difference between successive round trips"),
    Metric(
        "probe.slowdown", "1", "gauge", None, "How many times longer than usual answers took in the last 10 minutes"
    ),
    Metric("probe.certificate.remaining", "d", "gauge", None, "Days until the certificate ends"),
    Metric("probe.expiry.remaining", "d", "gauge", "name", "Days until a licence, a domain or a contract ends"),
    Metric("probe.clock.offset", "s", "gauge", None, "The time server's clock less the agent's"),
    Metric(
        "probe.clock.stratum", "1", "gauge", None, "How many servers away from a reference clock the time server is"
    ),
    Metric("probe.speed", "bit/s", "gauge", None, "Speed of one download"),
)
