"""The spool's file in its own thread: opened under a lock, set aside when damaged, closed tidily."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TypeVar

from agent.spool import opening
from agent.spool.schema import put
from agent.spool.store import Store
from protocols.clock import Clock
from protocols.errors import SpoolError

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass
class SpoolFile:
    """One file, one thread. `generation` counts how often a damaged file was replaced while open."""

    path: Path
    agent: str
    clock: Clock
    boot: bytes
    generation: int = 0
    store: Store | None = None
    _lock: IO[str] | None = None
    _closed: bool = False
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "spool"))

    async def open(self) -> None:
        """Open or make it. Raises `SpoolError`: in use by another agent, or the disk refuses."""
        await self._run(self._open)

    async def close(self) -> None:
        """Leave the file tidy; safe to call twice."""
        if not self._closed:
            self._closed = True
            await self._run(self._close)
            self._thread.shutdown()

    async def ask(self, question: Callable[[Store], T]) -> T:
        """The answer of `question`, run in the thread. Raises `SpoolError` when the disk refuses."""

        def answer() -> T:
            store = self.store or self._open()
            try:
                return question(store)
            except sqlite3.DatabaseError as error:
                self._failed(store, error)
                raise SpoolError(f"{self.path}: {error}") from error

        return await self._run(answer)

    async def _run(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    def _open(self) -> Store:
        if self._lock is None:
            self._lock = opening.lock(self.path)
        try:
            self.store = opening.open_store(self.path, self.agent, self.boot, self.clock.now_ms())
        except SpoolError:
            self._lock.close()
            self._lock = None
            raise
        return self.store

    def _failed(self, store: Store, error: sqlite3.DatabaseError) -> None:
        """A damaged file is set aside at once; a full disk is left to the caller's next attempt."""
        if not opening.is_damage(error):
            return
        store.connection.close()
        self.store = None
        self.generation += 1
        self.store = opening.replace(self.path, self.agent, self.boot, self.clock.now_ms(), str(error))

    def _close(self) -> None:
        store, self.store = self.store, None
        if store is not None:
            try:
                put(store.connection, "open", b"")
            except sqlite3.Error as error:
                log.warning("%s could not be closed tidily: %s", self.path, error)
            store.connection.close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None
