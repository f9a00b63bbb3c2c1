"""Which device hangs off which: from what switches, access points and routers say of their neighbours. Pure.

A *sighting* is a device seen on a port of another. A port that announces it (LLDP, CDP) beats one that merely has learnt its
MAC; of several that have learnt it, the one nearest to it counts: a port behind which another switch sees it too is an uplink.
Between switches the direction is the agent's: a switch hangs off the one through which the agent reaches it, so that what is
unreachable behind a dead switch is that switch's fault. Where this cannot be told, there is no parent rather than a guess.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from protocols.driver import Neighbour

ANNOUNCED = ("lldp", "cdp")
Port = tuple[str, str]
"""Key of a device and the name of its port."""


class Known(NamedTuple):
    """What is known of one device: its address without a port, MACs (lower-case, colons) and names (lower-case)."""

    key: str
    address: str = ""
    macs: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()


class Place(NamedTuple):
    """Where the agent itself stands: the MACs of its own interfaces, those of its gateway, and IP → MAC as it has learnt them."""

    own: frozenset[str] = frozenset()
    gateway: frozenset[str] = frozenset()
    table: Mapping[str, str] = {}


class Link(NamedTuple):
    """A device's parent: its key and the port of it."""

    parent: str
    port: str


def links(devices: Sequence[Known], seen: Mapping[str, Sequence[Neighbour]], place: Place) -> dict[str, Link]:
    """The parent of each device that has one. `seen`: by key, the newest neighbours of every device that tells of some."""
    found = Sightings(devices, seen, place)
    carriers = [device.key for device in devices if device.key in found.carriers]
    result = {}
    for device in devices:
        if device.key not in found.carriers:
            port = found.nearest(found.ports_of(device.key))
            if port is not None:
                result[device.key] = Link(*port)
    return result | _tree(carriers, found)


def others(
    devices: Sequence[Known], seen: Mapping[str, Sequence[Neighbour]], place: Place
) -> dict[str, tuple[Link, ...]]:
    """Beside its parent, what else a device hangs off: those that it announces itself to, and of switches those nearer to the agent."""
    found = Sightings(devices, seen, place)
    primary = links(devices, seen, place)
    carriers = [device.key for device in devices if device.key in found.carriers]
    depth = {key: _depth(key, primary) for key in carriers}
    result = {}
    for device in devices:
        first = primary.get(device.key)
        ports = {port for port in found.announced(device.key) if first is not None and port[0] != first.parent}
        if device.key in found.carriers:
            ports = {port for port in ports if depth.get(port[0], 99) < depth[device.key]}
        if ports:
            result[device.key] = tuple(Link(*port) for port in sorted({key: (key, at) for key, at in ports}.values()))
    return result


def _depth(key: str, primary: Mapping[str, Link]) -> int:
    """Steps to the agent's own switch."""
    steps, seen = 0, {key}
    while key in primary and primary[key].parent not in seen:
        key = primary[key].parent
        seen.add(key)
        steps += 1
    return steps


class Sightings:
    """Who was seen where. `carriers` are the devices that carry others: those with ports of their own."""

    def __init__(self, devices: Sequence[Known], seen: Mapping[str, Sequence[Neighbour]], place: Place) -> None:
        self.carriers = {key for key, rows in seen.items() if any(row.via != "arp" for row in rows)}
        self._place = place
        self._who = _Register(devices, seen, place)
        self._announced: dict[str, set[Port]] = {}
        self._learnt: dict[str, set[Port]] = {}
        self._crowd: dict[Port, set[str]] = {}
        self._behind: dict[Port, set[str]] = {}
        for key, rows in seen.items():
            for row in rows:
                if row.via != "arp":
                    self._take(key, row)

    def _take(self, key: str, row: Neighbour) -> None:
        port = (key, row.port)
        if row.mac:
            self._crowd.setdefault(port, set()).add(row.mac)
        found = self._who.who(row)
        if row.mac in self._place.own:
            self._learnt.setdefault("", set()).add(port)
        if row.mac in self._place.gateway:
            self._learnt.setdefault("gateway", set()).add(port)
        if found is None or found == key:
            return
        (self._announced if row.via in ANNOUNCED else self._learnt).setdefault(found, set()).add(port)
        if found in self.carriers:
            self._behind.setdefault(port, set()).add(found)

    def ports_of(self, key: str) -> set[Port]:
        """The ports where a device was seen: those that announce it where there are any, else all."""
        announced = self._announced.get(key, set())
        return announced or self._learnt.get(key, set())

    def announced(self, key: str) -> set[Port]:
        """The ports where a device announced itself."""
        return self._announced.get(key, set())

    def learnt(self, key: str) -> set[Port]:
        """The ports where a device's MAC was learnt."""
        return self._learnt.get(key, set())

    def nearest(self, ports: Collection[Port], target: str = "") -> Port | None:
        """Of the ports where one thing was seen, the one nearest to it; of several, the one with the fewest devices."""
        near = [port for port in ports if not any(self._nearer(other, port, target) for other in ports)]
        return min(near or ports, key=self._rank, default=None)

    def root(self, carriers: Iterable[str]) -> str | None:
        """The switch at which the agent is: where its own MAC was learnt, else its gateway's, else a device that it is."""
        for name in ("", "gateway"):
            port = self.nearest(self._learnt.get(name, set()))
            if port is not None:
                return port[0]
            macs = self._place.gateway if name else self._place.own
            itself = next((key for key in sorted(carriers) if self._who.macs(key) & macs), None)
            if itself is not None:
                return itself
        return None

    def _nearer(self, other: Port, port: Port, target: str) -> bool:
        """Whether the thing is nearer to `other`: that switch is behind `port`, and this one is not behind `other`."""
        return (
            other[0] != port[0]
            and other[0] != target
            and other[0] in self._behind.get(port, set())
            and port[0] not in self._behind.get(other, set())
        )

    def _rank(self, port: Port) -> tuple[int, int, Port]:
        return (len(self._behind.get(port, set())), len(self._crowd.get(port, set())), port)


def _tree(carriers: Sequence[str], found: Sightings) -> dict[str, Link]:
    """The parents of switches among themselves: from the agent's switch outwards, nearest first; none without a start."""
    root = found.root(carriers)
    if root is None:
        return {}
    edges: dict[str, dict[str, Port]] = {}
    for key in carriers:
        for port in _touching(key, found):
            _join(edges, key, port, found)
    result: dict[str, Link] = {}
    reached, front = {root}, [root]
    while front:
        following = []
        for above in front:
            for below, port in sorted(edges.get(above, {}).items()):
                if below not in reached:
                    reached.add(below)
                    result[below] = Link(above, port[1])
                    following.append(below)
        front = following
    return result


def _touching(key: str, found: Sightings) -> set[Port]:
    """The ports of other switches at which a switch is directly: where it announces itself, else the nearest that learnt it.

    Where a switch is announced, it is announced by all that speak of such things; one that does not is found by its MAC.
    """
    announced = found.announced(key)
    learnt = found.nearest(found.learnt(key), key)
    silent = learnt is not None and learnt[0] not in {port[0] for port in announced} and not found.announced(learnt[0])
    return announced | ({learnt} if learnt is not None and (silent or not announced) else set())


def _join(edges: dict[str, dict[str, Port]], key: str, port: Port, found: Sightings) -> None:
    """An edge both ways: the switch at `port` sees `key` there; seen from `key` the port is its own where it is known."""
    other = port[0]
    edges.setdefault(other, {}).setdefault(key, port)
    back = found.nearest([each for each in found.ports_of(other) if each[0] == key]) or (key, "")
    edges.setdefault(key, {}).setdefault(other, back)


class _Register:
    """Devices by MAC, address and name; one that two devices have is nobody's."""

    def __init__(self, devices: Sequence[Known], seen: Mapping[str, Sequence[Neighbour]], place: Place) -> None:
        table = dict(place.table)
        for rows in seen.values():
            table |= {row.address: row.mac for row in rows if row.via == "arp" and row.address and row.mac}
        self._macs: dict[str, frozenset[str]] = {}
        self._by_mac: dict[str, str | None] = {}
        self._by_address: dict[str, str | None] = {}
        self._by_name: dict[str, str | None] = {}
        for device in devices:
            learnt = table.get(device.address)
            macs = device.macs | ({learnt} if learnt else set())
            self._macs[device.key] = macs
            for names, register in (
                (macs, self._by_mac),
                ({device.address}, self._by_address),
                (device.names, self._by_name),
            ):
                for name in names:
                    if name:
                        register[name] = None if register.get(name, device.key) != device.key else device.key

    def macs(self, key: str) -> frozenset[str]:
        """Every MAC of a device, as told or as learnt from its address."""
        return self._macs.get(key, frozenset())

    def who(self, row: Neighbour) -> str | None:
        """The device that a neighbour is, by its MAC, else its address, else its name."""
        found = self._by_mac.get(row.mac or "")
        if found is None and row.via in ANNOUNCED:
            found = self._by_address.get(row.address or "") or self._by_name.get((row.name or "").lower())
        return found
