"""One network, watched: what was heard since the last poll, the neighbour table, now and then a DHCP and a DNS question."""

import asyncio
import secrets
from contextlib import suppress

from protocols.clock import Clock
from protocols.driver import Reading
from protocols.drivers.lan import dns, interface
from protocols.drivers.lan.client import PacketWire, Wire
from protocols.drivers.lan.decode import Advertisement, Claim, Offer, decode
from protocols.drivers.lan.neighbours import neighbours
from protocols.drivers.lan.options import LanOptions
from protocols.drivers.lan.readings import Readings
from protocols.drivers.lan.watching import Segment, remembered
from protocols.errors import DeviceError

OFFER_S = 3.0
"""Seconds in which offers are gathered."""
MOST_OFFERS = 64
AGAIN_S = 60.0
"""Seconds until a DHCP question that nobody answered is asked again: one that was lost is no server that is down."""


class LanSession:
    """What it knows of the network is the segment's; the session itself holds only sockets."""

    def __init__(self, address: str, options: LanOptions, clock: Clock, segment: Segment, wire: Wire | None) -> None:
        self.address, self.options, self.clock, self.segment = address, options, clock, segment
        self._is_fed = wire is not None
        self._wire = wire
        self._name: str | None = None
        self._readings = Readings(segment, options)
        self._transaction = 0
        self._offers: list[tuple[Offer, float]] = []
        self._asking: asyncio.Task[None] | None = None
        self._asked: float | None = None
        self._counted: float | None = None

    async def poll(self) -> Reading:
        """One reading. Raises `DeviceError` when the interface is missing or down, or a right is."""
        options, now = self.options, self.clock.now_ms()
        if not self._is_fed:
            await self._choose()
        self.segment.look(now, options.learn * 1000)
        wire = self._wire
        if wire is not None and (options.listen or options.dhcp):
            await wire.start(self._heard, options.listen, options.dhcp)
        if self._name is not None:
            await self._look_around(self._name, now)
        if wire is not None and options.dhcp:
            await self._ask_dhcp(wire)
        answers = []
        if options.dns:
            places = dns.servers(options.dns_server)
            answers = await asyncio.gather(*(dns.timed(place, self.clock) for place in places))
        self.segment.expire(now)
        reading = await self._readings.now(now, self._name)
        reading.samples += self._readings.dns(answers)
        if wire is not None and options.listen and (elapsed := self._elapsed()) != 0:
            reading.samples += self._readings.rates(wire.counts(), elapsed)
        return reading

    async def close(self) -> None:
        """Stop asking and hearing; what is known stays with the segment."""
        asking, self._asking = self._asking, None
        if asking is not None:
            asking.cancel()
            with suppress(asyncio.CancelledError, DeviceError):
                await asking
        if self._wire is not None:
            self._wire.close()

    async def _choose(self) -> None:
        name = await asyncio.to_thread(interface.resolve, self.address)
        if name != self._name:
            if self._wire is not None:
                self._wire.close()
            self._name, self._wire, self._counted = name, PacketWire(name), None
            # Where `auto` has moved to another interface, that is another network until it is known.
            self.segment = self._readings.segment = remembered(name)

    async def _look_around(self, name: str, now: int) -> None:
        try:
            entries = await asyncio.to_thread(neighbours, name)
        except OSError as error:
            raise DeviceError(f"{name}: the neighbour table cannot be read: {error.strerror or error}") from error
        for entry in entries:
            # Where ARP itself is heard the table only names devices: an old row would look like a second claim.
            claims = entry.is_sure and not self.options.listen and ":" not in entry.address
            self.segment.claim(Claim(entry.mac, entry.address if claims else None), now)

    def _heard(self, frame: bytes) -> None:
        seen, now = decode(frame), self.clock.now_ms()
        if isinstance(seen, Claim):
            self.segment.claim(seen, now)
        elif isinstance(seen, Advertisement):
            self.segment.device(seen.mac, now)
            self.segment.advertised(seen, now)
        elif isinstance(seen, Offer) and seen.transaction == self._transaction and len(self._offers) < MOST_OFFERS:
            self._offers.append((seen, self.clock.monotonic()))

    async def _ask_dhcp(self, wire: Wire) -> None:
        """Ask when it is time, beside the polls; only the first poll waits for the offers."""
        if self._asking is not None and self._asking.done():
            asking, self._asking = self._asking, None
            asking.result()
        now = self.clock.monotonic()
        every = self.options.dhcp_every if self.segment.offers else min(self.options.dhcp_every, AGAIN_S)
        if self._asking is None and (self._asked is None or now - self._asked >= every):
            is_first, self._asked = self._asked is None, now
            self._asking = asyncio.create_task(self._gather_offers(wire))
            if is_first:
                await asyncio.wait({self._asking})

    async def _gather_offers(self, wire: Wire) -> None:
        """One DISCOVER, and every offer to it. No REQUEST follows: nothing is ever taken."""
        self._transaction, self._offers = secrets.randbits(32), []
        began = self.clock.monotonic()
        wire.ask(self._transaction)
        await self.clock.sleep(OFFER_S)
        self._transaction = 0
        self.segment.offered([offer for offer, _ in self._offers])
        self._readings.waited = min((at - began for _, at in self._offers), default=None)

    def _elapsed(self) -> float | None:
        before, self._counted = self._counted, self.clock.monotonic()
        return None if before is None else self._counted - before
