"""What is done now and then beside the flow: rollups brought up to date, old history dropped, expired sessions forgotten."""

import logging
from collections.abc import Awaitable

from collector.settings import Settings
from collector.store import accounts, retention, rollups
from collector.store.database import Database
from protocols.clock import Clock, utc
from protocols.errors import StoreError

log = logging.getLogger(__name__)
EVERY = 60.0
RETAIN_EVERY = 3600.0


class Housekeeping:
    """The collector's chores, until cancelled. A database out of reach puts them off until the next minute."""

    def __init__(self, database: Database, clock: Clock, settings: Settings) -> None:
        self._database = database
        self._clock = clock
        self._days = retention.Retention(settings.retention_raw, settings.retention_5m, settings.retention_1h)
        self._retained: float | None = None

    async def run(self) -> None:
        """Every minute, the first time at once."""
        while True:
            await self.once()
            await self._clock.sleep(EVERY)

    async def once(self) -> None:
        """Do what is due now."""
        now = utc(self._clock.now_ms())
        passed = self._clock.monotonic()
        await self._try("rollups", rollups.refresh(self._database, now))
        if self._retained is None or passed - self._retained >= RETAIN_EVERY:
            kept = await self._try("old history", retention.retain(self._database, now, self._days))
            forgot = await self._try("expired sessions", accounts.forget_expired(self._database, now))
            if kept and forgot:
                self._retained = passed

    async def _try(self, what: str, work: Awaitable[None]) -> bool:
        try:
            await work
        except StoreError as error:
            if error.permanent:
                raise
            log.warning("%s put off: %s", what, error)
            return False
        return True
