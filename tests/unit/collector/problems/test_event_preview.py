"""Rules on events, tried on stored events: the same problems that there would have been."""

import pytest

from collector.ingest.committed import EventSeen
from collector.problems.event_preview import replayed
from collector.problems.fleet import Device
from collector.problems.rules import Rule

MINUTE, NOON = 60_000, 1_756_814_400_000
HERE = Device(7, "a", None, None, 0, "ok", 1, "door")


def _knocks(*minutes: int, kind: str = "knock", door: str = "east") -> list[EventSeen]:
    return [EventSeen(7, NOON + minute * MINUTE, kind, "info", {"door": door}) for minute in minutes]


def _rule(count: int = 1, within: int = 5, lasts: int = 10, **more: object) -> Rule:
    return Rule(
        "own.knock", "minor", "t", "", within * MINUTE, event="knock", count=count, lasts_ms=lasts * MINUTE, **more
    )


@pytest.mark.parametrize(
    ("rule", "events", "episodes"),
    [
        (_rule(), _knocks(0, 60), [(0, 10), (60, 70)]),
        (_rule(count=3), _knocks(0, 1, 30, 60, 61, 62), [(62, 72)]),
        (_rule(count=3, within=40), _knocks(0, 1, 30), [(30, 40)]),
        (_rule(lasts=120), _knocks(0, 60), [(0, 180)]),
        (_rule(lasts=600), _knocks(0), [(0, None)]),
        (_rule(until="calm", lasts=600), [*_knocks(0), *_knocks(20, kind="calm")], [(0, 20)]),
        (_rule(enabled=False), _knocks(0), []),
        (_rule(label="west"), _knocks(0), []),
        (_rule(), _knocks(0, door="a") + _knocks(5, door="b"), [(0, 10), (5, 15)]),
        (_rule(during="night"), _knocks(0, 130), [(130, 140)]),
        (_rule(during="night", lasts=600), _knocks(0), [(120, None)]),
    ],
)
def test_a_rule_on_events_is_tried_on_events(rule: Rule, events: list[EventSeen], episodes: list) -> None:
    night = [(NOON + 120 * MINUTE, NOON + 300 * MINUTE)]
    found = replayed(rule, HERE, events, night, NOON + 240 * MINUTE)
    short = [
        ((each.opened - NOON) // MINUTE, None if each.over is None else (each.over - NOON) // MINUTE) for each in found
    ]
    assert sorted(short) == episodes
