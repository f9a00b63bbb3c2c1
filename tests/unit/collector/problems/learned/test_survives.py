"""What learned normal must survive without a setting and without a false alarm: weeks of each, through the detector as it is.

A false alarm is anything above info; info is the report's, and is given where something really is another than it was.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from collector.calendar.school import DayKind, SchoolCalendar, SchoolDay
from collector.problems.fleet import PointRow
from tests.unit.collector.problems.learned.conftest import (
    ALWAYS,
    BINARY,
    COUNTER,
    CYCLE,
    DAY,
    MODE,
    ON_OFF,
    OUTDOORS,
    RARE,
    ROOM,
    ROOMS,
    STEP,
    Change,
    School,
    school_hours,
    usual,
    weekday,
)  # fmt: skip

HOUR = 3_600_000
ONE = ROOMS[0]


def as_ever(at: int, values: dict[int, float]) -> dict[int, float]:
    return values


def fault(school: School, point: int = ONE, change: Change = as_ever, off: float = 25.0) -> set[str]:
    """What is found when a point is far off for half a day."""
    return school.run(0.5, lambda at, values: change(at, values) | {point: values[point] + off})


def test_a_new_point(school: School) -> None:
    """Two weeks of silence, whatever it does; then it is usual, and a fault of it is found."""
    new = PointRow(40, ONE, "bacnet.setpoint.deviation", "new", unit="Cel")
    fan = PointRow(41, ONE, "bacnet.value", "binary-output,9", unit="1", states=ON_OFF)
    school.detector.learn([new, fan])

    def wild(at: int, values: dict[int, float]) -> dict[int, float]:
        return values | {40: float(at // (7 * HOUR) % 5 * 9), 41: float(at // (5 * HOUR) % 2)}

    def settled(at: int, values: dict[int, float]) -> dict[int, float]:
        return values | {40: values[ONE], 41: values[BINARY]}

    assert school.run(5, wild) == set()
    assert school.run(14, settled) == set()
    assert school.run(0.5, lambda at, values: settled(at, values) | {40: 80.0}) == {"point:40"}


def test_a_sensor_replaced(school: School) -> None:
    """Info at most, for three days at most; then that is the normal, and a fault is found by it."""

    def replaced(at: int, values: dict[int, float]) -> dict[int, float]:
        return values | {ONE: values[ONE] + 15}

    assert school.run(3.5, replaced) <= {f"point:{ONE}"}
    assert school.run(14, replaced) == set()
    assert school.run(0.5, lambda at, values: values | {ONE: values[ONE] - 15}) == {f"point:{ONE}"}


@pytest.mark.parametrize("hours", [1, 2, 4])
def test_a_schedule_changed(school: School, hours: int) -> None:
    """Everything begins earlier from now on, and ends later."""

    def longer(at: int) -> float:
        return max(school_hours(at - hours * HOUR), school_hours(at), school_hours(at + hours * HOUR))

    def change(at: int, values: dict[int, float]) -> dict[int, float]:
        return usual(at, np.random.default_rng(at // STEP), longer)

    first = school.run(5, change)
    assert not {subject for subject in first if subject.startswith("device")}
    assert not first & {f"point:{point}" for point in ROOMS}, "what all do is a schedule"
    assert school.run(7, change) == set()


@pytest.mark.parametrize("entered", [True, False])
def test_a_week_of_holidays(school: School, entered: bool) -> None:
    """And the week after it."""
    monday = school.now - school.now % DAY + (7 - weekday(school.now)) % 7 * DAY
    if entered:
        first = datetime.fromtimestamp(monday / 1000, UTC).date()
        week: list[date] = [first + timedelta(number) for number in range(5)]
        days = {day: SchoolDay(day, DayKind.HOLIDAY) for day in week}
        school.world.calendars.by_building.update(dict.fromkeys((1, 2, 3), SchoolCalendar("UTC", days)))

    def quiet(at: int, values: dict[int, float]) -> dict[int, float]:
        return usual(at, np.random.default_rng(at // STEP), lambda at: 0.0)

    assert school.run(7, quiet) == set()
    assert school.run(7) == set()
    assert fault(school) == {f"point:{ONE}"}


def test_a_backfill(school: School) -> None:
    """Five days come at once, strange ones among them, oldest and newest first; then it goes on."""
    begin, mixed = school.now, np.random.default_rng(3)
    school.now += 5 * DAY
    for number in mixed.permutation(5 * DAY // STEP).tolist():
        at = begin + (number + 1) * STEP
        school.commit(usual(at, mixed) | ({ROOM: 80.0, BINARY: 1.0} if number > 400 else {}), at=at)
    assert list(school.detector.findings(school.now)) == []
    assert school.run(7) == set()
    assert fault(school) == {f"point:{ONE}"}


@pytest.mark.parametrize(
    "left",
    [
        pytest.param(lambda at: at % (3 * DAY) < DAY, id="one day in three"),
        pytest.param(lambda at: 6 * HOUR <= at % DAY < 22 * HOUR, id="by day alone"),
        pytest.param(lambda at: at // STEP * 2654435761 % 10 < 3, id="most samples at random"),
    ],
)
def test_missing_data(school: School, left: Callable[[int], bool]) -> None:
    assert school.run(8, lambda at, values: values if left(at) else {}) == set()
    assert school.run(4) == set()


def test_a_constant(school: School) -> None:
    """By nature: a week as ever, then it is another constant for ever."""
    constant = PointRow(42, 2, "sensor.value", "calibration", unit="Cel")
    school.detector.learn([constant])
    assert school.run(15, lambda at, values: values | {42: 21.5}) == set()
    assert school.run(5, lambda at, values: values | {42: 26.5}) == set()


def test_a_counter(school: School) -> None:
    """A reset, a wrap, another meter with another reading, and a rest."""
    assert school.run(2, lambda at, values: values | {COUNTER: values[COUNTER] - 2000}) == set()
    assert school.run(2, lambda at, values: values | {COUNTER: values[COUNTER] % 100}) == set()
    assert school.run(2, lambda at, values: values | {COUNTER: values[COUNTER] + 1e6}) == set()
    begin = school.now
    burst = school.run(0.5, lambda at, values: values | {COUNTER: values[COUNTER] + (at - begin) / HOUR * 500})
    assert burst == {f"point:{COUNTER}"}


def test_a_binary(school: School) -> None:
    """Three weeks of a fan by the clock that begins up to an hour sooner, a compressor, what hardly ever is switched, what never is, and
    a mode."""

    def wobbling(at: int, values: dict[int, float]) -> dict[int, float]:
        sooner = at // DAY * 7919 % 60 * 60_000
        return values | {BINARY: max(school_hours(at + sooner), school_hours(at))}

    assert school.run(21, wobbling) == set()
    block = school.detector.blocks[0]
    judged = {
        p: bool(np.isfinite(block.low[school.detector.column_of(p)])) for p in (BINARY, CYCLE, MODE, RARE, ALWAYS)
    }
    assert judged == {BINARY: True, CYCLE: True, MODE: True, RARE: False, ALWAYS: False}


def test_a_heat_wave(school: School) -> None:
    """Ten days, all schools, each point as it is: in no point is it told, none forgets what is usual, and a fault is found on the way
    and behind it."""
    warmer = {point: 3 + point % 5 * 2.0 for point in ROOMS} | dict.fromkeys(OUTDOORS, 14.0)
    begin = school.now

    def hot(at: int, values: dict[int, float]) -> dict[int, float]:
        risen = min(1.0, (at - begin) / DAY)
        return values | {point: values[point] + risen * more for point, more in warmer.items()}

    assert school.run(7, hot) == set()
    block = school.detector.blocks[0]
    columns = [school.detector.column_of(point) for point in warmer]
    assert (block.days[columns] >= 28).all(), "nothing was learned anew"
    failing = ROOMS[4]
    assert fault(school, failing, hot, 60.0) == {f"point:{failing}"}
    assert school.run(3, hot) <= {f"point:{failing}"}
    assert school.run(7) == set()
    assert fault(school) == {f"point:{ONE}"}


def test_heat_in_one_school_alone_is_learned_there(school: School) -> None:
    """Its plant has another setpoint for good: that is no weather."""
    there = [point for point in ROOMS if school.world.devices[point].building == 2]
    assert len(there) == 4

    def warmer(at: int, values: dict[int, float]) -> dict[int, float]:
        return values | {point: values[point] + 15 for point in there}

    assert school.run(4, warmer) == set()
    block = school.detector.blocks[0]
    assert (block.days[[school.detector.column_of(point) for point in there]] < 3).all()


def test_the_first_that_a_heat_wave_moves_is_told_until_the_others_follow(school: School) -> None:
    begin = school.now

    def hot(at: int, values: dict[int, float]) -> dict[int, float]:
        follow = at - begin > 3 * HOUR
        return values | {point: values[point] + 12 * (follow or point == ONE) for point in ROOMS}

    assert school.run(0.12, hot) == {f"point:{ONE}"}
    assert school.run(3, hot) == set()
