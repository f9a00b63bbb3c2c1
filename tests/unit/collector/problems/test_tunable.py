"""Which settings each rule has: the table is whole, what it lacks is refused with the reason, what it has is judged by."""

import numpy as np
import pytest

from collector.calendar.school import Calendars
from collector.ingest.committed import Committed, GapSeen
from collector.problems.beats.beat import Beat, Report
from collector.problems.engine import Engine
from collector.problems.finding import Finding, Key
from collector.problems.fleet import AgentRow, Device, FailingChannel, PointRow
from collector.problems.gate import Gate
from collector.problems.hours import Hours
from collector.problems.own.status import AgentStatus
from collector.problems.plan import Live
from collector.problems.rules import BUILT_IN, load
from collector.problems.tunable import DEVICES, TABLE, keys_of, of_built_in, refusal, tunable
from collector.problems.tuning import Scope, Setting

MINUTE, HOUR = 60_000, 3_600_000
NOON = 1_756_814_400_000
"""Tuesday, 2025-09-02 12:00 UTC."""
BOOK = load()


def test_every_built_in_rule_has_its_row_and_every_row_a_rule() -> None:
    names = [rule.name for rule in BOOK.rules.values() if not rule.metric and not rule.event]
    rows = {of_built_in(name).rules for name in names}
    assert "" not in rows
    assert rows == {row.rules for row in TABLE}


def test_a_limit_of_the_table_is_one_of_its_rule() -> None:
    for rule in BOOK.rules.values():
        assert {limit.key for limit in tunable(rule).limits} == rule.limits.keys(), rule.name


@pytest.mark.parametrize(
    ("name", "place", "changes", "says"),
    [
        ("agent.silent", "kind", {"for": "30m"}, "is about an agent, which has no kind: set it for the district or a building"),
        ("agent.gap", "device", {"enabled": False}, "has no device"),
        ("beat.missing", "kind", {"severity": "info"}, "a heartbeat"),
        ("collector.disk.full", "building", {"for": "30m"}, "set it for the whole district alone"),
        ("channel.failing", "building", {"for": "30m"}, "set it for the whole district alone"),
        ("group.fleet", "building", {"severity": "info"}, "several schools"),
        ("group.same", "building", {"for": "30m"}, "has no for: its members"),
        ("group.same", "building", {"during": "school"}, "has no during"),
        ("forecast.disk", "device", {"for": "30m"}, "has no for: a forecast changes by the day"),
        ("device.unusual", "device", {"for": "30m"}, "point.unusual"),
        ("bacnet.alarms.many", "device", {"for": "30m"}, "bacnet.alarm"),
        ("hvac.plant", "device", {"for": "30m"}, "heating plant"),
    ],
)  # fmt: skip
def test_what_a_rule_lacks_is_refused_with_the_reason(name: str, place: str, changes: dict, says: str) -> None:
    found = refusal(BOOK.rules[name], [place], changes)
    assert found is not None
    assert says in found[1]


def test_what_a_rule_has_is_not_refused() -> None:
    for rule in BOOK.rules.values():
        changes = dict.fromkeys(keys_of(rule))
        for place in (None, *tunable(rule).places):
            assert refusal(rule, [place] if place else [], changes) is None, (rule.name, place)
    assert tunable(BOOK.rules["host.disk.full"]).places == DEVICES
    assert keys_of(BOOK.rules["hvac.cold-storage"])[:3] == ["freezer_above", "cooler_above", "for"]


def test_a_limit_is_refused_where_the_rule_has_none_and_where_it_is_no_number() -> None:
    for name, changes, says in (
        ("hvac.sensor", {"freezer_above": -10}, "hvac.sensor has no freezer_above"),
        ("hvac.ventilation", {"freezer_above": -10}, "hvac.ventilation has no freezer_above"),
        ("hvac.ventilation", {"co2_above": float("nan")}, "is no limit"),
        ("agent.gap", {"co2_above": 1}, "agent.gap has no co2_above"),
    ):
        (line,) = load().tune([Setting(name, Scope(), changes)])
        assert says in line


def test_a_setting_that_nothing_judges_by_is_said() -> None:
    lines = load().tune(
        [
            Setting("no.such", Scope(), {"for": "1m"}),
            Setting("host.disk.full", Scope(kind="host"), {"above": "much"}),
            Setting("agent.silent", Scope(device=3), {"enabled": False}),
            Setting("host.disk.full", Scope(kind="host"), {"above": 95}),
        ]
    )
    assert [line.partition(":")[0] for line in lines] == [
        "setting of no.such for the district",
        "setting of host.disk.full for kind host",
        "setting of agent.silent for device 3",
    ]


class House:
    """Agents `near` in building 1 and `far` in building 2, each with a device; the engine, and the clock."""

    def __init__(self, *settings: Setting) -> None:
        self.now = NOON
        self.book = load()
        assert self.book.tune(settings) == []
        self.engine = Engine(self.book, self.now)
        self.heard = {"near": self.now, "far": self.now}
        for place, agent in enumerate(self.heard, 1):
            self.engine.devices[place] = Device(place, agent, None, None, 0, "ok", place, "server")
            self.engine.learn([PointRow(place, place, "bacnet.value", "a")])
        self.engine.world.agents = {a: AgentStatus(a, place, True) for place, a in enumerate(self.heard, 1)}

    def found(self) -> set[tuple[str, str]]:
        self.engine.listening.agents = {
            agent: AgentRow(agent, True, heard, building=place)
            for place, (agent, heard) in enumerate(self.heard.items(), 1)
        }
        return {tuple(key) for key in self.engine.findings(self.now)}

    def minutes(self, count: int, *points: int, agents: bool = True) -> set[tuple[str, str]]:
        found: set[tuple[str, str]] = set()
        for _ in range(count):
            self.now += MINUTE
            self.heard = dict.fromkeys(self.heard, self.now) if agents else self.heard
            ids = np.array(points, np.int32)
            self.engine.observe(Committed(self.now, ids, np.full(len(ids), self.now), np.zeros(len(ids))))
            found = self.found()
        return found


SILENT = {("agent.silent", "agent:near"), ("agent.silent", "agent:far")}


def test_a_silent_agent_is_judged_as_its_building_has_it() -> None:
    off = House(Setting("agent.silent", Scope(building=1), {"enabled": False}))
    off.minutes(5)
    assert off.minutes(4, agents=False) == {("agent.silent", "agent:far")}
    assert off.engine.off(Key("agent.silent", "agent:near"), None)
    assert not off.engine.off(Key("agent.silent", "agent:far"), None)
    late = House(Setting("agent.silent", Scope(building=1), {"for": "30m", "severity": "info"}))
    late.minutes(5)
    assert late.minutes(20, agents=False) == {("agent.silent", "agent:far")}
    assert late.minutes(12, agents=False) == SILENT
    found = late.engine.findings(late.now)
    assert {key.id: each.severity for key, each in found.items()} == {"near": "info", "far": "major"}


def test_what_an_agent_says_is_judged_as_its_building_has_it() -> None:
    house = House(Setting("agent.disk.failing", Scope(building=1), {"for": "20m"}))
    house.engine.world.agents = {
        agent: each._replace(disk="read-only") for agent, each in house.engine.world.agents.items()
    }
    assert house.minutes(10) == {("agent.disk.failing", "agent:far")}
    assert len(house.minutes(12)) == 2


def test_lost_samples_are_told_for_as_long_as_the_building_wants() -> None:
    house = House(Setting("agent.gap", Scope(building=1), {"for": "10m"}))
    heard = Committed(house.now, np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0))
    heard.gaps = [GapSeen(agent, house.now - MINUTE, house.now, "full", 3) for agent in ("near", "far")]
    house.engine.observe(heard)
    assert len(house.minutes(5)) == 2
    assert house.minutes(10) == {("agent.gap", "agent:far")}
    assert house.engine.occurrences.longest("agent.gap", [1]) == 24 * HOUR


def test_heartbeats_are_judged_as_their_building_has_it() -> None:
    house = House(
        Setting("beat.failed", Scope(building=1), {"for": "30m"}),
        Setting("beat.failed", Scope(building=3), {"enabled": False}),
    )
    failed = (Report(house.now, "fail"),)
    house.engine.world.beats = [Beat(place, "backup", place, reports=failed) for place in (1, 2, 3)]
    assert house.minutes(5) == {("beat.failed", "beat:2")}
    assert house.minutes(26) == {("beat.failed", "beat:1"), ("beat.failed", "beat:2")}


def test_a_group_is_made_where_its_building_wants_it() -> None:
    for setting, severity in (
        (Setting("group.unreachable", Scope(building=2), {"enabled": False}), "major"),
        (Setting("group.unreachable", Scope(building=1), {"severity": "critical"}), "critical"),
        (Setting("group.unreachable", Scope(building=1), {"enabled": False}), None),
    ):
        house = House(setting)
        for identity in range(10, 16):
            house.engine.devices[identity] = Device(
                identity, "near", None, False, house.now - 4 * MINUTE, "ok", 1, "switch", f"Switch {identity}", "112"
            )
        house.engine.judge.learn([])
        house.found()
        house.now += 3 * MINUTE
        house.heard = dict.fromkeys(house.heard, house.now)
        house.found()
        sorted_ = house.engine.judge.sort(house.engine.findings(house.now), {}, house.now)
        groups = {key: each.severity for key, each in sorted_.found.items() if key.rule == "group.unreachable"}
        assert list(groups.values()) == ([severity] if severity else [])
        if severity is None:
            live = {Key("group.unreachable", "room:1/112"): Live(1, Key("group.unreachable", "room:1/112"), "major", None, None, building=1)}  # fmt: skip
            assert house.engine.off(next(iter(live)), None, 1)


def test_a_device_may_be_silent_for_as_long_as_its_place_has_it() -> None:
    house = House(
        Setting("device.silent", Scope(device=1), {"for": "40m"}),
        Setting("device.silent", Scope(device=2), {"for": "4m"}),
    )
    house.minutes(10, 1, 2)
    assert house.minutes(6) == {("device.silent", "device:2")}
    assert house.minutes(30) == {("device.silent", "device:2")}
    assert house.minutes(6) == {("device.silent", "device:1"), ("device.silent", "device:2")}
    assert house.minutes(1, 1, 2) == set()


def test_a_point_may_be_silent_for_as_long_as_its_place_has_it() -> None:
    house = House(
        Setting("point.silent", Scope(building=1), {"for": "40m"}),
        Setting("point.silent", Scope(building=2), {"for": "4m"}),
    )
    house.engine.learn([PointRow(11, 1, "bacnet.value", "b"), PointRow(12, 2, "bacnet.value", "b")])
    house.minutes(10, 1, 2, 11, 12)
    assert house.minutes(6, 1, 2) == {("point.silent", "point:12")}
    assert house.minutes(30, 1, 2) == {("point.silent", "point:12")}
    assert house.minutes(6, 1, 2) == {("point.silent", "point:11"), ("point.silent", "point:12")}


def test_an_alarm_stands_for_as_long_as_its_place_has_it() -> None:
    house = House(Setting("bacnet.alarm", Scope(device=1), {"for": "30m"}))
    house.engine.learn([PointRow(10 + n, n, "bacnet.event.state", "a", last=house.now) for n in (1, 2)])
    ids = np.array([11, 12], np.int32)
    house.engine.observe(Committed(house.now, ids, np.full(2, house.now), np.full(2, 2.0)))
    assert house.minutes(5) == {("bacnet.alarm", "point:12")}
    assert len(house.minutes(26)) == 2


def test_an_equipments_fault_is_told_when_it_has_lasted_as_long_as_is_asked() -> None:
    book = load()
    book.tune([Setting("hvac.fan.failed", Scope(device=1), {"for": "1h"})])
    gate, devices = Gate(book, Hours(Calendars())), {n: Device(n, "a", None, None, 0, "ok", 1) for n in (1, 2)}
    found = [Finding(Key("hvac.fan.failed", f"point:{n}"), NOON, "a", n) for n in (1, 2)]
    assert [each.device for each in gate.passed(found, devices, NOON + HOUR - 1)] == [2]
    assert [each.device for each in gate.passed(found, devices, NOON + HOUR)] == [1, 2]


def test_an_event_is_told_in_its_hours_alone() -> None:
    book = load()
    book.tune([Setting("door.duress", Scope(), {"during": "night"})])
    gate, devices = Gate(book, Hours(Calendars())), {1: Device(1, "a", None, None, 0, "ok", 1)}
    found = [Finding(Key("door.duress", "event:1:"), NOON, "", 1)]
    assert list(gate.passed(found, devices, NOON)) == []
    assert len(list(gate.passed(found, devices, NOON + 12 * HOUR))) == 1


def test_a_channel_is_the_districts() -> None:
    house = House(Setting("channel.failing", Scope(), {"for": "1h"}))
    house.engine.world.failing_channels = [FailingChannel(1, "mail", house.now, 1)]
    assert house.minutes(20) == set()
    assert house.minutes(41) == {("channel.failing", "channel:1")}


def test_the_readme_has_the_table() -> None:
    """On a difference: copy the row from the message."""
    lasting = {"holds": "must hold", "after": "is told", "none": "—"}
    rows = [
        f"| `{row.rules}` | {', '.join(row.places) or '—'} | {lasting[row.lasting]} | {'yes' if row.during else '—'} |"
        f" {', '.join(f'`{limit.key}` ({limit.unit})' for limit in row.limits)} |"
        for row in TABLE
    ]
    text = BUILT_IN.with_name("README.md").read_text("utf-8").partition("## What can be set")[2]
    assert [line for line in text.splitlines() if line.startswith("| `")] == rows
