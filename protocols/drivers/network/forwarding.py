"""Neighbours that a bridge or router has learnt: its forwarding table (BRIDGE-MIB, Q-BRIDGE-MIB) and its ARP table. Pure."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address

from protocols.driver import Neighbour
from protocols.drivers.network import oids
from protocols.drivers.network.columns import Columns, column, mac, octets, whole
from protocols.drivers.network.interfaces import Interface

_NOT_LEARNT = {2, 4}
"""dot1dTpFdbStatus: invalid; self, an address of the bridge's own."""
MOST_ROWS = 20_000


def learnt(columns: Columns, found: Mapping[str, Interface]) -> list[Neighbour]:
    """Who was seen on which port, by MAC; each port and MAC once. The bridge's own addresses are left out."""
    seen: dict[tuple[str, str], None] = {}
    own = {each.mac for each in found.values()}
    names = _port_names(columns, found)
    for port, address in _rows(columns):
        name = names.get(port)
        if name and address not in own:
            seen[name, address] = None
        if len(seen) >= MOST_ROWS:
            break
    return [Neighbour(name, "fdb", mac=address) for name, address in seen]


def addressed(columns: Columns, found: Mapping[str, Interface]) -> list[Neighbour]:
    """Which address has which MAC, as the device's own ARP or neighbour table says; `port` is the interface it is behind."""
    by_index = {each.number: each.name for each in found.values()}
    rows: dict[tuple[str, str], str] = {}
    for index, value in column(columns, oids.ARP_MAC).items():  # ifIndex, then the IPv4 address
        interface, _, rest = index.partition(".")
        _keep(rows, mac(value), octets(rest), by_index.get(interface, f"interface {interface}"))
    for index, value in column(columns, oids.NEIGHBOUR_MAC).items():  # ifIndex, type, length, the address
        parts = index.split(".")
        raw = octets(".".join(parts[3:])) if len(parts) > 4 and parts[1] in ("1", "2") else None
        _keep(rows, mac(value), raw, by_index.get(parts[0], f"interface {parts[0]}"))
    return [Neighbour(port, "arp", mac=hardware, address=address) for (hardware, address), port in rows.items()]


def _keep(rows: dict[tuple[str, str], str], hardware: str | None, raw: bytes | None, port: str) -> None:
    if hardware and raw is not None and len(raw) in (4, 16) and len(rows) < MOST_ROWS:
        rows[hardware, str(ip_address(raw))] = port


def _rows(columns: Columns) -> Iterator[tuple[str, str]]:
    """Bridge port and MAC: Q-BRIDGE-MIB's rows (every VLAN) where there are any, else BRIDGE-MIB's."""
    wide = column(columns, oids.Q_FDB_PORT)
    table, states = (wide, oids.Q_FDB_STATUS) if wide else (column(columns, oids.FDB_PORT), oids.FDB_STATUS)
    status = column(columns, states)
    for index, value in table.items():
        raw = octets(".".join(index.split(".")[-6:]))
        port = whole(value)
        address = mac(raw) if raw else None
        if port and address and whole(status.get(index)) not in _NOT_LEARNT:
            yield str(port), address


def _port_names(columns: Columns, found: Mapping[str, Interface]) -> dict[str, str]:
    """The interface of each bridge port (dot1dBasePortIfIndex); a bridge that keeps no such table counts by ifIndex."""
    by_index = {each.number: each.name for each in found.values()}
    table = column(columns, oids.BRIDGE_PORT_INTERFACE)
    ports = (
        {port: str(whole(value) or "") for port, value in table.items()} if table else {each: each for each in by_index}
    )
    return {port: by_index[index] for port, index in ports.items() if index in by_index}
