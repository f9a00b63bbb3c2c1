"""From a value as it comes to the figure that is judged, and back. Vectorised, pure."""

import numpy as np
from numpy.typing import NDArray

from collector.problems.learned.metrics import How

Floats = NDArray[np.float64]
HOUR_MS = 3_600_000
_SMALL = {How.LOG: 1e-3, How.RATE: 1e-2}
"""What is near nothing: below, the logarithm is straight."""


def judged(how: NDArray[np.int8], values: Floats, before: Floats, elapsed: NDArray[np.int64]) -> Floats:
    """The figures; NaN where there is none. `before` and `elapsed` (ms) tell of each point's sample before (NaN: none).

    A counter that fell was reset, or wrapped: that says nothing. Its increase is an hour's.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        grown = np.where((values >= before) & (elapsed > 0), (values - before) * HOUR_MS / elapsed, np.nan)
    figures = np.where(how == How.RATE, grown, values)
    for kind, small in _SMALL.items():
        of_kind = how == kind
        if of_kind.any():
            figures[of_kind] = np.arcsinh(figures[of_kind] / small)
    return figures


def plain(how: int, figure: float) -> float:
    """The value (of a counter: the increase an hour; of a state: the share of time on) that a figure stands for."""
    if how == How.SHARE:
        return min(max(figure, 0.0), 1.0)
    return figure if how in (How.GAUGE, How.PICTURE) else float(np.sinh(figure) * _SMALL[How(how)])


UNIT_STEPS = ((1.8, 32.0), (1 / 1.8, -32 / 1.8), (1000.0, 0.0), (0.001, 0.0), (100.0, 0.0), (0.01, 0.0))
"""Factor and offset of units that devices are switched between: Celsius and Fahrenheit, kilo, percent."""


def other_unit(values: NDArray[np.float32], low: NDArray[np.float32], high: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Whether each value is what is usual, said in another unit: near the middle of the band, converted."""
    middle, half = (low + high) / 2, (high - low) / 2
    found = np.zeros(len(values), np.bool_)
    for factor, offset in UNIT_STEPS:
        near = np.abs(values - (middle * factor + offset)) <= np.minimum(half * factor, 0.1 * np.abs(values))
        found |= near & (np.abs(middle) > 1)
    return found
