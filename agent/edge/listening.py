"""Hands what devices said to the intake, and what a rule may judge to the judge."""

from dataclasses import dataclass

from agent.config import Device
from agent.edge.judge import Judge, Value
from agent.edge.words import Words
from agent.watched import Receiver
from protocols.clock import Clock
from protocols.driver import Reading, Sample

MOST_NAMES = 2_000


@dataclass
class Listening:
    """A receiver before the receiver."""

    receiver: Receiver
    judge: Judge
    words: Words
    clock: Clock

    def reading(self, device: Device, stamp: int, reading: Reading, *, pushed: bool = False) -> None:
        """What one poll, or one push, gave."""
        self.receiver.reading(device, stamp, reading, pushed=pushed)
        self._learn(device, reading)
        now = self.clock.now_ms()
        for sample in reading.samples:
            if sample.metric in self.judge.metrics:
                time = stamp if sample.time is None else sample.time
                self.judge.observe(device.key, Value(sample.metric, sample.label, sample.value, time, sample.unit), now)

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
        for point in reading.points:
            place = (device.key, point.metric, point.label)
            if point.metric not in self.judge.metrics or (
                len(words.points) >= MOST_NAMES and place not in words.points
            ):
                continue
            if point.name:
                words.points[place] = point.name
            if point.states:
                words.states[place] = {str(number): text for number, text in point.states.items()}
