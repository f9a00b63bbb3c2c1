"""What comes to light only when its cause is over: from what was found and what has ended to whose symptom it is."""

import pytest

from collector.problems.finding import Finding, Key
from collector.problems.fleet import Device
from collector.problems.topology.graph import Graph
from collector.problems.topology.late import Over, late, may_be_late

MINUTE, HOUR = 60_000, 60 * 60_000
START = 1_000 * HOUR
ENDED = START + HOUR
FAN, ROOM, ELSEWHERE = 1, 2, 3
DEVICES = {
    each: Device(each, "lincoln", None, True, 0, "ok", building)
    for each, building in ((FAN, 1), (ROOM, 1), (ELSEWHERE, 2))
}
STOOD = Over(7, Finding(Key("hvac.fan.failed", "point:1"), START, "lincoln", FAN), ENDED)


@pytest.mark.parametrize(
    ("rule", "device", "began", "now", "found"),
    [
        ("hvac.ventilation", ROOM, ENDED - MINUTE, ENDED + 59 * MINUTE, True),
        ("hvac.ventilation", ROOM, ENDED - MINUTE, ENDED + 60 * MINUTE, False),
        ("hvac.ventilation", ROOM, ENDED + MINUTE, ENDED + 30 * MINUTE, False),
        ("hvac.ventilation", ROOM, START - 20 * MINUTE, ENDED + 30 * MINUTE, False),
        ("hvac.ventilation", ELSEWHERE, ENDED - MINUTE, ENDED + 30 * MINUTE, False),
        ("bacnet.zone.cold", ROOM, ENDED - MINUTE, ENDED + 179 * MINUTE, True),
        ("bacnet.zone.cold", ROOM, ENDED - MINUTE, ENDED + 180 * MINUTE, False),
        ("hvac.damper", ROOM, ENDED - MINUTE, ENDED + MINUTE, False),
    ],
)
def test_what_began_before_its_cause_ended_is_its_symptom_for_as_long_as_it_may_last(
    rule: str, device: int, began: int, now: int, found: bool
) -> None:
    finding = Finding(Key(rule, "point:2"), began, "lincoln", device)
    assert (late(finding, [STOOD], DEVICES, Graph(), now) == STOOD.finding.key) is found


def test_what_is_open_already_or_not_slow_needs_no_look_at_the_past() -> None:
    room = Key("hvac.ventilation", "point:2")
    assert may_be_late([room], {})
    assert not may_be_late([room], {room: None})
    assert not may_be_late([Key("host.disk.full", "point:2")], {})
