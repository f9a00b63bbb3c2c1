"""Fetches columns and cells of a device's tables; nothing else is ever asked of it, and nothing is ever set."""

from collections.abc import Iterable, Sequence

from protocols.transports.snmp.client import Snmp
from protocols.transports.snmp.values import Value

Table = dict[str, dict[str, Value]]
"""Column OID → index → value."""
MOST_ROWS = 5000


class Client:
    """One device. Every call raises `DeviceError` when it does not answer."""

    def __init__(self, snmp: Snmp) -> None:
        self._snmp = snmp

    async def scalars(self, oids: Iterable[str]) -> Table:
        """These scalars, given without their `.0`."""
        return await self.cells(oids, ["0"])

    async def cells(self, columns: Iterable[str], indexes: Sequence[str]) -> Table:
        """These columns at these indexes; what the device does not have is absent."""
        return await self.exact([f"{oid}.{index}" for index in indexes for oid in columns], tuple(columns))

    async def exact(self, wanted: Sequence[str], columns: Sequence[str] = ()) -> Table:
        """These OIDs, each under that of `columns` that it lies below, else under itself without its last number."""
        table: Table = {}
        for oid, value in (await self._snmp.get(wanted)).items() if wanted else ():
            column = next((each for each in columns if oid.startswith(each + ".")), oid.rpartition(".")[0])
            table.setdefault(column, {})[oid[len(column) + 1 :]] = value
        return table

    async def walk(self, columns: Iterable[str], most: int = MOST_ROWS) -> Table:
        """These columns whole, at most `most` rows of each; a column that the device does not have is absent."""
        table: Table = {}
        for column in columns:
            rows = await self._snmp.walk(column, most)
            if rows:
                table[column] = {oid[len(column) + 1 :]: value for oid, value in rows.items()}
        return table

    def of_vlan(self, vlan: int) -> "Client":
        """The device as Cisco shows one VLAN of it; to be closed by itself."""
        return Client(self._snmp.of_vlan(vlan))

    async def close(self) -> None:
        """Give the socket back."""
        await self._snmp.close()
