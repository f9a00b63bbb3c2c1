"""What a person has resolved though it goes on, over a restart: it began when it did, not when we began to look again. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from collector.problems.finding import Finding, Key

GRACE_MS = 5 * 60_000
"""After a start, and on top of a rule's own patience, what is not found by then was over before we came back."""


class Dismissed:
    """Problems that a person resolved before this process began, with since when each held (ms); each until it is seen to be over."""

    def __init__(self, now: int) -> None:
        self._started = now
        self._since: dict[Key, int] = {}
        self._seen: set[Key] = set()

    def add(self, key: Key, since: int) -> None:
        """This one, which began at `since` (ms)."""
        self._since[key] = since

    def applied(
        self, found: Mapping[Key, Finding], held: Callable[[Key], bool], patience: Callable[[Key], int], now: int
    ) -> dict[Key, Finding]:
        """What is found at `now`, with when it truly began."""
        made = dict(found)
        for key, since in list(self._since.items()):
            if key in found:
                self._seen.add(key)
                made[key] = replace(found[key], since=min(since, found[key].since))
            elif not held(key) and (key in self._seen or now - self._started > GRACE_MS + patience(key)):
                del self._since[key]
        return made
