"""Fetches what a UPS says: over SNMP from whichever of the MIBs it has, or from a NUT server."""

from typing import NamedTuple

from protocols.clock import Clock
from protocols.drivers.ups import mibs
from protocols.drivers.ups.mibs import MIBS, Mib
from protocols.drivers.ups.nut import NutServer
from protocols.errors import DeviceError
from protocols.transports.snmp.client import Snmp
from protocols.transports.snmp.values import Value

MOST_ALARMS = 64
ALARM_TABLES = ((mibs.ALARMS_PRESENT, mibs.ALARM_TABLE), (mibs.XUPS_ALARMS, mibs.XUPS_ALARM_TABLE))
IDENTITY = 60
"""Every how many polls the facts, and all the MIBs, are asked for again."""


class Answer(NamedTuple):
    """What was found, of which MIBs, and the OIDs of upsAlarmDescr and xupsAlarmDescr."""

    found: dict[str, Value]
    having: tuple[Mib, ...]
    alarms: list[str]


class SnmpUps:
    """A UPS, or its network card, that speaks SNMP."""

    def __init__(self, snmp: Snmp, clock: Clock) -> None:
        self.snmp, self.clock = snmp, clock
        self._having: tuple[Mib, ...] = ()
        self._polls = 0

    async def read(self) -> Answer:
        """One look. Raises `DeviceError`, also when what answers is no UPS."""
        anew = self._polls % IDENTITY == 0 or not self._having  # a card that has just started has not all of them yet
        asked = MIBS if anew else self._having
        found = await self.snmp.get([oid for mib in asked for oid in mibs.polled(mib)])
        having = tuple(mib for mib in asked if any(row.oid in found for row in mib.rows))
        if not having:
            self._having = ()
            raise DeviceError(
                f"snmp {self.snmp.place}: answers and has no figures of a UPS (UPS-MIB, PowerNet-MIB, XUPS-MIB): is it one, "
                "and may this credential see them? A card that has lost its UPS, or just started, says this too"
            )
        if anew:
            self._having = having
        told: list[str] = []
        for count, table in ALARM_TABLES:
            present = found.get(count)
            if isinstance(present, int) and present > 0:
                rows = await self.snmp.walk(table, MOST_ALARMS)
                told += [value for value in rows.values() if isinstance(value, str)]
        if anew:
            found |= await self.snmp.get([oid for mib in having for oid in mibs.identity(mib)])
        self._polls += 1
        return Answer(found, having, told)

    async def close(self) -> None:
        """Give the socket back."""
        await self.snmp.close()


class NutUps:
    """A UPS that a NUT server knows by `name`; None: the only one it knows."""

    def __init__(self, server: NutServer, name: str | None) -> None:
        self.server, self.name = server, name

    async def read(self) -> tuple[str, dict[str, str]]:
        """Its name and variables. Raises `DeviceError`."""
        name = self.name or await self._only()
        return name, await self.server.variables(name)

    async def status(self) -> str:
        """`ups.status` alone. Raises `DeviceError`."""
        return await self.server.variable(self.name or await self._only(), "ups.status")

    async def _only(self) -> str:
        known = await self.server.names()
        if len(known) != 1:
            listed = ", ".join(known)[:200] or "none"
            raise DeviceError(
                f"nut {self.server.place}: it knows {len(known)} UPSs ({listed}): write the one meant behind a slash, "
                f"for example nut://{self.server.place}/{known[0] if known else 'ups'}"
            )
        return known[0]

    async def close(self) -> None:
        """End the connection."""
        await self.server.close()
