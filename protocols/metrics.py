"""The catalogue: every metric's name, unit (UCUM), kind and meaning. One list; extend it in the same manner.

Kinds: gauge (any value), counter (only grows, resets to 0), state (small integers named in `states`), flag (0 or 1).
Every enumeration has `unknown`. A `*` unit is the device's own, sent with each point.
"""

from typing import NamedTuple


class Metric(NamedTuple):
    """One metric. `label` says what tells its points apart (None: one per device)."""

    name: str
    unit: str
    kind: str
    label: str | None
    meaning: str
    states: dict[int, str] | None = None


FLAG = {0: "no", 1: "yes"}
RELIABILITIES = (
    "no fault detected", "no sensor", "over range", "under range", "open loop", "shorted loop", "no output",
    "unreliable", "process error", "multi-state fault", "configuration error", "communication failure", "member fault",
    "monitored object fault", "tripped", "lamp failure", "activation failure", "DHCP renewal failed",
    "registration renewal failed", "auto-negotiation failed", "restart failed", "proprietary command failed",
    "faults listed", "referenced object fault", "multi-state out of range",
)  # fmt: skip
"""BACnetReliability (135-2020 clause 21), 0 to 10 and 12 to 25."""

CATALOGUE: tuple[Metric, ...] = (
    Metric(
        "reachable", "1", "state", None, "Whether the device answered its last poll", {0: "no", 1: "yes", 2: "unknown"}
    ),
    Metric("response.time", "s", "gauge", None, "How long the last poll took"),
    Metric("host.cpu.utilization", "%", "gauge", None, "Processor time in use, all cores together"),
    Metric("host.load", "1", "gauge", "window", "Load average over 1, 5 and 15 minutes"),
    Metric("host.memory.utilization", "%", "gauge", None, "Memory that is not available to new programs"),
    Metric("host.memory.available", "By", "gauge", None, "Memory available to new programs"),
    Metric("host.swap.utilization", "%", "gauge", None, "Swap space in use"),
    Metric("host.disk.utilization", "%", "gauge", "mount", "Space in use for ordinary users"),
    Metric("host.disk.free", "By", "gauge", "mount", "Space left for ordinary users"),
    Metric("host.disk.inodes.utilization", "%", "gauge", "mount", "File entries (inodes) in use"),
    Metric("host.disk.readonly", "1", "flag", "mount", "Mounted read-only although its table says writable", FLAG),
    Metric("host.disk.read.rate", "By/s", "gauge", "disk", "Bytes read a second"),
    Metric("host.disk.write.rate", "By/s", "gauge", "disk", "Bytes written a second"),
    Metric("host.disk.written", "By", "counter", "disk", "Bytes written since boot"),
    Metric("host.disk.lifetime.written", "By", "counter", "disk", "Bytes written in the card's or file system's life"),
    Metric("host.disk.errors", "1", "counter", "mount", "Errors the file system has counted"),
    Metric("host.disk.wear", "%", "gauge", "disk", "Wear of the eMMC or SSD, upper bound"),
    Metric("host.disk.health", "1", "state", "disk", "SMART's own verdict", {0: "passed", 1: "failing", 2: "unknown"}),
    Metric("host.disk.temperature", "Cel", "gauge", "disk", "Temperature of the drive, from SMART"),
    Metric("host.network.receive.rate", "bit/s", "gauge", "interface", "Bits received a second"),
    Metric("host.network.transmit.rate", "bit/s", "gauge", "interface", "Bits sent a second"),
    Metric("host.network.errors.rate", "1/s", "gauge", "interface", "Errors and drops a second, both ways"),
    Metric(
        "host.network.state",
        "1",
        "state",
        "interface",
        "Whether the interface is up",
        {0: "down", 1: "up", 2: "unknown"},
    ),
    Metric("host.temperature", "Cel", "gauge", "sensor", "Temperature of a sensor of the machine"),
    Metric("host.battery.charge", "%", "gauge", None, "Charge of the machine's battery"),
    Metric(
        "host.battery.source", "1", "state", None, "What powers the machine", {0: "battery", 1: "mains", 2: "unknown"}
    ),
    Metric("host.uptime", "s", "counter", None, "Time since the machine started"),
    Metric(
        "host.process.state",
        "1",
        "state",
        "process",
        "Whether a process that must run does",
        {0: "missing", 1: "running", 2: "unknown"},
    ),
    Metric("host.process.count", "1", "gauge", None, "Processes"),
    Metric("host.updates.pending", "1", "gauge", None, "Packages with an update waiting"),
    Metric("host.updates.security", "1", "gauge", None, "Packages with a security update waiting"),
    Metric("host.reboot.required", "1", "flag", None, "An update waits for a restart", FLAG),
    Metric(
        "host.throttled",
        "1",
        "flag",
        "flag",
        "The Raspberry Pi's firmware limits: under-voltage, capped, throttled, soft limit",
        FLAG,
    ),
    Metric("host.clock.synchronised", "1", "flag", None, "The kernel's clock is disciplined by a time source", FLAG),
    Metric("host.clock.offset", "s", "gauge", None, "Estimated error of the machine's clock"),
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
)

ON_CHANGE = frozenset({"bacnet.status", "bacnet.reliability", "bacnet.event.state"})
"""Told when they change, and while they are not 0: their silence says nothing."""

BY_NAME = {metric.name: metric for metric in CATALOGUE}
