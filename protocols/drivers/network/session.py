"""One network device, open for reading: states and counters at each poll, tables seldom, and what it tells by traps."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

from protocols.clock import Clock
from protocols.driver import Reading, Sample
from protocols.drivers.network import oids, vendor, vlans
from protocols.drivers.network.client import MOST_ROWS, Client, Table
from protocols.drivers.network.columns import said, scalar
from protocols.drivers.network.decode import Fetched, Memory
from protocols.drivers.network.interfaces import Interface
from protocols.drivers.network.options import NetworkOptions
from protocols.drivers.network.profile import Profile, choose
from protocols.errors import DeviceError

PORTS_AT_ONCE = 16
"""Ports whose counters get one time: half a second of a slow device's."""
SLOW_SHARE = 20.0
"""Seconds that the tables which are asked seldom may take of one poll; what is not read by then is read another time."""
MOST_FAILURES = 3
"""Tables of one poll that the device may fail at."""


class NetworkSession:
    """Keeps what is known of the device between polls."""

    def __init__(self, client: Client, options: NetworkOptions, profiles: tuple[Profile, ...], clock: Clock) -> None:
        self._client, self._options, self._profiles, self._clock = client, options, profiles, clock
        self._memory: Memory | None = None
        self._inventory_due = self._slow_due = self._inventory_at = 0.0
        self._first_table = 0
        self._table_changed: object = None
        self._failed = 0

    async def poll(self) -> Reading:
        """One reading. Raises `DeviceError` when the device does not answer what every poll asks."""
        began, self._failed = self._clock.monotonic(), 0
        memory = self._memory
        inventory = memory is None or began >= self._inventory_due
        if memory is None or inventory:
            memory = await self._inventory(began)
        at, columns, times = await self._standing(memory)
        if memory.moved(columns, memory.ports) or (not inventory and self._has_changed(columns, began)):
            inventory, memory = True, await self._inventory(began)
            at, columns, times = await self._standing(memory)
        if inventory:
            self._table_changed, self._inventory_at = scalar(columns, oids.IF_TABLE_CHANGED), began
        await self._figures(memory, columns)
        slow, told = began >= self._slow_due, False
        if slow:
            told = await self._slow(memory, columns)
            self._slow_due = began + self._options.slow_every
        reading = memory.read(Fetched(at, columns, inventory, slow, told, times))
        if reading.events and not inventory:  # restarted: with another version, perhaps, or other modules
            self._inventory_due = 0.0
        return reading

    def _has_changed(self, columns: Table, began: float) -> bool:
        """Whether interfaces came or went; a firewall whose tunnels do so all the time is not asked for all names each minute."""
        changed = scalar(columns, oids.IF_TABLE_CHANGED) != self._table_changed
        return changed and began >= self._inventory_at + self._options.slow_every

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
        profile = choose(self._profiles, object_id, said(scalar(columns, oids.SYS_DESCR)) or "")
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

    async def _standing(self, memory: Memory) -> tuple[float, Table, dict[str, float]]:
        """Uptime, states and counters, with the times (monotonic) at which they and each port's counters were asked."""
        at, times = self._clock.monotonic(), dict[str, float]()
        columns = await self._client.scalars(oids.STANDING)
        columns |= await self._client.cells(oids.PORT_STATE, [port.number for port in memory.ports])
        up = memory.up(columns)
        wide, narrow = [port.number for port in up if port.wide], [port.number for port in up if not port.wide]
        for wanted, numbers in (
            ((*oids.COUNTERS, *oids.COUNTERS_64), wide),
            ((*oids.COUNTERS, *oids.COUNTERS_32, oids.IF_SPEED), narrow),
        ):
            for start in range(0, len(numbers), PORTS_AT_ONCE):
                some = numbers[start : start + PORTS_AT_ONCE]
                times |= dict.fromkeys(some, self._clock.monotonic())
                for column, rows in (await self._client.cells(wanted, some)).items():
                    columns.setdefault(column, {}).update(rows)
        return at, columns, times

    async def _figures(self, memory: Memory, columns: Table) -> None:
        """Power over Ethernet and the vendor's figures."""
        if memory.poe_ports:
            columns |= await self._client.cells(oids.POE_PORTS, list(memory.poe_ports))
            await self._optional(columns, oids.POE_UNITS)
        columns |= await self._client.exact(vendor.scalars(memory.profile))
        await self._optional(columns, vendor.tables(memory.profile, "poll"))

    async def _slow(self, memory: Memory, columns: Table) -> bool:
        """What is asked seldom; whether the neighbours were read to the end.

        A device that is slow at its tables keeps its states and counters for it, and begins next time where it came to.
        """
        steps, told = (self._duplex, self._sensors, self._vendors, self._neighbours), False
        with suppress(TimeoutError):
            async with asyncio.timeout(SLOW_SHARE):
                for _ in steps:
                    step = steps[self._first_table]
                    await step(memory, columns)
                    told = told or step == self._neighbours
                    self._first_table = (self._first_table + 1) % len(steps)
        return told

    async def _duplex(self, memory: Memory, columns: Table) -> None:
        columns |= await self._client.cells((oids.DUPLEX,), [port.number for port in memory.ports])

    async def _sensors(self, memory: Memory, columns: Table) -> None:
        if self._options.sensors:
            own = (oids.SENSORS, oids.CISCO_SENSORS) if memory.profile.vendor == "Cisco" else (oids.SENSORS,)
            await self._first_of(columns, *own)

    async def _vendors(self, memory: Memory, columns: Table) -> None:
        await self._optional(columns, vendor.tables(memory.profile, "slow"))

    async def _neighbours(self, memory: Memory, columns: Table) -> None:
        if not self._options.neighbours:
            return
        await self._optional(columns, (*oids.LLDP, *oids.CDP))
        if not columns.get(oids.LLDP_REMOTE_CHASSIS_TYPE):
            await self._optional(columns, oids.LLDP_2[:1])
        if columns.get(oids.LLDP_2[0]):
            await self._optional(columns, oids.LLDP_2[1:])
        most = self._options.most_macs
        if most:
            await self._first_of(
                columns, (oids.Q_FDB_PORT, oids.Q_FDB_STATUS), (oids.FDB_PORT, oids.FDB_STATUS), most=most
            )
            if memory.profile.vendor == "Cisco" and not columns.get(oids.Q_FDB_PORT):
                for column, rows in (await vlans.learnt(self._client, most)).items():
                    columns.setdefault(column, {}).update(rows)
            await self._first_of(columns, (oids.ARP_MAC,), (oids.NEIGHBOUR_MAC,), most=most)

    async def _first_of(self, columns: Table, *choices: Sequence[str], most: int = MOST_ROWS) -> None:
        """The first of these tables that the device has."""
        for choice in choices:
            await self._optional(columns, choice, most)
            if columns.get(choice[0]):
                return

    async def _optional(self, columns: Table, wanted: Sequence[str], most: int = MOST_ROWS) -> None:
        """Tables that a device may fail at while it answers everything else: those it fails at are absent.

        After `MOST_FAILURES` of them no more are asked for in this poll. Raises `DeviceError` when it is the device that is gone.
        """
        for column in wanted:
            if self._failed >= MOST_FAILURES:
                return
            try:
                columns |= await self._client.walk((column,), most)
            except DeviceError:
                self._failed += 1
                await self._client.scalars((oids.SYS_UPTIME,))
