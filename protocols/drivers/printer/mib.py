"""A printer asked over SNMP: which rows it has is looked up seldom, their values with every poll."""

import asyncio
from collections.abc import Mapping

from protocols.clock import Clock
from protocols.drivers.printer import oids
from protocols.errors import DeviceError
from protocols.transports.snmp.client import Snmp
from protocols.transports.snmp.values import Value

MOST_ROWS = 256
"""Most rows of one column."""
MOST_LINES = 8
"""Most lines of a display: copiers have whole screens of them."""
LOOK_EVERY = 900.0
"""Seconds between two looks at which rows there are, when nothing says that they changed."""
MOST_ALERTS = 64
PATIENCE = 25.0
"""Seconds that one reading may take; a printer whose every answer is late is told as such."""


class MibSource:
    """One printer's objects. `read` raises `DeviceError` when it does not answer, or is no printer."""

    def __init__(self, snmp: Snmp, clock: Clock) -> None:
        self._snmp, self._clock = snmp, clock
        self._kept: dict[str, Value] = {}
        self._rows: list[str] = []
        self._alerts: dict[str, dict[str, Value]] = {}
        self._fickle: set[str] = set()
        self._looked_at = 0.0
        self._uptime = 0

    async def read(self) -> dict[str, Value]:
        """OID → value: system, identity, every row of `oids.COLUMNS`, and the alerts that are there."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._read()
        except TimeoutError as error:
            raise DeviceError(
                f"snmp {self._snmp.place}: it answers too slowly: not all within {PATIENCE:g} s"
            ) from error

    async def _read(self) -> dict[str, Value]:
        found = await self._snmp.get([*oids.SYSTEM, *self._rows])
        if self._has_changed(found):
            self._rows = []  # a look that is cut short is made anew
            found = {**await self._look(), **{oid: found[oid] for oid in oids.SYSTEM if oid in found}}
        return {**self._kept, **found, **await self._read_alerts()}

    async def close(self) -> None:
        """Give the socket back."""
        await self._snmp.close()

    def _has_changed(self, found: Mapping[str, Value]) -> bool:
        """Whether the rows may be others: never looked, long ago, one is gone, it restarted, or its configuration changed."""
        uptime = found.get(oids.SYS_UPTIME)
        before, self._uptime = self._uptime, uptime if isinstance(uptime, int) else 0
        if self._uptime < before:
            self._alerts = {}  # their numbers begin anew: the same number is another alert
            return True
        if not self._rows or self._clock.monotonic() - self._looked_at > LOOK_EVERY:
            self._fickle = set()
            return True
        gone = {oid for oid in self._rows if oid not in found} - self._fickle
        self._fickle |= gone  # walked and not to be had alone: not a reason to walk everything with every poll
        return bool(gone) or any(
            found[oid] != self._kept.get(oid) for oid in self._rows if oid.startswith(oids.CONFIG_CHANGES)
        )

    async def _look(self) -> dict[str, Value]:
        """Walk every column: those of identity are kept, the others' rows asked for from now on."""
        found: dict[str, Value] = {}
        for column in oids.COLUMNS:
            found |= await self._snmp.walk(column, MOST_LINES if column == oids.DISPLAY else MOST_ROWS)
        if not any(oid.startswith((oids.PRINTER_MIB + ".", oids.HR_PRINTER_STATUS)) for oid in found):
            raise DeviceError(
                f"snmp {self._snmp.place}: answers but is no printer: it has neither Printer-MIB nor hrPrinterTable; "
                'is the address right? Where it is, SNMP shows too little: sources = "ipp"'
            )
        kept: dict[str, Value] = {}
        for column in oids.IDENTITY:
            kept |= await self._snmp.walk(column, MOST_ROWS)
        self._kept = kept | {oid: value for oid, value in found.items() if oid.startswith(oids.CONFIG_CHANGES)}
        self._rows = [oid for oid in found if _is_ours(oid, found)]
        self._looked_at = self._clock.monotonic()
        return found

    async def _read_alerts(self) -> dict[str, Value]:
        """The alert table; an alert's details are asked once, as long as it stays."""
        codes = await self._snmp.walk(oids.ALERT_CODE, MOST_ALERTS)
        now: dict[str, dict[str, Value]] = {}
        for oid, code in codes.items():
            known = self._alerts.get(oid)
            if known is None or known[oid] != code:
                row = oid.removeprefix(oids.ALERT_CODE)
                known = {oid: code, **await self._snmp.get([column + row for column in oids.ALERT_DETAIL])}
            now[oid] = known
        self._alerts = now
        return {oid: value for alert in now.values() for oid, value in alert.items()}


def _is_ours(oid: str, found: Mapping[str, Value]) -> bool:
    """Whether it is of a printer: hrDeviceTable has processors and disks, too."""
    row = oid.removeprefix(oids.HR_DEVICE_STATUS)
    return row == oid or oids.HR_PRINTER_STATUS + row in found
