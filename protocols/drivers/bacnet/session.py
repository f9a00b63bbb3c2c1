"""One BACnet device, open for reading: what is asked in which poll, and what it tells by itself."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from protocols.clock import Clock
from protocols.driver import Reading, Session, Target
from protocols.drivers.bacnet import points
from protocols.drivers.bacnet.client import Client
from protocols.drivers.bacnet.decode import ObjectId, Ref
from protocols.drivers.bacnet.ede import read_ede
from protocols.drivers.bacnet.inventory import Inventory, identify, read_inventory
from protocols.drivers.bacnet.network import Local, Network, acquire, release, station
from protocols.drivers.bacnet.options import Options
from protocols.drivers.bacnet.readings import Readings


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
        self.subscribed: set[ObjectId] = set()

    async def poll(self) -> Reading:
        """One complete reading. Raises `DeviceError` when the device does not answer or makes no sense."""
        client = await self._open()
        reading = Reading()
        if self._readings is None:
            device = await identify(client, self.options.instance)
            self._readings = Readings(await read_inventory(client, device, self.options, self._names))
            self._revision, self._polls, self._has_events = None, 0, self.options.alarms
        readings = self._readings
        inventory = readings.inventory
        state = await client.read(Ref(inventory.device, number) for number in points.STATE)
        reading.samples += readings.device(state, self.clock.now_ms())
        revision = state[Ref(inventory.device, points.DATABASE_REVISION)]
        if self._revision is not None and revision != self._revision:
            self._readings = None  # its objects changed: found again by the next poll
        self._revision = revision
        if self._polls == 0:
            reading.attributes = dict(inventory.attributes)
            reading.points = [item.info() for item in inventory.items]
        await self._read_objects(client, readings, reading)
        self._polls += 1
        return reading

    async def close(self) -> None:
        """Give the shared port back; safe to call twice."""
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

    async def _read_objects(self, client: Client, readings: Readings, reading: Reading) -> None:
        is_slow = self._polls % SLOW == 0
        items = [item.id for item in readings.inventory.items]
        due = items if is_slow else [item for item in items if item not in self.subscribed]
        answers = await client.read(Ref(item, number) for item in due for number in points.POLLED)
        reading.samples += readings.samples(answers)
        reading.samples += readings.deviations()
        if is_slow:
            first = self._polls == 0
            commandable = [
                i for i in items if (i[0] in points.COMMANDABLE if first else i in readings.inventory.commandable)
            ]
            reading.samples += readings.overrides(await client.read(Ref(i, points.PRIORITY_ARRAY) for i in commandable))
        if self._has_events:
            found = await client.events()
            self._has_events = found is not None
            samples, events = readings.alarms(found or [])
            reading.samples += samples if self._has_events else []
            reading.events += events


async def open_session(target: Target, options: Options, clock: Clock) -> Session:
    """A session; nothing is sent yet. Raises `OptionError` for an EDE file, `DeviceError` for an address, that is wrong."""
    station(target.address)
    return BacnetSession(target, options, clock)
