"""Metrics of doors."""

from protocols.metrics.metric import Metric

METRICS: tuple[Metric, ...] = (
    Metric(
        "door.position",
        "1",
        "state",
        "door",
        "Whether the door stands open",
        {0: "closed", 1: "open", 2: "unknown"},
    ),
    Metric(
        "door.lock",
        "1",
        "state",
        "door",
        "Whether the door's lock is locked",
        {0: "locked", 1: "unlocked", 2: "unknown"},
    ),
    Metric(
        "door.secured",
        "1",
        "state",
        "door",
        "Whether the door is closed, locked and without alarm, as its controller sees it",
        {0: "secured", 1: "not secured", 2: "unknown"},
    ),
    Metric(
        "door.alarm",
        "1",
        "state",
        "door",
        "What is wrong at the door",
        {
            0: "normal",
            1: "forced",
            2: "held",
            3: "tamper",
            4: "fault",
            5: "alarm",
            6: "lockdown",
            7: "free access",
            8: "egress",
            255: "unknown",
        },
    ),
    Metric("door.events", "1", "counter", "reader", "Access events, granted or not; of no person and no credential"),
    Metric(
        "door.power",
        "1",
        "state",
        "door",
        "What powers the door or its reader",
        {0: "normal", 1: "failing", 2: "unknown"},
    ),
    Metric(
        "door.battery",
        "1",
        "state",
        "door",
        "The controller's or lock's battery",
        {0: "normal", 1: "low", 2: "unknown"},
    ),
)
