"""Saves what detectors have learned and gives it back after a start; what is missing they learn from history. A little at each tick."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol, runtime_checkable

from collector.problems.engine import Engine
from collector.store import detector_state
from collector.store.database import Database
from collector.store.detector_state import Saved
from protocols.clock import utc

log = logging.getLogger(__name__)
EVERY_MS = 15 * 60 * 1000
POINTS_AT_ONCE = 200
"""Points whose hours of history are read at one tick: 35 days are 840 hours of each."""
_HOUR_MS = 3_600_000
Hour = tuple[int, Sequence[int], Sequence[float], Sequence[float], Sequence[float]]


@runtime_checkable
class Remembers(Protocol):
    """A detector whose state is worth saving. `restore` raises `ValueError` where it cannot read what was saved."""

    name: str

    @property
    def parts(self) -> int:
        """How many parts it is saved in."""

    def copied(self, part: int) -> Callable[[], bytes]:
        """A copy of a part; what is returned packs it, in another thread."""

    def restore(self, data: bytes) -> int:
        """Take in a part."""

    def wanting(self, now: int) -> Mapping[int, int]:
        """Points whose history it wants, and from when (ms)."""

    def recall(self, hours: Sequence[Hour]) -> None:
        """Learn hours of the past."""


class Remembering:
    """Belongs to one loop; `engine` is whatever it has at the moment."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._round_at = 0
        self._left: list[tuple[str, int]] = []
        self._wanted: Iterator[tuple[Remembers, int, int]] = iter(())
        self._until = 0

    async def restore(self, engine: Engine, now: int) -> None:
        """Give the engine's detectors what was saved; a part that cannot be read is told, dropped and learned anew. Raises `StoreError`."""
        for detector in _of(engine):
            for name in await detector_state.names(self._database, detector.name):
                saved = await detector_state.read(self._database, name)
                try:
                    if saved is not None:
                        await asyncio.to_thread(detector.restore, saved.state)
                except ValueError as error:
                    log.error("detector state %s is refused: %s; it is learned again from history", name, error)
                    await detector_state.drop(self._database, [name])
        self._wanted = iter(
            [(detector, *wish) for detector in _of(engine) for wish in sorted(detector.wanting(now).items())]
        )
        self._until, self._round_at, self._left = now - now % _HOUR_MS, now, []

    async def tick(self, engine: Engine, now: int) -> None:
        """Do one small piece: learn some history, or save a part. Raises `StoreError`."""
        if await self._recall():
            return
        if now - self._round_at >= EVERY_MS:
            self._round_at = now
            self._left = [(detector.name, part) for detector in _of(engine) for part in range(detector.parts)]
        if self._left:
            name, part = self._left.pop()
            for detector in _of(engine):
                if detector.name == name and part < detector.parts:
                    state = await asyncio.to_thread(detector.copied(part))
                    await self._save(Saved(f"{name}/{part}", utc(now), state))

    async def _save(self, saved: Saved) -> None:
        if len(saved.state) > detector_state.MOST_BYTES:
            log.error("detector state %s has %d bytes, more than can be saved", saved.name, len(saved.state))
            return
        await detector_state.save(self._database, saved)

    async def _recall(self) -> bool:
        """Learn the history of the next points; False: there is nothing left to learn."""
        wanted = list(islice(self._wanted, POINTS_AT_ONCE))
        for detector in {id(each): each for each, _, _ in wanted}.values():
            since = {point: utc(at) for owner, point, at in wanted if owner is detector}
            rows = await detector_state.hours(self._database, since, utc(self._until))
            await asyncio.to_thread(detector.recall, [_hour(row) for row in rows])  # nothing else touches it meanwhile
        return bool(wanted)


def _of(engine: Engine) -> list[Remembers]:
    return [detector for detector in engine.detectors if isinstance(detector, Remembers)]


def _hour(row: dict[str, Any]) -> Hour:
    return round(row["hour"].timestamp() * 1000), row["points"], row["means"], row["lows"], row["highs"]
