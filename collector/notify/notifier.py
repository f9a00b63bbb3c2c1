"""The outbox's loop: sends what the problem loop has put there, at once when it is rung."""

import asyncio
import logging
from typing import Any

from collector.notify.guard import Allowed
from collector.notify.message import facts, key, message
from collector.notify.sender import Box, Letter, Sender
from collector.outage import Outage
from collector.secrets import Secrets
from collector.store import outbox
from collector.store.database import Database
from collector.waking import Wake
from protocols.clock import Clock
from protocols.errors import StoreError

log = logging.getLogger(__name__)
TICK_S = 1.0


class Notifier:
    """Runs until cancelled. `public_url` is the address of the console for links, None when there is none."""

    def __init__(
        self, database: Database, clock: Clock, secrets: Secrets, public_url: str | None, allowed: Allowed | None = None
    ) -> None:
        """`allowed` are the inner hosts that channels may reach; None: none."""
        self._clock = clock
        self._public_url = public_url
        box = Box("a message", outbox.claim, self._letter, outbox.delivered, outbox.failed)
        self._sender = Sender(database, clock, secrets, allowed or Allowed(), box)
        self.woken = Wake()
        """To be rung when something was put into the outbox: it is sent at once, not at the next tick."""
        self.alive_at = clock.monotonic()
        """When it last asked the outbox and was answered (seconds, monotonic)."""
        self._outage = Outage(log, "the outbox")

    async def run(self) -> None:
        """Send what is due, again and again, until cancelled."""
        async with asyncio.TaskGroup() as sending:
            while True:
                try:
                    await self._sender.begin(sending)
                    self._outage.over()
                    self.alive_at = self._clock.monotonic()
                except StoreError as error:
                    self._outage.lost(error)
                await self.woken.wait(self._clock, TICK_S)

    async def send_due(self) -> int:
        """Send what is due now, and wait for it; how many rows were claimed. Raises `StoreError`."""
        return await self._sender.send_due()

    def _letter(self, row: dict[str, Any]) -> Letter:
        return Letter(message(row, self._public_url), key(row), facts(row, self._public_url))
