"""What a building told by itself while we were out of reach is a problem here from then on, and its coming is told nobody again.

An agent sends the events `edge.told` before all else; what they tell to stand is taken to hold since then, until a sample says
otherwise, and becomes a problem at that very tick. What it told by a rule that we do not have opens nothing: it is remembered, for a
rule of ours may soon find the same (`same_matter.py`).
"""

from typing import Any

from collector.ingest.committed import Committed
from collector.problems.engine import Engine
from collector.problems.finding import Key
from collector.problems.rules import RuleBook
from collector.store import edge_told
from collector.store.database import Database
from protocols.clock import utc

EVENT = "edge.told"
JUDGED_THERE = frozenset({"hvac.cold-storage"})
"""Rules of a detector that agents judge by values, too."""


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
        self.rows, strange = [], []
        for row in await edge_told.standing(self._database, utc(now)):
            key, since = Key(row["rule"], row["subject"]), min(int(row["since"]) or now, now)
            if row["rule"] not in book.rules:
                strange.append(row["id"])
            elif _ours(row, book):
                rule = book.rules[key.rule]
                if rule.event and now - since > rule.lasts_ms:
                    continue  # over by now: a problem that is open at that place is of an event that came later
                self.rows.append((key, row))
                engine.seed(key, since, since if rule.event else now)  # an event lasts from when it came
        if strange:
            await edge_told.heard(self._database, strange, utc(now))

    def done(self) -> None:
        """What there was is in the database."""
        self.due, self.rows = False, []


def _ours(row: dict[str, Any], book: RuleBook) -> bool:
    """Whether the rule is one that may be told of so, there and here."""
    rule = book.rules[row["rule"]]
    if row["metric"] == "":
        return bool(rule.event)
    return rule.metric == row["metric"] or rule.name in JUDGED_THERE
