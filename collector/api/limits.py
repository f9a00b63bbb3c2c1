"""How often one credential may ask: a token bucket for each, in memory."""

from collections import OrderedDict

_KEPT = 10_000


class Limiter:
    """`rate` requests a second for each key, `burst` at once. Remembers the 10,000 keys that asked last."""

    def __init__(self, rate: float = 60.0, burst: float = 120.0) -> None:
        self.rate = rate
        self.burst = burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, key: str, now: float) -> float:
        """0: go ahead (and it is counted); else the seconds until one more is allowed. `now` is monotonic, in seconds."""
        left, then = self._buckets.pop(key, (self.burst, now))
        left = min(self.burst, left + (now - then) * self.rate)
        allowed = left >= 1
        self._buckets[key] = (left - 1 if allowed else left, now)
        if len(self._buckets) > _KEPT:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1 - left) / self.rate
