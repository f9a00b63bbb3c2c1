"""What waits goes down group by group: tried again while the database is away, divided when one message is the fault."""

import asyncio
import logging
from collections.abc import Callable

from collector.ingest.arrival import Arrival, read
from collector.ingest.counters import Counters
from collector.ingest.group import GroupCommit
from collector.ingest.inbox import Inbox
from collector.ingest.membership import Membership
from collector.ingest.settled import Settled
from collector.outage import Outage
from collector.store.database import Database, UnusableError
from protocols.clock import Clock
from protocols.errors import StoreError
from protocols.wire.messages import Ack

log = logging.getLogger(__name__)
_BACKOFF_S = (0.1, 5.0)
_UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What contents that passed the decoder may still raise on their way down: that batch's fault, not its neighbours'."""

Told = Callable[[Settled, list[tuple[str, Ack]]], None]


class Committing:
    """Commits what comes into `inbox` and calls `told` after each commit. `failure`: why the last one failed, or None."""

    def __init__(self, database: Database, clock: Clock, inbox: Inbox, counters: Counters) -> None:
        self.failure: str | None = None
        self._outage = Outage(log, "ingest")
        self._clock = clock
        self._inbox = inbox
        self._counters = counters
        self._group = GroupCommit(database, Membership(database, clock))

    async def run(self, told: Told) -> None:
        """Until cancelled. A group is given up only by being quarantined."""
        while True:
            messages = await self._inbox.take()
            while messages:
                arrivals = await asyncio.to_thread(read, messages, self._clock.now_ms())
                messages = messages[len(arrivals) :]
                await self._settle(arrivals, told)

    async def _settle(self, arrivals: list[Arrival], told: Told) -> None:
        waiting, backoff = [arrivals], _BACKOFF_S[0]
        while waiting:
            try:
                settled, acks = await self._commit(waiting[0])
            except StoreError as error:
                if error.permanent and not isinstance(error, UnusableError):
                    waiting[:1] = self._divide(waiting[0], error)
                else:
                    backoff = await self._wait(error, backoff)
            except _UNREADABLE as error:
                waiting[:1] = self._divide(waiting[0], error)
            else:
                del waiting[0]
                told(settled, acks)

    async def _commit(self, arrivals: list[Arrival]) -> tuple[Settled, list[tuple[str, Ack]]]:
        started = self._clock.monotonic()
        settled, acks = await self._group.commit(arrivals, self._clock.now_ms())
        self._counters.commit_seconds.observe(self._clock.monotonic() - started)
        self._counters.count(settled)
        self.failure = None
        self._outage.over()
        return settled, acks

    async def _wait(self, error: StoreError, backoff: float) -> float:
        """Hold on to what there is; the database may be another one when it is back, or have its tables and rights again."""
        self._outage.lost(error)
        self.failure = str(error)
        self._group.forget()
        self._counters.retries += 1
        await self._clock.sleep(backoff)
        return min(2 * backoff, _BACKOFF_S[1])

    def _divide(self, arrivals: list[Arrival], error: Exception) -> list[list[Arrival]]:
        """Halve a group that can never be committed until the culprit is alone; then refuse it."""
        if len(arrivals) > 1:
            middle = len(arrivals) // 2
            return [arrivals[:middle], arrivals[middle:]]
        (culprit,) = arrivals
        if culprit.reason is not None:
            log.error("a refused message of %r cannot even be kept: %r", culprit.agent, error)
            self._counters.lost += 1
            return []
        culprit.refuse("store", f"it cannot be stored: {error!r}")
        return [arrivals]
