"""First Bell's own health: what agents say of themselves, and the collector's figures. Pure; the loop keeps both up to date."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from collector.ingest.committed import Committed
from collector.problems.detector import Detector, World
from collector.problems.finding import Finding, Key, subject_of
from collector.problems.fleet import PointRow
from collector.problems.own.agents import BEHIND_MS, ROWS, Restarts, Spools
from collector.problems.own.collector import Collector

RESTARTING = "agent.restarting"
SPOOL = "agent.spool.growing"
_LEARNS = dict.fromkeys(Collector.rules, 65_000) | {SPOOL: 10 * 60_000 + 5_000, RESTARTING: 60 * 60_000}
"""How long after a start it cannot be known whether these hold still: they compare with what was before (ms)."""


class Own(Detector):
    """A condition holds for its rule's `for` before it is told; what an agent does not say is unknown and no finding."""

    rules = frozenset((*(row.rule for row in ROWS), RESTARTING, SPOOL, *Collector.rules))

    def __init__(self, world: World) -> None:
        self._world = world
        self._since: dict[Key, int] = {}
        self._told: dict[Key, Finding] = {}
        self._held: Collection[Key] = ()
        self._until: dict[Key, int] = {}
        self._restarts, self._spools = Restarts(), Spools()
        self._collector = Collector()

    def learn(self, points: Sequence[PointRow]) -> None:
        """Points are none of its own."""

    def seed(self, key: Key, since: int, now: int) -> None:
        """It is open: if it still holds, it holds since then."""
        self._since[key] = since
        self._told[key] = Finding(key, since, key.id if key.kind == "agent" else "")
        self._until[key] = now + _LEARNS.get(key.rule, 0)

    def observe(self, committed: Committed) -> None:
        """Nor are samples."""

    def findings(self, now: int) -> Iterable[Finding]:
        """What has held long enough at `now`."""
        unknown = {key: finding for key, finding in self._told.items() if self._unknown(finding, now)}
        holding = {finding.key: finding for finding in self._holding(now)}
        self._since = {key: self._since.get(key, now) for key in unknown | holding}
        lasting = {key: replace(each, since=self._since[key]) for key, each in (unknown | holding).items()}
        self._told = {
            key: each for key, each in lasting.items() if key in unknown or now - each.since >= self._patience(key)
        }
        self._held = self._told.keys() & unknown.keys() - holding.keys()
        return [each for key, each in self._told.items() if key not in self._held]

    def held(self) -> Collection[Key]:
        """What was told of an agent that is away, or before a start that is only a moment ago."""
        return self._held

    def _patience(self, key: Key) -> int:
        status = self._world.agents.get(key.id) if key.kind == "agent" else None
        return self._world.book.for_ms(key.rule, building=status.building if status is not None else None)

    def _unknown(self, finding: Finding, now: int) -> bool:
        """Whether nobody can say that it is over: its agent is away, or we have only just begun to look."""
        own = finding.key.kind == "agent"
        status = self._world.agents.get(finding.key.id) if own else None
        if own and status is None:
            return False
        if status is not None and not status.online:
            return True
        if (
            finding.key.rule == SPOOL
            and status is not None
            and (status.oldest is None or now - status.oldest < BEHIND_MS)
        ):
            return False
        return now < self._until.get(finding.key, 0)

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
