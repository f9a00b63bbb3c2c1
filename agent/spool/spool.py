"""The spool as the agent's loop sees it: every call runs in the spool's one thread, so the loop never waits for the disk."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TypeVar

from agent.draft import Clocking, Draft
from agent.spool import opening
from agent.spool.adding import add
from agent.spool.asking import confirmed_ms, counts, unsettled
from agent.spool.schema import put
from agent.spool.settle import Settled, recover, settle
from agent.spool.shrink import shrink
from agent.spool.store import Store
from agent.spool.taking import Parcel, take
from protocols.clock import Clock
from protocols.errors import SpoolError
from protocols.wire.messages import Ack

__all__ = ["Parcel", "Settled", "Spool", "SpoolState"]
log = logging.getLogger(__name__)
T = TypeVar("T")


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
    generation: int = 0
    """Changes when a damaged file was replaced while open: what batches were called before means nothing any more."""
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "spool"))
    _store: Store | None = None
    _lock: IO[str] | None = None

    async def open(self) -> None:
        """Open or make the spool. Raises `SpoolError`: in use by another agent, or the disk refuses."""
        await self._run(self._open)

    async def close(self) -> None:
        """Leave the file tidy; safe to call twice."""
        await self._run(self._close)
        self._thread.shutdown()

    async def store(self, drafts: list[Draft]) -> int:
        """Put the drafts on disk; when this returns they survive a power cut. How many."""

        def put_in(store: Store) -> int:
            count = add(store, drafts, self.clock.now_ms())
            if shrink(store, self.most_bytes):
                log.warning("the spool is full (%d bytes): the oldest samples were thinned", self.most_bytes)
            return count

        return await self._ask(put_in)

    async def take(self, inflight: Iterable[int], oldest: int, newest: int, now: Clocking) -> list[Parcel]:
        """Batches to publish now, from both ends; `now` is the clock by which their stamps are put right."""
        busy = list(inflight)
        return await self._ask(lambda store: take(store, busy, oldest, newest, now))

    async def settle(self, ack: Ack) -> Settled:
        """Apply an acknowledgement, and forget what was kept long enough."""

        def apply(store: Store) -> Settled:
            now = self.clock.now_ms()
            settled = settle(store, ack, now)
            with store.transaction():
                store.forget("changed_ms < ?", now - round(self.keep_hours * 3_600_000))
            self.confirmed_ms = max(self.confirmed_ms, confirmed_ms(store))
            return settled

        return await self._ask(apply)

    async def recover(self, now: Clocking) -> int:
        """After the clock was set: send again, put right, what was refused for its stamps. How many."""
        return await self._ask(lambda store: recover(store, now))

    async def unsettled(self, ids: Iterable[int]) -> set[int]:
        """Of these batches those that are still to be acknowledged."""
        asked = list(ids)
        return await self._ask(lambda store: unsettled(store, asked))

    async def state(self) -> SpoolState:
        """How full it is."""

        def count(store: Store) -> SpoolState:
            batches, oldest = counts(store)
            return SpoolState(batches, store.used, oldest)

        return await self._ask(count)

    async def _ask(self, question: Callable[[Store], T]) -> T:
        def answer() -> T:
            if self._store is None:
                self._open()
            assert self._store is not None
            try:
                return question(self._store)
            except sqlite3.DatabaseError as error:
                self._failed(error)
                raise SpoolError(f"{self.path}: {error}") from error

        return await self._run(answer)

    async def _run(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    def _open(self) -> None:
        if self._lock is None:
            self._lock = opening.lock(self.path)
        try:
            self._store = opening.open_store(self.path, self.agent, self.boot, self.clock.now_ms())
        except SpoolError:
            self._lock.close()
            self._lock = None
            raise
        self.confirmed_ms = confirmed_ms(self._store)

    def _failed(self, error: sqlite3.DatabaseError) -> None:
        """A damaged file is set aside at once; a full disk is left to the caller's next attempt."""
        store = self._store
        if store is None or not opening.is_damage(error):
            return
        store.connection.close()
        self._store = None
        self.generation += 1
        self._store = opening.replace(self.path, self.agent, self.boot, self.clock.now_ms(), str(error))

    def _close(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            try:
                put(store.connection, "open", b"")
            except sqlite3.Error as error:
                log.warning("%s could not be closed tidily: %s", self.path, error)
            store.connection.close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None
