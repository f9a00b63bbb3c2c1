"""A session that is also told by the device: events at once, and the state of the ports that they speak of."""

from collections.abc import AsyncIterator

from protocols.address import Place
from protocols.clock import Clock
from protocols.driver import Reading
from protocols.drivers.network.notices import notice
from protocols.drivers.network.options import NetworkOptions
from protocols.drivers.network.session import NetworkSession
from protocols.errors import DeviceError
from protocols.transports.snmp.traps import Hearing, hear


class TellingSession:
    """A `PushSession`: polls as `session` does, and hears at `options.trap_port`.

    A trap can be forged by anybody, so it is an event and a reason to look, never a figure: what a port does is asked of the device.
    """

    def __init__(
        self, session: NetworkSession, place: Place, options: NetworkOptions, clock: Clock, where: str
    ) -> None:
        self._session, self._place, self._options, self._clock, self._where = session, place, options, clock, where
        self._hearing: Hearing | None = None

    async def poll(self) -> Reading:
        """As `NetworkSession.poll`."""
        return await self._session.poll()

    async def push(self) -> AsyncIterator[Reading]:
        """A reading for each notification, until closed. Raises `DeviceError` when the port cannot be opened."""
        if self._hearing is not None:
            await self._hearing.close()
        self._hearing = await hear(self._place, self._options, self._clock, self._where)
        async for told in self._hearing:
            meant = notice(told.trap, told.bindings, self._session.interfaces)
            reading = Reading(events=[meant.event])
            if meant.link and meant.port is not None:
                try:
                    reading.samples += await self._session.look(meant.port)
                except DeviceError:
                    reading.samples.clear()  # the next poll says more
            yield reading

    async def close(self) -> None:
        """Hear no more, give the sockets back."""
        hearing, self._hearing = self._hearing, None
        if hearing is not None:
            await hearing.close()
        await self._session.close()
