"""What the watched devices see around them, kept while it is fresh: for parents, and to find a device that moved."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from agent.topology.parents import Node, Port, parents
from protocols.driver import Neighbour, Reading
from protocols.wire.batch import Scalar

FRESH_S = 3600.0
MOST = 4096
"""Most neighbours kept of one device."""


@dataclass
class Surroundings:
    """`nodes` gives the watched devices as they are known now. Times are monotonic seconds."""

    nodes: Callable[[], Sequence[Node]]
    gateway: str = ""
    _seen: dict[str, tuple[float, tuple[Neighbour, ...]]] = field(default_factory=dict)
    _parents: dict[str, Port] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)

    def heard(self, key: str, reading: Reading, now: float) -> None:
        """Take in what a reading says of its device's surroundings, and give it the device's parent where that is known."""
        name = reading.attributes.get("name")
        if isinstance(name, str):
            self._names[key] = name[:255]
        if reading.neighbours:
            self._seen[key] = (now, tuple(islice(reading.neighbours, MOST)))
            self._seen = {each: row for each, row in self._seen.items() if now - row[0] <= FRESH_S}
            named = [node._replace(name=node.name or self._names.get(node.key, "")) for node in self.nodes()]
            self._parents = parents(named, {each: row[1] for each, row in self._seen.items()}, self.gateway)
        port = self._parents.get(key)
        if port is not None and "parent" not in reading.attributes:
            told: dict[str, Scalar] = {"parent": port.switch}
            reading.attributes.update(told | ({"parent.port": port.port} if port.port else {}))

    def addresses(self) -> Iterator[tuple[str, str]]:
        """MAC and address of what is seen by its both."""
        for _, neighbours in self._seen.values():
            yield from ((each.mac, each.address) for each in neighbours if each.mac and each.address)
