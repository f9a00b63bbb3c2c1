"""How new is this sample for its point: the score that the Numenta benchmark judges. Strictly causal, vectorised over points.

Per point: means at four time scales, how far each leaves its own slow follower, the spread, and the distance from the usual of this time of
day. Each such feature is scored by how far it goes beyond its own highest or lowest so far, in robust deviations. The
scores' roots are summed, the greatest for less; only what exceeds a decaying peak is said, less where the point has had much news or little history.

State: one float32 array (`WIDTH`, points); a column is a point. All zero is a point that is new.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.intp]
SCALES = np.array([1, 5, 25, 125], np.float32)[:, None]
"""Samples that each mean spans."""
FOLLOW = 8
"""A follower spans so many times its mean's scale."""
SPREAD = 25
"""Samples that the spread (the mean distance from the mean of five samples) spans."""
PARTS = 12
"""Parts of the local day whose means are learned."""
RESIDUALS = np.array([1, 12], np.float32)[:, None]
"""Samples over which the distance from the part's mean is averaged."""
LONG = 2000
"""Samples that the robust deviation, and the memory for news, span."""
WARM = 100
"""Samples before a feature is scored."""
AGE = 400
"""With so many samples a point is believed by half."""
HALF = 50
"""Samples in which the peak halves."""
MOST = 10.0
"""Deviations beyond the extreme that count."""
DEVIATION = 1.25
"""A standard deviation by the mean absolute one, for normal noise."""
RANGE = 0.01
"""Share of the range so far that a deviation is at least."""
ALONE = 0.6
"""How much less the feature counts that goes furthest: news shows in more than one of them."""
TIRED = 0.3
"""How much news so far makes further news less."""
NEWS = 0.075
"""A score from here on is news. The threshold of the whole corpus."""

_F = 2 * len(SCALES) + 1 + len(RESIDUALS)
LAYOUT = {
    "mean": 4, "follower": 4, "spread": 1, "residual": 2, "high": _F, "low": _F, "middle": _F, "absolute": _F,
    "count": 1, "placed": 1, "peak": 1, "news": 1, "sum": 1, "filled": 1, "part": 1, "usual": PARTS, "days": PARTS,
}  # fmt: skip
"""The rows of the state, in order."""
_ENDS = dict(zip(LAYOUT, np.cumsum(list(LAYOUT.values())).tolist(), strict=True))
_AT = {name: slice(_ENDS[name] - width, _ENDS[name]) for name, width in LAYOUT.items()}
WIDTH = sum(LAYOUT.values())
COUNT = _AT["count"].start
"""The row that counts samples."""
_DECAY, _FORGET = np.float32(0.5 ** (1 / HALF)), np.float32(0.5 ** (1 / LONG))
_TINY = np.float32(1e-9)


def observe(state: Floats, at: Ints, minute: NDArray[np.int16], values: Floats) -> Floats:
    """Take in one sample of each of the points `at` (columns of `state`, in order, each once): the score of each, 0 or more.

    `minute` is the local minute of the day, `values` are finite.
    """
    whole = len(at) > 0 and int(at[-1]) - int(at[0]) + 1 == len(at)
    own = state[:, at[0] : at[-1] + 1] if whole else state.take(at, axis=1)
    part = (minute.astype(np.intp) * PARTS) // 1440
    count = own[_AT["count"]]
    count += 1
    features, placed = _features(own, count, part, values)
    score = _scored(own, features, count, placed)
    if not whole:
        for row, new in zip(state, own, strict=True):  # six times as fast as all rows at once
            row[at] = new
    return score


def deviation(state: Floats, at: Ints) -> Floats:
    """The robust standard deviation of each point's values; from the usual of their time of day, once that is known and less."""
    whole, residual = state[_AT["absolute"].start, at], state[_AT["absolute"].stop - len(RESIDUALS), at]
    known = state[_AT["placed"].start, at] > LONG / 4
    found: Floats = DEVIATION * np.where(known, np.minimum(whole, residual), whole)
    return found


def _features(own: Floats, count: Floats, part: Ints, values: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """(features, points), and which points have a usual of this part of the day."""
    mean, follower, spread = own[_AT["mean"]], own[_AT["follower"]], own[_AT["spread"]]
    new = count[0] == 1
    mean[:, new] = follower[:, new] = values[new]
    off = np.abs(values - mean[1])
    young = 1 / count
    mean += np.maximum(1 / SCALES, young) * (values - mean)
    jump = mean - follower
    follower += np.maximum(1 / (SCALES * FOLLOW), young) * jump
    spread += np.maximum(np.float32(1 / SPREAD), young) * (off - spread)
    usual, placed = _usual(own, part, values)
    residual, seen = own[_AT["residual"]], own[_AT["placed"]]
    seen += placed
    step = np.maximum(1 / RESIDUALS, 1 / np.maximum(seen, 1)) * (values - usual - residual)
    residual += np.where(placed, step, 0)
    return np.concatenate([mean, jump, np.log(spread + _TINY), residual]), placed


def _usual(own: Floats, part: Ints, values: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """The mean of this part of the day over the days before, and where there is one. A part's mean is taken in when it ends."""
    total, filled, now = own[_AT["sum"]][0], own[_AT["filled"]][0], own[_AT["part"]][0]
    usual, days = own[_AT["usual"]], own[_AT["days"]]
    moved = now != part
    over = np.flatnonzero(moved & (filled > 0))
    if len(over):
        ended = now[over].astype(np.intp)
        days[ended, over] += 1
        step = total[over] / filled[over] - usual[ended, over]
        usual[ended, over] += np.maximum(np.float32(0.25), 1 / days[ended, over]) * step
    total[moved], filled[moved], now[moved] = 0, 0, part[moved]
    total += values
    filled += 1
    column = np.arange(len(part))
    return usual[part, column], days[part, column] > 0


def _scored(own: Floats, features: Floats, count: Floats, placed: NDArray[np.bool_]) -> Floats:
    high, low, middle, absolute = (own[_AT[name]] for name in ("high", "low", "middle", "absolute"))
    times = np.broadcast_to(count, features.shape).copy()
    times[-len(RESIDUALS) :] = own[_AT["placed"]]
    first = times == 1
    known = np.broadcast_to(np.True_, features.shape).copy()
    known[-len(RESIDUALS) :] = placed
    for extreme in (high, low, middle):
        np.copyto(extreme, features, where=first & known)
    beyond = np.maximum(features - high, low - features)
    unit = DEVIATION * absolute + RANGE * (high - low) + np.float32(1e-12)
    each = np.where(known & (times > WARM), np.clip(beyond / unit, 0, np.float32(MOST)), 0)
    np.maximum(high, features, out=high, where=known)
    np.minimum(low, features, out=low, where=known)
    rate = np.maximum(np.float32(1 / LONG), 1 / np.maximum(times, 1)) * known
    off = features - middle
    middle += rate * off
    absolute += rate * (np.abs(off) - absolute)
    roots = np.sqrt(each)
    return _said(own, roots.sum(axis=0) - ALONE * roots.max(axis=0), count[0])


def _said(own: Floats, total: Floats, count: Floats) -> Floats:
    """What of the total is news."""
    peak, news = own[_AT["peak"]][0], own[_AT["news"]][0]
    over = np.maximum(total - peak, 0)
    said: Floats = over / (1 + TIRED * news) * (count / (count + AGE))
    peak *= _DECAY
    np.maximum(peak, total, out=peak)
    news *= _FORGET
    news += np.minimum(over, 5)
    return said
