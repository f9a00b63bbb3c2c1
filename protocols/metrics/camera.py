"""Metrics of cameras and recorders."""

from protocols.metrics.metric import Metric

METRICS: tuple[Metric, ...] = (
    Metric(
        "camera.picture.state",
        "1",
        "state",
        "channel",
        "What the picture shows",
        {0: "ok", 1: "black", 2: "frozen", 3: "blurred", 4: "covered", 255: "unknown"},
    ),
    Metric("camera.picture.brightness", "%", "gauge", "channel", "Mean brightness of the picture"),
    Metric("camera.picture.contrast", "%", "gauge", "channel", "Spread of the picture's brightness"),
    Metric("camera.picture.sharpness", "1", "gauge", "channel", "How sharp the picture's edges are"),
    Metric("camera.picture.change", "%", "gauge", "channel", "How much the picture differs from the one before"),
    Metric(
        "camera.stream.state",
        "1",
        "state",
        "profile",
        "Whether the video stream is offered",
        {0: "down", 1: "up", 2: "no credential", 255: "unknown"},
    ),
    Metric("camera.clock.offset", "s", "gauge", None, "The camera's clock less the agent's"),
    Metric(
        "camera.storage.state",
        "1",
        "state",
        "storage",
        "State of the recorder's storage",
        {0: "ok", 1: "failing", 2: "full", 3: "missing", 255: "unknown"},
    ),
)
