"""Access doors and access points: what a door's answer means, and how many events an access point saw (pure, with a memory)."""

from typing import Any

from protocols.driver import Sample
from protocols.drivers.bacnet.decode import ObjectId
from protocols.drivers.bacnet.inventory import Item
from protocols.drivers.bacnet.points import DoorState

MOST_MISSED = 10_000
"""Access events between two polls beyond which the tag was set anew, not counted up."""


class Doors:
    """Turns the answers of access doors and access points into samples."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str]] = set()
        """Metric and label of each state of a door that was told."""
        self._seen: dict[ObjectId, tuple[int, tuple[int, int]]] = {}
        """Of each access point: events counted, and event and tag seen last."""

    def state(self, item: Item, door: DoorState, answer: Any) -> list[Sample]:
        """A state of a door; `unknown` when what was told before cannot be read now, nothing when it never could or is not there."""
        said = type(answer) is int and answer not in door.absent
        if not said and (door.metric, item.label) not in self._told:
            return []
        self._told.add((door.metric, item.label))
        known = type(answer) is int and answer in door.states
        return [Sample(door.metric, item.label, float(door.states[answer] if known else door.unknown))]

    def events(self, item: Item, event: Any, tag: Any) -> list[Sample]:
        """How many access events were seen: the tag counts transactions, so that those between two polls count too."""
        if type(event) is not int:
            return []
        tag = tag if type(tag) is int else 0
        count, last = self._seen.get(item.id, (0, (event, tag)))
        if (event, tag) != last:
            missed = tag - last[1]
            count += missed if 0 < missed <= MOST_MISSED else 1
        self._seen[item.id] = count, (event, tag)
        return [Sample("door.events", item.label, float(count))]
