"""Puts a change into the outbox as the routes say: the decision is `collector.notify.routing`'s, the rows `collector.store`'s."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from collector.calendar.school import Calendars, SchoolCalendar
from collector.notify.book import Rows, book_of, calendar_of
from collector.notify.hours import school
from collector.notify.routing import About, Addressed, Book, Place, decide, decide_again, decide_over
from collector.problems.finding import Finding, Key
from collector.problems.topology.together import is_group
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

    async def tell(self, told: Told, about: Mapping[str, Any], members: Sequence[Finding] = ()) -> int:
        """Route this change of a problem with this `rule`, `subject`, `building_id` and `device_id`. How many channels are told.

        `members` are those of a group that are not recorded under it yet. A resolution goes where its coming went, and waits as
        the route that told that would have it.
        """
        to = await self.routed(told, about, members)
        return await outbox.tell(self._connection, told._replace(to=to), utc(self._now))

    async def routed(self, told: Told, about: Mapping[str, Any], members: Sequence[Finding] = ()) -> list[To]:
        """Whom it goes to, and when, by the routes and hours as they are now."""
        what, due, book, calendar = await self._asked(told, about, members)
        if told.change == "resolved":
            heard = await outbox.heard(self._connection, told.problem)
            found = decide_over(what, due, book, calendar, {each: _ms(came) for each, came in heard.items()})
        else:
            found = decide(what, due, book, calendar)
        return _to(found)

    async def again(self, told: Told, about: Mapping[str, Any], waiting: Collection[int]) -> list[To]:
        """The same of channels that wait to be told of it."""
        if told.change == "resolved":
            return await self.routed(told, about)
        return _to(decide_again(*await self._asked(told, about, ()), waiting))

    async def _asked(
        self, told: Told, about: Mapping[str, Any], members: Sequence[Finding]
    ) -> tuple[About, int, Book, SchoolCalendar]:
        """What a routing decision rests on."""
        if self._rows is None:
            self._rows = await routes.book(self._connection)
        what = await self._about(told, about, members)
        calendar = calendar_of(about["building_id"], self._calendars, self._rows)
        return what, _ms(told.due), book_of(self._rows), calendar

    async def _about(self, told: Told, about: Mapping[str, Any], members: Sequence[Finding]) -> About:
        key = Key(about["rule"], about["subject"])
        through = int(key.id) if key.kind == "channel" and key.id.isdigit() else None
        kind, places = await routes.kind_of(self._connection, about["device_id"]), []
        if is_group(key):
            devices = [member.device for member in members if member.device is not None]
            agents = [member.agent for member in members if member.device is None]
            places = await routes.places(self._connection, told.problem, devices, agents)
        return About(told.severity, about["building_id"], kind, through, [Place(*place) for place in places])


def _to(found: Iterable[Addressed]) -> list[To]:
    return [To(one.channel, utc(one.due), one.step) for one in found]


def _ms(time: datetime) -> int:
    return round(time.timestamp() * 1000)


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
        await Telling(connection, _ms(now), hours).tell(told, row)

    return await problem_changes.change(database, problem, who, wish, now, tell)
