"""What was found, made true: problems and their messages, what a silence owed, how things stand, the devices' states, polls asked for."""

from collections.abc import Callable, Mapping

from collector.calendar.silences import Silences, Subject
from collector.calendar.silences import silences as silences_of
from collector.live import Hub
from collector.problems.building_told import BuildingTold
from collector.problems.device_state import device_state
from collector.problems.engine import Engine
from collector.problems.finding import Finding, Key
from collector.problems.plan import Live, plan
from collector.problems.rebuilding import live_problems
from collector.problems.recording import Recording
from collector.problems.rules import RuleBook
from collector.store import commands, problems, silences, watched
from collector.store.database import Connection, Database
from protocols.clock import utc

_ASKED_MS = 10 * 60_000


class Outcome:
    """One for the life of a loop. `told` is called when messages were put into the outbox. Every method raises `StoreError`."""

    def __init__(
        self, database: Database, hub: Hub, book: RuleBook, building: BuildingTold, told: Callable[[], None]
    ) -> None:
        self._database, self._hub, self._book = database, hub, book
        self._building, self._told = building, told
        self._refused: set[Key] = set()
        self._asked: dict[int, int] = {}

    async def of(self, engine: Engine, found: Mapping[Key, Finding], now: int) -> None:
        """Make `found` true at `now` (ms)."""
        quiet = silences_of(await silences.alive(self._database, utc(now)), engine.world.calendars, engine.devices)
        live = await live_problems(self._database)
        todo = plan(live, engine.judge.sort(found, live, now), engine.held, self._book, now)
        await self._ask(engine, now)
        if todo or self._building.rows:
            async with self._database.transaction() as connection:
                recording = self._recording(connection, engine, quiet, now)
                await recording.record(todo, live)
                await recording.adopt(self._building.rows, live)
            self._told()
            for data in recording.shown:
                self._hub.publish("problem", data, building=data["building"], device=data["device"])
            live = await live_problems(self._database)
        self._building.done()
        for key, problem in live.items():
            standing = found[key].standing if key in found else None
            if standing is not None and standing != problem.standing:
                await problems.set_standing(self._database, problem.id, standing, utc(now))
        await self._tell_owed(engine, quiet, now)
        await self._write_states(engine, live, now)

    def _recording(self, connection: Connection, engine: Engine, quiet: Silences, now: int) -> Recording:
        return Recording(connection, self._book, now, self._refused, quiet, engine.world.calendars)

    async def _tell_owed(self, engine: Engine, quiet: Silences, now: int) -> None:
        """What came in a silence and is there still is told when the silence is over."""
        due = [
            row
            for row in await silences.owed(self._database)
            if quiet.silenced(Subject(row["rule"], row["building_id"], row["device_id"]), now) is None
        ]
        if due:
            async with self._database.transaction() as connection:
                await self._recording(connection, engine, quiet, now).tell_owed(due)
            self._told()

    async def _ask(self, engine: Engine, now: int) -> None:
        """Have the parents of what was just lost polled at once: each for one loss once."""
        wanted = engine.judge.to_ask()
        new = {each: since for each, since in wanted.items() if self._asked.get(each, 0) < since}
        self._asked = {each: since for each, since in self._asked.items() if now - since < _ASKED_MS} | new
        if new:
            await commands.ask_polls(
                self._database, [each for each, at in new.items() if now - at < _ASKED_MS], utc(now)
            )

    async def _write_states(self, engine: Engine, live: dict[Key, Live], now: int) -> None:
        severities: dict[int, list[str]] = {}
        for problem in live.values():
            if problem.device is not None:
                severities.setdefault(problem.device, []).append(problem.severity)
        heard = engine.listening.rhythms.devices(max(engine.devices, default=-1) + 1).last
        changed = {}
        for device in engine.devices.values():
            silent = device.agent in engine.listening.silent_agents
            state = device_state(silent, device.reachable, bool(heard[device.id]), severities.get(device.id, ()))
            if state != device.state:
                changed[device.id] = state
        if not changed:
            return
        await watched.set_device_states(self._database, changed, utc(now))
        for identity, state in changed.items():
            device = engine.devices[identity]
            device.state = state
            self._hub.publish("device", {"id": identity, "state": state}, building=device.building, device=identity)
