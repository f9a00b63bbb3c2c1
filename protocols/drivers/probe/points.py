"""The points of a probe: metric, and where it comes from."""

from protocols.driver import PointRow

POINTS = (
    PointRow("probe.state", "the verdict on the answer, `judge.py`"),
    PointRow("probe.duration", "the phases of one check, by the agent's monotonic clock"),
    PointRow("probe.round.trip", "icmp: echo requests of one train, by the kernel's receive stamps"),
    PointRow("probe.loss", "icmp: packets of one train without an answer"),
    PointRow(
        "probe.loss.recent", "icmp: packets of the trains of the last 10 minutes without an answer; outages left out"
    ),
    PointRow("probe.jitter", "icmp: mean difference between successive round trips (RFC 3550's D, not smoothed)"),
    PointRow(
        "probe.slowdown", "the last 10 minutes (icmp: 95th percentile, else median) over what was usual in the last day"
    ),
    PointRow("probe.certificate.remaining", "https, tls, smtp: notAfter of the certificate (RFC 5280, 4.1.2.5)"),
    PointRow("probe.clock.offset", "ntp: ((T2 - T1) + (T3 - T4)) / 2 (RFC 5905, 8)"),
    PointRow("probe.clock.stratum", "ntp: stratum of the server (RFC 5905, 7.3)"),
    PointRow("probe.speed", "http: bytes of `speed_url` over the time of their transfer"),
)
