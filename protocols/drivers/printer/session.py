"""One printer, open for reading: with every poll, and at once when it sends a trap."""

import asyncio
from collections.abc import AsyncIterator

from protocols.address import Place
from protocols.clock import Clock
from protocols.driver import Reading, Target
from protocols.drivers.printer.client import Client
from protocols.drivers.printer.decode import decode
from protocols.drivers.printer.merge import Memory
from protocols.drivers.printer.options import PrinterOptions
from protocols.transports.snmp.traps import Hearing, hear

SETTLE = 2.0
"""Seconds after which a printer is looked at once more: several traps come for one jam."""
TRAPS = ("1.3.6.1.2.1.43.18.2", "1.3.6.1.6.3.1.1.5.", "1.3.6.1.4.1.")
"""printerV2Alert (RFC 3805), the generic ones (RFC 3418: cold start, link up), and vendors' own."""


class PrinterSession:
    """Asks, and remembers labels and alerts from poll to poll."""

    def __init__(self, client: Client, options: PrinterOptions, target: Target, clock: Clock) -> None:
        self._client, self._options, self._target, self._clock = client, options, target, clock
        self._memory = Memory()
        self._turn = asyncio.Lock()

    async def poll(self) -> Reading:
        """One reading. Raises `DeviceError` when neither protocol answers."""
        async with self._turn:
            answers = await self._client.read()
            return decode(answers, self._memory, self._options.low, self._clock.now_ms(), self._target.heard)

    async def close(self) -> None:
        """Give up every socket."""
        await self._client.close()


class TellingPrinterSession(PrinterSession):
    """A printer that sends traps to the option `trap_port`: it is read when one comes."""

    _hearing: Hearing | None = None

    async def push(self) -> AsyncIterator[Reading]:
        """A reading after each trap, and one more a moment later. Raises `DeviceError` for the port, or a lost printer."""
        place = Place(self._target.address, self._options.snmp_port)
        hearing = await hear(place, self._options, self._clock, f"device {self._target.key!r}")
        self._hearing = hearing
        try:
            async for told in hearing:
                if told.trap.startswith(TRAPS):
                    yield await self.poll()
                    await self._clock.sleep(SETTLE)
                    hearing.forget()
                    yield await self.poll()
        finally:
            self._hearing = None
            await asyncio.shield(hearing.close())

    async def close(self) -> None:
        """As above; push ends."""
        if self._hearing is not None:
            await self._hearing.close()
        await super().close()
