"""After an outage: what the device's own trend logs recorded meanwhile, read once, little by little, beside the polls."""

import asyncio
from collections.abc import Mapping
from typing import Any

from protocols.clock import Clock
from protocols.driver import Sample
from protocols.drivers.bacnet import points
from protocols.drivers.bacnet.client import Client, Unanswered
from protocols.drivers.bacnet.decode import ObjectId, Ref, local_ms, reference
from protocols.drivers.bacnet.gaps import Gap, Walk
from protocols.drivers.bacnet.inventory import Item
from protocols.drivers.bacnet.log_buffer import RECORD
from protocols.drivers.bacnet.messages import Refused
from protocols.drivers.bacnet.readings import Readings
from protocols.errors import DeviceError

SETTLED = 3
"""Complete polls after an outage before logs are read: time for the device to start, and for the agent to set its clock."""
LONGEST_MS = 7 * 24 * 3_600_000
"""How far back logs are read: older history is not corrected any more."""
MOST_RECORDS = 20_000
"""Most records of one log that are looked at: a week of one a minute, twice."""
PAGE = 60
"""Most records in one request."""
WAITING = 2000
"""Samples that wait for the next poll before reading goes on."""
TRIES = 3
"""How often in a row logs are begun with that then do not answer."""


class Backfill:
    """The outages of one device and what its logs still owe. `heard`: until when (ms) the agent has its values, None: never."""

    def __init__(self, clock: Clock, heard: int | None) -> None:
        self._clock, self._heard = clock, heard
        self._is_lost, self._good, self._tries = True, 0, 0
        self._daylight: Any = None
        self._ahead: int | None = None
        self._outages: list[tuple[int, float]] = []
        """When each began (ms) and ended (monotonic: a clock that is set after a start moves that end)."""
        self._owed: dict[ObjectId, list[Gap]] = {}
        self._read: list[Sample] = []
        self._room = asyncio.Event()
        self._page = PAGE
        self._reading: asyncio.Task[None] | None = None

    def lost(self) -> None:
        """A poll failed: logs are left alone until the device is back."""
        self._is_lost, self._good = True, 0
        if self._reading is not None:
            self._reading.cancel()

    def answered(self, client: Client, readings: Readings, state: Mapping[Ref, Any]) -> list[Sample]:
        """A poll was complete; `state` is what the device object said. The samples that were read since the last one."""
        now, device = self._clock.now_ms(), readings.inventory.device
        local = local_ms(state.get(Ref(device, points.LOCAL_DATE)), state.get(Ref(device, points.LOCAL_TIME)))
        daylight = state.get(Ref(device, points.DAYLIGHT))
        self._ahead = None if local is None else round((local - now) / 1000) * 1000  # whole seconds stay whole
        if self._is_lost and self._heard is not None and self._daylight in (None, daylight):
            self._outages.append((self._heard, self._clock.monotonic()))
            self._tries = 0
        self._is_lost, self._heard, self._daylight = False, now, daylight
        self._good += 1
        is_idle = self._reading is None or self._reading.done()
        if self._good >= SETTLED and is_idle and self._ahead is not None and (self._outages or self._owed):
            self._reading = asyncio.create_task(self._fill(client, readings))
        taken, self._read = self._read, []
        self._room.set()
        return taken

    async def close(self) -> None:
        """Stop reading; safe to call twice."""
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.cancel()
            await asyncio.wait((reading,))

    async def _fill(self, client: Client, readings: Readings) -> None:
        """Read what the logs owe. What does not answer is tried again after the next poll, `TRIES` times in all."""
        self._tries += 1
        try:
            counts = await self._logs(client, readings)
            for log, (item, count) in counts.items():
                if log in self._owed:
                    await self._walk(client, log, item, count)
                    self._owed.pop(log)
                    self._tries = 1
            self._owed.clear()
        except DeviceError:
            if self._tries >= TRIES:
                self._owed.clear()

    async def _logs(self, client: Client, readings: Readings) -> dict[ObjectId, tuple[Item, int]]:
        """The enabled logs of present values that are polled, one an object, with their number of records."""
        inventory = readings.inventory
        asked = (points.LOG_REFERENCE, points.ENABLE, points.RECORD_COUNT)
        said = await client.read(Ref(log, each) for log in inventory.logs for each in asked)
        polled = {item.id: item for item in inventory.items if item.id[0] not in points.DOORS}
        logs: dict[ObjectId, tuple[ObjectId, int]] = {}
        for log in inventory.logs:
            named, is_enabled, count = (said[Ref(log, each)] for each in asked)
            found, device = reference(named) or (None, None)
            if found is None or found[1:] != (points.PRESENT_VALUE, None) or device not in (None, inventory.device):
                continue
            if is_enabled is True and type(count) is int and count < 1 << 32 and found.object in polled:
                logs.setdefault(found.object, (log, count))
        self._share([log for log, _ in logs.values()])
        return {log: (polled[item], count) for item, (log, count) in logs.items()}

    def _share(self, logs: list[ObjectId]) -> None:
        """Let each log owe the outages that are new."""
        now, here = self._clock.now_ms(), self._clock.monotonic()
        ended = [(start, now - round((here - end) * 1000)) for start, end in self._outages]
        gaps = [Gap(max(start, now - LONGEST_MS), end) for start, end in ended if max(start, now - LONGEST_MS) < end]
        self._outages.clear()
        for log in logs if gaps else ():
            self._owed[log] = [*self._owed.get(log, ()), *gaps]

    async def _walk(self, client: Client, log: ObjectId, item: Item, last: int) -> None:
        """Read a log from position `last` towards its beginning until nothing more is owed. A refusal ends it."""
        walk = Walk(self._owed[log], float(self._ahead or 0))
        size, most = max(1, min(self._page, client.limits.budget // RECORD)), MOST_RECORDS
        while last >= 1 and most > 0 and not walk.is_over:
            first = max(1, last - size + 1)
            try:
                page = await client.records(log, first, last - first + 1)
            except Refused as refusal:
                if not refusal.too_large or size == 1:
                    break
                self._page = size = size // 2
                continue
            except Unanswered:
                if size == 1:
                    raise
                self._page = size = max(1, size // 4)  # it may drop what is too long for it
                continue
            if len(page) < last - first + 1:  # no more fits into its answers: again, so that the newest are among them
                if not page:
                    break
                size = len(page)
                continue
            await self._deliver(item, walk.take(page))
            self._owed[log] = walk.gaps
            last, most = first - 1, most - len(page)

    async def _deliver(self, item: Item, values: list[tuple[int, float]]) -> None:
        while len(self._read) >= WAITING:
            self._room.clear()
            await self._room.wait()
        self._read += [Sample("bacnet.value", item.label, value, item.unit, at) for at, value in values]
