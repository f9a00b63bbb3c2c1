"""What is remembered of each device, in memory and over restarts.

Only `agent.toml`'s devices are kept, so it is bounded by it. Another process (`firstbell-agent forget`) may delete rows at
any time. A disk that refuses costs the memory, never the polling: identities are learned again.
"""

import asyncio
import logging
from collections.abc import Collection
from pathlib import Path

from agent.identity import file
from agent.identity.verdict import Known
from protocols.errors import SpoolError

log = logging.getLogger(__name__)


class Memory:
    """The devices called `keys`; `path` None: remembered while the program runs."""

    def __init__(self, path: Path | None = None, keys: Collection[str] = ()) -> None:
        self._path, self._keys = path, frozenset(keys)
        self._known: dict[str, Known] = {}
        self._changed: set[str] = set()
        self._seen = 0
        self._refused = False
        self._busy = asyncio.Lock()

    def known(self, key: str) -> Known:
        """What is remembered of the device; nothing at first."""
        return self._known.get(key, Known())

    def put(self, key: str, known: Known) -> None:
        """Remember this of it; on disk with the next `sync`."""
        if known != self.known(key):
            self._known[key] = known
            self._changed.add(key)

    async def sync(self) -> None:
        """Put on disk what changed here, take over what another process changed there."""
        if self._path is None or (not self._changed and file.stamp(self._path) == self._seen):
            return
        async with self._busy:
            try:
                if self._changed:
                    await self._write(self._path)
                if file.stamp(self._path) != self._seen:
                    await self._read(self._path)
                self._refused = False
            except SpoolError as error:
                if not self._refused:
                    log.warning("what devices say of themselves is not kept over a restart: %s", error)
                self._refused = True

    async def _write(self, path: Path) -> None:
        keys, self._changed = self._changed, set()
        try:
            await asyncio.to_thread(file.write, path, {key: self._known[key] for key in keys})
        except SpoolError:
            self._changed |= keys
            raise

    async def _read(self, path: Path) -> None:
        rows = await asyncio.to_thread(file.read, path, self._keys)
        self._known = {**rows, **{key: self._known[key] for key in self._changed}}
        self._seen = file.stamp(path)
