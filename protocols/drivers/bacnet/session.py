"""One BACnet device, open for reading: what is asked in which poll, and what it tells by itself."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator

import msgspec

from protocols.clock import Clock
from protocols.driver import Reading, Session, Target
from protocols.drivers.bacnet import points
from protocols.drivers.bacnet.backfill import Backfill
from protocols.drivers.bacnet.client import Client
from protocols.drivers.bacnet.decode import ObjectId, ReadError, Ref
from protocols.drivers.bacnet.ede import read_ede
from protocols.drivers.bacnet.inventory import identify, read_inventory
from protocols.drivers.bacnet.network import Local, Network, acquire, release, station
from protocols.drivers.bacnet.options import Options
from protocols.drivers.bacnet.readings import Readings
from protocols.drivers.bacnet.subscription import Notice, Subscription
from protocols.errors import DeviceError, OptionError

SLOW = 10
"""Every how many polls the priority arrays, and the objects that are subscribed to, are read."""


class BacnetSession:
    """One device. The first poll finds its objects; a changed database-revision makes the next find them again."""

    def __init__(self, target: Target, options: Options, clock: Clock) -> None:
        self.target, self.options, self.clock = target, options, clock
        self._names = read_ede(options.ede) if options.ede else {}
        self._network: Network | None = None
        self._client: Client | None = None
        self._readings: Readings | None = None
        self._revision: object = None
        self._polls = 0
        self._has_events = options.alarms
        self._found = asyncio.Event()
        self._finding: asyncio.Task[Readings] | None = None
        self._next: ObjectId | None = None
        self._subscription: Subscription | None = None
        self._backfill = Backfill(clock, target.heard)

    async def poll(self) -> Reading:
        """One complete reading. Raises `DeviceError` when the device does not answer or makes no sense.

        Of a device that takes longer than `patience` it is what could be read; the next poll goes on from there.
        """
        try:
            client = await self._open()
            until = asyncio.get_running_loop().time() + self.options.patience
            readings = self._readings or await self._describe(client)
            return Reading() if readings is None else await self._read(client, readings, until)
        except DeviceError:
            self._backfill.lost()
            if self._readings is not None:
                self._readings.forget()
            raise

    async def _describe(self, client: Client) -> Readings | None:
        """Find the device's objects; None while that goes on."""
        if self._finding is None:
            self._finding = asyncio.create_task(self._find(client))
        await asyncio.wait((self._finding,), timeout=self.options.patience)
        if not self._finding.done():
            return None
        finding, self._finding = self._finding, None
        self._readings = finding.result()
        self._revision, self._polls, self._has_events = None, 0, self.options.alarms
        self._found.set()
        return self._readings

    async def _find(self, client: Client) -> Readings:
        device = await identify(client, self.options.instance)
        return Readings(await read_inventory(client, device, self.options, self._names))

    async def _read(self, client: Client, readings: Readings, until: float) -> Reading:
        reading = Reading()
        inventory = readings.inventory
        state = await client.read(Ref(inventory.device, number) for number in points.STATE)
        if all(isinstance(answer, ReadError) for answer in state.values()):
            self._readings = None
            raise DeviceError(f"bacnet {client.address}: device {inventory.device[1]} is not there any more")
        reading.samples += readings.device(state, self.clock.now_ms())
        revision = state[Ref(inventory.device, points.DATABASE_REVISION)]
        if self._revision is not None and revision != self._revision:
            self._readings = None  # its objects changed: found again by the next poll
        self._revision = revision
        if self._polls == 0:
            reading.attributes = dict(inventory.attributes)
            reading.kind = inventory.kind
            reading.points = [info for item in inventory.items for info in item.points()]
        await self._read_objects(client, readings, reading, until)
        if self._has_events:
            await self._read_events(client, readings, reading)
        if self.options.trends:
            reading.samples += self._backfill.answered(client, readings, state)
        self._polls += 1
        return reading

    async def push(self) -> AsyncIterator[Reading]:
        """Event notifications and, with option `cov`, changes of value, as they come, until closed.

        Begins after the first poll. Raises `DeviceError` when the device stops answering renewals.
        """
        await self._found.wait()
        client = await self._open()
        self._subscription = Subscription(client, self.options.cov_lifetime, self.clock)
        try:
            async for told in self._subscription.notices(self._wanted):
                if self._readings is not None:
                    yield _told(self._readings, told)
        finally:
            await self._subscription.end()
            self._subscription = None

    def _wanted(self) -> list[ObjectId]:
        """The objects whose changes to ask for: no access points, whose notifications name the credential."""
        if self._readings is None or not self.options.cov:
            return []
        return [item.id for item in self._readings.inventory.items if item.id[0] != points.ACCESS_POINT]

    async def close(self) -> None:
        """End the subscriptions and give the shared port back; safe to call twice."""
        await self._backfill.close()
        if self._subscription is not None:
            await self._subscription.end()
        if self._finding is not None:
            self._finding.cancel()
            await asyncio.wait((self._finding,))
            self._finding = None
        network, self._network, self._client = self._network, None, None
        if network is not None:
            await release(network)

    async def _open(self) -> Client:
        if self._client is None:
            options = self.options
            network = await acquire(Local(options.local_address, options.local_port, options.bbmd))
            try:
                self._client = Client(network, self.target.address, options.timeout, options.retries)
            except BaseException:
                await release(network)
                raise
            self._network = network
        return self._client

    async def _read_objects(self, client: Client, readings: Readings, reading: Reading, until: float) -> None:
        is_slow = self._polls % SLOW == 0
        items = [item.id for item in readings.inventory.items]
        told = self._subscription.accepted if self._subscription else ()
        due = [item for item in items if is_slow or item not in told or item[0] in points.DOORS]
        due = _from(due, self._next)
        answers = await client.read((Ref(item, number) for item in due for number in points.polled(item)), until)
        self._next = next((item for item in due if Ref(item, points.polled(item)[-1]) not in answers), None)
        reading.samples += readings.samples(answers)
        reading.samples += readings.deviations()
        if is_slow:
            plain = readings.inventory.plain
            outputs = [item for item in items if item[0] in points.COMMANDABLE and item not in plain]
            arrays = await client.read((Ref(item, points.PRIORITY_ARRAY) for item in outputs), until)
            reading.samples += readings.overrides(arrays)

    async def _read_events(self, client: Client, readings: Readings, reading: Reading) -> None:
        found = await client.events()
        self._has_events = found is not None
        if found is not None:
            samples, events = readings.alarms(found)
            reading.samples += samples
            reading.events += events


def _from(items: list[ObjectId], first: ObjectId | None) -> list[ObjectId]:
    """The items in their order, beginning with `first` where it is among them."""
    start = items.index(first) if first in items else 0
    return items[start:] + items[:start]


def _told(readings: Readings, told: list[Notice]) -> Reading:
    """The reading of what the device told by itself."""
    reading = Reading()
    for notice in told:
        reading.samples += readings.samples(notice.answers)
        if notice.state is not None:
            reading.events.append(readings.alarm(notice.object, notice.state, acknowledged=False))
    reading.samples += readings.deviations({s.label for s in reading.samples if s.metric == "bacnet.value" and s.label})
    return reading


async def open_session(target: Target, options: msgspec.Struct, clock: Clock) -> Session:
    """A session; nothing is sent yet. Raises `OptionError` for an option, `DeviceError` for an address, that is wrong."""
    if not isinstance(options, Options):
        raise TypeError(f"the options of another driver: {type(options).__name__}")
    station(target.address)
    try:
        ipaddress.IPv4Address(options.local_address)
        if options.bbmd is not None:
            station(options.bbmd)
    except (ValueError, DeviceError) as error:
        raise OptionError(f"options local_address, bbmd: {error}") from error
    return BacnetSession(target, options, clock)
