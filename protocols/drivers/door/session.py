"""One ONVIF controller, open for reading: every door and reader in each poll, and what it tells by itself."""

import asyncio
from collections.abc import AsyncIterator

from protocols.address import Place
from protocols.clock import Clock
from protocols.driver import Reading, Sample
from protocols.drivers.door.client import Controller
from protocols.drivers.door.decode import ENABLED, Entity, labels
from protocols.drivers.door.events import Memory
from protocols.drivers.door.options import Options
from protocols.errors import DeviceError
from protocols.transports.onvif import Onvif, PullPoint
from protocols.transports.soap import AuthorisationError, FaultError, Login

LOGIN = "door.login.state"
ACCEPTED, NOT_GIVEN, REFUSED = 0.0, 1.0, 2.0
"""Its states."""
RELIST = 30
"""Polls after which doors, readers and identity are read anew, also where no event told of a change."""


class ControllerSession:
    """A controller at `place`. `where` begins every message ("door 10.1.2.3:80")."""

    def __init__(self, place: Place, options: Options, login: Login | None, clock: Clock, where: str) -> None:
        self._place, self._options, self._login, self._clock = place, options, login, clock
        self._onvif = Onvif(place, options, login, clock, where)
        self._controller = Controller(self._onvif)
        self._where = where
        self._memory = Memory()
        self._doors: list[Entity] = []
        self._readers: list[Entity] = []
        self._polls = 0
        self._listed = asyncio.Event()

    async def poll(self) -> Reading:
        """One complete reading. Raises `DeviceError`; then nothing that was told before is believed any more.

        A controller that refuses the credential is alive: its doors are unknown, and why is told.
        """
        try:
            reading = await self._read()
        except AuthorisationError as error:
            return self._refused(error)
        except DeviceError:
            self._memory.forget()
            self._polls = 0
            raise
        reading.samples.append(Sample(LOGIN, None, ACCEPTED))
        return reading

    def _refused(self, error: AuthorisationError) -> Reading:
        reading = Reading(attributes={"login": str(error).partition(" (")[0].removeprefix(f"{self._where}: ")})
        for token, words in self._memory.words.copy().items():
            reading.samples += self._memory.polled(token, dict.fromkeys(words, "")).samples
        self._memory.forget()
        self._polls = 0
        reading.samples.append(Sample(LOGIN, None, NOT_GIVEN if self._login is None else REFUSED))
        return reading

    async def push(self) -> AsyncIterator[Reading]:
        """Changes and access events as they happen, until closed; for ever nothing where the device has no events."""
        await self._listed.wait()
        if not (self._options.events and await self._onvif.has("tev")):
            await asyncio.Event().wait()
        points = PullPoint(self._place, self._options, self._login, self._clock, self._where)
        try:
            async for notices in points.notices():
                self._memory.has_listened = True
                reading = self._memory.told(notices)
                if reading.samples or reading.events:
                    yield reading
        finally:
            self._memory.deafened()
            await points.end()

    async def close(self) -> None:
        """End the connection; safe to call twice."""
        await self._onvif.close()

    async def _read(self) -> Reading:
        reading = Reading()
        await self._onvif.time()
        if self._polls % RELIST == 0 or self._memory.changed:
            await self._list()
            reading.attributes = {**await self._identity(), "protocol": "onvif", "login": "accepted"}
            reading.attributes |= {"doors": len(self._doors), "access_points": len(self._readers)}
        self._polls += 1
        for each in self._doors:
            told = await self._door(each.token)
            reading.samples += told.samples
            reading.events += told.events
        for each in self._readers:
            word = await self._controller.reader(each.token)
            if word is not None:
                reading.samples.append(Sample(ENABLED.metric, self._memory.readers[each.token], ENABLED.value(word)))
        reading.samples += self._memory.standing()
        return reading

    async def _identity(self) -> dict[str, str]:
        """Who it is; {} where that makes no sense: its doors may do."""
        try:
            return await self._onvif.identity()
        except AuthorisationError:
            raise
        except DeviceError:
            return {}

    async def _list(self) -> None:
        """Which doors and readers there are. Raises `DeviceError`: none, or no door control at all."""
        if not await self._onvif.has("tdc"):
            raise DeviceError(
                f'{self._where}: speaks ONVIF and offers no door control: is it a camera (kind = "camera")?',
                permanent=True,
            )
        self._doors, self._readers = await self._controller.doors(), await self._controller.readers()
        memory = self._memory
        memory.doors, memory.readers = labels(self._doors, memory.doors), labels(self._readers, memory.readers)
        memory.changed = False
        self._listed.set()

    async def _door(self, token: str) -> Reading:
        """A door's samples and what began. One that the controller does not tell of, while it answers, is unknown in all it told before."""
        try:
            words = await self._controller.door(token)
        except AuthorisationError:
            raise
        except FaultError:
            self._memory.changed = True
            words = dict.fromkeys(self._memory.words.get(token, {}), "")
        return self._memory.polled(token, words)
