"""What was found, made true: problems and their messages, what a silence owed, how things stand, the devices' states, polls asked for."""

from collections.abc import Callable, Mapping

from collector.calendar.silences import Silences, Subject
from collector.calendar.silences import silences as silences_of
from collector.live import Hub
from collector.problems.device_state import device_state
from collector.problems.engine import Engine
from collector.problems.finding import Finding, Key
from collector.problems.loop.building_told import BuildingTold
from collector.problems.loop.members import members_of
from collector.problems.loop.rebuilding import ended_problems, live_problems
from collector.problems.loop.recording import Recording, Shown
from collector.problems.loop.retiming import Retiming
from collector.problems.plan import Live, Plan, plan
from collector.problems.rules import RuleBook
from collector.problems.stored import ms
from collector.store import commands, outbox, problem_reads, problems, silences, watched
from collector.store.database import Connection, Database
from protocols.clock import utc

_ASKED_MS = 10 * 60_000
_LOOK_MS, _AHEAD_MS = 5_000, 30_000
"""How often what waits is held against the silences, and how far ahead of its time: before a sender takes it up."""


class Outcome:
    """One for the life of a loop. `told` is called when messages were put into the outbox. Every method raises `StoreError`."""

    def __init__(
        self, database: Database, hub: Hub, book: RuleBook, building: BuildingTold, told: Callable[[], None]
    ) -> None:
        self._database, self._hub, self._book = database, hub, book
        self._building, self._told = building, told
        self._refused: set[Key] = set()
        self._asked: dict[int, int] = {}
        self._waited_at = 0
        self._retiming = Retiming(database)

    async def of(self, engine: Engine, found: Mapping[Key, Finding], now: int) -> None:
        """Make `found` true at `now` (ms)."""
        live = await live_problems(self._database)
        await self._wake(live, now)
        over = await ended_problems(self._database, found, live, self._book, engine.devices, now)
        todo = plan(live, engine.judge.sort(found, live, now, over), engine, self._book, now)
        await self._ask(engine, now)
        quiet = await self._quiet(engine, now) if todo or self._building.rows else None
        if quiet is not None:
            async with self._database.transaction() as connection:
                recording = self._recording(connection, engine, quiet, now)
                await recording.record(todo, live)
                await recording.adopt(self._building.rows, live)
            self._told()
            for data in recording.shown:
                await self._show(data)
            live = await live_problems(self._database)
        self._building.done()
        for key, problem in live.items():
            standing = found[key].standing if key in found else None
            if standing is not None and standing != problem.standing:
                await problems.set_standing(self._database, problem.id, standing, utc(now))
        look = now - self._waited_at >= _LOOK_MS
        if look or any(problem.silenced for problem in live.values()):
            quiet = quiet or await self._quiet(engine, now)
            if look:
                await self._retiming.look(engine.world.calendars, now)
            if look and quiet.all:
                await self._keep_back(quiet, live, now)
            self._waited_at = now if look else self._waited_at
            await self._tell_owed(engine, quiet, live, now)
        await self._write_states(engine, live, now)

    async def _show(self, data: Shown) -> None:
        """Tell open pages; those of a school, too, of what it shares with others."""
        building = data["building"]
        touches = await problem_reads.touched(self._database, data["id"]) if building is None else ()
        self._hub.publish("problem", data, building=building, device=data["device"], touches=touches)

    def _recording(self, connection: Connection, engine: Engine, quiet: Silences, now: int) -> Recording:
        return Recording(connection, self._book, now, self._refused, quiet, engine.world.calendars)

    async def _quiet(self, engine: Engine, now: int) -> Silences:
        rows = await silences.alive(self._database, utc(now))
        return silences_of(rows, engine.world.calendars, engine.devices, engine.judge.graph.needs)

    async def _wake(self, live: Mapping[Key, Live], now: int) -> None:
        """Open again what was put off until now: what is owed of it is told then."""
        if any(each.snoozed_until is not None and each.snoozed_until <= now for each in live.values()):
            await problems.wake(self._database, utc(now))

    async def _keep_back(self, quiet: Silences, live: Mapping[Key, Live], now: int) -> None:
        """What waited for its hour, or for nobody acknowledging, and comes due in a silence is told when that is over."""
        members = members_of(Plan(), live)
        for row in await outbox.waited(self._database, utc(now + _AHEAD_MS)):
            due = max(now, ms(row["due"]) or now)
            subject = Subject(row["rule"], row["building_id"], row["device_id"])
            silence = quiet.all_silenced(subject, members.get(Key(row["rule"], row["subject"]), ()), due)
            if silence is None:
                continue
            async with self._database.transaction() as connection:
                if await outbox.take_out(connection, row["id"]):
                    await silences.owe(connection, row["id"], row["change"], silence.id, utc(now))

    async def _tell_owed(self, engine: Engine, quiet: Silences, live: Mapping[Key, Live], now: int) -> None:
        """What came in a silence and is there still is told when the silence is over."""
        if not any(problem.silenced for problem in live.values()):
            return
        members = members_of(Plan(), live)
        due = []
        for row in await silences.owed(self._database):
            subject = Subject(row["rule"], row["building_id"], row["device_id"])
            mine = members.get(Key(row["rule"], row["subject"]), ())
            if quiet.all_silenced(subject, mine, now) is None:
                due.append(row)
        if due:
            async with self._database.transaction() as connection:
                await self._recording(connection, engine, quiet, now).tell_owed(due)
            self._told()

    async def _ask(self, engine: Engine, now: int) -> None:
        """Have the parents of what was just lost polled at once: each for one loss once."""
        wanted = engine.judge.to_ask()
        recent = {each: since for each, since in wanted.items() if now - since < _ASKED_MS}
        new = {each: since for each, since in recent.items() if self._asked.get(each, 0) < since}
        await commands.ask_polls(self._database, sorted(new), utc(now))
        self._asked = {each: since for each, since in self._asked.items() if now - since < _ASKED_MS} | new

    async def _write_states(self, engine: Engine, live: dict[Key, Live], now: int) -> None:
        severities: dict[int, list[str]] = {}
        for problem in live.values():
            if problem.device is not None:
                severities.setdefault(problem.device, []).append(problem.severity)
        heard = engine.listening.rhythms.devices(max(engine.devices, default=-1) + 1).last
        unheard, changed = engine.listening.unheard, {}
        for device in engine.devices.values():
            state = device_state(
                device.agent in unheard, device.reachable, bool(heard[device.id]), severities.get(device.id, ())
            )
            if state != device.state:
                changed[device.id] = state
        if not changed:
            return
        await watched.set_device_states(self._database, changed, utc(now))
        for identity, state in changed.items():
            device = engine.devices[identity]
            device.state = state
            self._hub.publish("device", {"id": identity, "state": state}, building=device.building, device=identity)
