"""Notes once a minute which of what people have resolved is over, and takes in what they have resolved since."""

from collector.problems.engine import Engine
from collector.problems.finding import Key
from collector.store import problems
from collector.store.database import Database

_EVERY_MS = 60_000


class Dismissing:
    """Keeps `problem.goes_on` true to what is found."""

    def __init__(self, database: Database) -> None:
        self._database, self._at = database, 0

    async def tick(self, engine: Engine, now: int) -> None:
        """Once a minute; called when all was judged. Raises `StoreError`."""
        if 0 <= now - self._at < _EVERY_MS:
            return
        self._at = now
        over = engine.dismissed.over()
        if over:
            await problems.seen_over(self._database, [(key.rule, key.subject) for key in over])
        rows = await problems.dismissed(self._database)
        engine.dismissed.watch(Key(row["rule"], row["subject"]) for row in rows)
