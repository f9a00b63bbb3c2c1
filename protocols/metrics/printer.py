"""Metrics of printers and copiers."""

from protocols.metrics.metric import FLAG, Metric

METRICS: tuple[Metric, ...] = (
    Metric(
        "printer.status",
        "1",
        "state",
        None,
        "What the printer says it does",
        {0: "idle", 1: "printing", 2: "warming up", 3: "stopped", 4: "asleep", 5: "other", 255: "unknown"},
    ),
    Metric(
        "printer.supply.level",
        "%",
        "gauge",
        "description",
        "What is left of a supply; of a waste container: the room left",
    ),
    Metric(
        "printer.supply.state",
        "1",
        "state",
        "description",
        "State of a supply or waste container: some remains, but no figure; full is a container without room",
        {0: "ok", 1: "some", 2: "low", 3: "empty", 4: "full", 255: "unknown"},
    ),
    Metric("printer.tray.level", "%", "gauge", "name", "What is left in an input tray"),
    Metric(
        "printer.tray.state",
        "1",
        "state",
        "name",
        "State of an input tray",
        {0: "ok", 1: "some", 2: "low", 3: "empty", 4: "missing", 255: "unknown"},
    ),
    Metric("printer.pages", "1", "counter", None, "Pages printed in the printer's life"),
    Metric(
        "printer.impressions",
        "1",
        "counter",
        "kind",
        "Impressions in colour and in monochrome, where the printer tells them apart",
    ),
    Metric(
        "printer.error",
        "1",
        "flag",
        "error",
        "A condition that the printer reports: no-paper, jammed, door-open, …",
        FLAG,
    ),
    Metric("printer.jobs.queued", "1", "gauge", None, "Jobs that wait or print; counted, never named"),
)
