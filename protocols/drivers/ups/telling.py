"""A UPS that is read at once when something happens: when it sends a trap, or when its status at the NUT server has changed."""

import asyncio
from collections.abc import AsyncIterator

from protocols.clock import Clock
from protocols.driver import Reading, Target
from protocols.drivers.ups.mibs import TRAPS
from protocols.drivers.ups.options import Options
from protocols.drivers.ups.session import UpsSession
from protocols.errors import DeviceError
from protocols.transports.snmp.traps import Hearing, hear

SETTLE = 2.0
"""Seconds after which a UPS is looked at once more: some send the trap before their own figures follow."""


class TellingUps(UpsSession):
    """A UPS that sends traps."""

    def __init__(self, target: Target, options: Options, clock: Clock) -> None:
        super().__init__(target, options, clock)
        self.hearing: Hearing | None = None

    async def push(self) -> AsyncIterator[Reading]:
        """A reading after each trap of a UPS, and one more a moment later. Raises `DeviceError` for the port."""
        assert self.where.snmp is not None
        self.hearing = hearing = await hear(self.where.snmp, self.options, self.clock, self.label)
        try:
            async for told in hearing:
                if told.trap.startswith(TRAPS):
                    if now := await look(self):
                        yield now
                    await self.clock.sleep(SETTLE)
                    hearing.forget()
                    if later := await look(self):
                        yield later
        finally:
            self.hearing = None
            await asyncio.shield(hearing.close())

    async def close(self) -> None:
        """As above; push ends."""
        if self.hearing is not None:
            await self.hearing.close()
        await super().close()


class WatchedUps(UpsSession):
    """A UPS at a NUT server, which tells nothing by itself and costs nothing to ask: its status is looked at often."""

    async def push(self) -> AsyncIterator[Reading]:
        """A reading when `ups.status` is another than it was. A server that does not answer is the poll's to tell."""
        assert self.nut is not None
        last: str | None = None
        while True:
            await self.clock.sleep(self.options.watch)
            try:
                status = await self.nut.status()
            except DeviceError:
                continue
            if last is not None and status != last and (now := await look(self)):
                yield now
            last = status


async def look(session: UpsSession) -> Reading | None:
    """A reading; None when it does not answer, which the next poll tells."""
    try:
        return await session.poll()
    except DeviceError:
        return None
