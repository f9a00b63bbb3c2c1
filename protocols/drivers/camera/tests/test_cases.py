"""Every folder of cases: an answer of a camera against what it means, checked by hand."""

import json
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from protocols.drivers.camera import media, recorder
from protocols.drivers.camera.alarms import Alarms
from protocols.drivers.camera.media import Channel
from protocols.drivers.camera.recorder import Recording
from protocols.transports.onvif.events import notices
from protocols.transports.soap.values import date_time_ms
from protocols.transports.soap.xml import local, parse

CASES = Path(__file__).parents[1] / "cases"
CHANNELS = (Channel("1", "Lobby", ("s1", "c1"), "p1"), Channel("2", "Gym", ("s2", "c2"), "p2"))


def meaning(answer: Element) -> dict[str, object]:
    kind = local(answer)
    if kind == "GetProfilesResponse":
        found = media.read_profiles(answer, 64)
        return {
            "channels": [[each.number, each.name, each.profile] for each in found.channels],
            "profiles": [[each.label, each.channel, each.about] for each in found.profiles],
            "samples": [],
        }
    if kind == "PullMessagesResponse":
        reading = Alarms(CHANNELS).hear(notices(answer))
        samples = [list(sample[:3]) for sample in reading.samples]
        return {"samples": samples, "events": [event.kind for event in reading.events]}
    now = date_time_ms("2025-10-09T12:00:00Z")
    assert now is not None
    told = recorder.informed(Recording("rec1", "Lobby"), answer)
    return {"samples": [list(sample[:3]) for sample in recorder.samples([told], now)]}


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_case(name: str) -> None:
    expected = json.loads((CASES / name / "expected.json").read_bytes())
    assert meaning(parse((CASES / name / "input.xml").read_bytes())) == expected
