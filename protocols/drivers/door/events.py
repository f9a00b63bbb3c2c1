"""What a controller tells by itself: notices to samples, counts and events. Pure, with a memory of what was told.

An access event names its credential and often its holder. Nothing here looks at those items: an access point's token and the topic
are all that is taken, and no notice is kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from protocols.driver import DeviceEvent, Reading, Sample
from protocols.drivers.door.decode import BY_TOPIC, ENABLED, FAILING, Part, door_samples
from protocols.transports.onvif.events import Notice

GRANTED, DENIED, DURESS = ("AccessControl/AccessGranted/",), ("AccessControl/Denied/",), "AccessControl/Duress"
LISTS = ("Configuration/Door/", "Configuration/AccessPoint/")
"""Topics after which the lists are read anew."""
POWER = "Device/HardwareFailure/PowerSupplyFailure"
ITEMS = ("Failed", "State", "Low", "Active", "active", "Alarm")
"""Names under which controllers say that something fails: ONVIF Core (annex on device events) and vendors' battery topics."""
CONTROLLER = "controller"
TOLD = {
    ("door.alarm", 1.0): ("door.forced", "critical"),
    ("door.alarm", 2.0): ("door.held", "major"),
    ("door.tamper", 1.0): ("door.tampered", "major"),
    ("door.fault", 1.0): ("door.faulty", "minor"),
}
"""A state that is told as an event when it is entered → the event's kind and severity."""


@dataclass
class Memory:
    """What is known of one controller: labels by token, the words of each door, counts, and power and battery by label."""

    doors: dict[str, str] = field(default_factory=dict)
    readers: dict[str, str] = field(default_factory=dict)
    words: dict[str, dict[Part, str]] = field(default_factory=dict)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    supplies: dict[tuple[str, str], float] = field(default_factory=dict)
    changed: bool = False
    """The lists must be read anew."""
    has_listened: bool = False
    """Events were subscribed to: what was not counted before that is not 0 but unknown."""

    def forget(self) -> None:
        """The controller is lost: what it said of its doors and supplies is worth nothing."""
        self.words.clear()
        self.deafened()

    def deafened(self) -> None:
        """Events come no more: how its supplies are is unknown; counts go on when they come again."""
        self.supplies = dict.fromkeys(self.supplies, 2.0)

    def polled(self, token: str, words: dict[Part, str]) -> Reading:
        """The samples of a door that was asked, and what began since it told last: a notice may not come, or later."""
        before, self.words[token] = self.words.get(token), words
        label = self.doors[token]
        reading = Reading(samples=door_samples(label, words))
        if before is not None:
            reading.events = [
                event
                for part, word in words.items()
                if (event := _begun(label, part, before.get(part), word)) is not None
            ]
        return reading

    def standing(self) -> list[Sample]:
        """Counts and supplies as they stand; counts of every reader once events were subscribed to."""
        found = [
            Sample(metric, label, float(self.counts.get((metric, label), 0)))
            for label in (self.readers.values() if self.has_listened else ())
            for metric in ("door.events", "door.denied")
        ]
        return found + [Sample(metric, label, value) for (metric, label), value in self.supplies.items()]

    def told(self, notices: Sequence[Notice]) -> Reading:
        """The reading of notices that came together. What has the operation Initialized is no event: it stood so before."""
        reading = Reading()
        for notice in notices:
            if (part := BY_TOPIC.get(notice.topic)) is not None:
                self._door(reading, notice, part)
            elif notice.topic.startswith("AccessControl/"):
                self._access(reading, notice)
            elif notice.topic == "AccessPoint/State/Enabled":
                if (label := self._reader(notice)) is not None:
                    word = _word(notice.data, ("State", "Enabled"))
                    reading.samples.append(Sample(ENABLED.metric, label, ENABLED.value(word)))
            elif notice.topic.startswith(LISTS):
                self.changed = True
            else:
                self._supply(reading, notice)
        return reading

    def _door(self, reading: Reading, notice: Notice, part: Part) -> None:
        token = notice.source.get("DoorToken", "")
        if token not in self.doors:
            self.changed = True
            return
        words = self.words.setdefault(token, {})
        before = words.get(part)
        words[part] = _word(notice.data, ("State",))
        label = self.doors[token]
        told = [each for each in door_samples(label, words) if _follows(each, part, label)]
        reading.samples += told
        event = _begun(label, part, before, words[part], notice.time)
        if event is not None and notice.operation != "Initialized":
            reading.events.append(event)

    def _access(self, reading: Reading, notice: Notice) -> None:
        label = self._reader(notice)
        if label is None:
            return
        if notice.topic.startswith(DURESS):
            reading.events.append(DeviceEvent("door.duress", "critical", {"reader": label}, notice.time))
        denied = notice.topic.startswith(DENIED)
        if denied or notice.topic.startswith(GRANTED):
            for metric in ("door.events", "door.denied") if denied else ("door.events",):
                self.counts[metric, label] = self.counts.get((metric, label), 0) + 1
                reading.samples.append(Sample(metric, label, float(self.counts[metric, label])))

    def _reader(self, notice: Notice) -> str | None:
        label = self.readers.get(notice.source.get("AccessPointToken", ""))
        self.changed = self.changed or label is None
        return label

    def _supply(self, reading: Reading, notice: Notice) -> None:
        """Mains or battery: ONVIF's power supply topic, and any topic that ends in what names a battery."""
        last = notice.topic.rpartition("/")[2].lower()
        metric = "door.power" if notice.topic.startswith(POWER) else "door.battery" if "battery" in last else None
        if metric is None or not (set(ITEMS) & set(notice.data)):
            return
        token = notice.source.get("DoorToken", "")
        label = self.doors.get(token, CONTROLLER)
        self.supplies[metric, label] = FAILING.value(_word(notice.data, ITEMS).lower())
        reading.samples.append(Sample(metric, label, self.supplies[metric, label]))


def _begun(label: str, part: Part, before: str | None, word: str, time: int | None = None) -> DeviceEvent | None:
    """The event of a part that went into a state that is told as one; None when it stood so, or the state is no event."""
    entered = TOLD.get((part.states.metric, part.states.value(word)))
    return None if entered is None or before == word else DeviceEvent(entered[0], entered[1], {"door": label}, time)


def _follows(sample: Sample, part: Part, label: str) -> bool:
    """Whether a sample is of the part that changed, or follows from it."""
    return sample.metric == "door.secured" or (sample.metric, sample.label) == (part.states.metric, label + part.suffix)


def _word(data: Mapping[str, str], names: Sequence[str]) -> str:
    """The first item of these names; "" where there is none."""
    return next((data[name] for name in names if name in data), "")
