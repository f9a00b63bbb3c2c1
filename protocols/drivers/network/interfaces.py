"""Which interfaces a device has and which of them are watched. Pure.

An interface is known by its name, never by its ifIndex: that one is dealt anew at a restart on many devices.
"""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from protocols.drivers.network import oids
from protocols.drivers.network.columns import Columns, column, mac, said, whole

AGGREGATE = 161
"""ieee8023adLag (IANAifType-MIB)."""
_WIRED = {6, 62, 69, 117}
"""ethernetCsmacd, fastEther, fastEtherFX, gigabitEthernet."""
_GROUPS = {AGGREGATE, 54}
"""propMultiplexor: what HPE calls a trunk."""
RADIO = 71
"""ieee80211."""
_RADIO_NAMES = ("ath", "wifi", "wlan", "rai", "ra0", "ra1", "apcli")
"""What Linux calls the radios of access points, which it has as ethernetCsmacd."""
_OTHER_LINES = {23, 32, 94, 95, 96, 97, 237, 238, 250}
"""ppp, frame relay, the DSL family, gpon: what a branch's router has as its line."""
_VIRTUAL = ("lo", "null", "vlan", "vl", "tunnel", "loopback", "dummy", "docker", "br-", "ifb", "sit", "teql", "gre", "bond-", "cpu", "stack", "async", "unrouted", "control", "defaul", "ovs", "virbr", "vnet", "tap")  # fmt: skip
MOST_INTERFACES = 2000


class Interface(NamedTuple):
    """One interface. `number` is its ifIndex at this moment; `wide`: it has 64-bit counters."""

    name: str
    number: str
    kind: int
    alias: str | None
    mac: str | None
    connector: bool | None
    wide: bool

    @property
    def aggregate(self) -> bool:
        """Several lines used as one."""
        return self.kind in _GROUPS

    @property
    def radio(self) -> bool:
        """A radio: it repeats and drops all the time, and its speed is a figure of the box it came in."""
        return self.kind == RADIO or self.name.startswith(_RADIO_NAMES)


def interfaces(columns: Columns) -> dict[str, Interface]:
    """Every interface by its name (ifName, else ifDescr, else its number), in the device's order."""
    described = column(columns, oids.IF_DESCR)
    named = column(columns, oids.IF_NAME)
    kinds = column(columns, oids.IF_TYPE)
    indexes = list(dict.fromkeys([*named, *described, *kinds]))[:MOST_INTERFACES]
    found: dict[str, Interface] = {}
    for index in indexes:
        name = said(named.get(index)) or said(described.get(index)) or f"interface {index}"
        if name in found:
            name = said(described.get(index)) or name
        number = 2
        while name in found:  # a device that names two alike: told apart by their order, which a restart keeps
            name, number = f"{name.rsplit(' #', 1)[0]} #{number}", number + 1
        found[name] = _interface(columns, name, index)
    return found


def name_at(columns: Columns, index: str) -> str | None:
    """The name that an index has now, as far as ifName tells."""
    return said(column(columns, oids.IF_NAME).get(index))


def _interface(columns: Columns, name: str, index: str) -> Interface:
    connector = whole(column(columns, oids.IF_CONNECTOR_PRESENT).get(index))
    return Interface(
        name,
        index,
        whole(column(columns, oids.IF_TYPE).get(index)) or 0,
        said(column(columns, oids.IF_ALIAS).get(index)),
        mac(column(columns, oids.IF_PHYS_ADDRESS).get(index)),
        None if connector not in (1, 2) else connector == 1,
        index in column(columns, oids.IF_HC_IN_OCTETS),
    )


def watched(found: Mapping[str, Interface], which: str, more: Sequence[str], less: Sequence[str]) -> list[Interface]:
    """The interfaces to read: those of the choice `which` ("physical", "all", "none"), those that `more` names, without `less`."""
    chosen = [each for each in found.values() if _chosen(each, which) or matches(each, more)]
    return [each for each in chosen if not matches(each, less)]


def matches(interface: Interface, patterns: Sequence[str]) -> bool:
    """Whether a pattern (`*` allowed, case ignored) fits its name or what the people who run it wrote beside it."""
    texts = [text.lower() for text in (interface.name, interface.alias) if text]
    return any(fnmatchcase(text, pattern.lower()) for pattern in patterns for text in texts)


def _chosen(interface: Interface, which: str) -> bool:
    if which == "all":
        return True
    if which == "none" or interface.name.lower().startswith(_VIRTUAL):
        return False
    if interface.aggregate:
        return True
    return interface.kind in {*_WIRED, RADIO, *_OTHER_LINES} and interface.connector is not False
