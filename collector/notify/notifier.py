"""The sender: claims what is due in the outbox, hands it to the channels, notes what became of it.

A claim is a lease: a sender that dies leaves its rows to the next one when it ends. A message that was handed over by a sender that
died before it noted so is handed over again: at least once to the channel, and once for each change while no sender dies.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Any

from collector.notify.channel import Handover, deliver
from collector.notify.guard import Allowed
from collector.notify.message import facts, key, message
from collector.notify.retry import backoff
from collector.outage import Outage
from collector.secrets import Secrets
from collector.store import outbox
from collector.store.database import Database
from collector.waking import Wake
from protocols.clock import Clock, utc
from protocols.errors import ChannelError, StartError, StoreError

log = logging.getLogger(__name__)
TICK_S = 1.0
LEASE = timedelta(minutes=2)
PATIENCE_S = 60.0
"""How long a channel may take; less than the lease."""
GRACE_S = 5.0
"""How long a sender that is to end waits for the message under way, so that it is not sent again."""


class Notifier:
    """Runs until cancelled. `public_url` is the address of the console for links, None when there is none."""

    def __init__(
        self, database: Database, clock: Clock, secrets: Secrets, public_url: str | None, allowed: Allowed | None = None
    ) -> None:
        """`allowed` are the inner hosts that channels may reach; None: none."""
        self._database = database
        self._clock = clock
        self._secrets = secrets
        self._public_url = public_url
        self._allowed = allowed or Allowed()
        self.woken = Wake()
        """To be rung when something was put into the outbox: it is sent at once, not at the next tick."""
        self.alive_at = clock.monotonic()
        """When it last asked the outbox and was answered (seconds, monotonic)."""
        self._outage = Outage(log, "the outbox")
        self._busy: set[int] = set()
        """Channels that are being spoken to: each by one task, so that a slow or broken one holds back itself alone."""
        self._handed: set[int] = set()
        """Rows handed over while the database was away: to be noted, not to be sent again."""

    async def run(self) -> None:
        """Send what is due, again and again, until cancelled."""
        async with asyncio.TaskGroup() as sending:
            while True:
                try:
                    self._begin(sending, await self._claim())
                    self._outage.over()
                    self.alive_at = self._clock.monotonic()
                except StoreError as error:
                    self._outage.lost(error)
                await self.woken.wait(self._clock, TICK_S)

    async def send_due(self) -> int:
        """Send what is due now, and wait for it; how many rows were claimed. Raises `StoreError`."""
        rows = await self._claim()
        async with asyncio.TaskGroup() as sending:
            self._begin(sending, rows)
        return len(rows)

    async def _claim(self) -> list[dict[str, Any]]:
        return await outbox.claim(self._database, self._now(), LEASE, sorted(self._busy))

    def _begin(self, sending: asyncio.TaskGroup, rows: list[dict[str, Any]]) -> None:
        by_channel: dict[int, list[dict[str, Any]]] = {}
        for row in rows:
            by_channel.setdefault(row["channel_id"], []).append(row)
        for channel, of_channel in by_channel.items():
            self._busy.add(channel)
            sending.create_task(self._send_all(channel, of_channel))

    async def _send_all(self, channel: int, rows: list[dict[str, Any]]) -> None:
        """One channel's messages in order, until it fails or the lease may end before it answers; the rest is claimed anew."""
        last = rows[0]["claimed_until"] - timedelta(seconds=PATIENCE_S)
        try:
            for place, row in enumerate(rows):
                if self._now() > last:
                    return
                under_way = asyncio.create_task(self._send(row, rows[place + 1 :]))
                try:
                    if not await asyncio.shield(under_way):
                        return
                except asyncio.CancelledError:
                    await asyncio.wait([under_way], timeout=GRACE_S)
                    raise
        except StoreError as error:
            log.warning("what became of a message is noted later: %s", error)
        finally:
            self._busy.discard(channel)

    async def _send(self, row: dict[str, Any], rest: list[dict[str, Any]]) -> bool:
        """Send one and note it; whether the channel took it. When not, it is tried again later, and so is the rest."""
        try:
            if row["id"] not in self._handed:
                url = self._secrets.decrypt(bytes(row["url_secret"]))
                async with asyncio.timeout(PATIENCE_S):
                    await deliver(url, message(row, self._public_url), self._handover(row))
        except (ChannelError, StartError, TimeoutError) as error:
            why = str(error) or f"no answer in {PATIENCE_S:.0f} s"
            log.warning("channel %s did not take a message: %s", row["channel"], why)
            again = self._now() + backoff(row["attempts"] + 1)
            await outbox.failed(self._database, [row, *rest], why[:500], self._now(), again)
            return False
        self._handed.add(row["id"])
        await outbox.delivered(self._database, row, self._now())
        self._handed.discard(row["id"])
        return True

    def _handover(self, row: dict[str, Any]) -> Handover:
        secret = row["signing_secret"]
        signing = None if secret is None else self._secrets.decrypt(bytes(secret))
        return Handover(key(row), facts(row, self._public_url), signing, self._clock.now_ms() // 1000, self._allowed)

    def _now(self) -> datetime:
        return utc(self._clock.now_ms())
