"""From the poller to the spool: readings become drafts, drafts go on disk, the publisher is woken."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from agent.batcher import Batcher, DeviceId
from agent.config import Device
from agent.draft import Draft
from agent.facts import FactBook, point_facts
from agent.kinds import Kinds
from agent.kinship import Kinship
from agent.parents import Place
from agent.spool import Spool
from agent.standpoint import standpoint
from agent.timekeeper import Timekeeper
from protocols.driver import DeviceEvent, Reading, Sample
from protocols.errors import SpoolError
from protocols.wire.batch import Scalar

log = logging.getLogger(__name__)
RETRY_S = 5.0
WAITING_BYTES = 8 * 1024 * 1024
"""While the disk refuses, drafts wait in memory up to this much; the oldest are given up then, and told."""


class Lost(NamedTuple):
    """What memory could not hold between two stamps (ms): a disk may refuse for months, so it is only counted.

    `samples` counts events, facts and changes of reach, too.
    """

    since: int
    until: int
    samples: int


@dataclass
class Intake:
    """What the poller hands readings to. `stored` is called after each batch that is on disk."""

    spool: Spool
    time: Timekeeper
    stored: Callable[[], None]
    batcher: Batcher = field(init=False)
    place: Callable[[], Place] = standpoint
    """Where the agent stands in the network, asked when parents are worked out."""
    facts: FactBook = field(default_factory=FactBook)
    kinship: Kinship = field(default_factory=Kinship)
    kinds: Kinds = field(default_factory=Kinds)
    disk: str | None = None
    """What the disk last said when it refused; None while it takes what it is given."""
    _devices: dict[str, Device] = field(default_factory=dict)
    _waiting: list[Draft] = field(default_factory=list)
    _lost: Lost | None = None
    _again: float = 0.0
    """When a disk that refused is tried again: not at each reading, for every attempt encodes all that waits."""
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _storing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.batcher = Batcher(self.time.state())

    def reading(self, device: Device, stamp: int, reading: Reading, *, pushed: bool = False) -> None:
        """What one poll, or one push, gave; `stamp` (ms) for what has no time of its own."""
        if reading.kind is not None:
            self.kinds.learn(device.key, reading.kind)
        name, now = self._now(device)
        self.batcher.samples(name, stamp, reading.samples, now, hurry=pushed)
        facts: dict[str, Scalar] = {**reading.attributes, **point_facts(reading.points), **self._written(device)}
        self._tell(name, stamp, facts, now)
        for event in reading.events:
            self.batcher.event(name, stamp, event, now)
        if self.kinship.learn(device.key, device.address, reading, now):
            self._relate(stamp, now)
        self._wake.set()

    def reach(self, device: Device, stamp: int, reachable: bool, detail: str) -> None:
        """A device was lost or came back, or was reached for the first time."""
        name, now = self._now(device)
        self.batcher.reach(name, stamp, reachable, detail, now)
        self.kinship.knows(device.key, device.address)
        self._tell(name, stamp, self._written(device), now)
        self._wake.set()

    def samples(self, device: Device, stamp: int, samples: list[Sample]) -> None:
        """The poller's own samples of a device."""
        name, now = self._now(device)
        self.batcher.samples(name, stamp, samples, now)
        self._wake.set()

    async def run(self) -> None:
        """Put drafts on disk as they fall due, for ever; what the disk refuses is tried again."""
        while True:
            delay = await self.flush()
            await self.time.wait(self._wake, delay)

    async def flush(self, *, force: bool = False) -> float | None:
        """Store what is due, or all there is; seconds until more is due, None when only a reading can bring it.

        Cancelled, what is under way still ends and is counted: the disk's thread is not cancelled, and what it has stored
        must not be stored again by the next flush, which waits for it.
        """
        return await asyncio.shield(self._flush(force))

    async def _flush(self, force: bool) -> float | None:
        async with self._storing:
            return await self._store_due(force)

    async def _store_due(self, force: bool) -> float | None:
        now = self.time.clock.monotonic()
        self._waiting += self.batcher.take(now, force=force)
        if now < self._again and not force:
            self._bound()
            return self._again - now
        if self._waiting and not await self._store():
            self._again = now + RETRY_S
            return RETRY_S
        due = self.batcher.due(self.time.clock.monotonic())
        return None if due == float("inf") else due

    async def _store(self) -> bool:
        drafts = self._waiting
        try:
            await self.spool.store(drafts)
        except SpoolError as error:
            if self.disk is None:
                log.error("%s; readings wait in memory and are stored as soon as the disk takes them", error)
            self.disk = str(error)
            self._bound()
            return False
        self._waiting = []
        if self.disk is not None:
            log.info("the disk takes readings again")
            self.disk = None
        self._tell_lost()
        self.stored()
        return True

    def _bound(self) -> None:
        while len(self._waiting) > 1 and sum(draft.size for draft in self._waiting) > WAITING_BYTES:
            draft = self._waiting.pop(0)
            stamps = [*draft.times, *(row.time for rows in (draft.events, draft.facts, draft.reach) for row in rows)]
            before = self._lost or Lost(min(stamps), max(stamps), 0)
            since, until = min(before.since, *stamps), max(before.until, *stamps)
            self._lost = Lost(since, until, before.samples + len(stamps))
            self.facts.forget()  # what was told of the devices may be among it

    def _tell_lost(self) -> None:
        """Report what memory could not hold while the disk refused, as a gap."""
        lost, self._lost = self._lost, None
        if lost is None:
            return
        detail: dict[str, Scalar] = {**lost._asdict(), "reason": "the agent's disk refused for too long"}
        now = self.time.clock.now_ms()
        event = DeviceEvent("agent.gap", "major", detail)
        self.batcher.event(("agent", "agent"), now, event, self.time.clock.monotonic())

    def _relate(self, stamp: int, now: float) -> None:
        """Work out who hangs off whom, and tell what is new: also of devices that are silent, for then it matters."""
        for key in self.kinship.work_out(self.place(), now):
            device = self._devices[key]
            self._tell(self._now(device)[0], stamp, self._written(device), now)

    def _written(self, device: Device) -> dict[str, Scalar]:
        """What is said of a device beside its reading: what the file says wins."""
        return {**self.kinship.facts(device.key, device.facts), **device.facts}

    def _now(self, device: Device) -> tuple[DeviceId, float]:
        self._devices[device.key] = device
        self.batcher.set_clock(self.time.state())
        kind = self.kinds.of(device.key, device.driver.device_kind)
        return (device.key, kind), self.time.clock.monotonic()

    def _tell(self, name: DeviceId, stamp: int, facts: dict[str, Scalar], now: float) -> None:
        news = self.facts.news(name[0], facts, now)
        if news:
            self.batcher.facts(name, stamp, news, now)
