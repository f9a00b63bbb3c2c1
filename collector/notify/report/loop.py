"""The morning's loop: makes the reports that are due, keeps them, hands them to the channels, notes what became of them.

A morning's message is one row a channel, written once and claimed like a row of the outbox: several collectors send it once, a
killed one delays it. What a channel does not take is tried again until two hours after school opened.
"""

import asyncio
import logging
from datetime import timedelta
from typing import Any

from collector.calendar.compose import calendars, stored
from collector.calendar.school import Calendars
from collector.notify.guard import Allowed
from collector.notify.message import Text
from collector.notify.report.budget import note_of, week_before
from collector.notify.report.compose import Wanted, compose
from collector.notify.report.facts import Place, facts
from collector.notify.report.plan import Due, Plan, plan
from collector.notify.report.schedule import district_of, first_of_week, horizon, since
from collector.notify.report.written import written
from collector.notify.sender import Box, Letter, Sender
from collector.outage import Outage
from collector.secrets import Secrets
from collector.store import budget, report_mornings, report_settings, reports
from collector.store import calendars as schedules
from collector.store.database import Database
from protocols.clock import Clock, utc
from protocols.errors import StoreError

log = logging.getLogger(__name__)
TICK_S = 15.0


class Reporter:
    """Runs until cancelled. `public_url` is the console's address for links, None when there is none."""

    def __init__(
        self, database: Database, clock: Clock, secrets: Secrets, public_url: str | None, allowed: Allowed | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._public_url = public_url
        box = Box("the report", report_mornings.claim, _letter, report_mornings.delivered, report_mornings.failed)
        self._sender = Sender(database, clock, secrets, allowed or Allowed(), box)
        self._outage = Outage(log, "the report")
        self._calendars = Calendars()

    async def run(self) -> None:
        """Look every fifteen seconds, until cancelled."""
        async with asyncio.TaskGroup() as sending:
            while True:
                try:
                    await self.make_due()
                    await self._sender.begin(sending)
                    self._outage.over()
                except StoreError as error:
                    self._outage.lost(error)
                await self._clock.sleep(TICK_S)

    async def make_due(self) -> int:
        """Make and keep what is due now; how many messages were put into the queue. Raises `StoreError`."""
        now = self._clock.now_ms()
        settings = await report_settings.settings(self._database)
        if not settings["times"]:
            return 0
        await self._load_calendars()
        yesterday = utc(now).date() - timedelta(days=2)
        mornings, messages = await report_mornings.made(self._database, yesterday)
        todo = plan(settings, self._calendars, now, mornings, messages)
        if todo is None:
            return 0
        documents = await self._gathered(todo, settings, now)
        return await self._keep(todo, documents, settings, now)

    async def send_due(self) -> int:
        """Hand over what is due, and wait for it; how many were claimed. Raises `StoreError`."""
        return await self._sender.send_due()

    async def as_of_now(self, scope: list[int] | None) -> list[dict[str, Any]]:
        """The documents that a report made now would rest on, of the buildings inside `scope`; nothing is kept. Raises `StoreError`."""
        now = self._clock.now_ms()
        settings = await report_settings.settings(self._database)
        await self._load_calendars()
        own = tuple(row["building"] for row in settings["times"] if scope is None or row["building"] in scope)
        times = {row["building"]: row["at"] or settings["at"] for row in settings["times"]}
        found = await self._gathered(
            Plan(district_of(self._calendars).local(now).date(), own, (), (), times), settings, now
        )
        return [found[one] for one in own] + ([found[None]] if scope is None else [])

    async def _gathered(self, todo: Plan, settings: dict[str, Any], now: int) -> dict[int | None, dict[str, Any]]:
        """The document of every building of the plan, and of what belongs to none."""
        last = await report_mornings.last_made(self._database, todo.day)
        asked, places = [], []
        for building in (*todo.gather, None):
            calendar = district_of(self._calendars) if building is None else self._calendars.of(building)
            at = todo.times.get(building or 0, settings["at"])
            before = last.get(building)
            start = since(calendar, at, todo.day, None if before is None else round(before.timestamp() * 1000))
            end = horizon(calendar, todo.day)
            school = calendar.day(todo.day).opens is not None
            asked.append(reports.Asked(building, utc(start), utc(end)))
            places.append(Place(building, now, start, end, school))
        found = (await reports.gather(self._database, asked))._asdict()
        return {place.building: facts(place, found) for place in places}

    async def _keep(
        self, todo: Plan, documents: dict[int | None, dict[str, Any]], settings: dict[str, Any], now: int
    ) -> int:
        over = await self._over(todo, settings)
        put = 0
        async with self._database.transaction() as connection:
            for building in (*todo.keep, None):
                await report_mornings.keep(connection, todo.day, building, documents[building], utc(now))
            for due in todo.channels:
                message, calm = self._message(todo, due, documents, over.get(due.channel, []))
                if calm and not settings["calm"]:
                    message = message._replace(until=utc(now))  # kept so that it is not made again, and never sent
                put += await report_mornings.put(connection, message, utc(now))
        return put

    def _message(
        self, todo: Plan, due: Due, documents: dict[int | None, dict[str, Any]], notes: list[str]
    ) -> tuple[report_mornings.Message, bool]:
        """What a channel is told, and whether that is nothing: of its buildings, and of the district where it looks after all."""
        own = [documents[one] for one in (*due.buildings, *((None,) if due.all else ()))]
        report = compose(own, Wanted(todo.day, notes=notes))
        text = written(report, self._public_url)
        given = {"day": str(todo.day), "sentence": report.sentence, "buildings": own}
        until = utc(due.until)
        return report_mornings.Message(
            todo.day, due.channel, due.buildings, text.title, text.body, text.html, given, until
        ), report.calm

    async def _over(self, todo: Plan, settings: dict[str, Any]) -> dict[int, list[str]]:
        """On the first school day of the week: the line for each channel that was told more than the budget last week."""
        district = district_of(self._calendars)
        if not first_of_week(district, todo.day):
            return {}
        start, end = week_before(district, todo.day)
        told = await budget.told(self._database, utc(start), utc(end))
        found = {}
        for due in todo.channels:
            note = note_of(due.channel, told, settings["budget"])
            if note:
                found[due.channel] = [note]
        return found

    async def _load_calendars(self) -> None:
        rows = stored(await schedules.documents(self._database))
        self._calendars, _ = calendars(rows, self._calendars)  # what cannot be read is told by the problem loop


def _letter(row: dict[str, Any]) -> Letter:
    text = Text(row["title"], row["body"], row["html"])
    key = f"firstbell-{str(row['epoch'])[:8]}-report-{row['id']}"
    return Letter(text, key, {"change": "report", "report": row["facts"]})
