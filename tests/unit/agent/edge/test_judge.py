"""Values judged one after another, against a plain model that looks at all of them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.edge.judge import FRESH_MS, Judge, Key, Value
from agent.edge.rules import EdgeRule
from agent.edge.times import Night, night

NOW = 1_760_000_000_000
ABOVE = EdgeRule("hot", "host.temperature", "major", "t", sign=1, limit=30, clear=25, for_ms=120_000)
STATE = EdgeRule("forced", "door.alarm", "critical", "t", values=(1.0,), unknown=255.0)
UTC = night("UTC", "here")


def value(minute: float, number: float, rule: EdgeRule = ABOVE) -> Value:
    return Value(rule.metric, "a", number, NOW + round(minute * 60_000))


def model(rule: EdgeRule, values: list[Value], now: int) -> int | None:
    """Since when it holds, looking at all values in order; None when it does not, or not for long enough."""
    since, last = None, 0
    for one in values:
        if one.time <= last:
            continue
        last = one.time
        threshold = rule.limit if since is None else rule.clear
        if rule.sign:
            holds = rule.sign * one.value > rule.sign * threshold
        else:
            holds = one.value in rule.values or (since is not None and one.value == rule.unknown)
        since = (one.time if since is None else since) if holds else None
    if since is None:
        return None
    return since if last - since >= rule.for_ms or (now - since >= rule.for_ms and now - last <= FRESH_MS) else None


minutes = st.lists(st.tuples(st.integers(0, 14), st.sampled_from([10.0, 25.0, 26.0, 30.0, 31.0, 50.0])), max_size=12)


@given(minutes, st.integers(0, 29))
def test_a_limit_is_judged_as_by_one_who_sees_all(rows: list[tuple[int, float]], later: int) -> None:
    judge, values = Judge([ABOVE], Night()), [value(minute, number) for minute, number in rows]
    for one in values:
        judge.observe("closet", one, NOW + 14 * 60_000)
    now = NOW + (14 + later) * 60_000
    expected = model(ABOVE, values, now)
    found = judge.standing(now)
    assert [standing.since for standing in found.values()] == ([] if expected is None else [expected])
    assert list(found) == ([] if expected is None else [Key("hot", "closet", "host.temperature", "a")])


@given(st.lists(st.sampled_from([0.0, 1.0, 2.0, 255.0]), max_size=12))
def test_an_unknown_state_is_neither_good_nor_bad(states: list[float]) -> None:
    judge, values = Judge([STATE], Night()), [value(place, state, STATE) for place, state in enumerate(states)]
    for one in values:
        judge.observe("gate", one, NOW + 12 * 60_000)
    expected = model(STATE, values, NOW + 12 * 60_000)
    assert [found.since for found in judge.standing(NOW + 12 * 60_000).values()] == (
        [] if expected is None else [expected]
    )


@given(st.floats() | st.just(math.nan), st.integers(-(10**9), 10**9))
def test_no_value_and_no_stamp_stops_it(number: float, offset: int) -> None:
    judge = Judge([ABOVE, STATE], Night())
    judge.observe("closet", Value("host.temperature", None, number, NOW + offset), NOW)
    found = judge.standing(NOW + 120_000)
    assert bool(found) == (math.isfinite(number) and number > 30 and 120_000 - FRESH_MS <= offset <= 0)


def test_what_is_silent_does_not_begin_to_hold_long_enough() -> None:
    slow = EdgeRule("slow", "host.temperature", "major", "t", sign=1, limit=30, clear=25, for_ms=FRESH_MS + 60_000)
    judge = Judge([slow], Night())
    judge.observe("closet", value(0, 40), NOW)
    assert judge.standing(NOW + FRESH_MS + 120_000) == {}


def test_what_held_before_a_restart_holds_until_a_value_says_otherwise() -> None:
    judge, key = Judge([STATE], Night()), Key("forced", "gate", "door.alarm", "a")
    judge.seed(key, NOW - 10_000_000)
    assert judge.standing(NOW)[key].since == NOW - 10_000_000
    judge.observe("gate", value(0, 255.0, STATE), NOW)
    assert key in judge.standing(NOW)
    judge.observe("gate", value(1, 0.0, STATE), NOW + 60_000)
    assert judge.standing(NOW + 60_000) == {}


def test_points_beyond_the_bound_are_counted_and_not_judged() -> None:
    judge = Judge([STATE], Night(), most=3)
    for number in range(5):
        judge.observe("gate", Value("door.alarm", str(number), 1.0, NOW), NOW)
    assert len(judge.standing(NOW)) == 3
    assert judge.dropped == 2


def test_points_that_no_rule_is_for_are_remembered_within_bounds_and_take_no_room_of_those_that_are_judged() -> None:
    judge = Judge([EdgeRule("forced", "door.alarm", "critical", "t", values=(1.0,), label="E*")], Night(), most=3)
    for label in (*map(str, range(5)), "East", "Exit"):
        judge.observe("gate", Value("door.alarm", label, 1.0, NOW), NOW)
    assert (len(judge._points), len(judge.standing(NOW)), judge.dropped) == (5, 2, 0)


def test_a_rule_of_one_point_is_judged_there_alone_also_where_values_came_before() -> None:
    judge = Judge([], Night())
    for label in ("a", "b"):
        judge.observe("closet", value(0, 40)._replace(label=label), NOW)
    judge.watch(ABOVE, "closet", "a")
    judge.watch(ABOVE, "closet", "a")
    assert "host.temperature" not in judge.metrics
    for minute in (1, 4):
        for device, label in (("closet", "a"), ("closet", "b"), ("attic", "a")):
            judge.observe(device, value(minute, 40)._replace(label=label), NOW + 240_000)
    key = Key("hot", "closet", "host.temperature", "a")
    assert list(judge.standing(NOW + 240_000)) == [key]
    assert judge.knows(key)
    assert not judge.knows(key._replace(label="b"))


@pytest.mark.parametrize("during", ["night", "lock-down"])
def test_a_rule_of_the_night_holds_at_night_alone(during: str) -> None:
    rule = EdgeRule("open", "door.alarm", "major", "t", values=(1.0,), during=during)
    evening = 1_760_047_200_000  # 2025-10-09 22:00 UTC
    for shift, expected in ((-1, 0), (0, 1), (7 * 3600 - 1, 1), (7 * 3600, 0)):
        judge = Judge([rule], UTC)
        now = evening + shift * 1000
        judge.observe("gate", Value("door.alarm", "a", 1.0, now), now)
        assert len(judge.standing(now)) == expected
