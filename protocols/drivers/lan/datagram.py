"""A network's frames over UDP, one a datagram: the simulated network, or a mirror of a real one that somebody forwards.

Address `frames:127.0.0.1:9100`. A datagram of one octet says "I listen". The other end says it back with how many frames it has seen
(to a group, ARP, all: three times eight octets), since a mirror loses some in a storm; then it sends frames.
"""

import asyncio
import struct

from protocols.address import Place, read_place
from protocols.drivers.lan.client import MOST_FRAMES, Counts, Heard
from protocols.drivers.lan.decode import discover
from protocols.errors import DeviceError

PREFIX = "frames:"
MAC = bytes.fromhex("02fb00000001")
HELLO = b"\0"
TOTALS = struct.Struct(">xQQQ")
PATIENCE = 2.0


def feed(address: str, where: str) -> Place | None:
    """The place that an address of this form names; None for another. Raises `OptionError`."""
    return read_place(address.removeprefix(PREFIX), 9100, where) if address.startswith(PREFIX) else None


class DatagramWire(asyncio.DatagramProtocol):
    """The near end."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._transport: asyncio.DatagramTransport | None = None
        self._heard: Heard | None = None
        self._greeted = asyncio.Event()
        self._left = 0
        self._totals = self._told = Counts(0, 0, 0)

    async def start(self, heard: Heard, listen: bool, dhcp: bool) -> None:
        """Say that we listen, at each poll. Raises `DeviceError` when nobody is there."""
        self._heard, self._left = heard, MOST_FRAMES
        loop = asyncio.get_running_loop()
        self._greeted.clear()
        try:
            async with asyncio.timeout(PATIENCE):
                if self._transport is None:
                    opened = await loop.create_datagram_endpoint(
                        lambda: self, remote_addr=(self.place.host, self.place.port)
                    )
                    self._transport = opened[0]
                self._transport.sendto(HELLO)
                await self._greeted.wait()
        except OSError as error:
            self.close()
            raise DeviceError(f"{self.place} sends no frames: is the simulated network running?") from error

    def ask(self, transaction: int) -> None:
        """Send a DHCPDISCOVER."""
        if self._transport is not None:
            self._transport.sendto(discover(MAC, transaction))

    def counts(self) -> Counts:
        """Counted by the other end; it may have begun anew."""
        before, self._told = self._told, self._totals
        return Counts(*(max(0, now - then) for now, then in zip(self._totals, before, strict=True)))

    def close(self) -> None:
        """Hear no more."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """A frame, or the other end's greeting."""
        if len(data) == TOTALS.size and data[:1] == HELLO:
            self._totals = Counts(*TOTALS.unpack(data))
            self._greeted.set()
            return
        self._left -= 1
        if self._heard is not None and self._left >= 0:
            self._heard(data[:2048])

    def error_received(self, exc: Exception) -> None:
        """Nobody there: `start` runs out of patience."""
