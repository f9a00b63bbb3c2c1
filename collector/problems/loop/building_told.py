"""What a building told by itself while we were out of reach is a problem here from then on, and its coming is told nobody again.

An agent sends the events `edge.told` before all else; what they tell to stand is taken to hold since then, until a sample says
otherwise, and becomes a problem at that very tick.
"""

from typing import Any

from collector.ingest.committed import Committed
from collector.problems.engine import Engine
from collector.problems.finding import Key, subject_of
from collector.problems.rules import RuleBook
from collector.store import edge_told
from collector.store.database import Database
from protocols.clock import utc

EVENT = "edge.told"


class BuildingTold:
    """`due` while there may be something new; whoever has recorded it sets it back with `done`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.due = True
        self.rows: list[tuple[Key, dict[str, Any]]] = []

    def heard(self, committed: Committed) -> bool:
        """Whether this commit brings such an event: then it is judged before the next commit is looked at."""
        found = any(event.kind == EVENT for event in committed.events)
        self.due |= found
        return found

    async def seed(self, engine: Engine, book: RuleBook, now: int) -> None:
        """Let hold what was told to stand. Raises `StoreError`."""
        if not self.due:
            return
        self.rows = []
        for row in await edge_told.standing(self._database, utc(now)):
            rule = book.rules.get(row["rule"])
            if rule is None or not rule.metric or rule.metric != row["metric"]:
                continue
            key = Key(rule.name, subject_of("point", row["point_id"]))
            self.rows.append((key, row))
            engine.seed(key, min(int(row["since"]) or now, now), now)

    def done(self) -> None:
        """What there was is in the database."""
        self.due, self.rows = False, []
