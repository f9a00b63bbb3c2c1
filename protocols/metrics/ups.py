"""Metrics of uninterruptible power supplies."""

from protocols.metrics.metric import FLAG, Metric

METRICS: tuple[Metric, ...] = (
    Metric("ups.battery.charge", "%", "gauge", None, "Charge of the battery"),
    Metric(
        "ups.battery.state",
        "1",
        "state",
        None,
        "State of the battery",
        {0: "normal", 1: "low", 2: "depleted", 3: "replace", 4: "fault", 5: "missing", 255: "unknown"},
    ),
    Metric("ups.battery.temperature", "Cel", "gauge", None, "Temperature of the battery"),
    Metric("ups.battery.voltage", "V", "gauge", None, "Voltage of the battery"),
    Metric("ups.battery.age", "d", "gauge", None, "Days since the battery was replaced, as somebody told the UPS"),
    Metric("ups.battery.due", "d", "gauge", None, "Days until the battery should be replaced; negative: overdue"),
    Metric("ups.battery.time", "s", "gauge", None, "How long the load has been fed by the battery; 0: it is not"),
    Metric("ups.runtime", "s", "gauge", None, "How long the battery lasts at this load"),
    Metric(
        "ups.source",
        "1",
        "state",
        None,
        "What feeds the load",
        {
            0: "mains",
            1: "battery",
            2: "bypass",
            3: "none",
            4: "reducer",
            5: "booster",
            6: "battery test",
            255: "unknown",
        },
    ),
    Metric("ups.load", "%", "gauge", None, "Share of its capacity that the load takes; of several phases the busiest"),
    Metric("ups.input.voltage", "V", "gauge", "phase", "Voltage that comes in"),
    Metric("ups.input.frequency", "Hz", "gauge", None, "Frequency that comes in"),
    Metric("ups.output.voltage", "V", "gauge", "phase", "Voltage that goes out"),
    Metric("ups.output.power", "W", "gauge", None, "Active power that the load takes"),
    Metric(
        "ups.test.result",
        "1",
        "state",
        None,
        "Result of the last self-test",
        {0: "passed", 1: "warning", 2: "failed", 3: "aborted", 4: "running", 5: "none yet", 255: "unknown"},
    ),
    Metric("ups.test.age", "d", "gauge", None, "Days since the last self-test"),
    Metric("ups.alarms", "1", "gauge", None, "Alarms that the UPS reports"),
    Metric("ups.alarm", "1", "flag", "alarm", "An alarm that the UPS reports", FLAG),
)
