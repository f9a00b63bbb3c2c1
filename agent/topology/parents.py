"""Which device hangs off which switch, by what switches see on their ports (LLDP, forwarding tables). Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from protocols.driver import Neighbour


class Node(NamedTuple):
    """A watched device as others may see it."""

    key: str
    macs: frozenset[str] = frozenset()
    name: str = ""
    host: str = ""


class Port(NamedTuple):
    """A port of a watched switch."""

    switch: str
    port: str


def parents(nodes: Sequence[Node], seen: Mapping[str, Sequence[Neighbour]], gateway: str = "") -> dict[str, Port]:
    """For each device that hangs off a watched switch: the port it hangs off. `seen` is what each switch (by key) sees.

    LLDP says who is plugged in. A forwarding table says who is behind a port, on every switch of the way: the port that
    leads to no other watched switch, and to the fewest, is the device's own. Between switches the tree is hung up at the
    one that is the `gateway` (a host), else at the one with the most others.
    """
    find = _Finder(nodes)
    direct: dict[Port, set[str]] = defaultdict(set)
    behind: dict[Port, set[str]] = defaultdict(set)
    crowd: dict[Port, int] = defaultdict(int)
    for switch, neighbours in seen.items():
        for neighbour in neighbours:
            port = Port(switch, neighbour.port)
            crowd[port] += neighbour.via == "fdb"
            key = find.key(neighbour)
            if key is not None and key != switch and neighbour.via in ("lldp", "fdb"):
                (direct if neighbour.via == "lldp" else behind)[port].add(key)
    uplinks = {port for port, keys in direct.items() if keys & seen.keys()}
    found = _switches(direct, seen.keys(), find.by_host.get(gateway))
    for table, ports in ((direct, set[Port]()), (behind, uplinks)):
        for port in sorted(table.keys() - ports, key=lambda port: (crowd[port], port)):
            for key in table[port] - seen.keys():
                found.setdefault(key, port)
    return found


class _Finder:
    """Which watched device a neighbour is: by MAC, else by address, else by a name that no other has."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.by_mac = _unique((mac, node.key) for node in nodes for mac in node.macs)
        self.by_host = _unique((node.host, node.key) for node in nodes if node.host)
        self.by_name = _unique((node.name.casefold(), node.key) for node in nodes if node.name)

    def key(self, neighbour: Neighbour) -> str | None:
        return (
            self.by_mac.get(neighbour.mac or "")
            or self.by_host.get(neighbour.address or "")
            or (self.by_name.get((neighbour.name or "").casefold()) if neighbour.via == "lldp" else None)
        )


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The pairs whose first is one device's alone: what two devices answer to tells neither."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, key in pairs:
        found[name].add(key)
    return {name: next(iter(keys)) for name, keys in found.items() if len(keys) == 1}


def _switches(direct: Mapping[Port, set[str]], switches: Iterable[str], gateway: str | None) -> dict[str, Port]:
    """The switches below each other, from the root of each group of linked ones."""
    among = set(switches)
    links: dict[str, dict[str, Port]] = {switch: {} for switch in among}
    for port in sorted(direct):
        for other in direct[port] & among:
            links[port.switch].setdefault(other, port)
    for switch in sorted(among):
        for other in links[switch]:
            links[other].setdefault(switch, Port(other, ""))
    found: dict[str, Port] = {}
    hung: set[str] = set()
    for root in sorted(among, key=lambda switch: (switch != gateway, -len(links[switch]), switch)):
        todo = [] if root in hung else [root]
        hung.add(root)
        while todo:
            above = todo.pop(0)
            for below, port in sorted(links[above].items()):
                if below not in hung:
                    hung.add(below)
                    found[below] = port
                    todo.append(below)
    return found
