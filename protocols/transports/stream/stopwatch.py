"""How long each phase of a conversation took, by the given clock."""

from protocols.clock import Clock


class Stopwatch:
    """Adds up seconds by phase; `phase` is the one that runs, for a message that says what was waited for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since = clock.monotonic()
        self.phase = ""
        self.seconds: dict[str, float] = {}

    def now(self) -> float:
        """Seconds since an arbitrary start."""
        return self._clock.monotonic()

    def enter(self, phase: str) -> None:
        """The running phase ends and `phase` begins; entered again, its time adds up. "" begins none."""
        now = self._clock.monotonic()
        if self.phase:
            self.seconds[self.phase] = self.seconds.get(self.phase, 0.0) + now - self._since
        self._since = now
        self.phase = phase

    def stop(self) -> dict[str, float]:
        """Seconds by phase so far, with their sum as `total`."""
        self.enter("")
        return {**self.seconds, "total": sum(self.seconds.values())}
