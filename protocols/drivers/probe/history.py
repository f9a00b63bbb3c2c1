"""What the last minutes say beside the last day: loss that goes on, and answers that take longer than usual. Pure; takes `now`."""

import math
from collections import deque
from collections.abc import Sequence

RECENT = 600.0
"""Seconds that count as now."""
FEW_TRAINS = 4
"""Trains of packets, or checks, that a figure of the last minutes needs at least."""
LEARNING = 1800.0
"""Seconds of looking before anything is called usual."""
MEMORY = 86400.0
"""Time constant, in seconds, in which the usual follows."""
FLOOR = 0.02
"""Seconds below which nobody feels a difference: 1 ms that becomes 10 ms is no trouble."""
GAP = 300.0
"""Most seconds that one look stands for, so that an outage is not what is usual."""


def quantile(sorted_values: Sequence[float], share: float) -> float:
    """The nearest-rank quantile of values in ascending order, at least one."""
    return sorted_values[max(0, math.ceil(share * len(sorted_values)) - 1)]


class History:
    """Fed with each check that was answered; memory is bounded by the number of checks in ten minutes."""

    def __init__(self) -> None:
        self._checks: deque[tuple[float, list[float], int]] = deque(maxlen=600)
        self._usual: float | None = None
        self._seen = 0.0
        self._last: float | None = None

    def add(self, now: float, times: Sequence[float], lost: int) -> None:
        """A check at `now` (s, monotonic): the seconds of its answers, and how many packets had none.

        One without any answer is an outage, not loss, and is left out.
        """
        if not times:
            return
        self._checks.append((now, list(times), lost))
        while self._checks[0][0] < now - RECENT:
            self._checks.popleft()
        value, step = math.log(max(self._now(), FLOOR)), min(now - self._last, GAP) if self._last is not None else 0.0
        self._last = now
        self._seen += step
        if self._usual is None:
            self._usual = value
        else:
            self._usual += (value - self._usual) * min(1.0, step / min(MEMORY, max(self._seen, 1.0)))

    def loss(self) -> float | None:
        """Percent of the packets of the last ten minutes that were not answered; None while they are few."""
        if len(self._checks) < FEW_TRAINS:
            return None
        lost = sum(each[2] for each in self._checks)
        return 100.0 * lost / (lost + sum(len(each[1]) for each in self._checks))

    def slowdown(self) -> float | None:
        """How many times longer than usual answers take; None until the usual is known."""
        if self._usual is None or self._seen < LEARNING or len(self._checks) < FEW_TRAINS:
            return None
        return max(self._now(), FLOOR) / math.exp(self._usual)

    def _now(self) -> float:
        """The 95th percentile of a train's packets; of single answers, too few for that, the median."""
        times = sorted(each for check in self._checks for each in check[1])
        return quantile(times, 0.95 if len(times) > 2 * len(self._checks) else 0.5)
