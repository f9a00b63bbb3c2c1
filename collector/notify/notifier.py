"""The sender: claims what is due in the outbox, hands it to the channels, notes what became of it.

A claim is a lease: a sender that dies leaves its rows to the next one when it ends. A message that was handed over and not noted
is handed over again: at least once to the channel, and once for each change while nothing dies.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Any

from collector.notify.channel import deliver
from collector.notify.message import message
from collector.notify.retry import backoff
from collector.secrets import Secrets
from collector.store import outbox
from collector.store.database import Database
from protocols.clock import Clock, utc
from protocols.errors import ChannelError, StartError, StoreError

log = logging.getLogger(__name__)
TICK_S = 1.0
LEASE = timedelta(minutes=2)
PATIENCE_S = 60.0
"""How long a channel may take; less than the lease."""


class Notifier:
    """Runs until cancelled. `public_url` is the address of the console for links, None when there is none."""

    def __init__(self, database: Database, clock: Clock, secrets: Secrets, public_url: str | None) -> None:
        self._database = database
        self._clock = clock
        self._secrets = secrets
        self._public_url = public_url

    async def run(self) -> None:
        """Send what is due, again and again, until cancelled."""
        while True:
            try:
                sent = await self.send_due()
            except StoreError as error:
                log.warning("the outbox waits for the database: %s", error)
                sent = 0
            if not sent:
                await self._clock.sleep(TICK_S)

    async def send_due(self) -> int:
        """Send what is due now; how many rows were tried. Raises `StoreError`."""
        now = self._now()
        rows = await outbox.claim(self._database, now, LEASE)
        by_channel: dict[int, list[dict[str, Any]]] = {}
        for row in rows:
            by_channel.setdefault(row["channel_id"], []).append(row)
        await asyncio.gather(*(self._send_all(of_channel, now) for of_channel in by_channel.values()))
        return len(rows)

    async def _send_all(self, rows: list[dict[str, Any]], claimed: datetime) -> None:
        """One channel's messages in order; a slow or broken channel holds back itself alone."""
        for row in rows:
            if self._now() > claimed + LEASE - timedelta(seconds=PATIENCE_S):
                return  # the lease may end before the channel answers: the rest is claimed anew
            try:
                url = self._secrets.decrypt(bytes(row["url_secret"]))
                async with asyncio.timeout(PATIENCE_S):
                    await deliver(url, message(row, self._public_url))
            except (ChannelError, StartError, TimeoutError) as error:
                why = str(error) or f"no answer in {PATIENCE_S:.0f} s"
                log.warning("channel %s did not take a message: %s", row["channel"], why)
                again = self._now() + backoff(row["attempts"] + 1)
                await outbox.failed(self._database, row, why[:500], self._now(), again)
            else:
                await outbox.delivered(self._database, row, self._now())

    def _now(self) -> datetime:
        return utc(self._clock.now_ms())
