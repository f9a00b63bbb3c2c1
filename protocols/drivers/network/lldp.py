"""Neighbours that announce themselves: LLDP (IEEE 802.1AB) and CDP. Pure.

What an index or identifier means is chosen by its subtype; a neighbour of whom nothing usable is said is left out.
"""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import NamedTuple

from protocols.driver import Neighbour
from protocols.drivers.network import oids
from protocols.drivers.network.columns import Columns, column, mac, octets, said, whole
from protocols.drivers.network.interfaces import Interface
from protocols.transports.snmp.values import Value

_CHASSIS_MAC, _CHASSIS_ADDRESS = 4, 5
"""LldpChassisIdSubtype."""
_PORT_MAC, _PORT_ADDRESS, _PORT_NAME = 3, 4, 5
"""LldpPortIdSubtype."""
_CARRIES_OTHERS = 0b0011_1000
"""LldpSystemCapabilitiesMap, first octet: bridge(2), wlanAccessPoint(3), router(4), the first bit being the highest."""
_TELEPHONE = 0b0000_0100
"""telephone(5): bridges for the computer plugged into it, and is no uplink for that."""
_CDP_CARRIES_OTHERS = 0x01 | 0x02 | 0x08
"""CDP capabilities: router, transparent bridge, switch."""
_CDP_TELEPHONE = 0x80
_CDP_IP = 1
MOST_NEIGHBOURS = 1000


class Heard(NamedTuple):
    """One neighbour, and whether it carries others: a switch, router or access point."""

    neighbour: Neighbour
    carries: bool


def heard(columns: Columns, found: Mapping[str, Interface]) -> list[Heard]:
    """The neighbours that LLDP and CDP tell of, LLDP first."""
    return [*_lldp(columns, found), *_cdp(columns, found)][:MOST_NEIGHBOURS]


def version_1(columns: Columns) -> Columns:
    """With the columns of LLDP-V2-MIB, where there are some, as LLDP-MIB has them.

    Its index has the interface's ifIndex as local port, and a destination address as third number.
    """
    if not column(columns, oids.LLDP_2[0]):
        return columns
    found = dict(columns)
    for first, second in zip(oids.LLDP, oids.LLDP_2, strict=True):
        rows = ((index.split("."), value) for index, value in column(columns, second).items())
        found[first] = {".".join((*parts[:2], *parts[3:])): value for parts, value in rows}
    return found


def _lldp(columns: Columns, found: Mapping[str, Interface]) -> Iterator[Heard]:
    ports = local_ports(columns, found)
    addresses = _addresses(columns)
    for index, kind in column(columns, oids.LLDP_REMOTE_CHASSIS_TYPE).items():
        parts = index.split(".")
        if len(parts) != 3:  # lldpRemTimeMark, lldpRemLocalPortNum, lldpRemIndex
            continue
        chassis = column(columns, oids.LLDP_REMOTE_CHASSIS).get(index)
        port = column(columns, oids.LLDP_REMOTE_PORT).get(index)
        port_kind = whole(column(columns, oids.LLDP_REMOTE_PORT_TYPE).get(index))
        its_mac = mac(chassis) or _mac_of_name(said(chassis)) if whole(kind) == _CHASSIS_MAC else None
        its_mac = its_mac or (mac(port) if port_kind == _PORT_MAC else None)
        address = addresses.get(index) or (_network_address(chassis) if whole(kind) == _CHASSIS_ADDRESS else None)
        name = said(column(columns, oids.LLDP_REMOTE_NAME).get(index))
        if not (its_mac or address or name):
            continue
        enabled = column(columns, oids.LLDP_REMOTE_ENABLED).get(index)
        bits = enabled[0] if isinstance(enabled, bytes) and enabled else 0
        carries = bool(bits & _CARRIES_OTHERS) and not bits & _TELEPHONE
        local = ports.get(parts[1]) or f"port {parts[1]}"
        yield Heard(Neighbour(local, "lldp", its_mac, name, address), carries)


def local_ports(columns: Columns, found: Mapping[str, Interface]) -> dict[str, str]:
    """The interface's name for each lldpLocPortNum, which may be an ifIndex, a bridge port or a number of its own."""
    names = set(found)
    by_index = {each.number: each.name for each in found.values()}
    by_mac = {each.mac: each.name for each in found.values() if each.mac}
    bridge = column(columns, oids.BRIDGE_PORT_INTERFACE)
    ports = {}
    numbers = dict.fromkeys([*column(columns, oids.LLDP_PORT_TYPE), *_numbers_of_neighbours(columns)])
    for number in numbers:
        kind = whole(column(columns, oids.LLDP_PORT_TYPE).get(number))
        own = column(columns, oids.LLDP_PORT).get(number)
        told = [said(own) if kind != _PORT_MAC else by_mac.get(mac(own) or "")]
        told.append(said(column(columns, oids.LLDP_PORT_DESCR).get(number)))
        interface = str(whole(bridge.get(number)) or "")
        guesses = [*(each for each in told if each in names), by_index.get(number), by_index.get(interface)]
        name = next((guess for guess in guesses if guess), None)
        if name is None and told[0] in by_index:
            name = by_index[told[0] or ""]
        if name:
            ports[number] = name
    return ports


def _numbers_of_neighbours(columns: Columns) -> Iterator[str]:
    for index in column(columns, oids.LLDP_REMOTE_CHASSIS_TYPE):
        if index.count(".") == 2:
            yield index.split(".")[1]


def _addresses(columns: Columns) -> dict[str, str]:
    """The management address of each remote index, IPv4 before IPv6: the address is in the index of lldpRemManAddrTable."""
    found: dict[str, str] = {}
    for index in column(columns, oids.LLDP_REMOTE_ADDRESS):
        parts = index.split(".")
        if len(parts) < 6:
            continue
        remote, family, raw = ".".join(parts[:3]), parts[3], octets(".".join(parts[5:]))
        address = _ip(family, raw)
        if address and (remote not in found or family == "1"):
            found[remote] = address
    return found


_NOWHERE = ("127.0.0.1", "::1")


def _ip(family: str, raw: bytes | None) -> str | None:
    """An address of IANA's AddressFamilyNumbers 1 (IPv4) or 2 (IPv6); none for 0.0.0.0 and 127.0.0.1, which some announce."""
    if raw is None or len(raw) != {"1": 4, "2": 16}.get(family):
        return None
    address = ip_address(raw)
    return None if address.is_unspecified or str(address) in _NOWHERE else str(address)


def _network_address(chassis: Value | None) -> str | None:
    """A chassis named by its address: one octet of family, then the address."""
    return _ip(str(chassis[0]), chassis[1:]) if isinstance(chassis, bytes) and chassis else None


def _cdp(columns: Columns, found: Mapping[str, Interface]) -> Iterator[Heard]:
    by_index = {each.number: each.name for each in found.values()}
    for index, device in column(columns, oids.CDP_DEVICE).items():
        interface = index.split(".", 1)[0]
        raw = column(columns, oids.CDP_ADDRESS).get(index)
        family = whole(column(columns, oids.CDP_ADDRESS_TYPE).get(index))
        address = _ip("1", raw) if family == _CDP_IP and isinstance(raw, bytes) else None
        name = said(device)
        if not (name or address):
            continue
        told = column(columns, oids.CDP_CAPABILITIES).get(index)
        bits = int.from_bytes(told[-4:], "big") if isinstance(told, bytes) else 0
        carries = bool(bits & _CDP_CARRIES_OTHERS) and not bits & _CDP_TELEPHONE
        its_mac = mac(device) or _mac_of_name(name)
        local = by_index.get(interface) or f"port {interface}"
        yield Heard(Neighbour(local, "cdp", its_mac, None if its_mac else name, address), carries)


def _mac_of_name(name: str | None) -> str | None:
    """A MAC that is written: a phone's or HPE switch's CDP name (`SEP0011223344AA`, or the digits alone), some chassis' ID."""
    digits = "".join(each for each in (name or "").upper().removeprefix("SEP") if each not in ":-. ")
    if len(digits) != 12 or not all(each in "0123456789ABCDEF" for each in digits):
        return None
    return mac(bytes.fromhex(digits))
