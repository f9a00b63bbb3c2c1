"""Metrics of cameras and recorders."""

from protocols.metrics.metric import FLAG, Metric

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
    Metric(
        "camera.picture.difference",
        "%",
        "gauge",
        "channel",
        "How little the picture's edges are like those of the scene it usually shows",
    ),
    Metric(
        "camera.stream.first.frame", "s", "gauge", "profile", "From asking for the stream to its first packet of video"
    ),
    Metric(
        "camera.login.state",
        "1",
        "state",
        None,
        "Whether the camera accepts the credential",
        {0: "accepted", 1: "none given", 2: "refused", 255: "unknown"},
    ),
    Metric(
        "camera.tamper", "1", "flag", "channel", "The camera says that somebody turned, covered or defocused it", FLAG
    ),
    Metric("camera.signal.lost", "1", "flag", "channel", "A recorder or encoder gets no video from this camera", FLAG),
    Metric(
        "camera.hardware.failure",
        "1",
        "flag",
        "part",
        "The device says that a part of it fails: fan, power supply, temperature",
        FLAG,
    ),
    Metric("camera.motion", "1", "counter", "channel", "Times that motion began; of nobody in particular"),
    Metric(
        "camera.recording.state",
        "1",
        "state",
        "recording",
        "Whether the recorder records",
        {0: "recording", 1: "stopped", 2: "error", 255: "unknown"},
    ),
    Metric("camera.recording.age", "s", "gauge", "recording", "Time since the newest recorded picture"),
    Metric("camera.recording.span", "d", "gauge", "recording", "From the oldest recorded picture to the newest"),
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
