"""What the driver reads, one row a metric, and which objects have a present value that is a number.

Numbers of object types, properties and services are those of ANSI/ASHRAE 135-2020, clauses 12 and 21.
"""

from collections.abc import Mapping
from typing import NamedTuple

from protocols.driver import PointRow
from protocols.drivers.bacnet.decode import ObjectId

POINTS = (
    PointRow("bacnet.value", "present-value (85) of each object"),
    PointRow("bacnet.status", "status-flags (111) of each object, one flag a point"),
    PointRow("bacnet.reliability", "reliability (103) of each object, when other than no-fault-detected or changed"),
    PointRow("bacnet.event.state", "event-state (36) of each object, when other than normal or changed"),
    PointRow("bacnet.override.priority", "priority-array (87) of each commandable object, every tenth poll"),
    PointRow(
        "bacnet.setpoint.deviation", "present-value of a zone temperature less that of its setpoint, paired by name"
    ),
    PointRow("bacnet.system.status", "system-status (112) of the device object"),
    PointRow("bacnet.clock.offset", "local-date (56), local-time (57), utc-offset (119), daylight-savings-status (24)"),
    PointRow("bacnet.alarms", "GetEventInformation: objects in alarm or unacknowledged"),
    PointRow(
        "bacnet.alarm.acknowledged", "GetEventInformation: acknowledged-transitions of each of those objects, all three"
    ),
    PointRow("door.position", "door-status (231) of each access door"),
    PointRow("door.lock", "lock-status (233) of each access door"),
    PointRow("door.secured", "secured-status (235) of each access door"),
    PointRow("door.alarm", "door-alarm-state (226) of each access door"),
    PointRow("door.events", "access-event (247), access-event-tag (322) of each access point: how often they change"),
)

PRESENT_VALUE, STATUS_FLAGS, RELIABILITY, EVENT_STATE = 85, 111, 103, 36
_CONDITION = (STATUS_FLAGS, RELIABILITY, EVENT_STATE)
OBJECT_NAME, OBJECT_LIST, PRIORITY_ARRAY, STATE_TEXT = 77, 76, 87, 110
LOG_REFERENCE, ENABLE, RECORD_COUNT, TREND_LOG = 132, 133, 141, 20
ACTIVE_TEXT, INACTIVE_TEXT, UNITS, OUTPUT_UNITS = 4, 46, 117, 82
SYSTEM_STATUS, DATABASE_REVISION, MAX_APDU = 112, 155, 62
LOCAL_DATE, LOCAL_TIME, UTC_OFFSET, DAYLIGHT = 56, 57, 119, 24
STATE = (SYSTEM_STATUS, DATABASE_REVISION, LOCAL_DATE, LOCAL_TIME, UTC_OFFSET, DAYLIGHT)
"""What is read of the device object in every poll."""

ATTRIBUTES = {
    OBJECT_NAME: "name",
    121: "vendor",
    70: "model",
    44: "firmware",
    12: "application",
    58: "location",
    28: "description",
    372: "serial",
}
"""Texts of the device object and the attribute each becomes."""

NAMED = ("bacnet.reliability", "bacnet.event.state")
"""Metrics of an object that are shown under its name."""
FLAGS = ("in-alarm", "fault", "overridden", "out-of-service")

TYPES = {
    0: "analog-input",
    1: "analog-output",
    2: "analog-value",
    3: "binary-input",
    4: "binary-output",
    5: "binary-value",
    12: "loop",
    13: "multi-state-input",
    14: "multi-state-output",
    19: "multi-state-value",
    23: "accumulator",
    24: "pulse-converter",
    45: "integer-value",
    46: "large-analog-value",
    48: "positive-integer-value",
    54: "lighting-output",
    55: "binary-lighting-output",
    30: "access-door",
    33: "access-point",
}
"""The object types that are read. Access credentials, users and rights never are."""
ACCESS_DOOR, ACCESS_POINT = 30, 33
DOORS = frozenset({ACCESS_DOOR, ACCESS_POINT})
"""Polled every time, whatever they tell by themselves: a door's change of value leaves out its position and lock."""
ACCESS_EVENT, ACCESS_EVENT_TAG = 247, 322
WITH_UNITS = frozenset({0, 1, 2, 23, 24, 45, 46, 48})
BINARY = frozenset({3, 4, 5})
MULTI_STATE = frozenset({13, 14, 19})
COMMANDABLE = frozenset({1, 2, 4, 5, 14, 19, 30, 45, 46, 48, 54, 55})
"""Types that have a priority-array always (outputs) or sometimes (values)."""


class DoorState(NamedTuple):
    """A property of an access door: its metric, and BACnet's number → the metric's state; any other is `unknown`, but those of a door
    that does not have what is asked for (`absent`)."""

    metric: str
    states: Mapping[int, int]
    unknown: int = 2
    absent: frozenset[int] = frozenset()


DOOR: Mapping[int, DoorState] = {
    231: DoorState(
        "door.position", {0: 0, 1: 1, 6: 1, 7: 1, 9: 1}, absent=frozenset((4, 5))
    ),  # 6, 7, 9: closing, opening, ajar
    233: DoorState("door.lock", {0: 0, 1: 1}, absent=frozenset((3,))),
    235: DoorState("door.secured", {0: 0, 1: 1}),
    226: DoorState("door.alarm", {0: 0, 1: 5, 2: 2, 3: 1, 4: 3, 5: 4, 6: 6, 7: 7, 8: 8}, unknown=255),
}
"""BACnetDoorStatus, -LockStatus, -DoorSecuredStatus, -DoorAlarmState (135-2020 clause 21). A fault and whatever else the
standard may add are `unknown`: never closed, locked or secured. Of a sensor that is not there (unused, none) nothing is told."""


def polled(item: ObjectId) -> tuple[int, ...]:
    """The properties of an object that are read in every poll. An access point's credential is not among them."""
    if item[0] == ACCESS_DOOR:
        return (*DOOR, *_CONDITION)
    if item[0] == ACCESS_POINT:
        return (ACCESS_EVENT, ACCESS_EVENT_TAG, *_CONDITION)
    return (PRESENT_VALUE, *_CONDITION)


def measures(item: ObjectId) -> tuple[str, ...]:
    """The metrics of an object that its own kind gives, its value first; conditions are everybody's."""
    if item[0] == ACCESS_DOOR:
        return tuple(state.metric for state in DOOR.values())
    return ("door.events",) if item[0] == ACCESS_POINT else ("bacnet.value",)


def label(item: ObjectId) -> str:
    """The label of an object's points: "analog-input,1"."""
    return f"{TYPES.get(item[0], item[0])},{item[1]}"
