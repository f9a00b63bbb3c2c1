"""First Bell's own health: what agents say of themselves, and the collector's figures. Pure; the loop keeps both up to date."""

from collections.abc import Iterable, Iterator, Sequence

from collector.ingest.committed import Committed
from collector.problems.detector import World
from collector.problems.finding import Finding, Key, subject_of
from collector.problems.fleet import PointRow
from collector.problems.own.agents import ROWS, Restarts, Spools
from collector.problems.own.collector import Collector

RESTARTING = "agent.restarting"
SPOOL = "agent.spool.growing"


class Own:
    """A condition holds for its rule's `for` before it is told; what an agent does not say is unknown and no finding."""

    rules = frozenset((*(row.rule for row in ROWS), RESTARTING, SPOOL, *Collector.rules))

    def __init__(self, world: World) -> None:
        self._world = world
        self._since: dict[Key, int] = {}
        self._restarts, self._spools = Restarts(), Spools()
        self._collector = Collector()

    def learn(self, points: Sequence[PointRow]) -> None:
        """Points are none of its own."""

    def seed(self, key: Key, since: int, now: int) -> None:
        """It is open: if it still holds, it holds since then."""
        self._since[key] = since

    def observe(self, committed: Committed) -> None:
        """Nor are samples."""

    def findings(self, now: int) -> Iterable[Finding]:
        """What has held long enough at `now`."""
        holding = {key: finding for finding in self._holding(now) for key in [finding.key]}
        self._since = {key: self._since.get(key, now) for key in holding}
        for key, finding in holding.items():
            since = self._since[key]
            if now - since >= self._world.book.for_ms(key.rule):
                yield Finding(
                    key, since, finding.agent, building=finding.building, evidence=finding.evidence, words=finding.words
                )

    def _holding(self, now: int) -> Iterator[Finding]:
        for status in self._world.agents.values():
            restarts = self._restarts.seen(status.id, status.started, now)
            if not status.online:
                continue
            key = subject_of("agent", status.id)
            for row in ROWS:
                if (words := row.wrong(status)) is not None:
                    yield Finding(Key(row.rule, key), now, status.id, words={"what": words}, evidence={"said": words})
            if restarts >= Restarts.MANY:
                yield Finding(
                    Key(RESTARTING, key), now, status.id, words={"count": str(restarts)}, evidence={"starts": restarts}
                )
            if (waiting := self._spools.behind(status, now)) is not None:
                yield Finding(
                    Key(SPOOL, key), now, status.id, words={"since": waiting}, evidence={"batches": status.batches}
                )
        yield from self._collector.holding(self._world.figures, now)
