"""What fills within hours: which of it is said, beyond what it does on an ordinary day. Pure."""

import numpy as np

from collector.problems.forecast.days import KEPT, Days, Floats
from collector.problems.forecast.filling import Filling
from collector.problems.forecast.horizons import Way

_GOES_ON = 2
"""What was said stays until so many times its hours are left."""


def is_said(way: Way, row: int, days: Days, filling: Filling, held: bool) -> bool:
    """Whether it is said of this row now. `held`: it was a moment ago."""
    hours, level = float(filling.hours[row]), float(days.last[row])
    if hours > way.hours * (_GOES_ON if held else 1) or level < way.fast_from:
        return False
    return held or not _habit(row, days, level, float(filling.start[row]))


def _habit(row: int, days: Days, level: float, start: float) -> bool:
    """It comes and goes so on other days (the second greatest swing of them is what is usual)."""
    usual = float(np.sort(np.nan_to_num(_swings(row, days)))[-2])
    highest = float(np.fmax.reduce(days.series(np.array([row]), np.array(["high"]))[0]))
    return usual > 1 and level - start <= 1.2 * usual and level <= highest + 1


def _swings(row: int, days: Days) -> Floats:
    """How far it rose and fell on each of the 14 days before today."""
    at = (int(days.today[row]) + np.arange(1, KEPT)) % KEPT
    swings: Floats = (days.high[row, at] - days.low[row, at]).astype(np.float64)
    return swings[-14:]
