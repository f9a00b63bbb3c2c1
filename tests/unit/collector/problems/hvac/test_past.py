"""After a start without a saved state, hours of history teach what the days before would have taught."""

import numpy as np
import pytest

from collector.problems.hvac.past import Hour
from tests.unit.collector.problems.hvac.conftest import GOOD, START, Bench

HOUR = 3_600_000
NOW = START + 2 * HOUR
DAYS = 10


def _hours(bench: Bench, figures: dict[str, tuple[float, float, float]], of_day: range) -> list[Hour]:
    """The same figures (mean, lowest, highest) in these hours (UTC) of each of the days before."""
    ids = [bench.ids[name] for name in figures]
    midnight = NOW - NOW % (24 * HOUR)
    return [
        (midnight - day * 24 * HOUR + hour * HOUR, ids, *map(list, zip(*figures.values(), strict=True)))
        for day in range(DAYS, 0, -1)
        for hour in of_day
    ]


FULL = {
    "AHU-1 SF-SPD": (50.0, 48.0, 52.0),
    "AHU-1 DSP": (300.0, 295.0, 305.0),
    "AHU-1 SF-S": (1.0, 1.0, 1.0),
    "AHU-1 SF-C": (1.0, 1.0, 1.0),
    "AHU-1 OCC": (1.0, 1.0, 1.0),
}


def test_days_are_learned_from_hours_in_which_the_fan_ran(handler: Bench) -> None:
    wanted = handler.detector.wanting(NOW)
    assert {handler.ids[name] for name in FULL} <= wanted.keys()
    assert min(wanted.values()) >= NOW - 28 * 24 * HOUR
    handler.detector.recall(_hours(handler, FULL, range(12, 20)))
    days = handler.detector.judge.usual.days[1, :, 0]
    assert np.isfinite(days).sum() == DAYS
    assert days[-1] == pytest.approx(300.0 / 0.5**2)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"AHU-1 SF-SPD": (50.0, 0.0, 90.0)},  # it stood for a while
        {"AHU-1 SF-SPD": (50.0, 30.0, 80.0)},  # at many speeds: the mean says little of the square
        {"AHU-1 SF-S": (0.5, 0.0, 1.0)},
        {"AHU-1 OCC": (0.5, 0.0, 1.0)},
    ],
)
def test_other_hours_teach_nothing(handler: Bench, spoilt: dict[str, tuple[float, float, float]]) -> None:
    handler.detector.wanting(NOW)
    handler.detector.recall(_hours(handler, FULL | spoilt, range(12, 20)))
    assert not np.isfinite(handler.detector.judge.usual.days).any()


def test_points_may_come_in_any_portions(handler: Bench) -> None:
    handler.detector.wanting(NOW)
    for name, figures in FULL.items():
        handler.detector.recall(_hours(handler, {name: figures}, range(12, 20)))
    assert np.isfinite(handler.detector.judge.usual.days[1, :, 0]).sum() == DAYS


def test_nights_of_an_outdoor_sensor_that_drifts() -> None:
    bench = Bench()
    for school in range(1, 5):
        bench.add({f"AHU-{school} OAT": 5.0}, device=school, building=school, unit="Cel")
    assert bench.detector.wanting(NOW).keys() == set(bench.ids.values())
    for number, hour in enumerate(hours := _hours(bench, dict.fromkeys(bench.ids, (5.0, 4.0, 6.0)), range(5))):
        hour[2][2] += 0.2 * (number // 5)  # the third school's reads 0.2 K more each night
    bench.detector.recall(hours)
    nights = bench.detector.judge.drift.nights
    assert np.isfinite(nights).sum(0).tolist() == [DAYS] * 4
    assert nights[-DAYS:, 2] == pytest.approx(0.2 * np.arange(DAYS))
    assert [away > 0 for away in bench.detector.judge.drift.away] == [False, False, True, False]


def test_what_has_learned_wants_nothing(handler: Bench) -> None:
    handler.run(40)
    handler.detector.judge.usual.days[:, -1, 0] = 7.0
    assert not handler.detector.wanting(NOW)
    handler.detector.recall(_hours(handler, FULL, range(12, 20)))
    assert (handler.detector.judge.usual.days[:, -1, 0] == 7.0).all()


def test_the_samples_since_it_was_saved_are_fed_again(handler: Bench) -> None:
    handler.run(40)
    points, since = handler.detector.again(handler.now + 7 * 60_000)
    assert len(points) == len(GOOD)
    assert since == handler.now
    fresh, many = Bench(), Bench()
    fresh.add(GOOD)
    assert fresh.detector.again(NOW)[1] == NOW - 6 * HOUR
    many.add({f"VAV-{number} ZN-T": 21.0 for number in range(9_000)}, unit="Cel")
    points, since = many.detector.again(NOW)
    assert len(points) * (NOW - since) / 60_000 <= 2_000_000
