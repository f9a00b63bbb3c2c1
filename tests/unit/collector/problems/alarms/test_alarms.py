"""What a controller holds in alarm: old ones for information, new ones told, many of one controller as one."""

import numpy as np
import pytest

from collector.ingest.committed import Committed
from collector.problems.alarms.detector import Alarms
from collector.problems.detector import World
from collector.problems.finding import Finding, Key
from collector.problems.fleet import PointRow
from collector.problems.rules import load

START = 1_790_000_000_000
MINUTE = 60_000


class Watch:
    """Ten objects of one controller: point n is the state of object n, point 100 + n its acknowledgement."""

    def __init__(self) -> None:
        self.alarms = Alarms(World(load()))
        rows = [PointRow(n, 1, "bacnet.event.state", f"analog-input,{n}") for n in range(10)]
        rows += [PointRow(100 + n, 1, "bacnet.alarm.acknowledged", f"analog-input,{n}") for n in range(10)]
        self.alarms.learn(rows)
        self.now = START

    def say(self, values: dict[int, float], late: bool = False) -> list[Finding]:
        self.now += MINUTE
        ids = np.array(list(values), np.int32)
        at = self.now - 3_600_000 if late else self.now
        times, samples = np.full(len(ids), at, np.int64), np.array(list(values.values()), float)
        self.alarms.observe(Committed(self.now, ids, times, samples))
        return list(self.alarms.findings(self.now))


@pytest.fixture
def watch() -> Watch:
    made = Watch()
    made.say(dict.fromkeys(range(10), 0.0))
    return made


def test_a_new_alarm_is_told_after_its_time_with_its_acknowledgement(watch: Watch) -> None:
    assert watch.say({3: 3.0, 103: 0.0}) == []
    watch.say({3: 3.0})
    (found,) = watch.say({3: 3.0})
    assert (found.key, found.severity, found.words["what"]) == (Key("bacnet.alarm", "point:3"), None, "high limit")
    assert found.standing == "not acknowledged in the building automation system"
    (found,) = watch.say({103: 1.0})
    assert found.standing == "acknowledged in the building automation system"
    assert watch.say({3: 0.0}) == []


def test_what_was_in_alarm_before_we_came_is_for_information() -> None:
    watch = Watch()
    for _ in range(3):
        found = watch.say({5: 2.0})
    assert [(one.key.subject, one.severity) for one in found] == [("point:5", "info")]


def test_life_safety_is_critical_and_at_once(watch: Watch) -> None:
    (found,) = watch.say({1: 5.0})
    assert (found.severity, found.cause) == ("critical", None)


def test_many_of_one_controller_are_one(watch: Watch) -> None:
    for _ in range(4):
        found = watch.say(dict.fromkeys(range(8), 2.0))
    roots = [one for one in found if one.cause is None]
    assert [one.key for one in roots] == [Key("bacnet.alarms.many", "device:1")]
    assert roots[0].words == {"count": "8"}
    assert len(found) == 9


def test_late_and_unknown_open_nothing(watch: Watch) -> None:
    for _ in range(4):
        assert watch.say({2: 3.0}, late=True) == []
        assert watch.say({2: 255.0}) == []


def test_an_open_one_holds_over_a_restart_until_it_is_normal() -> None:
    watch = Watch()
    watch.alarms.seed(Key("bacnet.alarm", "point:4"), START - MINUTE, START)
    (found,) = watch.say({})
    assert found.since == START - MINUTE
    assert watch.say({4: 0.0}) == []
