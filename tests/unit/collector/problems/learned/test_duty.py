"""States are judged by the share of time that they are on."""

import math

import numpy as np
import pytest

from collector.problems.fleet import PointRow
from collector.problems.learned.metrics import How, judged_as
from tests.unit.collector.problems.learned.conftest import (
    ALWAYS,
    BINARY,
    CYCLE,
    DAY,
    MODE,
    ON_OFF,
    RARE,
    STEP,
    School,
    school_hours,
)  # fmt: skip

NIGHT = DAY * 20 // 24


def share(school: School, point: int) -> float:
    column = school.detector.column_of(point)
    return float(school.detector.blocks[0].recent[-1, column])


def overnight(at: int) -> bool:
    return at % DAY >= NIGHT


def test_a_fan_that_runs_at_night_is_found_with_the_share_of_time_and_what_is_usual(school: School) -> None:
    found = school.run(0.99, lambda at, values: values | {BINARY: 1.0 if overnight(at) else values[BINARY]})
    assert found == {f"point:{BINARY}"}
    finding = school.found[f"point:{BINARY}"]
    assert finding.value == 1.0, "as it reads"
    low, high = finding.evidence["usual_share"]
    assert (low, high) == (0.0, pytest.approx(0.38, abs=0.05))
    assert [one for _, one in finding.evidence["share"]] == pytest.approx([0.97] * 5, abs=0.06)
    assert finding.words["range"].startswith("on 9")
    assert finding.words["range"].endswith("\N{NARROW NO-BREAK SPACE}% of the time")
    assert finding.words["usual"].startswith("0\N{NARROW NO-BREAK SPACE}% to ")


def test_a_compressor_that_no_longer_rests_is_found(school: School) -> None:
    assert school.run(0.5, lambda at, values: values | {CYCLE: 1.0}) == {f"point:{CYCLE}"}


def test_a_mode_that_is_held_all_night_is_found(school: School) -> None:
    assert school.run(0.99, lambda at, values: values | {MODE: 3.0 if overnight(at) else values[MODE]}) == {
        f"point:{MODE}"
    }


def test_it_is_over_when_it_runs_as_ever(school: School) -> None:
    school.run(0.99, lambda at, values: values | {BINARY: 1.0 if overnight(at) else values[BINARY]})
    school.run(0.2)
    assert school.found == {}


@pytest.mark.parametrize("point", [RARE, ALWAYS])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_what_hardly_ever_changes_has_no_time_at_which_it_should(school: School, point: int, value: float) -> None:
    assert school.run(2, lambda at, values: values | {point: value}) == set()


def test_a_share_is_of_time_not_of_samples(school: School) -> None:
    """Ten samples that it is on within a minute are no more than one."""
    school.run(0.1)
    before = share(school, BINARY)
    for second in range(1, 11):
        school.commit({BINARY: float(second < 10)}, at=school.now + 1000 * second)
    assert share(school, BINARY) == pytest.approx(before, abs=0.01)


def test_what_was_silent_for_long_has_no_share_until_half_an_hour_is_known(school: School) -> None:
    school.run(0.5, lambda at, values: values | {BINARY: 1.0})
    column, block = school.detector.column_of(BINARY), school.detector.blocks[0]
    school.now += 3 * 3_600_000
    school.commit({BINARY: 0.0})
    assert block.times[-1, column] < school.now, "three hours of which nothing is known"
    for _ in range(3):
        school.now += STEP
        school.commit({BINARY: 0.0})
    assert share(school, BINARY) < 0.1
    assert block.times[-1, column] == school.now


@pytest.mark.parametrize(
    ("point", "how", "rest", "on"),
    [
        (PointRow(1, 1, "bacnet.value", "binary-input,1", unit="1"), How.SHARE, 0, "on"),
        (PointRow(1, 1, "bacnet.value", "binary-value,1", unit="1", states={"0": "unoccupied", "1": "occupied"}), How.SHARE, 0, "occupied"),
        (PointRow(1, 1, "bacnet.value", "multi-state-input,1", unit="1"), How.SHARE, 1, "on"),
        (PointRow(1, 1, "bacnet.value", "multi-state-input,1", unit="1", states={"2": "low", "3": "high"}), How.SHARE, 2, "high"),
        (PointRow(1, 1, "sensor.value", "door", unit="1", states=ON_OFF), How.SHARE, 0, "on"),
        (PointRow(1, 1, "door.position", "east", unit="1"), How.SHARE, 0, "open"),
        (PointRow(1, 1, "bacnet.value", "analog-input,1", unit="Cel"), How.GAUGE, 0, "on"),
        (PointRow(1, 1, "meter.power", "total", unit="W"), How.GAUGE, 0, "on"),
    ],
)  # fmt: skip
def test_what_a_state_is_is_known_without_a_setting(point: PointRow, how: How, rest: float, on: str) -> None:
    found = judged_as(point)
    assert found is not None
    assert (found.how, found.rest, found.on) == (how, rest, on)
    assert (found.unknown == 2) == (point.metric == "door.position")


def test_a_state_that_is_not_known_is_no_part_of_the_share() -> None:
    school = School()
    door = PointRow(90, 1, "door.position", "east", unit="1")
    school.detector.learn([door])
    for value in [1.0] * 8 + [2.0] * 8:
        school.now += STEP
        school.commit({90: value})
    column, block = school.detector.column_of(90), school.detector.blocks[0]
    assert share(school, 90) == pytest.approx(1.0)
    assert school.now - block.times[-1, column] == 8 * STEP
    assert not math.isnan(block.value[column])


def test_history_gives_a_state_the_share_that_it_had() -> None:
    """Five weeks of hours, then a fan that runs at night: found as if it had been seen live."""
    school = School()
    begin = school.now
    school.now += 35 * DAY
    hours = []
    for number in range(35 * 24):
        at = begin + number * 3_600_000
        on = school_hours(at)
        hours.append((at, [BINARY, RARE], [on, 0.0], [on, 0.0], [on, 0.0]))
    school.detector.recall(hours)
    assert school.run(2) == set()
    block, column = school.detector.blocks[0], school.detector.column_of(BINARY)
    assert block.moves[column] == pytest.approx(5 / 7, abs=0.15)
    assert block.moves[school.detector.column_of(RARE)] == 0
    assert np.isfinite(block.high[column])
