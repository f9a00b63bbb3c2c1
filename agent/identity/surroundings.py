"""Which addresses the watched switches and routers see their neighbours at, kept while it is fresh: to find a device that moved."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from protocols.driver import Neighbour

FRESH_S = 3600.0
MOST = 4096
"""Most neighbours kept of one device."""


@dataclass
class Surroundings:
    """What each device sees, by its key. Times are monotonic seconds."""

    _seen: dict[str, tuple[float, tuple[tuple[str, str], ...]]] = field(default_factory=dict)

    def heard(self, key: str, neighbours: Sequence[Neighbour], now: float) -> None:
        """Take in what a reading says of its device's surroundings."""
        if neighbours:
            pairs = tuple((each.mac, each.address) for each in neighbours[:MOST] if each.mac and each.address)
            self._seen[key] = (now, pairs)
            self._seen = {each: row for each, row in self._seen.items() if now - row[0] <= FRESH_S}

    def addresses(self) -> Iterator[tuple[str, str]]:
        """MAC and address of what is seen by both."""
        for _, pairs in self._seen.values():
            yield from pairs
