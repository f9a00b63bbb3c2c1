"""Looks for devices that were lost where they may be by now, and has them read there: DHCP gave them another address.

Gentle: a device must be lost for a minute; the tables of this machine and of the switches are read first; only then its kind
is discovered anew, each kind at most once in half an hour. An address is believed only when the device itself answers there.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from agent.guard import Guard
from agent.identity.gate import Gate, moved
from agent.identity.search import Candidate, by_discovery, by_mac, is_it
from agent.identity.verdict import Known
from agent.identity.who import read_identity
from agent.watched import Watched
from protocols.clock import Clock
from protocols.driver import DeviceEvent, Driver, Found, Reading, Target

log = logging.getLogger(__name__)
LOOK_S = 30.0
LOST_S = 60.0
TRY_AGAIN_S = 600.0
DISCOVER_S = 1800.0
DISCOVER_MOST_S = 60.0
MOST_FOUND = 2_000


@dataclass
class Seeker:
    """`run` looks for ever. `addresses` gives MACs and addresses that are seen beside this machine's own table."""

    watched: list[Watched]
    gate: Gate
    clock: Clock
    addresses: Callable[[], Iterable[tuple[str, str]]] = tuple
    _tried: dict[tuple[str, str], float] = field(default_factory=dict)
    _discovered: dict[str, tuple[float, list[Found]]] = field(default_factory=dict)

    async def run(self) -> None:
        """Look every half minute, until cancelled; a slow discovery does not keep the tables from being read."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._every(self.look_near))
            group.create_task(self._every(self.look_far))

    async def _every(self, look: Callable[[], Awaitable[None]]) -> None:
        while True:
            await self.clock.sleep(LOOK_S)
            await look()

    async def look_near(self) -> None:
        """Look for everything that is lost where the tables see it."""
        for watched in self._lost():
            await self._try(watched, self._near(watched))

    async def look_far(self) -> None:
        """Look for everything that is lost by discovering its kind."""
        for watched in self._lost():
            found = await self._discover(watched.device.driver)
            await self._try(watched, by_discovery(*self._what(watched), found))

    def _lost(self) -> list[Watched]:
        now = self.clock.monotonic()
        self._tried = {place: at for place, at in self._tried.items() if now - at < TRY_AGAIN_S}
        return [each for each in self.watched if each.lost is not None and now - each.lost >= LOST_S]

    def _what(self, watched: Watched) -> tuple[Known, str]:
        return self.gate.memory.known(watched.device.key), watched.device.address

    def _near(self, watched: Watched) -> list[Candidate]:
        """Where the tables see it, and where the file says it is."""
        table = [(mac, address) for address, mac in self.gate.neighbours.table().items()]
        found = by_mac(*self._what(watched), [*table, *self.addresses()])
        home = watched.configured.address
        return found if home == watched.device.address else [*found, Candidate(home, "configured")]

    async def _try(self, watched: Watched, candidates: list[Candidate]) -> bool:
        """Whether it answers at one of them; from now on it is read there."""
        taken = {
            each.device.address
            for each in self.watched
            if each.lost is None and each.device.driver == watched.device.driver
        }
        for candidate in candidates:
            place = (watched.device.key, candidate.address)
            if place not in self._tried and candidate.address not in taken:
                self._tried[place] = self.clock.monotonic()
                if await self._answers(watched, candidate):
                    self._move(watched, candidate)
                    return True
        return False

    async def _answers(self, watched: Watched, candidate: Candidate) -> bool:
        device = moved(watched.device, candidate.address)

        async def ask() -> Reading:
            session = await device.driver.open(Target(device.key, device.address), device.options, self.clock)
            try:
                return await session.poll()
            finally:
                await session.close()

        [answer] = await asyncio.gather(Guard(self.clock).call(ask(), device.timeout), return_exceptions=True)
        if not isinstance(answer, Reading):
            log.debug("%s is not at %s: %r", device.key, candidate.address, answer)
            return False
        return is_it(self._what(watched)[0], read_identity(answer.attributes), candidate.by)

    def _move(self, watched: Watched, candidate: Candidate) -> None:
        key, old = watched.device.key, watched.device.address
        log.warning("%s has moved from %s to %s (%s)", key, old, candidate.address, candidate.by)
        self.gate.move(watched.configured, candidate.address)
        event = DeviceEvent("device.moved", "info", {"from": old, "to": candidate.address, "by": candidate.by})
        watched.receiver.reading(moved(watched.device, candidate.address), self.clock.now_ms(), Reading(events=[event]))
        watched.wake.set()

    async def _discover(self, driver: Driver) -> list[Found]:
        """What discovery finds of a kind, asked anew only after a while; nothing when it fails."""
        now = self.clock.monotonic()
        at, found = self._discovered.get(driver.kind, (float("-inf"), []))
        if driver.discover is None or now - at < DISCOVER_S:
            return found
        found = []
        self._discovered[driver.kind] = (now, found)
        discovering = driver.discover(None, self.clock)

        async def gather() -> None:
            async for each in discovering:
                if len(found) < MOST_FOUND:
                    found.append(each)

        await asyncio.gather(Guard(self.clock).call(gather(), DISCOVER_MOST_S), return_exceptions=True)
        return found
