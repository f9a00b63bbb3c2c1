"""May this agent write? Asked for every batch, answered from the database at most a few seconds ago."""

from collections.abc import Iterable

from collector.store.database import Database
from collector.store.liveness import activity
from protocols.clock import Clock

KEPT_S = 5.0
_MOST = 10_000


class Membership:
    """Remembers each agent's standing for `KEPT_S` seconds, so that a revoked agent stops within them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[str, tuple[float, str | None]] = {}

    async def refusals(self, agents: Iterable[str]) -> dict[str, str]:
        """Of these agents those that may not write, with the reason: `unknown` or `revoked`. Raises `StoreError`."""
        now = self._clock.monotonic()
        wanted = set(agents)
        stale = [name for name in wanted if name not in self._known or now - self._known[name][0] > KEPT_S]
        if stale:
            if len(self._known) > _MOST:
                self._known = {name: self._known[name] for name in wanted if name in self._known}
            found = await activity(self._database, stale)
            self._known.update({name: (now, _standing(found.get(name))) for name in stale})
        standings = {name: self._known[name][1] for name in wanted}
        return {name: reason for name, reason in standings.items() if reason is not None}

    def forget(self) -> None:
        """Ask anew for everybody."""
        self._known.clear()


def _standing(active: bool | None) -> str | None:
    if active is None:
        return "unknown"
    return None if active else "revoked"
