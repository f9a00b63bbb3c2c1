"""Rules on what came together within a time, and on events and hours."""

from dataclasses import replace
from datetime import time

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.calendar.school import Calendars, SchoolCalendar
from collector.ingest.committed import EventSeen
from collector.problems.event_rules import EventRules
from collector.problems.finding import Finding, Key
from collector.problems.fleet import Device, PointRow
from collector.problems.gate import Gate
from collector.problems.hours import Hours, inside, spans
from collector.problems.preview import Replay
from collector.problems.rule_rows import rule_of
from collector.problems.rules import DRIVERS, Rule, RuleBook, load, read_file
from collector.problems.tuning import Scope, Setting
from collector.problems.values.state_rules import StateRules

MINUTE, HOUR = 60_000, 3_600_000
TUESDAY = 1_772_496_000_000  # 2026-03-03 00:00 UTC
WINDOW = {"name": "w", "metric": "printer.pages", "severity": "minor", "title": "{device}", "per": "1h"}


def window(**more) -> Rule:
    return rule_of(WINDOW | more, "here")


def run(rule: Rule, rows: list[tuple[int, float]], hours: Hours | None = None) -> list[int]:
    """The minutes at which it is found, a tick a minute."""
    engine = StateRules([rule], hours=hours)
    engine.add([PointRow(1, 1, rule.metric, None)])
    found, by_minute = [], dict(rows)
    for minute in range(max(by_minute) + 180):
        at = TUESDAY + minute * MINUTE
        if minute in by_minute:
            engine.observe(np.array([1], np.int32), np.array([at]), np.array([by_minute[minute]]))
        if engine.firing(at):
            found.append(minute)
    return found


def test_growth_within_an_hour_is_found_and_over_when_the_window_has_moved_on() -> None:
    found = run(window(rise=100), [(0, 5.0), (1, 60.0), (2, 104.0), (3, 105.0)])
    assert found[0] == 3
    assert 50 <= found[-1] <= 65


def test_a_counter_that_begins_anew_has_not_grown_and_a_gap_counts_by_its_share() -> None:
    assert run(window(rise=100), [(0, 90_000.0), (1, 0.0), (2, 90.0)]) == []
    assert run(window(rise=100), [(0, 0.0), (600, 900.0)]) == []  # 90 an hour
    assert run(window(rise=100), [(0, 0.0), (600, 1100.0)])


def test_a_fall_a_flapping_state_and_restarts() -> None:
    level = window(metric="printer.supply.level", fall=40, per="24h")
    assert run(level, [(0, 60.0), (300, 30.0), (400, 8.0)])[0] == 400
    assert run(level, [(0, 60.0), (300, 50.0), (400, 40.0)]) == []  # steps of ten
    assert run(level, [(0, 8.0), (1, 100.0)]) == []
    flapping = window(metric="door.position", changes=6, per="10m")
    assert len(run(flapping, [(minute, minute % 2) for minute in range(12)])) > 3
    assert run(flapping, [(minute, minute // 6 % 2) for minute in range(40)]) == []
    boots = window(metric="host.uptime", resets=4)
    assert run(boots, [(minute, minute % 10 * 60.0) for minute in range(59)])
    assert run(boots, [(minute, minute % 40 * 60.0) for minute in range(120)]) == []


def test_what_is_no_number_or_of_another_unit_says_nothing() -> None:
    high = Rule("h", "minor", "t", "", 0, metric="host.cpu.utilization", sign=1, limit=90.0, clear=90.0)
    engine = StateRules([high])
    engine.add([PointRow(1, 1, high.metric, None, unit="%"), PointRow(2, 1, high.metric, None, unit="1")])
    engine.observe(np.array([1, 2], np.int32), np.array([1, 1]), np.array([95.0, 95.0]))
    engine.observe(np.array([1], np.int32), np.array([2]), np.array([np.nan]))
    engine.observe(np.array([1], np.int32), np.array([3]), np.array([np.inf]))
    assert [each.point for each in engine.firing(4)] == [1]
    assert engine.firing(4)[0].value == 95.0


def test_hours_follow_the_calendar_of_the_building() -> None:
    calendar = SchoolCalendar("America/New_York")
    at = TUESDAY + 12 * HOUR + 30 * MINUTE  # 7:30 there
    assert [inside(calendar, each, at) for each in ("class", "school", "closed", "night")] == [True, True, False, False]
    assert [inside(calendar, each, at - 3 * HOUR) for each in ("class", "school", "closed", "night")] == [
        False, False, True, True,
    ]  # fmt: skip
    day = spans(calendar, "class", TUESDAY, TUESDAY + 24 * HOUR)
    assert day == [(at, at + 8 * HOUR)]
    hours = Hours(Calendars({1: calendar}))
    assert hours.began(1, "class", at + HOUR) == at
    assert hours.began(1, "class", at - 1) is None
    assert not hours.due(1, "class", at - 5 * HOUR, HOUR, at + HOUR - 1)
    assert hours.due(1, "class", at - 5 * HOUR, HOUR, at + HOUR)


def test_lock_down_hours_are_the_night_where_nobody_has_set_any() -> None:
    calendar = SchoolCalendar("America/New_York")
    quarters = range(TUESDAY, TUESDAY + 8 * 24 * HOUR, 15 * MINUTE)
    assert all(inside(calendar, "lock-down", at) is inside(calendar, "night", at) for at in quarters)
    assert spans(calendar, "lock-down", TUESDAY, TUESDAY + 24 * HOUR) == [(TUESDAY + 3 * HOUR, TUESDAY + 10 * HOUR)]


def test_lock_down_hours_decide_when_an_unsecured_door_is_a_problem() -> None:
    """Saturdays from 13:00 and Tuesday evenings; by night nobody asks, as the building has said."""
    doors = SchoolCalendar(lock_down=((5, time(13), time(18)), (1, time(20), time(23))))
    hours = Hours(Calendars({}, doors))
    rule = next(each for each in read_file(DRIVERS / "door" / "rules.toml") if each.name == "door.unsecured.night")
    saturday = TUESDAY + 4 * 24 * HOUR
    for began, firing in ((saturday + 14 * HOUR, True), (saturday + 9 * HOUR, False), (TUESDAY + 14 * HOUR, False)):
        found = run(rule, [((began - TUESDAY) // MINUTE + minute, 1.0) for minute in range(0, 40, 5)], hours)
        assert bool(found) is firing
    found = run(
        rule, [(saturday // MINUTE - TUESDAY // MINUTE + minute, 1.0) for minute in range(0, 24 * 60, 5)], hours
    )
    assert (found[0], found[-1]) == (4 * 24 * 60 + 13 * 60 + 10, 4 * 24 * 60 + 17 * 60 + 59)


def test_open_at_night_is_over_in_the_morning_and_a_jam_waits_for_school() -> None:
    hours = Hours(Calendars())  # the district's week in UTC: 7:30 to 15:30
    door = Rule("d", "major", "t", "", 0, metric="door.position", values=(1.0,), during="closed")
    found = run(door, [(minute, 1.0) for minute in range(0, 600, 5)], hours)
    assert (found[0], found[-1]) == (0, 6 * 60 + 29)
    jam = Rule("j", "major", "t", "", 10 * MINUTE, metric="printer.error", values=(1.0,), during="school")
    found = run(jam, [(minute, 1.0) for minute in range(0, 600, 5)], hours)
    assert found[0] == 6 * 60 + 40


def event(kind: str, at: int, **detail: str) -> EventSeen:
    return EventSeen(1, at, kind, "info", dict(detail))


def test_events_are_counted_by_place_and_end_with_what_ends_them() -> None:
    table = {"name": "e", "event": "door.refused", "severity": "major", "title": "{device} {where} {count}"}
    rule = rule_of(table | {"count": 3, "within": "5m", "lasts": "30m", "until": "door.opened"}, "here")
    rules, fleet = EventRules(RuleBook({"e": rule})), {1: Device(1, "a", None, True, 0, "ok", 1, "door", "Panel")}
    rules.observe(
        [event("door.refused", at * MINUTE, reader=r) for at, r in ((1, "A"), (2, "A"), (2, "B"))], 2 * MINUTE
    )
    assert not list(rules.findings(2 * MINUTE, fleet))
    rules.observe([event("door.refused", 3 * MINUTE, reader="A")], 3 * MINUTE)
    (found,) = rules.findings(3 * MINUTE, fleet)
    assert (found.key, found.since, found.words["count"]) == (Key("e", "event:1:A"), MINUTE, "3")
    assert list(rules.findings(33 * MINUTE, fleet))
    assert not list(rules.findings(34 * MINUTE, fleet))
    rules.observe([event("door.refused", 40 * MINUTE + at, reader="B") for at in range(3)], 40 * MINUTE)
    assert list(rules.findings(41 * MINUTE, fleet))
    rules.observe([event("door.opened", 41 * MINUTE, reader="B")], 41 * MINUTE)
    assert not list(rules.findings(41 * MINUTE, fleet))
    rules.observe([event("door.refused", at, reader="B") for at in range(3)], 60 * MINUTE)  # late
    assert not list(rules.findings(60 * MINUTE, fleet))


def test_the_most_specific_setting_says_and_a_person_before_what_is_shipped() -> None:
    book = load()
    here = Device(7, "a", None, False, 0, "ok", 3, "printer")
    assert book.of("device.unreachable", here).severity == "minor"
    assert book.of("device.unreachable", replace(here, kind="switch")).severity == "major"
    scopes = [Scope(), Scope(kind="printer"), Scope(building=3), Scope(building=3, kind="printer"), Scope(device=7)]
    for count in range(1, len(scopes) + 1):
        chosen = [Setting("device.unreachable", s, {"for": f"{n + 1}m"}) for n, s in enumerate(scopes[:count])]
        book.tune(reversed(chosen))
        assert book.of("device.unreachable", here).for_ms == count * MINUTE
        assert book.of("device.unreachable").for_ms == MINUTE
    book.tune([Setting("device.unreachable", Scope(device=7), {"enabled": False})])
    assert not book.of("device.unreachable", here).enabled


def test_a_detectors_finding_has_the_severity_and_hours_that_are_set() -> None:
    book = load()
    book.tune(
        [Setting("agent.gap", Scope(), {"severity": "major"}), Setting("point.silent", Scope(), {"enabled": False})]
    )
    gate = Gate(book, Hours(Calendars()))
    gap, gone = Finding(Key("agent.gap", "agent:a"), 0, "a"), Finding(Key("point.silent", "point:1"), 0, "a", 1)
    (found,) = gate.passed([gap, gone], {}, TUESDAY)
    assert (found.key.rule, found.severity) == ("agent.gap", "major")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 20), st.sampled_from([80.0, 88.0, 95.0])), min_size=1, max_size=40),
    st.sampled_from([0, 5 * MINUTE, 30 * MINUTE]),
)
def test_a_preview_finds_what_the_engine_found(steps: list[tuple[int, float]], hold: int) -> None:
    """Sample by sample with a tick each 30 s, and the replay of the same: the same openings, to the tick."""
    rule = Rule("h", "minor", "t", "", hold, metric="m", sign=1, limit=90.0, clear=87.0)
    point, live, at, rows = PointRow(1, 1, "m", None), StateRules([rule]), TUESDAY, []
    live.add([point])
    for gap, value in steps:
        at += gap * MINUTE
        rows.append((at, value))
    opened, was = [], False
    feed = dict(rows)
    for now in range(TUESDAY, at + 40 * MINUTE, 30_000):
        if now in feed:
            live.observe(np.array([1], np.int32), np.array([now]), np.array([feed[now]]))
        on = bool(live.firing(now))
        opened += [now] if on and not was else []
        was = on
    replay = Replay(rule, [point])
    for when, value in rows:
        replay.feed(np.array([1], np.int32), np.array([when]), np.array([value]))
    replay.end(at + 40 * MINUTE - 30_000)
    assert [each.opened for each in sorted(replay.episodes, key=lambda one: one.opened)] == opened
