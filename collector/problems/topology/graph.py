"""A typed graph of devices: who needs whom, and by which kind of edge. Pure; rings in the data are survived."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

UPLINK, POWER, PLANT, SERVICE = "uplink", "power", "plant", "service"
KINDS = (UPLINK, POWER, PLANT, SERVICE)


class Edge(NamedTuple):
    """`child` needs `parent`; `port` is the parent's own name of where it hangs, "" when not known."""

    child: int
    parent: int
    kind: str = UPLINK
    port: str = ""


@dataclass(frozen=True)
class Graph:
    """Edges by child. Of the edges of one kind any one suffices the child; it needs each kind that it has."""

    above: Mapping[int, tuple[Edge, ...]] = field(default_factory=dict)
    carriers: frozenset[int] = frozenset()
    """Devices that others hang off by an uplink."""

    def parents(self, device: int, kind: str) -> tuple[Edge, ...]:
        """What it hangs off by edges of this kind."""
        return tuple(edge for edge in self.above.get(device, ()) if edge.kind == kind)

    def needs(self, device: int) -> list[tuple[int, ...]]:
        """For each kind of edge that it has, the parents of which any one suffices it."""
        groups = (tuple(edge.parent for edge in self.parents(device, kind)) for kind in KINDS)
        return [group for group in groups if group]


def graph_of(edges: Iterable[Edge], parents: Mapping[int, int | None]) -> Graph:
    """The graph of these edges; a device without an uplink among them has the one of `parents`. An edge to itself is none."""
    above: dict[int, list[Edge]] = {}
    for edge in edges:
        if edge.child != edge.parent:
            above.setdefault(edge.child, []).append(edge)
    for child, parent in parents.items():
        known = above.get(child, ())
        if parent is not None and parent != child and not any(edge.kind == UPLINK for edge in known):
            above.setdefault(child, []).append(Edge(child, parent))
    carriers = frozenset(edge.parent for rows in above.values() for edge in rows if edge.kind == UPLINK)
    return Graph({child: tuple(rows) for child, rows in above.items()}, carriers)
