"""One network device, open for reading: states and counters at each poll, tables seldom, and what it tells by traps."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from protocols.clock import Clock
from protocols.driver import Reading, Sample
from protocols.drivers.network import oids, vendor
from protocols.drivers.network.client import Client, Table
from protocols.drivers.network.columns import said, scalar
from protocols.drivers.network.decode import Fetched, Memory
from protocols.drivers.network.interfaces import Interface
from protocols.drivers.network.options import NetworkOptions
from protocols.drivers.network.profile import Profile, choose
from protocols.errors import DeviceError

SLOW_SHARE = 20.0
"""Seconds that the tables which are asked seldom may take of one poll; what is not read by then is read another time."""
MOST_FAILURES = 3
"""Tables of one poll that the device may fail at."""


class NetworkSession:
    """Keeps what is known of the device between polls."""

    def __init__(self, client: Client, options: NetworkOptions, profiles: tuple[Profile, ...], clock: Clock) -> None:
        self._client, self._options, self._profiles, self._clock = client, options, profiles, clock
        self._memory: Memory | None = None
        self._inventory_at = self._slow_at = float("-inf")
        self._table_changed: object = None
        self._failed = 0

    async def poll(self) -> Reading:
        """One reading. Raises `DeviceError` when the device does not answer what every poll asks."""
        now, self._failed = self._clock.monotonic(), 0
        columns = await self._client.scalars(oids.STANDING)
        changed = scalar(columns, oids.IF_TABLE_CHANGED)
        inventory = now - self._inventory_at >= self._options.inventory_every or changed != self._table_changed
        memory = self._memory
        if memory is None or inventory:
            memory = await self._inventory()
        ports = await self._ports(memory)
        if memory.moved(ports, memory.ports):
            inventory, memory = True, await self._inventory()
            ports = await self._ports(memory)
        if inventory:
            self._inventory_at, self._table_changed = now, changed
        columns |= ports | await self._figures(memory)
        slow = now - self._slow_at >= self._options.slow_every
        if slow:
            columns |= await self._slow(memory)
            self._slow_at = now
        return memory.read(Fetched(now, columns, inventory, slow))

    @property
    def interfaces(self) -> Mapping[str, Interface]:
        """The interfaces by name, as far as they are known."""
        return self._memory.found if self._memory else {}

    async def look(self, name: str) -> list[Sample]:
        """The state of one watched port as it is now; nothing for another. Raises `DeviceError`."""
        memory = self._memory
        port = next((port for port in memory.ports if port.name == name), None) if memory else None
        if memory is None or port is None:
            return []
        columns = await self._client.cells(oids.PORT_STATE, [port.number])
        return [] if memory.moved(columns, [port]) else memory.glimpse(port.name, columns, self._clock.monotonic())

    async def close(self) -> None:
        """Give the socket back."""
        await self._client.close()

    async def _inventory(self) -> Memory:
        """Which interfaces there are and what the device is; what was known of links and counters stays."""
        client = self._client
        columns = await client.scalars(oids.SYSTEM)
        object_id = said(scalar(columns, oids.SYS_OBJECT_ID)) or ""
        profile = choose(self._profiles, object_id)
        columns |= await client.walk(oids.INTERFACES)
        columns |= await self._optional((*oids.ENTITIES, oids.BRIDGE_PORT_INTERFACE, *oids.LLDP_PORTS))
        if self._options.poe:
            columns |= await self._optional((oids.POE_STATUS,))
        columns |= await client.exact([attribute.oid for attribute in profile.attribute])
        if self._memory is None or self._memory.profile != profile:
            self._memory = Memory(self._options, profile)
        self._memory.learn(columns)
        return self._memory

    async def _ports(self, memory: Memory) -> Table:
        """The state of every watched port, and the counters of those that are up."""
        columns = await self._client.cells(oids.PORT_STATE, [port.number for port in memory.ports])
        up = memory.up(columns)
        wide, narrow = [port.number for port in up if port.wide], [port.number for port in up if not port.wide]
        columns |= await self._client.cells((*oids.COUNTERS, *oids.COUNTERS_64), wide)
        for column, rows in (
            await self._client.cells((*oids.COUNTERS, *oids.COUNTERS_32, oids.IF_SPEED), narrow)
        ).items():
            columns.setdefault(column, {}).update(rows)
        return columns

    async def _figures(self, memory: Memory) -> Table:
        """Power over Ethernet and the vendor's figures."""
        columns: Table = {}
        if memory.poe_ports:
            columns |= await self._client.cells(oids.POE_PORTS, list(memory.poe_ports))
            columns |= await self._optional(oids.POE_UNITS)
        columns |= await self._client.exact(vendor.scalars(memory.profile))
        return columns | await self._optional(tuple(vendor.tables(memory.profile, "poll")))

    async def _slow(self, memory: Memory) -> Table:
        """What is asked seldom. A device that is slow at its tables keeps its states and counters for it."""
        columns: Table = {}
        with suppress(TimeoutError):
            async with asyncio.timeout(SLOW_SHARE):
                columns |= await self._client.cells((oids.DUPLEX,), [port.number for port in memory.ports])
                if self._options.sensors:
                    columns |= await self._sensors(memory)
                columns |= await self._optional(tuple(vendor.tables(memory.profile, "slow")))
                if self._options.neighbours:
                    columns |= await self._neighbours()
        return columns

    async def _sensors(self, memory: Memory) -> Table:
        found = await self._optional(oids.SENSORS)
        return found if found or memory.profile.vendor != "Cisco" else await self._optional(oids.CISCO_SENSORS)

    async def _neighbours(self) -> Table:
        columns = await self._optional((*oids.LLDP, *oids.CDP))
        most = self._options.most_macs
        if most:
            bridged = await self._optional((oids.Q_FDB_PORT, oids.Q_FDB_STATUS), most)
            columns |= bridged or await self._optional((oids.FDB_PORT, oids.FDB_STATUS), most)
            addresses = await self._optional((oids.ARP_MAC,), most)
            columns |= addresses or await self._optional((oids.NEIGHBOUR_MAC,), most)
        return columns

    async def _optional(self, columns: tuple[str, ...], most: int = 5000) -> Table:
        """Tables that a device may fail at while it answers everything else: those it fails at are absent."""
        found: Table = {}
        for column in columns:
            try:
                found |= await self._client.walk((column,), most)
            except DeviceError:
                self._failed += 1
                if self._failed >= MOST_FAILURES:  # it is the device that is gone, not one table of it
                    raise
        return found
