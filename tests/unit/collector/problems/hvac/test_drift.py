"""An outdoor air sensor against its siblings, and relations that a unit learned."""

import numpy as np

from collector.problems.hvac.columns import follow
from collector.problems.hvac.drift import Drift

ALL = np.ones(4, np.bool_)


def _night(drift: Drift, night: int, values: list[float]) -> list[bool]:
    for _ in range(30):
        drift.step(night, ALL, ALL, np.array(values))
    drift.step(night + 1, ~ALL, ALL, np.array(values))
    return (drift.away != 0).tolist()


def _four() -> Drift:
    drift = Drift()
    follow(drift, np.full(4, -1))
    return drift


def test_half_a_fahrenheit_a_day_is_found_within_six() -> None:
    drift = _four()
    for night in range(8):
        assert not any(_night(drift, night, [15.0 + night, 15.4 + night, 14.8 + night, 15.1 + night]))
    found = [_night(drift, 8 + day, [15.0, 15.4 + 0.28 * (day + 0.6), 14.8, 15.1]) for day in range(6)]
    assert found[-1] == [False, True, False, False]
    assert not any(any(day) for day in found[:4])


def test_a_heat_wave_moves_all_of_them() -> None:
    drift = _four()
    for night in range(8):
        _night(drift, night, [15.0, 15.4, 14.8, 15.1])
    for night in range(8, 14):
        assert not any(_night(drift, night, [24.0, 24.4, 23.8, 24.1]))


def test_what_goes_on_drifting_is_one_problem_until_it_is_repaired() -> None:
    """Its own drifting nights are no excuse, however few came before them."""
    drift = _four()
    away = [0.0, 0.0, *(0.28 * day for day in range(1, 16)), 0.1, 0.1]
    found = [_night(drift, night, [15.0, 15.4 + more, 14.8, 15.1])[1] for night, more in enumerate(away)]
    first = found.index(True)
    assert first <= 8
    assert all(found[first:-2])
    assert found[-2:] == [False, False]


def test_one_cold_night_is_no_drift_and_two_sensors_cannot_tell() -> None:
    drift = _four()
    for night in range(8):
        _night(drift, night, [15.0, 15.4, 14.8, 15.1])
    assert not any(_night(drift, 8, [15.0, 12.0, 14.8, 15.1]))
    pair = np.array([True, True, False, False])
    drift = _four()
    for night in range(12):
        for _ in range(30):
            drift.step(night, ALL, pair, np.array([15.0, 15.0 + night, 0.0, 0.0]))
    assert not drift.away.any()
