"""Channels that take no messages, from what the sender noted of them. Pure."""

from collections.abc import Iterator, Sequence

from collector.ingest.committed import Committed
from collector.problems.detector import Detector, World
from collector.problems.finding import Finding, Key, subject_of
from collector.problems.fleet import PointRow

FAILING = "channel.failing"
FAILURES = 5
"""Deliveries in a row that must be refused."""


class ChannelWatch(Detector):
    """A detector without state of its own: the world knows which channels fail, and since when."""

    rules = frozenset({FAILING})
    begins_anew = False

    def __init__(self, world: World) -> None:
        self._world = world

    def learn(self, points: Sequence[PointRow]) -> None:
        """Points are none of its matter."""

    def seed(self, key: Key, since: int, now: int) -> None:
        """The world is asked anew before the first findings."""

    def observe(self, committed: Committed) -> None:
        """Nor are samples."""

    def findings(self, now: int) -> Iterator[Finding]:
        """Each channel that fails long or often enough at `now` (ms)."""
        least = self._world.book.for_ms(FAILING)
        for channel in self._world.failing_channels:
            if channel.failures >= FAILURES or now - channel.since >= least:
                key = Key(FAILING, subject_of("channel", channel.id))
                yield Finding(
                    key, channel.since, "", words={"what": channel.name}, evidence={"failures": channel.failures}
                )
