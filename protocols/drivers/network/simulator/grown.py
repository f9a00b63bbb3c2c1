"""A counter that grows with the clock, with a wave through the hour as real traffic has one. Pure but for the clock it is given."""

import math

from protocols.clock import Clock

_PERIOD_S = 3600.0
_SWING = 0.5


class Grown:
    """Grows by `rate` a second on average. `steady`: without the wave, for who computes what must come out."""

    def __init__(self, clock: Clock, rate: float, value: float = 0.0, steady: bool = False) -> None:
        self._clock, self._steady = clock, steady
        self._rate, self._value, self._since = rate, value, clock.monotonic()

    def now(self) -> int:
        """The count as it is now."""
        return int(self._value + self._rate * (self._work(self._clock.monotonic()) - self._work(self._since)))

    def turn(self, rate: float) -> None:
        """Grow at another rate from now on; 0 stands still."""
        self._value, self._since, self._rate = float(self.now()), self._clock.monotonic(), rate

    def put(self, value: float) -> None:
        """Set it anew, as a reset does."""
        self._value, self._since = value, self._clock.monotonic()

    def _work(self, at: float) -> float:
        """The integral of 1 + swing × sin, so that the count never goes back."""
        if self._steady:
            return at
        turn = 2 * math.pi / _PERIOD_S
        return at + _SWING * (1 - math.cos(turn * at)) / turn
