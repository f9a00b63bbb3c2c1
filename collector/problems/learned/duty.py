"""How much of the last hour or so a state was on: what a switch, a fan, an occupancy or a mode is judged by. Vectorised, pure.

The share of time on over a window that forgets exponentially, in which a state holds until the next sample says otherwise. What is not
known (nothing came for long, or the state said that it does not know) is no part of it; too little known is no figure.
"""

import numpy as np
from numpy.typing import NDArray

from collector.problems.learned.block import Block
from collector.problems.learned.scale import HOUR_MS

WINDOW_MS = 3_600_000
"""What is so old counts 1/e."""
HELD_MS = 3_600_000
"""So long a state holds without a sample; of a longer silence nothing is known."""
ENOUGH = 0.4
"""How much of the window must be known: half an hour of it at first."""
DAYS = 14
"""Days over which is averaged on how many of them it changes."""
Indices = NDArray[np.intp]


def figures(block: Block, at: Indices, values: NDArray[np.float64], times: NDArray[np.int64]) -> NDArray[np.float64]:
    """The share of time on (0 to 1) of states whose samples these are; NaN where too little is known. Before they are the newest."""
    before, elapsed = block.value[at], times - block.last[at]
    was_on = before > block.rest[at]
    known = np.isfinite(before) & (before != block.unknown[at]) & (elapsed <= HELD_MS)
    block.toggled[at] |= known & (values != block.unknown[at]) & (was_on != (values > block.rest[at]))
    fade = np.exp(-np.minimum(elapsed, 50 * WINDOW_MS) / WINDOW_MS)
    gained = np.where(known, 1 - fade, 0)
    block.span[at] = span = block.span[at] * fade + gained
    block.share[at] = share = block.share[at] * fade + gained * was_on
    return np.where((span >= ENOUGH) & (values != block.unknown[at]), share / np.maximum(span, ENOUGH), np.nan)


def day_over(block: Block, at: Indices) -> None:
    """A local day of these states is over, `days` of them were before: on how many of them they change."""
    rate = np.maximum(1 / DAYS, 1 / np.maximum(block.days[at], 1)).astype(np.float32)
    block.moves[at] += rate * (block.toggled[at] - block.moves[at])
    block.toggled[at] = False


def recalled(block: Block, at: Indices, times: NDArray[np.int64], hour: NDArray[np.float64]) -> NDArray[np.float64]:
    """`hour`: mean, lowest and highest value of an hour of the past of each state: the same of its share. Of more than two states
    that is about right."""
    mean, low, high = hour
    rest = block.rest[at]
    on = np.where(high > rest, np.where(low > rest, 1.0, (mean - rest) / np.maximum(high - rest, 1e-9)), 0.0)
    follows = (times - block.recalled_at[at] <= HELD_MS) & (times > block.last[at])
    block.toggled[at] |= (low <= rest) & (high > rest)
    block.toggled[at] |= follows & ((block.share[at] > 0.5) != (on > 0.5))
    start = np.where(follows & (block.span[at] > 0), block.share[at], on)
    fade = np.exp(-HOUR_MS / WINDOW_MS)
    end = start * fade + on * (1 - fade)
    newest = times > block.last[at]
    block.share[at[newest]], block.span[at[newest]] = end[newest], 1
    return np.stack([(start + end) / 2, np.minimum(start, end), np.maximum(start, end)])
