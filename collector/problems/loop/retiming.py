"""When what waits in the outbox is told, worked out anew once a calendar, a route, a person or a channel is another: a snow day that
is entered at six tells nobody at a quarter to seven. Whom it goes to stays as it was."""

import logging
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from collector.calendar.school import Calendars
from collector.problems.lifecycle import FLAPPING, REOPEN_MS
from collector.problems.loop.telling import Telling
from collector.store import retiming, routes
from collector.store.database import Database
from collector.store.outbox import To, Told
from protocols.clock import utc
from protocols.errors import StoreError

log = logging.getLogger(__name__)
MOST = 200
"""Messages worked out at one look; the rest at the next ones."""
SOON_MS = 5_000
"""What is due by now is told after this long: before that the silences are asked."""


class Retiming:
    """One for the life of a loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._by: tuple[object, ...] = ()
        """What all that waits was timed by, and will be: calendars, routes, people, channels."""
        self._after: int | None = None
        """The message that was timed last; None: none is left."""
        self._refused = False

    async def look(self, calendars: Calendars, now: int) -> None:
        """Time anew at `now` (ms) what waits, where it was timed by something else. Raises `StoreError`, but not for what the
        database refuses: that is logged once, and keeps nobody from being told."""
        try:
            await self._time(calendars, now)
            self._refused = False
        except StoreError as error:
            if not error.permanent:
                raise
            if not self._refused:
                log.error("what waits cannot be timed anew: %s", error)
            self._refused = True

    async def _time(self, calendars: Calendars, now: int) -> None:
        async with self._database.transaction() as connection:
            by = (calendars.by_building, calendars.district, await routes.book(connection))
            after = self._after if by == self._by else 0
            rows = [] if after is None else await retiming.waiting(connection, utc(now), after, MOST)
            telling = Telling(connection, now, calendars)
            dues: list[tuple[int, To]] = []
            for _, group in groupby(rows, _change):
                same = list(group)
                channels = [row["channel_id"] for row in same]
                to = {one.channel: one for one in await telling.again(_told(same[0]), same[0], channels)}
                dues += [(row["id"], to[row["channel_id"]]) for row in same if row["channel_id"] in to]
            soon = utc(now + SOON_MS)
            if dues:
                await retiming.retime(connection, [(each, one._replace(due=max(one.due, soon))) for each, one in dues])
        self._by, self._after = by, rows[-1]["id"] if len(rows) == MOST else None


def _change(row: dict[str, Any]) -> tuple[int, str, int, str, datetime]:
    """One change of one problem: its messages are routed together."""
    return row["problem_id"], row["change"], row["occurrence"], row["severity"], row["created_at"]


def _told(row: dict[str, Any]) -> Told:
    """The change as it was told first: its hours count from then."""
    due = row["created_at"]
    if row["change"] == "resolved" and row["reopened"] >= FLAPPING:
        due += timedelta(milliseconds=REOPEN_MS)
    return Told(row["problem_id"], row["change"], row["occurrence"], row["severity"], due)
