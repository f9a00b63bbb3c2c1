"""The spool as the agent's loop sees it: every call runs in the spool's one thread, so the loop never waits for the disk."""

import logging
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from agent.draft import Clocking, Draft
from agent.spool.adding import add
from agent.spool.asking import arrived, confirmed_ms, counts, open_ones, unsettled
from agent.spool.file import SpoolFile
from agent.spool.settle import Settled, recover, settle
from agent.spool.shrink import shrink
from agent.spool.store import Store
from agent.spool.taking import Parcel, fixed, take
from protocols.clock import Clock
from protocols.wire.messages import Ack

__all__ = ["Parcel", "Settled", "Spool", "SpoolState"]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SpoolState:
    """How full it is: batches not yet acknowledged, bytes with those kept for replay, the oldest stamp waiting (ms)."""

    batches: int
    bytes: int
    oldest: int | None


@dataclass
class Spool:
    """Batches on disk, in order. Raises `SpoolError` from every call when the disk refuses; nothing is lost by that."""

    path: Path
    agent: str
    clock: Clock
    boot: bytes
    most_bytes: int = 512 * 1024 * 1024
    keep_hours: float = 72.0
    confirmed_ms: int = 0
    """The newest stamp that is certain; a clock far behind it is not believed."""
    file: SpoolFile = field(init=False)

    def __post_init__(self) -> None:
        self.file = SpoolFile(self.path, self.agent, self.clock, self.boot)

    @property
    def generation(self) -> int:
        """Changes when a damaged file was replaced while open: what batches were called before means nothing any more."""
        return self.file.generation

    async def open(self) -> None:
        """Open or make the spool. Raises `SpoolError`: in use by another agent, or the disk refuses."""
        await self.file.open()
        self.confirmed_ms = await self.file.ask(confirmed_ms)

    async def close(self) -> None:
        """Leave the file tidy; safe to call twice."""
        await self.file.close()

    async def store(self, drafts: list[Draft]) -> int:
        """Put the drafts on disk; when this returns they survive a power cut. How many."""

        def put_in(store: Store) -> int:
            count = add(store, drafts, self.clock.now_ms())
            self._shrink(store)
            return count

        return await self.file.ask(put_in)

    async def put(self, draft: Draft) -> int:
        """Put one draft on disk, as `store` does; its id."""

        def put_in(store: Store) -> int:
            add(store, [draft], self.clock.now_ms())
            (identity,) = store.connection.execute("select max(id) from batch").fetchone()
            self._shrink(store)
            return int(identity)

        return await self.file.ask(put_in)

    def _shrink(self, store: Store) -> None:
        """Keep the bound. The drafts are on disk by now: an error here must not make the caller store them again."""
        try:
            if shrink(store, self.most_bytes):
                log.warning("the spool is full (%d bytes): the oldest samples were thinned", self.most_bytes)
        except sqlite3.DatabaseError as error:
            log.error("%s cannot be shrunk now: %s", self.path, error)

    async def take(self, inflight: Iterable[int], oldest: int, newest: int, now: Clocking) -> list[Parcel]:
        """Batches to publish now, from both ends; `now` is the clock by which their stamps are put right."""
        busy = list(inflight)
        return await self.file.ask(lambda store: take(store, busy, oldest, newest, now))

    async def pick(self, ids: Iterable[int], now: Clocking) -> tuple[list[Parcel], set[int]]:
        """These batches to publish now; and those of them that wait for no answer any more."""
        asked = sorted(ids)

        def choose(store: Store) -> tuple[list[Parcel], set[int]]:
            waiting = open_ones(store, asked)
            return fixed(store, sorted(waiting), now), set(asked) - waiting

        return await self.file.ask(choose)

    async def arrived(self, stamp: int) -> bool:
        """Whether the collector has what was stamped so (ms)."""
        return await self.file.ask(lambda store: arrived(store, stamp))

    async def settle(self, ack: Ack) -> Settled:
        """Apply an acknowledgement, and forget what was kept long enough."""

        def apply(store: Store) -> Settled:
            now = self.clock.now_ms()
            settled = settle(store, ack, now)
            with store.transaction():
                store.forget("changed_ms < ?", now - round(self.keep_hours * 3_600_000))
            self.confirmed_ms = max(self.confirmed_ms, confirmed_ms(store))
            return settled

        return await self.file.ask(apply)

    async def recover(self, now: Clocking) -> int:
        """After the clock was set: send again, put right, what was refused for its stamps. How many."""
        return await self.file.ask(lambda store: recover(store, now))

    async def unsettled(self, ids: Iterable[int]) -> set[int]:
        """Of these batches, once published, those that still wait for an answer."""
        asked = list(ids)
        return await self.file.ask(lambda store: unsettled(store, asked))

    async def state(self) -> SpoolState:
        """How full it is."""

        def count(store: Store) -> SpoolState:
            batches, oldest = counts(store)
            return SpoolState(batches, store.used, oldest)

        return await self.file.ask(count)
