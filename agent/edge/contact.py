"""Whether the collector hears this agent: judged by its acknowledgements, for a socket may stand and nobody listen. Pure."""

from dataclasses import dataclass

MOST_S = 30.0
"""What lies between two looks counts for no longer: the process, or the machine, was asleep."""


@dataclass(slots=True)
class Contact:
    """`observe` it every second or so. `heard_ms`: when the collector was known last to have what it was sent."""

    after_ms: int
    heard_ms: int
    """At first: when the agent began, or since when an earlier run had lost it."""
    _silent_ms: int | None = None
    _mono: float = 0.0
    _acks: int = 0

    def observe(self, now_ms: int, mono: float, acks: int, *, waiting: bool) -> None:
        """`acks` counts acknowledgements so far; `waiting`: something is sent and not acknowledged, or there is no connection.

        Nothing to wait for is no outage, but ends none: that takes an acknowledgement. Time is measured by the monotonic clock
        (seconds), so that a clock that is set makes no outage, nor does a process that stood still.
        """
        if self._silent_ms is None:
            self._silent_ms, self._mono = max(0, now_ms - self.heard_ms), mono
        if acks != self._acks or (not waiting and self._silent_ms < self.after_ms):
            self._silent_ms = 0
        else:
            self._silent_ms += round(min(mono - self._mono, MOST_S) * 1000)
        self._acks, self._mono = acks, mono
        self.heard_ms = now_ms - self._silent_ms

    def cut(self, now_ms: int) -> bool:
        """Whether it cannot be reached."""
        return now_ms - self.heard_ms >= self.after_ms
