"""Whose turn it is: what is asked seldom, and in what a poll that ran out of time goes on."""

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from protocols.clock import Clock

T = TypeVar("T")


class Turns:
    """When each thing was last done; the last of each kind that was reached; what was noted of each."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._done: dict[Hashable, float] = {}
        self._last: dict[str, str] = {}
        self.noted: dict[str, str] = {}

    def due(self, what: Hashable, every: float) -> bool:
        """Whether `what` was last done `every` seconds ago (less a tenth: polls are not to the instant), or never."""
        at = self._done.get(what)
        return at is None or self._clock.monotonic() - at >= 0.9 * every

    def done(self, what: Hashable) -> None:
        """It was done now."""
        self._done[what] = self._clock.monotonic()

    def order(self, kind: str, things: Sequence[T], key: Callable[[T], str]) -> list[T]:
        """The things, beginning after the one that was reached last."""
        keys = [key(each) for each in things]
        last = self._last.get(kind)
        start = keys.index(last) + 1 if last in keys else 0
        return [*things[start:], *things[:start]]

    def served(self, kind: str, key: str) -> None:
        """This one was reached."""
        self._last[kind] = key
