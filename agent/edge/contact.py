"""Whether the collector hears this agent: judged by its acknowledgements, for a socket may stand and nobody listen. Pure."""

from dataclasses import dataclass


@dataclass(slots=True)
class Contact:
    """`observe` it every second or so. `heard_ms`: when the collector was known last to have what it was sent."""

    after_ms: int
    heard_ms: int
    """At first: when the agent began, or since when an earlier run had lost it."""
    _mono: float | None = None
    _acks: int = 0

    def observe(self, now_ms: int, mono: float, acks: int, *, waiting: bool) -> None:
        """`acks` counts acknowledgements so far; `waiting`: something is sent and not acknowledged, or there is no connection.

        Nothing to wait for is no outage, but ends none: that takes an acknowledgement. Time is measured by the monotonic clock
        (seconds), so that a clock that is set makes no outage.
        """
        if self._mono is None:
            self._mono = mono - max(0, now_ms - self.heard_ms) / 1000
        if acks != self._acks or (not waiting and (mono - self._mono) * 1000 < self.after_ms):
            self._mono = mono
        self._acks = acks
        self.heard_ms = now_ms - round((mono - self._mono) * 1000)

    def cut(self, now_ms: int) -> bool:
        """Whether it cannot be reached."""
        return now_ms - self.heard_ms >= self.after_ms
