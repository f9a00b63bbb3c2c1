"""Simulated printers: noisy use on school days, holidays, refills. The interval covers the truth as often as it says."""

import numpy as np

from collector.problems.forecast.days import KEPT
from collector.problems.forecast.estimate import AHEAD, by_school_days

PRINTERS = 600


def simulated(step: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Levels of the days before today, today's level, the days' weights, and the school days until each is empty."""
    rng = np.random.default_rng(11)
    days = np.arange(KEPT - 1 + AHEAD)
    weights = ((days % 7 < 5) & ~((days >= 70) & (days < 80)) & ~((days >= 30) & (days < 37))).astype(float)
    rate = rng.uniform(0.6, 3.0, PRINTERS)
    use = rng.gamma(2.0, rate[:, None] / 2.0, (PRINTERS, len(days))) * weights
    start = rng.uniform(40, 100, PRINTERS)
    level, levels = start, np.zeros((PRINTERS, KEPT - 1))
    for day in range(KEPT - 1):
        level = level - use[:, day]
        level = np.where(level <= 0, 100.0, level)
        levels[:, day] = level
    empty = np.cumsum(use[:, KEPT - 1 :], axis=1) >= level[:, None]
    truth = np.cumsum(weights[KEPT - 1 :])[empty.argmax(1)]
    if step:
        levels = np.round(levels / step) * step
    return levels, levels[:, -1], weights, truth


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    for step, least in ((0.0, 0.74), (1.0, 0.74), (10.0, 0.65)):
        levels, level, weights, truth = simulated(step)
        left = by_school_days(levels, level, -1, 5.0, weights, 5)
        known = np.isfinite(left.days) & (level > 0)
        inside = (left.low <= truth) & (truth <= np.nan_to_num(left.high, nan=np.inf, posinf=np.inf))
        covered = float(inside[known].mean())
        error = float(np.abs(left.days - truth)[known].mean())
        slope = np.array([np.polyfit(np.arange(28), row[-28:], 1)[0] for row in levels])
        ends = np.where(slope < -0.01, level / np.maximum(-slope, 0.01), AHEAD)
        plain = np.minimum(ends, AHEAD - 1).astype(int)
        straight = float(np.abs(np.cumsum(weights[KEPT - 1 :])[plain] - truth)[known].mean())
        print(
            f"step {step}: known {known.mean():.2f}, covered {covered:.3f}, error {error:.1f}, plain slope {straight:.1f}"
        )
        assert least <= covered <= 0.95
        assert error < straight


def test_two_steps_of_a_coarse_level_say_nothing_yet() -> None:
    """80, 70, 60 within a week: the use may be anything from ten to thirty percent of it."""
    seen = [80.0, 80, 70, 70, 70, 70, 60]
    levels = np.full((1, KEPT - 1), np.nan)
    levels[0, -len(seen) :] = seen
    weights = np.ones(KEPT - 1 + AHEAD)
    assert np.isnan(by_school_days(levels, np.array([60.0]), -1, 5.0, weights, 5).days[0])
    levels[0, -8:] = [*seen, 50.0]
    assert np.isfinite(by_school_days(levels, np.array([50.0]), -1, 5.0, weights, 5).days[0])


def test_the_interval_covers_both_ways_of_rounding() -> None:
    """A printer that cuts its level to tens has up to ten percent more than it says, one that rounds has five more or less."""
    levels, _, weights, truth = simulated(0.0)
    for shown in (np.floor(levels / 10) * 10, np.round(levels / 10) * 10):
        left = by_school_days(shown, shown[:, -1], -1, 5.0, weights, 5)
        known = np.isfinite(left.days) & (shown[:, -1] > 0)
        inside = (left.low <= truth) & (truth <= np.nan_to_num(left.high, nan=np.inf, posinf=np.inf))
        assert inside[known].mean() >= 0.74
