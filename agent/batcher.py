"""Readings to drafts of batches: gathered for up to 10 s or 5,000 samples; an event goes at once. Pure: takes `now`.

Whatever a driver hands over, what leaves here keeps every limit of the wire: a batch is never refused for its shape.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from agent.clock_quality import STEP_MS
from agent.draft import Clocking, Draft, clean
from protocols.driver import DeviceEvent, Sample
from protocols.metrics import BY_NAME
from protocols.wire import limits
from protocols.wire.batch import SEVERITIES, Scalar

GATHER_S = 10.0
FIRST_S = 0.25
"""The first batch after start goes almost at once, so that a person who just installed an agent sees it work."""
HURRY_S = 0.5
"""Values that a device pushed wait this long, so that a change is on the page within a second."""
AHEAD_MS = 5 * 60 * 1000
"""A device's own stamp further ahead of the agent's clock is wrong: the collector would refuse the whole batch."""
MAP_BYTES = 64 * 1024

DeviceId = tuple[str, str]
"""Key and kind of a device, as a batch names it."""


@dataclass(slots=True)
class Batcher:
    """Gathers what devices gave. `dropped` counts samples that were not finite numbers or had impossible stamps."""

    clock: Clocking
    dropped: int = 0
    _sealed: list[Draft] = field(default_factory=list)
    _open: Draft | None = None
    _due: float = math.inf
    _flushed: bool = False

    def set_clock(self, clock: Clocking) -> None:
        """How well stamps are known from now on; a draft never mixes stamps from before and after a step."""
        moved = abs(clock.offset_ms - self.clock.offset_ms) > STEP_MS
        if moved or clock.sync != self.clock.sync or clock.boot != self.clock.boot:
            self._seal()
            self.clock = clock

    def samples(self, device: DeviceId, stamp: int, samples: list[Sample], now: float, *, hurry: bool = False) -> None:
        """Values of one device; `stamp` (ms) for those without their own time. `now` is monotonic seconds."""
        for sample in samples:
            row = _checked(sample, stamp)
            if row is None:
                self.dropped += 1
                continue
            key, time, value = row
            if not self._current().put_sample(device, key, time, value):
                self._seal()
                self._current().put_sample(device, key, time, value)
        self._due = min(self._due, now + self._wait(hurry))

    def event(self, device: DeviceId, stamp: int, event: DeviceEvent, now: float) -> None:
        """One event: flushed at once."""
        time = moment(event, stamp)
        severity = event.severity if event.severity in SEVERITIES else "info"
        kind = clean(event.kind) or "unknown"
        detail = next(_maps(event.detail), {})
        if not self._current().put_event(device, time, kind, severity, detail):
            self._seal()
            self._current().put_event(device, time, kind, severity, detail)
        self._due = now

    def facts(self, device: DeviceId, stamp: int, attributes: Mapping[str, Scalar], now: float) -> None:
        """Attributes of one device, divided over as many facts as the wire's limits ask for."""
        for part in _maps(attributes):
            if not self._current().put_facts(device, stamp, part):
                self._seal()
                self._current().put_facts(device, stamp, part)
            self._due = min(self._due, now + self._wait(False))

    def reach(self, device: DeviceId, stamp: int, reachable: bool, detail: str, now: float) -> None:
        """A device was lost or came back: flushed soon."""
        text = clean(detail)
        if not self._current().put_reach(device, stamp, reachable, text):
            self._seal()
            self._current().put_reach(device, stamp, reachable, text)
        self._due = min(self._due, now + HURRY_S)

    def due(self, now: float) -> float:
        """Seconds until `take` should be called; 0 when at once, infinite while there is nothing."""
        return 0.0 if self._sealed else max(0.0, self._due - now)

    def take(self, now: float, *, force: bool = False) -> list[Draft]:
        """The drafts that are full or whose time has come, oldest first; with `force` all there are."""
        if force or now >= self._due:
            self._seal()
            self._due = math.inf
        taken, self._sealed = self._sealed, []
        self._flushed = self._flushed or bool(taken)
        return taken

    def _wait(self, hurry: bool) -> float:
        if hurry:
            return HURRY_S
        return GATHER_S if self._flushed else FIRST_S

    def _current(self) -> Draft:
        if self._open is None:
            self._open = Draft(self.clock)
        return self._open

    def _seal(self) -> None:
        if self._open is not None and not self._open.empty:
            self._sealed.append(self._open)
        self._open = None


def moment(event: DeviceEvent, stamp: int) -> int:
    """When an event happened (ms): as its device says where that may be, else when it was read."""
    return event.time if event.time is not None and _possible(event.time, stamp) else stamp


def _possible(time: object, stamp: int) -> bool:
    return isinstance(time, int) and not isinstance(time, bool) and limits.EARLIEST_MS <= time <= stamp + AHEAD_MS


def _checked(sample: Sample, stamp: int) -> tuple[tuple[str, str | None, str], int, float] | None:
    """Point, time and value of a sample, or None when it is none: not finite, no name, or stamped by a wrong clock."""
    metric = clean(sample.metric)
    if not metric or not isinstance(sample.value, int | float) or not _finite(sample.value):
        return None
    if sample.time is not None and not _possible(sample.time, stamp):
        return None
    known = BY_NAME.get(metric)
    unit = sample.unit if sample.unit is not None else known.unit if known else ""
    label = None if sample.label is None else clean(sample.label)
    time = stamp if sample.time is None else sample.time
    return (metric, label, "" if unit == "*" else clean(unit)), time, float(sample.value)


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _maps(values: Mapping[str, Scalar]) -> Iterator[dict[str, Scalar]]:
    """The map divided into maps that keep the wire's limits, in order; at least one when there is anything."""
    part: dict[str, Scalar] = {}
    size = 0
    for key, value in values.items():
        name, kept = clean(key), _scalar(value)
        cost = len(name.encode()) + 12 + (len(kept.encode()) if isinstance(kept, str) else 0)
        if part and (len(part) >= limits.MAP_ENTRIES or size + cost > MAP_BYTES):
            yield part
            part, size = {}, 0
        part[name] = kept
        size += cost
    if part:
        yield part


def _scalar(value: object) -> Scalar:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 1 << 63 else clean(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return clean(value)
