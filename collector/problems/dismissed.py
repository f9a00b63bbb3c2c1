"""What a person has resolved though it goes on: until it is seen to be over, a restart is no new coming of it. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from collector.problems.finding import Finding, Key

GRACE_MS = 5 * 60_000
"""After a start, and on top of a rule's own patience, what is not found by then was over before we came back."""


class Dismissed:
    """Problems that a person resolved, each until it is seen to be over; of those from before a start since when they hold."""

    def __init__(self, now: int) -> None:
        self._started = now
        self._keys: set[Key] = set()
        self._since: dict[Key, int] = {}
        self._seen: set[Key] = set()
        self._over: set[Key] = set()

    def add(self, key: Key, since: int) -> None:
        """One from before this start, which began at `since` (ms), whatever is said of its beginning now."""
        self._keys.add(key)
        self._since[key] = since

    def watch(self, keys: Iterable[Key]) -> None:
        """All that there are: new ones are followed from here on."""
        self._keys |= set(keys) - self._over

    def applied(
        self, found: Mapping[Key, Finding], held: Callable[[Key], bool], patience: Callable[[Key], int], now: int
    ) -> dict[Key, Finding]:
        """What is found at `now`, with when it truly began. `held`: of which nobody can tell at the moment."""
        made = dict(found)
        for key in list(self._keys):
            if key in found:
                self._seen.add(key)
                since = self._since.get(key)
                made[key] = found[key] if since is None else replace(found[key], since=min(since, found[key].since))
            elif (key in self._seen or now - self._started > GRACE_MS + patience(key)) and not held(key):
                self._keys.discard(key)
                self._since.pop(key, None)
                self._seen.discard(key)
                self._over.add(key)
        return made

    def over(self) -> list[Key]:
        """What was seen to be over since this was asked last."""
        found = sorted(self._over)
        self._over.clear()
        return found
