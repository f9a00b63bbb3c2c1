"""Hands what devices said to the intake, and what a rule may judge, values and events, to those who judge here."""

from dataclasses import dataclass

from agent.batcher import moment
from agent.config import Device
from agent.draft import clean
from agent.edge.cold import VALUE, Cold
from agent.edge.events import Events
from agent.edge.judge import Judge, Value
from agent.edge.words import Words
from agent.watched import Receiver
from protocols.clock import Clock
from protocols.driver import Reading, Sample
from protocols.rules import place

MOST_NAMES = 2_000
MOST_VALUE = 1e300


@dataclass
class Listening:
    """A receiver before the receiver."""

    receiver: Receiver
    judge: Judge
    events: Events
    cold: Cold | None
    words: Words
    clock: Clock

    def reading(self, device: Device, stamp: int, reading: Reading, *, pushed: bool = False) -> None:
        """What one poll, or one push, gave."""
        self.receiver.reading(device, stamp, reading, pushed=pushed)
        self._learn(device, reading)
        now = self.clock.now_ms()
        for sample in reading.samples:
            may = sample.metric in self.judge.metrics or (self.cold is not None and sample.metric == VALUE)
            if may and (value := _value(sample, stamp)) is not None:
                self._cool(device, value)
                self.judge.observe(device.key, value, now)
        for event in reading.events:
            self.events.observe(device.key, clean(event.kind), clean(place(event.detail)), moment(event, stamp), now)

    def _cool(self, device: Device, value: Value) -> None:
        """A freezer is judged from the first value on that shows it to be one."""
        if self.cold is None or value.metric != VALUE:
            return
        point = self.cold.found(device.key, value.label, value.value, value.unit)
        if point is not None:
            self.judge.watch(point.rule(), point.device, point.label)

    def reach(self, device: Device, stamp: int, reachable: bool, detail: str) -> None:
        """Reached, lost, or back."""
        self.receiver.reach(device, stamp, reachable, detail)

    def samples(self, device: Device, stamp: int, samples: list[Sample]) -> None:
        """The poller's own samples."""
        self.receiver.samples(device, stamp, samples)

    def _learn(self, device: Device, reading: Reading) -> None:
        """What the device and its points are called, for the words of a message."""
        words = self.words
        name = device.facts.get("name") or reading.attributes.get("name")
        if name and len(words.names) < MOST_NAMES:
            words.names[device.key] = str(name)
        if self.cold is not None:
            self.cold.learn(device.key, words.names.get(device.key, ""), reading.points)
        for point in reading.points:
            place = (device.key, point.metric, point.label)
            mine = len(words.points) < MOST_NAMES and self.judge.judges(device.key, point.metric, point.label)
            cold = self.cold is not None and (device.key, point.label) in self.cold.kinds and point.metric == VALUE
            if not (mine or cold or place in words.points):
                continue
            if point.name:
                words.points[place] = point.name
            if point.states:
                words.states[place] = {str(number): text for number, text in point.states.items()}


def _value(sample: Sample, stamp: int) -> Value | None:
    """The sample as the wire would carry it, None where a driver gave no number or no time."""
    time = stamp if sample.time is None else sample.time
    if not isinstance(sample.value, int | float) or not isinstance(time, int) or abs(sample.value) > MOST_VALUE:
        return None
    label = None if sample.label is None else clean(sample.label)
    return Value(sample.metric, label, float(sample.value), time, sample.unit)
