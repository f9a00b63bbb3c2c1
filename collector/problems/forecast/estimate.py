"""From the days of points to how fast they run out, with an interval. Pure, all points at once.

By school days: the use of a school day is the mean of those seen, single days cut at six times the median (a box of paper is not a
habit), across refills. By calendar days: the slope of Theil (1950) and Sen (1968), the median over all pairs of days; its interval
are quantiles of the pairs that lie at least half the window apart.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from collector.problems.forecast.days import KEPT, Floats

WINDOW = 42
"""Days the use of a school day is learned from."""
AHEAD = 400
"""Days ahead that are looked at: what lasts longer is not forecast."""
Z = 1.2816
"""The interval is that of 80 %: one in ten runs out sooner, one in ten later (quantile of the normal distribution)."""
RECENT = 15
"""Days in which a habit that changed is seen: what has begun to fill does not wait until most of its days are such."""
_TAME = 6.0
"""Usual days' use (the median) that a single day counts for at most: a box of paper in a day is no habit."""
_SPREAD_LEAST = 0.35
"""Least standard deviation of a day's use, as a share of its mean: a few even days do not promise the next ones."""
_LEAST_STEPS = 2.5
"""Steps of a coarse level that must have been seen: two can be anything from one step's use to three."""
_PAIRS = np.triu_indices(KEPT - 1, 1)


class Left(NamedTuple):
    """One entry a point: days left with their interval (inf: not within `AHEAD`), the same in days of the calendar
    (`ends`), use a day. NaN: not known."""

    days: Floats
    low: Floats
    high: Floats
    ends: Floats
    rate: Floats


def by_school_days(series: Floats, level: Floats, sign: int, jump: float, weights: Floats, least: int) -> Left:
    """`series` (points, days) before today, oldest first; `level` is what is left now; `weights` (days before today, then today
    and ahead): 1 a school day, a half a half day, else 0."""
    past, ahead = weights[: KEPT - 1], weights[KEPT - 1 :]
    use, step = _uses(series, sign, jump)
    use[:, : KEPT - 1 - WINDOW] = np.nan
    school = np.where(np.isnan(use), 0.0, past)
    counted, days = school.sum(1), (school > 0).sum(1)
    usual = _nanmedian(np.where((school > 0) & (use > 0), use, np.nan))
    use = np.minimum(use, np.fmax(_TAME * usual, 2 * step)[:, None])
    on, off = np.where(school > 0, use, 0.0), np.where((school == 0) & ~np.isnan(use), use, 0.0)
    with np.errstate(all="ignore"):
        rate = np.maximum(on.sum(1), 0) / counted
        idle = np.maximum(off.sum(1), 0) / np.maximum(((school == 0) & ~np.isnan(use)).sum(1), 1)
        coarse = step > 1.5 * rate
        spread = np.where(coarse, _block_variance(on, school, step), _variance(on - rate[:, None] * school, school))
    spread = np.maximum(spread, (_SPREAD_LEAST * rate) ** 2)
    level = np.where(coarse, _inside_step(series, level, step, rate, past), level)
    known = (days >= least) & (on.sum(1) >= np.maximum(2.0, _LEAST_STEPS * np.where(coarse, step, 0.0)))
    lasts, gone = np.cumsum(ahead), np.cumsum(ahead == 0)
    mean = rate[:, None] * lasts + idle[:, None] * gone
    blur = np.where(coarse, step**2 / 12, 0.0)[:, None]
    error = Z * np.sqrt(
        spread[:, None] * (lasts + lasts**2 / np.maximum(counted, 1)[:, None])
        + blur * (2 + 2 * lasts**2 / np.maximum(counted, 1)[:, None] ** 2)
    )  # the days to come, what is not known of the rate, and steps of the level at both ends
    centre = _first(mean >= level[:, None])
    found = [np.append(lasts, np.inf)[at] for at in (_first(mean + error >= level[:, None]), centre)]
    high = np.append(lasts, np.inf)[_first(np.maximum.accumulate(mean - error, axis=1) >= level[:, None])]
    unknown = np.where(known, 0.0, np.nan)
    ends = np.append(np.arange(len(ahead)), np.inf)[centre]
    return Left(found[1] + unknown, found[0] + unknown, high + unknown, ends + unknown, rate + unknown)


def by_calendar(series: Floats, level: Floats, sign: int, jump: float, least: int) -> Left:
    """The same by days of the calendar. What was tidied up once begins anew, and is not forecast until it is beyond where it was
    then; what is tidied up again and again has the slope of all its days. What has begun to fill lately has the slope since then."""
    series = series.copy()
    filled = _forward_filled(series)
    jumped = sign * np.diff(filled, axis=1, prepend=filled[:, :1]) < -jump
    jumps, last = jumped.sum(1), KEPT - 1 - np.argmax(jumped[:, ::-1], axis=1) - 1
    before = np.arange(KEPT - 1) < last[:, None]
    peak = np.nanmax(np.where(before & (jumps > 0)[:, None], sign * filled, -np.inf), axis=1, initial=-np.inf)
    series[before & (jumps == 1)[:, None]] = np.nan
    rate, slow, quick = _slopes(sign * series)
    newly, newly_slow, newly_quick = _newly(sign * series, sign * filled, least)
    begun = (newly > np.nan_to_num(rate)) & (jumps <= 1)
    rate, slow, quick = (
        np.where(begun, new, old) for new, old in ((newly, rate), (newly_slow, slow), (newly_quick, quick))
    )
    now = sign * filled[:, -1]
    known = (np.isfinite(series).sum(1) >= least) & (slow > rate / 4)
    tidied = (jumps > 0) & (now <= peak + jump / 2)
    with np.errstate(all="ignore"):
        days, low, high = (np.where(part > 0, level / part, np.inf) for part in (rate, quick, slow))
    days = np.where(tidied | (days > AHEAD), np.inf, days)
    unknown = np.where(known, 0.0, np.nan)
    high = np.minimum(high, 2.0 * AHEAD)
    return Left(days + unknown, np.minimum(low, days) + unknown, high + unknown, days + unknown, rate + unknown)


def _newly(series: Floats, filled: Floats, least: int) -> tuple[Floats, Floats, Floats]:
    """The slopes of the newest days alone, where each third of them rose by its part: one step up (a copy, an installation) is no
    trend. NaN elsewhere."""
    recent = series.copy()
    recent[:, :-RECENT] = np.nan
    third = RECENT // 3
    ends = filled[:, [-RECENT, -2 * third, -third, -1]]
    rises = np.diff(ends, axis=1)
    rate, slow, quick = _slopes(recent)
    with np.errstate(invalid="ignore"):
        steady = (rises.min(1) >= (ends[:, -1] - ends[:, 0]) / 6) & (slow > rate / 2) & (rate > 0)
    steady &= np.isfinite(recent).sum(1) >= max(least, RECENT - third)
    return tuple(np.where(steady, part, np.nan) for part in (rate, slow, quick))  # type: ignore[return-value]


def _uses(series: Floats, sign: int, jump: float) -> tuple[Floats, Floats]:
    """The use of each day (NaN on one that began anew, and before the first) and the smallest step that was seen."""
    filled = _forward_filled(series)
    use = sign * np.diff(filled, axis=1, prepend=np.nan)
    use[use < -jump] = np.nan
    size = np.abs(np.where(np.abs(use) > 1e-3, use, np.nan))
    step = np.nan_to_num(np.fmin.reduce(size, axis=1, initial=np.nan))
    return use, step


def _forward_filled(series: Floats) -> Floats:
    at = np.where(np.isnan(series), 0, np.arange(series.shape[1]))
    return np.take_along_axis(series, np.maximum.accumulate(at, axis=1), axis=1)


def _variance(rest: Floats, school: Floats) -> Floats:
    held: Floats = (np.where(school > 0, rest, 0.0) ** 2).sum(1) / np.maximum(school.sum(1) - 1, 1)
    return held


def _block_variance(on: Floats, school: Floats, step: Floats) -> Floats:
    """A day's variance from sums over weeks, less what the steps of the level add (two roundings, q²/12 each)."""
    weeks = on[:, : on.shape[1] // 7 * 7].reshape(len(on), -1, 7).sum(2)
    days = school[:, : school.shape[1] // 7 * 7].reshape(len(on), -1, 7).sum(2)
    full = days >= 4
    count = np.maximum(full.sum(1), 1)
    mean = np.where(full, weeks, 0).sum(1) / count
    variance = np.where(full, (weeks - mean[:, None]) ** 2, 0).sum(1) / np.maximum(count - 1, 1)
    found: Floats = np.maximum(variance - step**2 / 6, 0) / 5
    return found


def _inside_step(series: Floats, level: Floats, step: Floats, rate: Floats, past: Floats) -> Floats:
    """Where in its step a coarse level stands: half a step above when it has just come there, then down by its use."""
    filled = _forward_filled(series)
    steps = np.abs(np.diff(filled, axis=1, prepend=filled[:, :1])) > 1e-3
    after = np.arange(series.shape[1]) > (series.shape[1] - 1 - np.argmax(steps[:, ::-1], axis=1))[:, None]
    since = (past * after).sum(1)
    inside: Floats = level + np.clip(step / 2 - rate * since, -step / 2, step / 2)
    return np.where(steps.any(1), np.maximum(inside, 0), level)


def _slopes(series: Floats) -> tuple[Floats, Floats, Floats]:
    """The median slope of all pairs of days, and the quantiles 10 % and 90 % of those far apart; NaN where there are none."""
    early, late = _PAIRS
    rows = []
    for block in np.array_split(series, max(1, len(series) // 500 + 1)):
        slopes = (block[:, late] - block[:, early]) / (late - early)
        seen = np.isfinite(block)
        length = seen.shape[1] - np.argmax(seen, axis=1)
        far = np.where((late - early) >= length[:, None] / 2, slopes, np.nan)
        rows.append(np.column_stack((_nanmedian(slopes), _nanquantile(far, 0.1), _nanquantile(far, 0.9))))
    found = np.vstack(rows) if rows else np.zeros((0, 3))
    return found[:, 0], found[:, 1], found[:, 2]


def _first(reached: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The first column that is true; their number where none is."""
    at: NDArray[np.int64] = np.where(reached.any(1), reached.argmax(1), reached.shape[1])
    return at


def _nanmedian(rows: Floats) -> Floats:
    return _nanquantile(rows, 0.5)


def _nanquantile(rows: Floats, share: float) -> Floats:
    """Of each row without its NaN, sorted once for all; NaN where nothing is left. Nearest rank."""
    ordered = np.sort(rows, axis=1)
    count = np.isfinite(ordered).sum(1)
    at = np.maximum(np.round((count - 1) * share), 0).astype(np.int64)
    found: Floats = np.where(count > 0, ordered[np.arange(len(rows)), at], np.nan)
    return found
