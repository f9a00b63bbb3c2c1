"""Metrics of building automation."""

from protocols.metrics.metric import FLAG, Metric

RELIABILITIES = (
    "no fault detected", "no sensor", "over range", "under range", "open loop", "shorted loop", "no output",
    "unreliable", "process error", "multi-state fault", "configuration error", "communication failure", "member fault",
    "monitored object fault", "tripped", "lamp failure", "activation failure", "DHCP renewal failed",
    "registration renewal failed", "auto-negotiation failed", "restart failed", "proprietary command failed",
    "faults listed", "referenced object fault", "multi-state out of range",
)  # fmt: skip
"""BACnetReliability (135-2020 clause 21), 0 to 10 and 12 to 25."""

METRICS: tuple[Metric, ...] = (
    Metric("bacnet.value", "*", "gauge", "object", "Present value of a BACnet object"),
    Metric(
        "bacnet.status",
        "1",
        "flag",
        "object.flag",
        "Status flag of a BACnet object: in-alarm, fault, overridden, out-of-service",
        FLAG,
    ),
    Metric(
        "bacnet.reliability",
        "1",
        "state",
        "object",
        "Why a BACnet object's value cannot be trusted (BACnetReliability; a vendor's own: unknown)",
        {
            **dict(enumerate(RELIABILITIES[:11])),
            **dict(enumerate(RELIABILITIES[11:], 12)),  # 11 is not in the standard
            255: "unknown",
        },
    ),
    Metric(
        "bacnet.event.state",
        "1",
        "state",
        "object",
        "Event state of a BACnet object (BACnetEventState; a vendor's own: unknown)",
        {
            0: "normal",
            1: "fault",
            2: "offnormal",
            3: "high limit",
            4: "low limit",
            5: "life safety alarm",
            255: "unknown",
        },
    ),
    Metric(
        "bacnet.override.priority",
        "1",
        "gauge",
        "object",
        "Priority (1 to 16) that commands the object; 0 when relinquished to its default",
    ),
    Metric("bacnet.setpoint.deviation", "Cel", "gauge", "zone", "Zone temperature less its setpoint"),
    Metric(
        "bacnet.system.status",
        "1",
        "state",
        None,
        "System status of the device object (BACnetDeviceStatus; a vendor's own: unknown)",
        {
            0: "operational",
            1: "operational, read-only",
            2: "download required",
            3: "download in progress",
            4: "not operational",
            5: "backup in progress",
            255: "unknown",
        },
    ),
    Metric("bacnet.clock.offset", "s", "gauge", None, "The device's clock less the agent's"),
    Metric(
        "bacnet.alarms",
        "1",
        "gauge",
        None,
        "Objects with an event state other than normal, or an alarm nobody acknowledged",
    ),
    Metric(
        "bacnet.alarm.acknowledged",
        "1",
        "flag",
        "object",
        "Whether the alarm of an object was acknowledged in the building automation system",
        FLAG,
    ),
)
