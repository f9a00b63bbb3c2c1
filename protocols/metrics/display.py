"""Metrics of projectors and displays."""

from protocols.metrics.metric import FLAG, Metric

SOURCES = {1: "RGB", 2: "video", 3: "digital", 4: "storage", 5: "network", 6: "internal"}
"""PJLink's kinds of input; 32 is `digital 2`."""

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
    Metric("display.lamp.state", "1", "state", "lamp", "Whether a lamp is lit", {0: "off", 1: "on", 255: "unknown"}),
    Metric(
        "display.error",
        "1",
        "state",
        "part",
        "What the display says of a part: fan, lamp, temperature, cover, filter, other",
        {0: "ok", 1: "warning", 2: "error", 255: "unknown"},
    ),
    Metric("display.failure", "1", "flag", None, "The display answers that it has failed (PJLink ERR4)", FLAG),
    Metric(
        "display.input",
        "1",
        "state",
        None,
        "The input that is shown",
        {10 * kind + number: f"{name} {number}" for kind, name in SOURCES.items() for number in range(1, 10)}
        | {255: "unknown"},
    ),
    Metric(
        "display.signal",
        "1",
        "state",
        None,
        "Whether the input has a signal",
        {0: "none", 1: "present", 2: "not recognised", 255: "unknown"},
    ),
    Metric(
        "display.mute",
        "1",
        "state",
        None,
        "What is muted",
        {0: "nothing", 1: "picture", 2: "sound", 3: "picture and sound", 255: "unknown"},
    ),
    Metric(
        "display.freeze", "1", "state", None, "Whether the picture is held still", {0: "no", 1: "yes", 255: "unknown"}
    ),
    Metric("display.filter.hours", "h", "counter", None, "Hours since the air filter was changed"),
)
