"""What the learned normal finds, and all that it must survive without a word."""

import math
import re
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from collector.calendar.school import DayKind, SchoolCalendar, SchoolDay
from collector.problems.finding import Key
from collector.problems.learned import detector
from collector.problems.learned.detector import LearnedNormal
from collector.problems.rules import load
from collector.problems.tuning import Scope, Setting
from tests.unit.collector.problems.learned.conftest import (
    BEGIN,
    COUNTER,
    DAY,
    MINUTE,
    OTHER,
    POWER,
    ROOM,
    ROOMS,
    SETPOINT,
    STEP,
    School,
    points,
    usual,
)  # fmt: skip


def test_a_usual_week_is_no_finding(school: School) -> None:
    assert school.run(3) == set()


def test_what_is_large_sustained_and_rare_is_found_with_its_evidence(school: School) -> None:
    school.run(0.5)
    assert school.run(0.03, lambda at, values: values | {ROOM: 40.0}) == set(), "half an hour is not long"
    assert school.run(0.05, lambda at, values: values | {ROOM: 40.0}) == {f"point:{ROOM}"}
    finding = school.found[f"point:{ROOM}"]
    low, high = finding.evidence["normal"]
    assert low < 17 < 21 < high < 40
    assert finding.value == pytest.approx(40)
    assert [value for _, value in finding.evidence["samples"]] == pytest.approx([40.0] * 5)
    assert finding.words["since"].startswith("Mon ")
    assert "°C" in finding.words["usual"]
    assert finding.severity is None  # the rule's: info
    assert school.run(0.2) == {f"point:{ROOM}"}
    assert school.found == {}, "usual again for half an hour"


def test_school_values_at_night_are_found(school: School) -> None:
    """Never out of the values' range, but not at this hour."""
    school.run(5)  # Saturday 00:00
    assert f"point:{POWER}" in school.run(0.3, lambda at, values: values | {POWER: 10_000.0 + 100 * math.sin(at)})


def test_three_times_the_power_of_a_night_is_outside_though_every_day_has_more(school: School) -> None:
    night = school.now + DAY - school.now % DAY + DAY // 12
    [high] = school.detector.band(POWER, np.array([night]))[1]
    assert 2500 < high < 6000


def test_several_values_of_one_device_are_one_minor_problem(school: School) -> None:
    found = school.run(0.3, lambda at, values: values | {ROOM: 45.0, POWER: 60_000.0, OTHER: 97.0})
    assert "device:1" in found
    assert school.found["device:1"].words["count"] == "3"
    judged = {one["point"]: one for one in school.found["device:1"].evidence["unusual"]}
    assert set(judged) == {ROOM, POWER, OTHER}
    assert [value for _, value in judged[ROOM]["samples"]] == pytest.approx([45.0] * 5)
    low, high = judged[ROOM]["normal"]
    assert low < 21 < high < 45
    assert school.found[f"point:{ROOM}"].cause == Key("device.unusual", "device:1")


def test_what_moves_all_siblings_is_no_finding(school: School) -> None:
    """A heat wave."""
    warm = dict.fromkeys(ROOMS, 12.0)
    assert school.run(1, lambda at, values: values | {p: values[p] + add for p, add in warm.items()}) == set()


def test_one_of_the_siblings_is_a_finding(school: School) -> None:
    assert school.run(0.5, lambda at, values: values | {ROOMS[0]: values[ROOMS[0]] + 15}) == {f"point:{ROOMS[0]}"}


def test_a_peak_is_no_finding(school: School) -> None:
    assert school.run(0.5, lambda at, values: values | ({ROOM: 90.0} if at % (4 * STEP) == 0 else {})) == set()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda at, values: {}, id="missing data"),
        pytest.param(lambda at, values: values | {ROOM: math.nan, POWER: math.inf}, id="NaN"),
        pytest.param(lambda at, values: values | {ROOM: 17.0}, id="a constant value"),
        pytest.param(lambda at, values: values | {SETPOINT: 25.0}, id="a setpoint"),
        pytest.param(lambda at, values: values | {ROOM: values[ROOM] * 1.8 + 32}, id="another unit"),
        pytest.param(lambda at, values: usual(at, np.random.default_rng(at), lambda at: 0.0), id="a holiday nobody entered"),
    ],
)  # fmt: skip
def test_survives(school: School, change) -> None:
    assert school.run(1.5, change) == set()
    assert school.run(0.5) == set()


def test_a_counter_is_judged_by_its_increase_and_its_reset_says_nothing(school: School) -> None:
    reset = school.run(0.5, lambda at, values: values | {COUNTER: values[COUNTER] - 2000})
    assert reset == set()
    begin = school.now

    def leaking(at: int, values: dict[int, float]) -> dict[int, float]:
        return values | {COUNTER: values[COUNTER] + (at - begin) / 3_600_000 * 500}

    assert school.run(0.5, leaking) == {f"point:{COUNTER}"}
    assert school.found[f"point:{COUNTER}"].value == pytest.approx(505, rel=0.05)


def test_a_sensor_replaced_is_the_new_normal_after_three_days(school: School) -> None:
    def shifted(at: int, values: dict[int, float]) -> dict[int, float]:
        return values | {ROOMS[0]: values[ROOMS[0]] + 15}

    assert school.run(2, shifted) == {f"point:{ROOMS[0]}"}
    school.run(1.5, shifted)
    assert school.found == {}
    assert school.run(1.5, shifted) == set()


def test_a_new_point_is_silent_for_two_weeks() -> None:
    school = School()
    assert (
        school.run(
            5,
            lambda at, values: values | {ROOM: 90.0 if at % DAY < DAY / 3 and at > BEGIN + 4 * DAY else 17.0 + at % 7},
        )
        == set()
    )


def test_holidays_and_half_days_are_days_of_their_own(school: School) -> None:
    first = date(2026, 1, 26)
    days = {first + timedelta(n): SchoolDay(first + timedelta(n), DayKind.HOLIDAY) for n in range(5)}
    school.world.calendars.by_building[1] = SchoolCalendar("UTC", days)
    assert school.run(1.5, lambda at, values: usual(at, np.random.default_rng(at), lambda at: 0.0)) == set()


def test_a_backfill_opens_nothing_and_changes_nothing_that_is_newer(school: School) -> None:
    school.run(0.1)
    before = school.detector.copied(0)()
    for back in range(20):
        school.commit({ROOM: 80.0}, at=school.now - DAY + back * STEP)
    assert school.detector.copied(0)() == before
    assert list(school.detector.findings(school.now)) == []
    school.now += DAY
    for back in range(40, 2, -1):  # newer than what is known, but late
        school.commit({ROOM: 80.0}, at=school.now - back * STEP)
    assert list(school.detector.findings(school.now)) == []


def test_an_agents_clock_that_jumps_is_not_learned(school: School) -> None:
    before = school.detector.copied(0)()
    school.commit({ROOM: 80.0}, at=school.now + DAY)
    assert school.detector.copied(0)() == before
    assert school.run(0.3) == set()


def test_a_schedule_changed_is_told_at_most_as_information_and_then_learned(school: School) -> None:
    def later(at: int, values: dict[int, float]) -> dict[int, float]:
        return usual(at - 60 * MINUTE, np.random.default_rng(at // STEP)) | {COUNTER: values[COUNTER]}

    assert school.run(2, later) == set()  # an hour's shift is within what is usual nearby


def test_a_restart_changes_no_open_problem(school: School, learned: tuple[int, bytes]) -> None:
    again = School(now=school.now)
    again.detector.seed(Key("point.unusual", f"point:{ROOM}"), school.now - DAY // 2, school.now)
    assert [finding.key.subject for finding in again.detector.findings(again.now)] == [f"point:{ROOM}"]
    assert again.run(0.3) == {f"point:{ROOM}"}, "without a state nothing says that it is over"
    with_state = School(now=learned[0])
    with_state.detector.restore(learned[1])
    with_state.detector.seed(Key("point.unusual", f"point:{ROOM}"), school.now - DAY // 2, school.now)
    with_state.run(0.2)
    assert with_state.found == {}, "with it, usual values say so"


def test_history_is_learned_after_a_start_without_a_state() -> None:
    school = School(now=BEGIN + 21 * DAY)
    school.detector = LearnedNormal(school.world)
    school.detector.learn([point._replace(last=school.now) for point in points()])
    wanted = school.detector.wanting(school.now)
    assert set(wanted) == {point.id for point in points()}
    hours = []
    for hour in range(21 * 24):
        at = BEGIN + hour * 3_600_000
        values = usual(at + 1, school.rng)
        hours.append(
            (
                at,
                list(values),
                list(values.values()),
                [v - 0.4 for v in values.values()],
                [v + 0.4 for v in values.values()],
            )
        )
    school.detector.recall(hours)
    assert school.run(2) == set()
    assert school.run(0.3, lambda at, values: values | {ROOM: 45.0}) == {f"point:{ROOM}"}


def test_the_readme_lists_the_rules_as_they_are() -> None:
    text = Path(detector.__file__).with_name("README.md").read_text("utf-8")
    listed = set(re.findall(r"^\| `([a-z.]+)` \| (\w+) \| 45m \|", text, re.MULTILINE))
    rules = load([Path(detector.__file__).with_name("rules.toml")]).rules.values()
    assert listed == {(rule.name, rule.severity) for rule in rules if rule.for_ms == 45 * MINUTE}
    assert {name for name, _ in listed} == LearnedNormal.rules


@pytest.mark.parametrize(("place", "span", "found"), [
    (Scope(device=1), "4h", False), (Scope(building=1), "4h", False), (Scope(kind="camera"), "4h", True), (Scope(device=1), "15m", True),
])  # fmt: skip
def test_a_value_must_be_unusual_for_as_long_as_its_device_has_it(
    school: School, place: Scope, span: str, found: bool
) -> None:
    """An hour and a quarter of 40 degrees; and half an hour of it, which is not long for the district."""
    school.world.book.tune([Setting("point.unusual", place, {"for": span})])
    school.run(0.5)
    soon = school.run(0.03, lambda at, values: values | {ROOM: 40.0})
    assert soon == ({f"point:{ROOM}"} if span == "15m" else set())
    assert school.run(0.04, lambda at, values: values | {ROOM: 40.0}) == ({f"point:{ROOM}"} if found else set())
    if not found:
        assert school.run(0.2, lambda at, values: values | {ROOM: 40.0}) == {f"point:{ROOM}"}
