"""What a device tells by itself: changes of value that were subscribed to, and event notifications."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from protocols.clock import Clock
from protocols.drivers.bacnet.client import Client
from protocols.drivers.bacnet.decode import ObjectId, Ref, value
from protocols.drivers.bacnet.messages import content, identifier
from protocols.errors import DeviceError

REFUSALS = 3
"""Refusals in a row after which the remaining objects are not asked for: the device has no room, or no such service."""
WAITING = 2000
"""Most notices that wait to be taken; later ones are dropped, and the safety poll makes up for them."""

FAREWELL = 2.0
"""Seconds given to ending subscriptions; those that remain end with their lifetime."""

_processes = itertools.count(1)


class Notice(NamedTuple):
    """One notification: the object, its properties, and the event state it went into (None: a change of value)."""

    object: ObjectId
    answers: Mapping[Ref, Any]
    state: int | None = None


class Subscription:
    """The subscriptions to one device; `accepted` are the objects whose changes it tells."""

    def __init__(self, client: Client, lifetime: int, clock: Clock) -> None:
        self.accepted: set[ObjectId] = set()
        self._client, self._lifetime, self._clock = client, lifetime, clock
        self._process = next(_processes)
        self._notices: asyncio.Queue[Notice | DeviceError | None] = asyncio.Queue(WAITING)
        self._stop: Callable[[], None] | None = None
        self._renewing: asyncio.Task[None] | None = None

    async def notices(self, wanted: Callable[[], list[ObjectId]]) -> AsyncIterator[list[Notice]]:
        """Notices as they come, those that wait together, until `end`. Raises `DeviceError` when renewing fails."""
        self._stop = self._client.network.application.listen(self._hear)
        self._renewing = asyncio.create_task(self._keep_renewing(wanted))
        while True:
            batch = [await self._notices.get()]
            while not self._notices.empty():
                batch.append(self._notices.get_nowait())
            told = [notice for notice in batch if isinstance(notice, Notice)]
            if told:
                yield told
            for other in batch:
                if isinstance(other, DeviceError):
                    raise other
                if other is None:
                    return

    async def end(self) -> None:
        """Cancel the subscriptions, as far as the device still answers; safe to call twice."""
        if self._renewing is None:
            return
        renewing, self._renewing = self._renewing, None
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing
        if self._stop is not None:
            self._stop()
        accepted, self.accepted = self.accepted, set()
        with suppress(DeviceError, TimeoutError):
            async with asyncio.timeout(FAREWELL):
                for item in accepted:
                    await self._client.subscribe(item, self._process, 0)
        self._put(None)

    async def _keep_renewing(self, wanted: Callable[[], list[ObjectId]]) -> None:
        try:
            while True:
                await self._subscribe(wanted())
                await self._clock.sleep(self._lifetime / 2)
        except DeviceError as error:
            self.accepted = set()
            self._put(error)

    async def _subscribe(self, wanted: list[ObjectId]) -> None:
        refused = 0
        for item in wanted:
            if await self._client.subscribe(item, self._process, self._lifetime):
                self.accepted.add(item)
                refused = 0
            else:
                self.accepted.discard(item)
                refused += 1
            if refused == REFUSALS:
                break

    def _hear(self, apdu: Any) -> None:
        if apdu.pduSource != self._client.station:
            return
        with suppress(AttributeError, TypeError, ValueError):  # what makes no sense is no notice
            notice = _change(apdu, self._process) if hasattr(apdu, "listOfValues") else _event(apdu)
            if notice is not None:
                self._put(notice)

    def _put(self, notice: Notice | DeviceError | None) -> None:
        with suppress(asyncio.QueueFull):
            self._notices.put_nowait(notice)


def _change(apdu: Any, process: int) -> Notice | None:
    """The notice in a COV notification to `process` (135-2020 13.1)."""
    if int(apdu.subscriberProcessIdentifier) != process:
        return None
    item = identifier(apdu.monitoredObjectIdentifier)
    answers = {Ref(item, int(each.propertyIdentifier)): value(content(each.value)) for each in apdu.listOfValues}
    return Notice(item, answers)


def _event(apdu: Any) -> Notice | None:
    """The notice in an event notification (135-2020 13.8)."""
    if not hasattr(apdu, "eventObjectIdentifier"):
        return None
    return Notice(identifier(apdu.eventObjectIdentifier), {}, int(apdu.toState))
