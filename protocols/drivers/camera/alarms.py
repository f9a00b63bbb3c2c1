"""What a camera tells by itself: events as flags that stand, happenings and a count of motion. Pure.

Topics are those of the ONVIF Topic Namespace (Core 23.06, annex; Imaging, Analytics and Recording specifications), without prefixes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from protocols.driver import DeviceEvent, Reading, Sample
from protocols.drivers.camera.media import Channel
from protocols.transports.onvif import Notice
from protocols.transports.soap.values import boolean, date_time_ms

MOST = 1000
"""Most flags of one device that are kept."""


class Topic(NamedTuple):
    """What a topic means: the metric that its state goes to (None: none), a part's name in the place of a channel, the event."""

    begins: str
    metric: str | None
    part: str | None = None
    event: str | None = None
    severity: str = "minor"


TOPICS = (
    Topic("VideoSource/GlobalSceneChange", "camera.tamper", None, "camera.tamper", "major"),
    Topic("RuleEngine/TamperDetector", "camera.tamper", None, "camera.tamper", "major"),
    Topic("VideoSource/SignalLoss", "camera.signal.lost", None, "camera.signal-lost", "major"),
    Topic(
        "Device/HardwareFailure/StorageFailure", "camera.storage.state", "storage", "camera.storage-failure", "major"
    ),
    Topic("Device/HardwareFailure/FanFailure", "camera.hardware.failure", "fan", "camera.fan-failure"),
    Topic(
        "Device/HardwareFailure/PowerSupplyFailure", "camera.hardware.failure", "power supply", "camera.power-failure"
    ),
    Topic("Device/HardwareFailure/TemperatureCritical", "camera.hardware.failure", "temperature", "camera.too-hot"),
    Topic("VideoSource/MotionAlarm", "camera.motion"),
    Topic("RuleEngine/CellMotionDetector", "camera.motion"),
    Topic("RuleEngine/MotionRegionDetector", "camera.motion"),
    Topic("Monitoring/OperatingTime/LastReboot", None, "reboot", "camera.rebooted", "info"),
)
_MOTION = "camera.motion"


@dataclass
class Alarms:
    """The flags of one device as far as they are known; `hear` takes notices, `standing` gives all, `forget` when they may be old."""

    channels: Sequence[Channel] = ()
    _flags: dict[tuple[str, str], bool] = field(default_factory=dict)
    _moving: set[str] = field(default_factory=set)
    _motions: dict[str, int] = field(default_factory=dict)
    _rebooted: int | None = None

    def hear(self, notices: Sequence[Notice]) -> Reading:
        """What these notices change."""
        reading = Reading()
        for notice in notices:
            topic = next((each for each in TOPICS if notice.topic.startswith(each.begins)), None)
            if topic is None or notice.operation == "Deleted":
                continue
            if topic.part == "reboot":
                self._reboot(topic, notice, reading)
            elif topic.metric == _MOTION:
                self._move(notice, reading)
            else:
                self._stand(topic, notice, reading)
        return reading

    def standing(self) -> list[Sample]:
        """Every flag as it stands, and the counts."""
        flags = [Sample(metric, label, float(on)) for (metric, label), on in self._flags.items()]
        return flags + [Sample(_MOTION, label, float(count)) for label, count in self._motions.items()]

    def forget(self) -> None:
        """The subscription is lost: how things stand is not known until it is there again. Counts go on."""
        self._flags.clear()
        self._moving.clear()

    def _stand(self, topic: Topic, notice: Notice, reading: Reading) -> None:
        on = _state(notice)
        label = self._label(topic, notice)
        if on is not None and topic.metric is not None and len(self._flags) < MOST:
            was = self._flags.get((topic.metric, label))
            self._flags[topic.metric, label] = on
            reading.samples.append(Sample(topic.metric, label, float(on)))
            if was == on:
                return
        if on is not False and notice.operation != "Initialized" and topic.event:
            reading.events.append(DeviceEvent(topic.event, topic.severity, {"where": label}))

    def _move(self, notice: Notice, reading: Reading) -> None:
        label = self._channel(notice)
        if _state(notice) is False:
            self._moving.discard(label)
        elif label not in self._moving and notice.operation != "Initialized" and len(self._motions) < MOST:
            if _state(notice) is not None:
                self._moving.add(label)
            self._motions[label] = self._motions.get(label, 0) + 1
            reading.samples.append(Sample(_MOTION, label, float(self._motions[label])))

    def _reboot(self, topic: Topic, notice: Notice, reading: Reading) -> None:
        """The time of the last start is told at every subscription: it is news when it is another than before."""
        told = [date_time_ms(value) for value in notice.data.values()]
        at = next((each for each in told if each is not None), None)
        if at is not None and self._rebooted is not None and at > self._rebooted + 60_000:
            reading.events.append(DeviceEvent(str(topic.event), topic.severity, {}))
        self._rebooted = at if at is not None else self._rebooted

    def _label(self, topic: Topic, notice: Notice) -> str:
        if topic.part is None:
            return self._channel(notice)
        token = next((value for value in notice.source.values() if value), "")
        return token if topic.part == "storage" and token else topic.part

    def _channel(self, notice: Notice) -> str:
        """The number of the channel whose source or configuration the notice names; of a plain camera "1"."""
        named = set(notice.source.values())
        found = next((each.number for each in self.channels if named & set(each.tokens)), None)
        if found is None and len(self.channels) > 1:
            return next((value for value in notice.source.values() if value), "?")
        return found or "1"


def _state(notice: Notice) -> bool | None:
    """The first item that is a truth value; None where it is a happening without a state."""
    return next((on for value in notice.data.values() if (on := boolean(value)) is not None), None)
