"""Sends what is due of one table of messages: claims rows, hands each to its channel, notes what became of it.

A claim is a lease: a sender that dies leaves its rows to the next one when it ends. A message that was handed over by a sender that
died before it noted so is handed over again: at least once to the channel, and once while no sender dies.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from collector.notify.channel import deliver, unsealed
from collector.notify.guard import Allowed
from collector.notify.message import Text
from collector.notify.retry import backoff
from collector.secrets import Secrets
from collector.store.database import Database
from protocols.clock import Clock, utc
from protocols.errors import ChannelError, StartError, StoreError

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=2)
PATIENCE_S = 60.0
"""How long a channel may take; less than the lease."""
GRACE_S = 5.0
"""How long a sender that is to end waits for the message under way, so that it is not sent again."""
Row = dict[str, Any]


class Letter(NamedTuple):
    """What is handed over: `key` is the same at every try, `facts` are a webhook's body."""

    text: Text
    key: str
    facts: dict[str, Any]


class Box(NamedTuple):
    """A table of messages. `claim(database, now, lease, busy)` takes what is due of channels that are not `busy`: rows with `id`,
    `channel_id`, `channel`, `url_secret`, `signing_secret`, `attempts`, `claimed_until`. `failed(database, rows, why, now, again)` of
    one channel's rows: the first was not taken, `again` is when they are tried next."""

    what: str
    claim: Callable[[Database, datetime, timedelta, Sequence[int]], Awaitable[list[Row]]]
    letter: Callable[[Row], Letter]
    delivered: Callable[[Database, Row, datetime], Awaitable[None]]
    failed: Callable[[Database, Sequence[Row], str, datetime, datetime], Awaitable[None]]


class Sender:
    """One for the life of a loop. `allowed` are the inner hosts that channels may reach."""

    def __init__(self, database: Database, clock: Clock, secrets: Secrets, allowed: Allowed, box: Box) -> None:
        self._database = database
        self._clock = clock
        self._secrets = secrets
        self._allowed = allowed
        self._box = box
        self._busy: set[int] = set()
        """Channels that are being spoken to: each by one task, so that a slow or broken one holds back itself alone."""
        self._handed: set[int] = set()
        """Rows handed over while the database was away: to be noted, not to be sent again."""

    async def send_due(self) -> int:
        """Send what is due now, and wait for it; how many rows were claimed. Raises `StoreError`."""
        rows = await self._claim()
        async with asyncio.TaskGroup() as sending:
            self._begin(sending, rows)
        return len(rows)

    async def begin(self, sending: asyncio.TaskGroup) -> None:
        """Claim what is due now, and send it in tasks of this group. Raises `StoreError`."""
        self._begin(sending, await self._claim())

    async def _claim(self) -> list[Row]:
        return await self._box.claim(self._database, self._now(), LEASE, sorted(self._busy))

    def _begin(self, sending: asyncio.TaskGroup, rows: list[Row]) -> None:
        by_channel: dict[int, list[Row]] = {}
        for row in rows:
            by_channel.setdefault(row["channel_id"], []).append(row)
        for channel, of_channel in by_channel.items():
            self._busy.add(channel)
            sending.create_task(self._send_all(channel, of_channel))

    async def _send_all(self, channel: int, rows: list[Row]) -> None:
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
            log.warning("what became of %s is noted later: %s", self._box.what, error)
        finally:
            self._busy.discard(channel)

    async def _send(self, row: Row, rest: list[Row]) -> bool:
        """Send one and note it; whether the channel took it. When not, it is tried again later, and so is the rest."""
        try:
            if row["id"] not in self._handed:
                await self._hand_over(row)
        except (ChannelError, StartError, TimeoutError) as error:
            why = str(error) or f"no answer in {PATIENCE_S:.0f} s"
            log.warning("channel %s did not take %s: %s", row["channel"], self._box.what, why)
            again = self._now() + backoff(row["attempts"] + 1)
            await self._box.failed(self._database, [row, *rest], why[:500], self._now(), again)
            return False
        self._handed.add(row["id"])
        await self._box.delivered(self._database, row, self._now())
        self._handed.discard(row["id"])
        return True

    async def _hand_over(self, row: Row) -> None:
        letter, (url, how) = self._box.letter(row), unsealed(row, self._secrets)
        how = how._replace(
            key=letter.key, facts=letter.facts, now_s=self._clock.now_ms() // 1000, allowed=self._allowed
        )
        async with asyncio.timeout(PATIENCE_S):
            await deliver(url, letter.text, how)

    def _now(self) -> datetime:
        return utc(self._clock.now_ms())
