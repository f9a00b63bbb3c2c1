"""One sample of each of some points of a block: learned, and held against what is usual. Vectorised, pure."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from collector.problems.learned import duty, surprise
from collector.problems.learned.block import KEPT, Block
from collector.problems.learned.metrics import How
from collector.problems.learned.places import Places
from collector.problems.learned.scale import judged, other_unit

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
LEARN_DAYS = 14
"""Local days with samples before a point is judged: a week is not learned from a day."""
MOVES = 0.02
"""Share of the samples that differ from the one before; below, it is a constant or a setpoint, which is not judged."""
ROUTINE = 0.3
"""Share of the days on which a state changes; below, nobody can say when it should."""
LEAST = {How.GAUGE: 1e-3, How.LOG: 0.25, How.RATE: 0.25, How.SHARE: 0.125, How.PICTURE: 1e-3}
"""How far a reach goes at least."""
CALM_MS = 30 * MINUTE_MS
"""So long inside the band, and it is usual again."""
ACCEPT_MS = 3 * DAY_MS
"""So long outside, and it is the new normal: learned anew."""
LONG_MS = {How.PICTURE: 2 * HOUR_MS}
"""So long it must be outside at least, where that is more than the rule says: a storm at noon is dark too."""
MOSTLY = 0.8
"""Share of the samples since it began that must be outside,"""
SAMPLES = 3
"""and how many of them at least: two with hours between them say little."""
NEWS_MS = 2 * HOUR_MS
"""The news may have come so long before."""
_LEAST = np.array([0, *(LEAST[how] for how in How)], np.float32)
_LONG = np.array([0, *(LONG_MS.get(how, 0) for how in How)], np.int64)
_MOVES = np.array([0, *(ROUTINE if how is How.SHARE else MOVES for how in How)], np.float32)
Indices = NDArray[np.intp]


class Samples(NamedTuple):
    """Of each of some columns `at` one sample; `late` ones are learned and not judged."""

    at: Indices
    times: NDArray[np.int64]
    values: NDArray[np.float64]
    late: NDArray[np.bool_]
    places: Places

    def of(self, chosen: Indices) -> "Samples":
        """Some of them."""
        rest = (self.at[chosen], self.times[chosen], self.values[chosen], self.late[chosen])
        return Samples(*rest, self.places.of(chosen))


def observe(block: Block, samples: Samples) -> None:
    """Take in one sample of each point. One not newer than what its point has is ignored."""
    newer = np.flatnonzero(samples.times > block.last[samples.at])
    if len(newer) < len(samples.at):
        samples = samples.of(newer)
    at = samples.at
    how = block.how[at]
    figures = judged(how, samples.values, block.value[at], samples.times - block.last[at])
    if (states := np.flatnonzero(how == How.SHARE)).size:
        figures[states] = duty.figures(block, at[states], samples.values[states], samples.times[states])
    block.last[at], block.value[at] = samples.times, samples.values
    known = np.isfinite(figures)
    if not known.all():
        chosen = np.flatnonzero(known)
        samples, figures, at = samples.of(chosen), figures[chosen], at[chosen]
    if len(at):
        _learn(block, samples, figures.astype(np.float32))


def _learn(block: Block, samples: Samples, figures: NDArray[np.float32]) -> None:
    at, times = samples.at, samples.times
    count = block.core[surprise.COUNT, at]
    moved = figures != block.recent[-1, at]
    rate = np.where(block.how[at] == How.SHARE, np.float32(0), np.maximum(np.float32(1 / 1000), 1 / (count + 1)))
    block.moves[at] += rate * (moved - block.moves[at])
    score = surprise.observe(block.core, at, samples.places.minute, _newsworthy(block, samples, figures))
    block.news[at] = np.where((score >= surprise.NEWS) & ~samples.late, times, block.news[at])
    _hour(block, samples, figures)
    for row in range(KEPT - 1):  # twice as fast as all rows at once
        block.times[row, at], block.recent[row, at] = block.times[row + 1, at], block.recent[row + 1, at]
    block.times[-1, at], block.recent[-1, at] = times, figures
    low, high = block.low[at], block.high[at]
    outside = ((figures < low) | (figures > high)) & ~samples.late
    concerned = np.flatnonzero(outside | (block.out_since[at] > 0))
    if len(concerned):
        _hold(block, samples.of(concerned), figures[concerned], outside[concerned])


def _newsworthy(block: Block, samples: Samples, figures: NDArray[np.float32]) -> NDArray[np.float32]:
    """What news is looked for in: the figures; of states and pictures how far they are from the level of this hour of such a
    day, because a share of 0 or 1, or what every night shows, alone is none."""
    how = block.how[samples.at]
    states = np.flatnonzero((how == How.SHARE) | (how == How.PICTURE))
    if not states.size:
        return figures
    at, place = samples.at[states], samples.places.hour[states]
    known = block.hours.days[place, at] > 0
    found = figures.copy()
    found[states] = np.where(known, found[states] - block.hours.level[place, at], 0)
    return found


def _hour(block: Block, samples: Samples, figures: NDArray[np.float32]) -> None:
    """Add to the hour that runs; when another begins, it is learned, but of a point that is found unusual, or may be: by recent news."""
    at, places = samples.at, samples.places
    place = places.hour.astype(np.int16)
    ended = np.flatnonzero((block.place[at] != place) & (block.filled[at] > 0))
    if len(ended):
        over = at[ended]
        mean = (block.total[over] / block.filled[over]).astype(np.float32)
        news = block.news[over] >= samples.times[ended] - NEWS_MS
        waits = (_LONG[block.how[over]] > 0) & (block.out_since[over] > 0)
        open_ = (news | waits) & (block.days[over] >= LEARN_DAYS)
        learned = ~block.fired[over] & ~open_
        block.filled[over] = 0
        over = over[learned]
        place_over = block.place[over].astype(np.intp)
        block.hours.close(over, place_over, mean[learned], block.least[over], block.most[over])
    block.place[at] = place
    fresh = block.filled[at] == 0
    block.total[at] = np.where(fresh, figures, block.total[at] + figures)
    block.least[at] = np.where(fresh, figures, np.minimum(block.least[at], figures))
    block.most[at] = np.where(fresh, figures, np.maximum(block.most[at], figures))
    block.filled[at] += 1
    day(block, at[places.day > block.day[at]])
    block.day[at] = np.maximum(places.day, block.day[at])


def day(block: Block, at: Indices) -> None:
    """Another local day of these points begins."""
    duty.day_over(block, at[block.how[at] == How.SHARE])
    block.days[at] += 1


def _hold(block: Block, samples: Samples, figures: NDArray[np.float32], outside: NDArray[np.bool_]) -> None:
    """Since when each is outside, and whether it is over."""
    at, times = samples.at, samples.times
    begins = outside & (block.out_since[at] == 0)
    block.out_since[at[begins]] = times[begins]
    banded = block.banded[at] >= 0  # not yet after a start
    block.seen[at] += banded
    block.out[at] += outside
    block.out_last[at] = np.where(outside, times, block.out_last[at])
    unknown = np.isnan(block.low[at]) & (block.fired[at] | ~banded)  # nothing says that it is over
    calm = ~outside & ~unknown & (times - block.out_last[at] > CALM_MS)
    block.calm(at[calm])
    steps = begins & (block.how[at] == How.GAUGE) & block.own_unit[at]
    steps[steps] = other_unit(figures[steps], block.low[at[steps]], block.high[at[steps]])
    block.clear(at[steps])


def refresh(block: Block, most: int) -> int:
    """Work out the band of points whose hour has changed, at most `most`: how many were."""
    stale = np.flatnonzero(block.place[: block.used] != block.banded[: block.used])[:most]
    if len(stale):
        block.low[stale], block.high[stale] = bands(block, stale, block.place[stale].astype(np.intp))
        block.banded[stale] = block.place[stale]
    return len(stale)


def bands(block: Block, at: Indices, place: Indices) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The band of these points at these hours of a day; NaN where they are not judged."""
    least = surprise.deviation(block.core, at) / 2
    how = block.how[at]
    low, high = block.hours.band(at, place, np.maximum(least, _LEAST[how]))
    if (pictures := np.flatnonzero(how == How.PICTURE)).size:
        low[pictures], high[pictures] = block.hours.by_day(at[pictures], place[pictures], _LEAST[how[pictures]])
    judged_ = (block.days[at] >= LEARN_DAYS) & (block.moves[at] >= _MOVES[how])
    return np.where(judged_, low, np.nan), np.where(judged_, high, np.nan)


def overdue(block: Block, now: int, for_ms: int, fresh_ms: int) -> Indices:
    """The points that are outside long enough, and are not found yet."""
    used = slice(0, block.used)
    since = block.out_since[used]
    if not since.any():
        return np.empty(0, np.intp)
    least = np.maximum(_LONG[block.how[used]], for_ms)
    long = (since > 0) & (block.out_last[used] - since >= least) & (now - block.last[used] <= fresh_ms)
    return np.flatnonzero(long & ~block.fired[used])


def outlasting(block: Block, at: Indices, for_ms: NDArray[np.int64]) -> tuple[Indices, NDArray[np.int64]]:
    """Of points that are overdue those that are outside for as long as each must be, and how long that is."""
    long = block.out_last[at] - block.out_since[at] >= for_ms
    return at[long], for_ms[long]


def due(block: Block, at: Indices, for_ms: NDArray[np.int64]) -> Indices:
    """Of points that are overdue those that are outside still, mostly, by news, and so long after they last moved with their like."""
    since, last, excused = block.out_since[at], block.out_last[at], block.excused[at]
    mostly = (last == block.last[at]) & (block.out[at] >= np.maximum(SAMPLES, MOSTLY * block.seen[at]))
    chosen = mostly & (block.news[at] >= np.maximum(since - NEWS_MS, excused)) & (last - excused >= for_ms)
    return at[np.flatnonzero(chosen)]


def lasting(block: Block) -> Indices:
    """The points that have been outside for so long that it may be the new normal."""
    since, last = block.out_since[: block.used], block.out_last[: block.used]
    return np.flatnonzero((since > 0) & (last - since > ACCEPT_MS))


def off(block: Block, oldest: int) -> NDArray[np.float32]:
    """How far each point's newest figure is from the middle of its band, in halves of it; NaN where nothing is usual, or it is older
    than `oldest`."""
    low, high = block.low[: block.used], block.high[: block.used]
    found: NDArray[np.float32] = (2 * block.recent[-1, : block.used] - low - high) / (high - low)
    found[block.last[: block.used] < oldest] = np.nan
    return found
