"""Puts a change into the outbox as the routes say: the decision is `collector.notify.routing`'s, the rows `collector.store`'s."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from collector.calendar.school import Calendars
from collector.notify.book import Rows, book_of, calendar_of
from collector.notify.hours import school
from collector.notify.routing import About, decide, decide_over
from collector.store import outbox, problem_changes, routes
from collector.store.database import Connection, Database
from collector.store.outbox import To, Told
from collector.store.problem_changes import Wish
from protocols.clock import utc


class Telling:
    """One transaction's messages at `now` (ms); routes, people and channels are read when the first is told."""

    def __init__(self, connection: Connection, now: int, calendars: Calendars) -> None:
        self._connection = connection
        self._now = now
        self._calendars = calendars
        self._rows: Rows | None = None

    async def tell(self, told: Told, about: Mapping[str, Any]) -> int:
        """Route this change of a problem with this `building_id`, `device_id` and `subject`. How many channels are told.

        A resolution goes where its coming went, and waits where its coming would wait now.
        """
        if self._rows is None:
            self._rows = await routes.book(self._connection)
        kind = await routes.kind_of(self._connection, about["device_id"])
        scope, _, identity = about["subject"].partition(":")
        through = int(identity) if scope == "channel" and identity.isdigit() else None
        calendar = calendar_of(about["building_id"], self._calendars, self._rows)
        due = round(told.due.timestamp() * 1000)
        decided = decide_over if told.change == "resolved" else decide
        found = decided(About(told.severity, about["building_id"], kind, through), due, book_of(self._rows), calendar)
        to = [To(one.channel, utc(one.due), one.step) for one in found]
        return await outbox.tell(self._connection, told._replace(to=to), utc(self._now))


async def change_by(database: Database, problem: int, who: str, wish: Wish, now: datetime) -> bool:
    """A person changes a problem; whether there was anything to change. Raises `StoreError`.

    That somebody has resolved it is told as every other resolution, by the routes and hours of whoever was told that it is there;
    channels that lead to that very person are not told.
    """
    hours = await school(database) if wish.change == "resolved" else Calendars()

    async def tell(connection: Connection) -> None:
        row = await outbox.last_told(connection, problem)
        spared = await routes.own_channels(connection, who)
        told = Told(problem, "resolved", row["occurrence"], row["severity"], now, spared=spared)
        await Telling(connection, round(now.timestamp() * 1000), hours).tell(told, row)

    return await problem_changes.change(database, problem, who, wish, now, tell)
