"""Every means of looking, side by side: what each finds, and in one line why it could not. A means that fails, or never ends,
costs the others nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field

from agent.discovery.merge import Sighting, Thing
from agent.guard import Guard
from agent.identity.arp import Neighbours
from agent.schedule import host_of
from protocols.clock import Clock
from protocols.driver import Driver, Found, Neighbour, Reading, Target
from protocols.errors import FirstBellError, OptionError
from protocols.options import read_options
from protocols.registry import driver, kinds

MEANS_S = 90.0
"""Seconds that one means may take; a sweep takes as long as its range and rate say."""
READ_S = 30.0
MOST = 5_000
_LISTENS_ONLY = ("host",)
"""Drivers whose discovery finds this machine alone."""


@dataclass
class Asking:
    """`told` is given each line for a person. `sightings` grows as answers come."""

    clock: Clock
    told: Callable[[str], None]
    find: Callable[[str], Driver] = driver
    sightings: list[Sighting] = field(default_factory=list)

    async def every_kind(self, names: Iterable[str] | None = None) -> None:
        """Ask each driver for what the local networks have, all at once."""
        wanted = [name for name in names or kinds() if name not in _LISTENS_ONLY]
        await asyncio.gather(*(self.kind(name, None) for name in wanted))

    async def kind(self, name: str, network: str | None) -> None:
        """Ask one driver for what a network has; None: the local ones."""
        try:
            found = self.find(name)
        except OptionError as error:
            self.told(f"{name}: {error}")
            return
        if found.discover is not None:
            await self.means(name, found.discover(network, self.clock), MEANS_S)

    async def means(self, name: str, looking: AsyncIterator[Found], seconds: float) -> None:
        """Take what one means finds, within so many seconds."""

        async def take() -> None:
            async for each in looking:
                if len(self.sightings) < MOST:
                    self.sightings.append(Sighting(name, each))

        [failed] = await asyncio.gather(Guard(self.clock).call(take(), seconds), return_exceptions=True)
        if failed is not None:
            self.told(f"{name}: {_why(failed, seconds)}")

    async def read(self, found: Found) -> Reading | None:
        """One reading of what was found, as a device with its options; None, and told, when it gives none."""

        async def ask() -> Reading:
            kind = self.find(found.kind)
            options = read_options(found.options, kind.options, f"{found.kind} at {found.address}")
            session = await kind.open(Target(found.address, found.address), options, self.clock)
            try:
                return await session.poll()
            finally:
                await session.close()

        [answer] = await asyncio.gather(Guard(self.clock).call(ask(), READ_S), return_exceptions=True)
        if isinstance(answer, Reading):
            return answer
        self.told(f"{found.kind} at {found.address}: {_why(answer, READ_S)}")
        return None

    def add_macs(self, table: Neighbours) -> None:
        """Give each answer from this machine's own networks the MAC that answers there."""
        for number, (means, found) in enumerate(self.sightings):
            mac = table.mac(host_of(found.address))
            if mac and not found.attributes.get("mac"):
                self.sightings[number] = Sighting(means, found._replace(attributes={**found.attributes, "mac": mac}))

    async def neighbours(self, things: Iterable[Thing]) -> dict[str, list[Neighbour]]:
        """What the switches among the things see on their ports, by key."""
        seen: dict[str, list[Neighbour]] = {}
        for thing in things:
            if thing.kind == "network":
                reading = await self.read(thing.first)
                if reading is not None and reading.neighbours:
                    seen[thing.key] = reading.neighbours[:MOST]
        return seen


def _why(failed: object, seconds: float) -> str:
    if isinstance(failed, FirstBellError):
        return str(failed)
    if isinstance(failed, TimeoutError):
        return f"not finished within {seconds:g} s"
    return f"{type(failed).__name__}: {failed}"
