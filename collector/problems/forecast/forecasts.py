"""A forecast as it is kept and said: figures and words. Pure."""

import math
from typing import NamedTuple


class Forecast(NamedTuple):
    """When a point runs out. `days` with `low` and `high` (80 %) are counted as `unit` says; None: beyond what is looked at, or not
    known. Times in ms; `rate` a day, `level` in the point's own unit."""

    point: int
    made_at: int
    unit: str
    days: float | None
    low: float | None
    high: float | None
    runs_out_at: int | None
    level: float
    rate: float | None
    judged: bool = True
    """Whether anything could be said: enough was seen of it."""


def in_words(days: float, low: float, high: float) -> str:
    """`9 (7–13)`; `9` where they are one."""
    middle, least, most = (max(0, math.floor(value + 0.5)) for value in (days, low, high))
    return f"{middle}" if least == most else f"{middle} ({least}–{most})"


def time_in_words(hours: float) -> str:
    """`40 min`, `1.5 h`."""
    return f"{max(1, round(hours * 60))} min" if hours < 1 else f"{hours:.1f} h"
