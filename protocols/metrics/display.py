"""Metrics of projectors and displays."""

from protocols.metrics.metric import Metric

METRICS: tuple[Metric, ...] = (
    Metric(
        "display.power",
        "1",
        "state",
        None,
        "Whether the display is on",
        {0: "off", 1: "on", 2: "cooling", 3: "warming up", 255: "unknown"},
    ),
    Metric("display.lamp.hours", "h", "counter", "lamp", "Hours a lamp has burned"),
    Metric(
        "display.error",
        "1",
        "state",
        "part",
        "What the display says of a part: fan, lamp, temperature, cover, filter, other",
        {0: "ok", 1: "warning", 2: "error", 255: "unknown"},
    ),
)
