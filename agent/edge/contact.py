"""Whether the collector hears this agent: judged by its acknowledgements, for a socket may stand and nobody listen. Pure."""

from dataclasses import dataclass


@dataclass(slots=True)
class Contact:
    """`observe` it every second or so. `heard_ms`: when the collector was known last to have what it was sent."""

    after_ms: int
    heard_ms: int
    """At first: when the agent began."""
    _mono: float = 0.0
    _acks: int = -1

    def observe(self, now_ms: int, mono: float, acks: int, *, waiting: bool) -> None:
        """`acks` counts acknowledgements so far; `waiting`: something is sent and not acknowledged, or there is no connection.

        Time is measured by the monotonic clock (seconds), so that a clock that is set makes no outage.
        """
        first = self._acks < 0
        if first or acks != self._acks or not waiting:
            self._mono = mono
        self._acks = acks
        self.heard_ms = now_ms - round((mono - self._mono) * 1000)

    def cut(self, now_ms: int) -> bool:
        """Whether it cannot be reached."""
        return now_ms - self.heard_ms >= self.after_ms
