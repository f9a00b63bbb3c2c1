"""Conditions forced on simulated objects by hand: a value, a flag, an alarm, an override, a door's state, a log's records."""

from collections.abc import Callable, Sequence
from typing import Any

from bacpypes3.basetypes import BinaryPV, PriorityValue, StatusFlags

from protocols.drivers.bacnet.simulator.trend_log import Entry

FLAGS = ("in-alarm", "fault", "overridden", "out-of-service")

_DOOR = {"position": "doorStatus", "lock": "lockStatus", "secured": "securedStatus", "alarm": "doorAlarmState"}


class Forcing:
    """Forces conditions of the objects that `find` returns for a label as the driver writes it ("analog-input,1").

    Measurements stand still for objects whose label is in `held`; `logs` are the records of logs that were given any.
    """

    def __init__(self, find: Callable[[str], Any]) -> None:
        self.held: set[str] = set()
        self.logs: dict[str, Sequence[Entry]] = {}
        self._find = find

    def value(self, label: str, value: float) -> None:
        """Force the present value of an object, which stands still from now on; subscribers are told."""
        self.held.add(label)
        show(self._find(label), label, value)

    def flag(self, label: str, flag: str, on: bool) -> None:
        """Set or clear one of in-alarm, fault, overridden, out-of-service of an object; subscribers are told."""
        item = self._find(label)
        flags = list(item.statusFlags)
        flags[FLAGS.index(flag)] = int(on)
        item.statusFlags = StatusFlags(flags)  # tells subscribers; the flags themselves follow from what is set below
        if flag == "in-alarm":
            item.eventState = "offnormal" if on else "normal"
        elif flag == "fault":
            item.reliability = "no-sensor" if on else "no-fault-detected"
        elif flag == "overridden":
            item._is_overridden = on
        else:
            item.outOfService = on

    def alarm(self, label: str, state: str) -> None:
        """Put an object into an event state: "normal", "fault", "offnormal", "high-limit", "low-limit"."""
        self.flag(label, "in-alarm", state != "normal")
        self._find(label).eventState = state

    def override(self, label: str, priority: int, value: float | None) -> None:
        """Command an output at `priority` (1..16); None relinquishes it."""
        self.held.add(label)
        slot = PriorityValue(null=()) if value is None else PriorityValue(real=value)
        self._find(label).priorityArray[priority - 1] = slot

    def door(self, label: str, **states: str) -> None:
        """Put a door into a state, for example position="opened", alarm="forced-open"; also lock= and secured=."""
        item = self._find(label)
        for state, value in states.items():
            setattr(item, _DOOR[state], value)

    def log(self, label: str, entries: Sequence[Entry]) -> None:
        """Let the trend log of an object hold these records and no others."""
        self.logs[label] = entries


def show(item: Any, label: str, value: float) -> None:
    """Let the object called `label` have this present value, in its own type."""
    if label.startswith("binary"):
        item.presentValue = BinaryPV("active" if value else "inactive")
    elif label.startswith("multi"):
        item.presentValue = int(value)
    else:
        item.presentValue = round(float(value), 2)
