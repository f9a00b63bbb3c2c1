"""The simulated district: schools, devices and points, in the order in which the database numbers them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from protocols.metrics import BY_NAME

NAMES = ("Lincoln MS", "Roosevelt HS", "Adams ES", "Washington ES", "Madison MS", "Hoover HS", "Grant ES", "Monroe ES")


class Reading(NamedTuple):
    """One point as its driver sends it; `unit` only where the catalogue leaves it to the device."""

    metric: str
    label: str | None = None
    unit: str = ""
    name: str | None = None
    states: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Device:
    """A device; `key` is its name within its school, `parent` the key of the device it hangs off (LLDP, bridge tables, PoE).

    `every` is how many minutes lie between two readings: more than the driver's usual where many points would only cost time;
    whether it answers is known each minute all the same.
    """

    key: str
    kind: str
    name: str
    room: str
    parent: str | None
    readings: tuple[Reading, ...]
    every: int = 1
    traits: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    new: bool = False
    """It is not there at first: it is commissioned in the course of the weeks."""


class Placed(NamedTuple):
    """A device of one school with its row numbers: `id` in the database (from 1), points `first` to `last` (from 0, exclusive)."""

    school: int
    device: Device
    id: int
    first: int
    last: int


EVERY_DEVICE = (Reading("reachable"), Reading("response.time"))


class Fleet:
    """Everything in order; a point's row in a day's table is its id less 1."""

    def __init__(self, schools: int, devices: Iterable[tuple[int, Device]]) -> None:
        self.schools = schools
        self.placed: list[Placed] = []
        self.points: list[tuple[int, Reading]] = []
        """The device's id and the reading."""
        self._by_key: dict[tuple[int, str], Placed] = {}
        self._rows: dict[tuple[int, str, str | None], int] = {}
        for school, device in devices:
            self._place(school, device)

    def _place(self, school: int, device: Device) -> None:
        first, identity = len(self.points), len(self.placed) + 1
        for reading in (*EVERY_DEVICE, *device.readings):
            assert reading.metric in BY_NAME, f"{device.key}: {reading.metric} is not in the catalogue"
            self._rows[identity, reading.metric, reading.label] = len(self.points)
            self.points.append((identity, reading))
        placed = Placed(school, device, identity, first, len(self.points))
        self.placed.append(placed)
        self._by_key[school, device.key] = placed

    def of(self, school: int, key: str) -> Placed:
        """The device of this key."""
        return self._by_key[school, key]

    def keys(self, school: int) -> list[str]:
        """Every device of the school."""
        return [placed.device.key for placed in self.placed if placed.school == school]

    def row(self, placed: Placed, metric: str, label: str | None = None) -> int:
        """The point's row."""
        return self._rows[placed.id, metric, label]

    def behind(self, school: int, key: str) -> list[str]:
        """Every device that hangs off this one, near and far."""
        found, seen = [], {key}
        grew = True
        while grew:
            grew = False
            for placed in self.placed:
                own = placed.device
                if placed.school == school and own.parent in seen and own.key not in seen:
                    seen.add(own.key)
                    found.append(own.key)
                    grew = True
        return found


def unit_of(reading: Reading) -> str:
    """The unit as the wire carries it."""
    unit = BY_NAME[reading.metric].unit
    return reading.unit or "1" if unit == "*" else unit
