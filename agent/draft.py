"""A batch being filled: devices and points interned, size and number of values counted so that it keeps the wire's limits.

Pure. Sizes are upper bounds of msgpack's: a text costs its bytes and 3, a number 9.
"""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field

from protocols.wire import limits
from protocols.wire.batch import Batch, Event, Fact, PointKey, Reach, Scalar
from protocols.wire.encode import cut

SAMPLES = 5_000
BYTES = 200 * 1024
"""Less than a message holds even when it does not deflate, with room for a gap's event that the spool may add."""
VALUES = 100_000
ROWS = 1_000
_PER_SAMPLE = 20


@dataclass(slots=True)
class Clocking:
    """How well the stamps of a draft are known: `offset_ms` is wall clock less monotonic clock when they were taken."""

    sync: bool
    boot: bytes
    offset_ms: int


@dataclass(slots=True)
class Draft:
    """Contents of a batch before it has a stream and a number. Each `put_…` says whether there was room."""

    clock: Clocking
    devices: dict[tuple[str, str], int] = field(default_factory=dict)
    points: dict[PointKey, int] = field(default_factory=dict)
    index: "array[int]" = field(default_factory=lambda: array("H"))
    times: "array[int]" = field(default_factory=lambda: array("q"))
    values: "array[float]" = field(default_factory=lambda: array("d"))
    events: list[Event] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    reach: list[Reach] = field(default_factory=list)
    size: int = 300
    nodes: int = 20

    @property
    def empty(self) -> bool:
        """Nothing in it yet."""
        return not (self.times or self.events or self.facts or self.reach)

    def put_sample(self, device: tuple[str, str], key: tuple[str, str | None, str], time: int, value: float) -> bool:
        """One finite value of the point (metric, label, unit) at `time` (ms)."""
        if len(self.times) >= SAMPLES or not self._room(_PER_SAMPLE, 0):
            return False
        position = self._device(device)
        if position is None:
            return False
        point = PointKey(position, *key)
        index = self.points.get(point)
        if index is None:
            cost = 12 + sum(len((text or "").encode()) + 3 for text in key)
            if len(self.points) >= limits.POINTS or not self._room(cost, 5):
                return False
            index = self.points[point] = len(self.points)
            self._take(cost, 5)
        self._take(_PER_SAMPLE, 0)
        self.index.append(index)
        self.times.append(time)
        self.values.append(value)
        return True

    def put_event(
        self, device: tuple[str, str], time: int, kind: str, severity: str, detail: dict[str, Scalar]
    ) -> bool:
        """One event; `detail` already keeps the limits of a map."""
        cost, nodes = weigh(detail)
        position = self._row(device, len(self.events), cost + 600, nodes + 6)
        if position is None:
            return False
        self.events.append(Event(position, time, kind, severity, detail))
        return True

    def put_facts(self, device: tuple[str, str], time: int, attributes: dict[str, Scalar]) -> bool:
        """Attributes of one device, already within the limits of a map."""
        cost, nodes = weigh(attributes)
        position = self._row(device, len(self.facts), cost + 20, nodes + 4)
        if position is None:
            return False
        self.facts.append(Fact(position, time, attributes))
        return True

    def put_reach(self, device: tuple[str, str], time: int, reachable: bool, detail: str) -> bool:
        """Whether the device answered at `time`."""
        position = self._row(device, len(self.reach), 40 + len(detail.encode()), 5)
        if position is None:
            return False
        self.reach.append(Reach(position, time, reachable, detail))
        return True

    def batch(self, agent: str, sent: int) -> Batch:
        """The contents as a batch whose stream and number are still to be given."""
        return Batch(
            stream=b"",
            seq=0,
            agent=agent,
            sent=sent,
            clock_sync=self.clock.sync,
            boot=self.clock.boot,
            devices=list(self.devices),
            points=list(self.points),
            index=self.index,
            times=self.times,
            values=self.values,
            events=self.events,
            facts=self.facts,
            reach=self.reach,
        )

    def _row(self, device: tuple[str, str], rows: int, cost: int, nodes: int) -> int | None:
        if rows >= ROWS or not self._room(cost, nodes):
            return None
        position = self._device(device)
        if position is not None:
            self._take(cost, nodes)
        return position

    def _device(self, device: tuple[str, str]) -> int | None:
        position = self.devices.get(device)
        if position is None:
            cost = 10 + len(device[0].encode()) + len(device[1].encode())
            if len(self.devices) >= limits.DEVICES - 1 or not self._room(cost, 3):
                return None
            position = self.devices[device] = len(self.devices)
            self._take(cost, 3)
        return position

    def _room(self, cost: int, nodes: int) -> bool:
        return self.size + cost <= BYTES and self.nodes + nodes <= VALUES

    def _take(self, cost: int, nodes: int) -> None:
        self.size += cost
        self.nodes += nodes


def weigh(values: Mapping[str, Scalar]) -> tuple[int, int]:
    """Most bytes and number of msgpack values that a map of scalars takes."""
    size = 5
    for key, value in values.items():
        size += len(key.encode()) + 12 + (len(value.encode()) if isinstance(value, str) else 0)
    return size, 1 + 2 * len(values)


def clean(text: object) -> str:
    """Any text as the wire takes it: no NUL, no unpaired surrogates, at most 512 bytes."""
    return cut(str(text).replace("\x00", "\ufffd"))
