"""State rules, vectorised, against a plain reading of the same rule one sample at a time."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.problems.finding import Key
from collector.problems.fleet import PointRow
from collector.problems.rules import Rule
from collector.problems.values.state_rules import FRESH_MS, KEPT, StateRules

MINUTE = 60_000
HIGH = Rule("high", "minor", "t", "", 5 * MINUTE, metric="m", sign=1, limit=90.0, clear=87.0)
LOW = replace(HIGH, name="low", sign=-1, limit=10.0, clear=12.0)
FAULT = replace(HIGH, name="fault", sign=0, values=(1.0, 3.0), for_ms=0)


def fed(rules: list[Rule], rows: list[tuple[int, int, float]], points: int = 3) -> StateRules:
    engine = StateRules(rules)
    engine.add(PointRow(point, 1, "m", "a") for point in range(1, points + 1))
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    engine.observe(np.array(columns[0], np.int32), np.array(columns[1], np.int64), np.array(columns[2], np.float64))
    return engine


def names(engine: StateRules, now: int) -> list[tuple[str, str, int]]:
    return sorted((found.key.rule, found.key.subject, found.since) for found in engine.firing(now))


def test_it_must_hold_long_enough_and_hysteresis_keeps_it() -> None:
    engine = fed([HIGH], [(1, MINUTE, 91.0), (1, 3 * MINUTE, 88.0), (2, MINUTE, 89.0)])
    assert names(engine, 6 * MINUTE - 1) == []
    assert names(engine, 6 * MINUTE) == [("high", "point:1", MINUTE)]
    engine.observe(np.array([1], np.int32), np.array([7 * MINUTE]), np.array([87.0]))
    assert names(engine, 8 * MINUTE) == []


def test_below_and_is() -> None:
    engine = fed([LOW, FAULT], [(1, MINUTE, 9.0), (2, MINUTE, 3.0), (3, MINUTE, 50.0)])
    assert names(engine, MINUTE) == [("fault", "point:2", MINUTE)]
    assert names(engine, 6 * MINUTE) == [
        ("fault", "point:2", MINUTE),
        ("low", "point:1", MINUTE),
        ("low", "point:2", MINUTE),
    ]


def test_an_unknown_state_neither_opens_nor_resolves() -> None:
    failing = Rule("failing", "major", "t", "", 0, metric="host.disk.health", values=(1.0,))
    engine = StateRules([failing])
    engine.add([PointRow(1, 1, "host.disk.health", "sda"), PointRow(2, 1, "host.disk.health", "sdb")])
    for minute, first in enumerate((2.0, 1.0, 2.0, 0.0), 1):
        engine.observe(np.array([1, 2], np.int32), np.full(2, minute * MINUTE), np.array([first, 2.0]))
        assert names(engine, minute * MINUTE) == ([("failing", "point:1", 2 * MINUTE)] if minute in (2, 3) else [])


def test_silence_neither_opens_nor_resolves() -> None:
    late = replace(HIGH, for_ms=60 * MINUTE)
    engine = fed([late], [(1, MINUTE, 95.0)])
    assert names(engine, 200 * MINUTE) == []  # nothing heard since: nobody knows that it held for an hour
    engine = fed([HIGH], [(1, MINUTE, 95.0)])
    assert names(engine, 10 * MINUTE) != []
    assert names(engine, 10 * MINUTE + 10 * FRESH_MS) != []


def test_old_and_repeated_samples_change_nothing() -> None:
    engine = fed([FAULT], [(1, 5 * MINUTE, 1.0)])
    engine.observe(np.array([1, 1], np.int32), np.array([4 * MINUTE, 5 * MINUTE]), np.array([0.0, 0.0]))
    assert names(engine, 6 * MINUTE) == [("fault", "point:1", 5 * MINUTE)]


def test_seeded_from_an_open_problem_it_stays_until_a_sample_says_otherwise() -> None:
    engine = fed([HIGH], [])
    engine.seed(Key("high", "point:2"), 7)
    engine.seed(Key("high", "point:99"), 7)
    engine.seed(Key("gone", "point:1"), 7)
    assert names(engine, MINUTE) == [("high", "point:2", 7)]
    engine.observe(np.array([2], np.int32), np.array([MINUTE]), np.array([50.0]))
    assert names(engine, MINUTE) == []


def test_evidence_is_the_newest_samples_and_the_limit() -> None:
    engine = fed([HIGH], [(1, minute * MINUTE, 90.0 + minute) for minute in range(1, 12)])
    (found,) = engine.firing(12 * MINUTE)
    assert found.evidence["samples"] == [[minute * MINUTE, 90.0 + minute] for minute in range(12 - KEPT, 12)]
    assert found.evidence["limit"] == 90.0
    assert found.value == 101.0


def test_candidates_are_the_points_whose_past_matters() -> None:
    engine = fed([HIGH, FAULT], [])
    ids, values = np.array([1, 2, 3, 77], np.int32), np.array([95.0, 50.0, 88.0, 95.0])
    assert engine.candidates(ids, values).tolist() == [1, 3]
    assert StateRules([]).candidates(ids, values).tolist() == []


def test_labels_are_globs_and_points_come_in_any_number() -> None:
    engine = StateRules([replace(FAULT, label="/boot*"), replace(FAULT, name="any")])
    engine.add([PointRow(5, 1, "m", "/boot/efi"), PointRow(6, 1, "other", None)])
    engine.add([PointRow(7, 1, "m", "/"), PointRow(8, 1, "m", None)])
    ids = np.array([5, 6, 7, 8], np.int32)
    engine.observe(ids, np.full(4, MINUTE), np.ones(4))
    subjects = [(rule, subject) for rule, subject, _ in names(engine, MINUTE)]
    assert subjects == [("any", "point:5"), ("any", "point:7"), ("any", "point:8"), ("fault", "point:5")]


def test_how_far_back_a_points_past_matters() -> None:
    engine = fed([HIGH, FAULT, replace(LOW, for_ms=7)], [])
    assert [engine.longest(point) for point in (1, 2, 77)] == [5 * MINUTE, 5 * MINUTE, 0]
    assert StateRules([]).longest(1) == 0


SAMPLES = st.lists(
    st.tuples(st.integers(1, 3), st.integers(1, 40), st.sampled_from([0.0, 1.0, 9.0, 11.0, 50.0, 88.0, 95.0]))
)


@given(SAMPLES, st.integers(1, 5))
def test_one_at_a_time_or_all_at_once_it_is_the_same(rows: list[tuple[int, int, float]], groups: int) -> None:
    unique = {(point, minute): value for point, minute, value in rows}
    ordered = sorted((minute * MINUTE, point, value) for (point, minute), value in unique.items())
    engine = fed([HIGH, LOW, FAULT], [])
    for part in (ordered[start : start + groups] for start in range(0, len(ordered), groups)):
        mixed = list(reversed(part))
        engine.observe(
            np.array([point for _, point, _ in mixed], np.int32),
            np.array([time for time, _, _ in mixed], np.int64),
            np.array([value for _, _, value in mixed], np.float64),
        )
    now = 41 * MINUTE
    assert names(engine, now) == sorted(
        found for rule in (HIGH, LOW, FAULT) for point in (1, 2, 3) if (found := _plainly(rule, point, ordered, now))
    )


def _plainly(rule: Rule, point: int, rows: list[tuple[int, int, float]], now: int) -> tuple[str, str, int] | None:
    since, active, last = 0, False, 0
    for time, which, value in rows:
        if which != point:
            continue
        limit = rule.clear if active else rule.limit
        holds = value in rule.values if rule.sign == 0 else rule.sign * value > rule.sign * limit
        since = time if holds and not active else since
        active, last = holds, time
    waited = now - since >= rule.for_ms and now - last <= FRESH_MS
    return (rule.name, f"point:{point}", since) if active and (waited or last - since >= rule.for_ms) else None


def test_what_has_fired_and_cleared_within_one_commit_must_hold_anew() -> None:
    engine = fed([HIGH], [(1, minute * MINUTE, 95.0) for minute in range(1, 8)])
    assert names(engine, 7 * MINUTE) == [("high", "point:1", MINUTE)]
    engine.observe(np.array([1, 1], np.int32), np.array([8, 9]) * MINUTE, np.array([50.0, 95.0]))
    assert names(engine, 9 * MINUTE) == []
    assert names(engine, 14 * MINUTE) == [("high", "point:1", 9 * MINUTE)]


def test_seeded_samples_from_before_it_began_say_nothing() -> None:
    """After a restart the past is read again, from before the problem too; and nothing came of the last hour."""
    engine = fed([HIGH], [])
    engine.seed(Key("high", "point:1"), 10 * MINUTE)
    past = [(8, 50.0), (9, 89.0), (10, 95.0), (12, 88.0)]
    engine.observe(np.full(4, 1, np.int32), np.array([m for m, _ in past]) * MINUTE, np.array([v for _, v in past]))
    assert names(engine, 80 * MINUTE) == [("high", "point:1", 10 * MINUTE)]


def test_many_samples_of_one_point_in_one_commit() -> None:
    times = np.arange(1, 501) * 1000
    engine = fed([HIGH], [])
    engine.observe(np.full(500, 1, np.int32), times, np.where(times > 100_000, 95.0, 50.0))
    assert names(engine, 500_000) == [("high", "point:1", 101_000)]


@pytest.mark.parametrize("rules", [[], [HIGH]])
def test_nothing_to_judge(rules: list[Rule]) -> None:
    engine = StateRules(rules)
    engine.observe(np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0))
    engine.observe(np.array([4], np.int32), np.array([1]), np.array([1.0]))
    assert engine.firing(5) == []
