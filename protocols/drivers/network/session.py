"""One network device, open for reading: states and counters at each poll, tables seldom, and what it tells by traps."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

from protocols.clock import Clock
from protocols.driver import Reading, Sample
from protocols.drivers.network import oids, vendor
from protocols.drivers.network.client import MOST_ROWS, Client, Table
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
        self._inventory_due = self._slow_due = 0.0
        self._table_changed: object = None
        self._failed = 0

    async def poll(self) -> Reading:
        """One reading. Raises `DeviceError` when the device does not answer what every poll asks."""
        began, self._failed = self._clock.monotonic(), 0
        memory = self._memory
        inventory = memory is None or began >= self._inventory_due
        if memory is None or inventory:
            memory = await self._inventory(began)
        at, columns = await self._standing(memory)
        changed = scalar(columns, oids.IF_TABLE_CHANGED)
        if memory.moved(columns, memory.ports) or (not inventory and changed != self._table_changed):
            inventory, memory = True, await self._inventory(began)
            at, columns = await self._standing(memory)
        self._table_changed = scalar(columns, oids.IF_TABLE_CHANGED)
        await self._figures(memory, columns)
        slow = began >= self._slow_due
        if slow:
            await self._slow(memory, columns)
            self._slow_due = began + self._options.slow_every
        return memory.read(Fetched(at, columns, inventory, slow))

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

    async def _inventory(self, began: float) -> Memory:
        """Which interfaces there are and what the device is; what was known of links and counters stays.

        Where a table failed it is asked again with the slow tables, not in six hours.
        """
        client, failed = self._client, self._failed
        columns = await client.scalars(oids.SYSTEM)
        object_id = said(scalar(columns, oids.SYS_OBJECT_ID)) or ""
        profile = choose(self._profiles, object_id)
        columns |= await client.walk(oids.INTERFACES)
        await self._optional(columns, (*oids.ENTITIES, oids.BRIDGE_PORT_INTERFACE, *oids.LLDP_PORTS))
        if self._options.poe:
            await self._optional(columns, (oids.POE_STATUS,))
        columns |= await client.exact([attribute.oid for attribute in profile.attribute])
        if self._memory is None or self._memory.profile != profile:
            self._memory = Memory(self._options, profile)
        self._memory.learn(columns)
        whole = self._failed == failed
        self._inventory_due = began + (self._options.inventory_every if whole else self._options.slow_every)
        return self._memory

    async def _standing(self, memory: Memory) -> tuple[float, Table]:
        """Uptime, states and counters, with the time (monotonic) at which they were asked: nothing slow comes between."""
        at = self._clock.monotonic()
        return at, await self._client.scalars(oids.STANDING) | await self._ports(memory)

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

    async def _figures(self, memory: Memory, columns: Table) -> None:
        """Power over Ethernet and the vendor's figures."""
        if memory.poe_ports:
            columns |= await self._client.cells(oids.POE_PORTS, list(memory.poe_ports))
            await self._optional(columns, oids.POE_UNITS)
        columns |= await self._client.exact(vendor.scalars(memory.profile))
        await self._optional(columns, vendor.tables(memory.profile, "poll"))

    async def _slow(self, memory: Memory, columns: Table) -> None:
        """What is asked seldom. A device that is slow at its tables keeps its states and counters for it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SLOW_SHARE):
                columns |= await self._client.cells((oids.DUPLEX,), [port.number for port in memory.ports])
                if self._options.sensors:
                    await self._first_of(columns, *_sensors(memory.profile))
                await self._optional(columns, vendor.tables(memory.profile, "slow"))
                if self._options.neighbours:
                    await self._neighbours(columns)

    async def _neighbours(self, columns: Table) -> None:
        await self._optional(columns, (*oids.LLDP, *oids.CDP))
        most = self._options.most_macs
        if most:
            await self._first_of(
                columns, (oids.Q_FDB_PORT, oids.Q_FDB_STATUS), (oids.FDB_PORT, oids.FDB_STATUS), most=most
            )
            await self._first_of(columns, (oids.ARP_MAC,), (oids.NEIGHBOUR_MAC,), most=most)

    async def _first_of(self, columns: Table, *choices: Sequence[str], most: int = MOST_ROWS) -> None:
        """The first of these tables that the device has."""
        for choice in choices:
            await self._optional(columns, choice, most)
            if columns.get(choice[0]):
                return

    async def _optional(self, columns: Table, wanted: Sequence[str], most: int = MOST_ROWS) -> None:
        """Tables that a device may fail at while it answers everything else: those it fails at are absent."""
        for column in wanted:
            try:
                columns |= await self._client.walk((column,), most)
            except DeviceError:
                self._failed += 1
                if self._failed >= MOST_FAILURES:  # it is the device that is gone, not one table of it
                    raise


def _sensors(profile: Profile) -> tuple[Sequence[str], ...]:
    return (oids.SENSORS, oids.CISCO_SENSORS) if profile.vendor == "Cisco" else (oids.SENSORS,)
