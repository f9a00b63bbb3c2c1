"""From the answers of one poll to samples: pure, with a memory of what was told so that a quiet device stays quiet."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from protocols.driver import DeviceEvent, Sample
from protocols.drivers.bacnet import points
from protocols.drivers.bacnet.decode import ObjectId, Ref, clock_offset, command_priority, flags, number
from protocols.drivers.bacnet.doors import Doors
from protocols.drivers.bacnet.inventory import Inventory, Item
from protocols.drivers.bacnet.setpoint import Pair, deviation, pairs
from protocols.metrics import BY_NAME
from protocols.wire.batch import Scalar

EVENT_STATES = ("normal", "fault", "offnormal", "high-limit", "low-limit", "life-safety-alarm")
UNKNOWN = 255.0
"""What a vendor's own state (64 and above) is shown as."""
SECONDARY = {points.RELIABILITY: "bacnet.reliability", points.EVENT_STATE: "bacnet.event.state"}


class Readings:
    """Turns answers into samples for one inventory.

    A status flag, a reliability and an event state are told at first, while they are not 0, and once when they return to it.
    """

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self._items = {item.id: item for item in inventory.items}
        self._by_label = {item.label: item for item in inventory.items}
        self._told: dict[tuple[str, str], float] = {}
        self._values: dict[str, float] = {}
        self._doors = Doors()
        self._alarms: set[ObjectId] | None = None
        self.pairs: list[Pair] = pairs({item.label: item.name for item in inventory.items if item.name})

    def forget(self) -> None:
        """Tell everything again: what was told last did not arrive."""
        self._told.clear()

    def samples(self, answers: Mapping[Ref, Any]) -> list[Sample]:
        """The samples of polled properties; errors and values that are no numbers give none."""
        made: list[Sample] = []
        for ref, answer in answers.items():
            item = self._items.get(ref.object)
            if item is not None:
                made += self._samples(item, ref.property, answer, answers)
        return made

    def deviations(self, changed: Collection[str] | None = None) -> list[Sample]:
        """Each zone's temperature less its setpoint, from the values last seen; with `changed` labels, of these alone."""
        made: list[Sample] = []
        for pair in self.pairs:
            if changed is not None and pair.temperature not in changed and pair.setpoint not in changed:
                continue
            measured, wanted = self._values.get(pair.temperature), self._values.get(pair.setpoint)
            if measured is None or wanted is None:
                continue
            unit = self._by_label[pair.temperature].unit
            apart = deviation(measured, wanted, unit) if unit == self._by_label[pair.setpoint].unit else None
            if apart is not None:
                made.append(Sample("bacnet.setpoint.deviation", pair.zone, apart))
        return made

    def overrides(self, answers: Mapping[Ref, Any]) -> list[Sample]:
        """The commanding priority of each object that has a priority-array; those that have none are remembered."""
        made: list[Sample] = []
        for ref, answer in answers.items():
            priority = command_priority(answer)
            item = self._items.get(ref.object)
            if priority is None:
                self.inventory.plain.add(ref.object)
            elif item is not None:
                made.append(Sample("bacnet.override.priority", item.label, float(priority)))
        return made

    def device(self, answers: Mapping[Ref, Any], now_ms: int) -> list[Sample]:
        """What the device object says of itself: system status and clock offset."""
        said = {ref.property: answer for ref, answer in answers.items() if ref.object == self.inventory.device}
        made: list[Sample] = []
        status = number(said.get(points.SYSTEM_STATUS))
        if status is not None:
            made.append(Sample("bacnet.system.status", None, _state("bacnet.system.status", int(status))))
        date, time = said.get(points.LOCAL_DATE), said.get(points.LOCAL_TIME)
        offset = clock_offset(date, time, said.get(points.UTC_OFFSET), said.get(points.DAYLIGHT), now_ms)
        if offset is not None:
            made.append(Sample("bacnet.clock.offset", None, offset))
        return made

    def alarms(self, found: Iterable[tuple[ObjectId, int, bool]]) -> tuple[list[Sample], list[DeviceEvent]]:
        """How many objects are in alarm or unacknowledged, which are acknowledged, and an event for each that newly is (none at
        first). One that is over counts as acknowledged, once."""
        active = {item: (state, acknowledged) for item, state, acknowledged in found if state or not acknowledged}
        fresh = (
            [] if self._alarms is None else [item for item in active if item not in self._alarms and active[item][0]]
        )
        over = [(item, True) for item in (self._alarms or set()) - set(active)]
        standing = [*((item, acknowledged) for item, (_, acknowledged) in active.items()), *over]
        self._alarms = set(active)
        events = [self.alarm(item, active[item][0], active[item][1]) for item in fresh]
        samples = [Sample("bacnet.alarm.acknowledged", points.label(item), float(done)) for item, done in standing]
        return [Sample("bacnet.alarms", None, float(len(active))), *samples], events

    def alarm(self, item: ObjectId, state: int, acknowledged: bool) -> DeviceEvent:
        """The event of an object that went into `state`."""
        if self._alarms is not None:
            self._alarms.add(item)
        known = self._items.get(item)
        name = EVENT_STATES[state] if state < len(EVENT_STATES) else f"state {state}"
        detail: dict[str, Scalar] = {
            "object": points.label(item),
            "name": (known and known.name) or points.label(item),
            "state": name,
            "acknowledged": acknowledged,
        }
        return DeviceEvent("bacnet.alarm", "major" if state == 5 else "minor" if state else "info", detail)

    def _samples(self, item: Item, which: int, answer: Any, answers: Mapping[Ref, Any]) -> list[Sample]:
        """The samples of the property `which` of one object."""
        if which == points.STATUS_FLAGS:
            return self._flags(item, flags(answer))
        if which in SECONDARY and type(answer) is int:
            return self._quiet(SECONDARY[which], item.label, _state(SECONDARY[which], answer))
        if which in points.DOOR:
            return self._doors.state(item, points.DOOR[which], answer)
        if which == points.ACCESS_EVENT:
            return self._doors.events(item, answer, answers.get(Ref(item.id, points.ACCESS_EVENT_TAG)))
        if which == points.PRESENT_VALUE and item.id[0] not in points.DOORS:
            return self._value(item, number(answer))
        return []

    def _value(self, item: Item, value: float | None) -> list[Sample]:
        if value is None:
            self._values.pop(item.label, None)
            return []
        self._values[item.label] = value
        return [Sample("bacnet.value", item.label, value, item.unit)]

    def _flags(self, item: Item, status: tuple[bool, ...] | None) -> list[Sample]:
        made: list[Sample] = []
        for flag, is_on in zip(points.FLAGS, status or (), strict=False):
            made += self._quiet("bacnet.status", f"{item.label}.{flag}", float(is_on))
        return made

    def _quiet(self, metric: str, label: str, value: float) -> list[Sample]:
        before = self._told.get((metric, label))
        self._told[metric, label] = value
        return [Sample(metric, label, value)] if value or before != value else []


def _state(metric: str, answer: int) -> float:
    """An enumeration's number as the catalogue knows it."""
    return float(answer) if answer in (BY_NAME[metric].states or ()) else UNKNOWN
