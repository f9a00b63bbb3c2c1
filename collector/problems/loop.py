"""The one loop: committed batches and a tick go through the engine; what it finds is made true in the database.

Level, not edge: at each tick the findings are compared with the problems stored. A restart, a lost commit or a failed transaction
therefore costs a tick and never a problem; messages are written in the transaction of the change they tell of.
"""

import logging
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np

from collector.calendar.compose import Stored, calendars
from collector.calendar.school import Calendars
from collector.calendar.silences import Silences, Subject
from collector.calendar.silences import silences as silences_of
from collector.ingest.committed import LATE_MS, Committed, EventSeen
from collector.live import Hub
from collector.outage import Outage
from collector.problems import forecasting
from collector.problems.around import Around
from collector.problems.device_state import device_state
from collector.problems.engine import Engine
from collector.problems.finding import Key
from collector.problems.fleet import AgentRow, Device, FailingChannel, PointRow
from collector.problems.occurrences import CONFLICT, GAP
from collector.problems.own.figures import Figures
from collector.problems.plan import Live, plan
from collector.problems.recording import Recording, live_of, ms
from collector.problems.remembering import Remembering
from collector.problems.rules import RuleBook, load
from collector.problems.state_rules import FRESH_MS
from collector.problems.topology.graph import Edge
from collector.problems.tuning import Scope, Setting
from collector.store import calendars as schedules
from collector.store import (
    channels,
    commands,
    gaps,
    links,
    problems,
    quarantine,
    roles,
    rule_settings,
    silences,
    turn,
    watched,
)
from collector.store.database import Database
from collector.waking import Wake
from protocols.clock import Clock, utc
from protocols.errors import StoreError

log = logging.getLogger(__name__)
TICK_S = 1.0
LEAST_S = 0.2
"""Between two ticks, however much is committed; and three times as long as a tick takes."""
_DEVICES_EVERY_MS = 60_000
_OTHERS_EVERY_MS = 5_000
_ASKED_MS = 10 * 60_000
_BACKLOG = 500
"""Commits that may wait while the database is away; older ones are let go: the engine asks the database anew."""


class ProblemLoop:
    """Runs until cancelled. `hearing` says whether we can hear agents at all (the broker is connected).

    Of several collectors on one database one at a time judges. `shared`: the others take in samples too, and what they
    committed is read from the database.
    """

    def __init__(
        self, database: Database, hub: Hub, clock: Clock, *, book: RuleBook | None = None,
        hearing: Callable[[], bool] = lambda: True, shared: bool = False,
    ) -> None:  # fmt: skip
        self.book = book if book is not None else load()
        self._database = database
        self._hub = hub
        self._clock = clock
        self._hearing = hearing
        self.figures: Callable[[], Figures] = Figures
        """The collector's own; whoever builds the house sets it."""
        self._around = Around(database, lambda: self.figures())
        self._outage = Outage(log, "problems")
        self.woken, self.told = Wake(), Wake()
        """Rung when something was committed; and by the loop when it has put messages into the outbox."""
        self._waiting: deque[Committed] = deque(maxlen=_BACKLOG)
        self._engine: Engine | None = None
        self._shared = shared
        self._refused: set[Key] = set()
        self._remembering = Remembering(database)
        self._devices_at = 0
        self._others_at = 0
        self._calendars = ""
        """The revision of the school calendars that the engine has."""
        self._version = 0
        self.alive_at = clock.monotonic()
        """When all was last judged, or another collector seen to judge."""
        self._asked: dict[int, int] = {}

    @property
    def calendars(self) -> Calendars:
        """Every building's, as the judgement has them."""
        return self._engine.world.calendars if self._engine is not None else Calendars()

    @property
    def engine(self) -> Engine | None:
        """What judges; None where another collector does, or nothing was judged yet."""
        return self._engine

    def on_committed(self, committed: Committed) -> None:
        """Take in a commit; it is judged at the next tick."""
        if len(self._waiting) == _BACKLOG:
            self._engine = None
        self._waiting.append(committed)
        self.woken.ring()

    async def run(self) -> None:
        """Judge, when it is this collector's turn, until cancelled."""
        for line in self.book.refused:
            log.error("rules refused: %s", line)
        while True:
            self._engine = None  # whoever judged before may have changed everything
            try:
                async with turn.judging(self._database) as mine:
                    while await mine.is_mine():
                        began = self._clock.monotonic()
                        await self._judge()
                        least = max(LEAST_S, 3 * (self._clock.monotonic() - began))
                        await self.woken.wait(self._clock, TICK_S, least)
                self._waiting.clear()  # another one judges
                self.alive_at = self._clock.monotonic()
            except StoreError as error:
                self._outage.lost(error)
            await self._clock.sleep(TICK_S)

    async def _judge(self) -> None:
        """One tick; an error is logged, and the state is rebuilt from the database."""
        try:
            await self.tick()
            self._outage.over()
            self.alive_at = self._clock.monotonic()
        except StoreError as error:
            self._outage.lost(error)
            if self._engine is not None:
                self._engine.listening.deaf(self._clock.now_ms())
        except Exception:  # the runner: whatever a detector stumbles over must not end the watch
            log.exception("the problem loop stumbled; its state is rebuilt")
            self._engine = None

    async def tick(self) -> None:
        """Judge what was committed since the last tick, and the silence. Raises `StoreError`."""
        now = self._clock.now_ms()
        changed = await self._read_settings()
        engine = self._engine or await self._rebuilt(now)
        if changed and engine is self._engine:
            await self._load_devices(engine, now)
            engine.retune(_point(row) for row in await watched.points(self._database))
            await self._feed_past(engine, now)
        self._engine = engine
        await self._load_calendars(engine)
        rows = await watched.agents(self._database)
        engine.listening.agents = {row["id"]: AgentRow(row["id"], row["online"], ms(row["last_seen"])) for row in rows}
        engine.world.failing_channels = [
            FailingChannel(row["id"], row["name"], ms(row["failing_since"]) or now, row["failures"])
            for row in await channels.failing(self._database)
        ]
        await self._take_in(engine, now)
        await self._around.refresh(engine.world, now)
        if not self._hearing():
            engine.listening.deaf(now)
        await problems.wake(self._database, utc(now))
        found = engine.findings(now)
        await forecasting.save(self._database, engine)
        quiet = silences_of(await silences.alive(self._database, utc(now)), engine.world.calendars, engine.devices)
        live = await self._live()
        todo = plan(live, engine.judge.sort(found, live, now), engine.held, self.book, now)
        await self._ask(engine, now)
        if todo:
            async with self._database.transaction() as connection:
                recording = Recording(connection, self.book, now, self._refused, quiet, engine.world.calendars)
                await recording.record(todo, live)
            self.told.ring()
            for data in recording.shown:
                self._hub.publish("problem", data, building=data["building"], device=data["device"])
            live = await self._live()
        for key, problem in live.items():
            standing = found[key].standing if key in found else None
            if standing is not None and standing != problem.standing:
                await problems.set_standing(self._database, problem.id, standing, utc(now))
        await self._tell_owed(quiet, now)
        await self._write_states(engine, live, now)
        await self._remembering.tick(engine, now)

    async def _tell_owed(self, quiet: Silences, now: int) -> None:
        """What came in a silence and is there still is told when the silence is over."""
        due = [
            row
            for row in await silences.owed(self._database)
            if quiet.silenced(Subject(row["rule"], row["building_id"], row["device_id"]), now) is None
        ]
        if due:
            async with self._database.transaction() as connection:
                await Recording(
                    connection,
                    self.book,
                    now,
                    self._refused,
                    quiet,
                    self._engine.world.calendars if self._engine else None,
                ).tell_owed(due)
            self.told.ring()

    async def _rebuilt(self, now: int) -> Engine:
        """The engine as it would be had it run all along: fleet, open problems, and what was pending."""
        engine = Engine(self.book, now)
        self._calendars = ""
        await self._load_calendars(engine)
        await self._load_devices(engine, now)
        rows = await watched.points(self._database)
        engine.learn(_point(row) for row in rows)
        await self._remembering.restore(engine, now)
        await self._feed_past(engine, now, seeds=True)
        await self._load_occurrences(engine, now)
        await forecasting.restore(self._database, engine, now)
        return engine

    async def _read_settings(self) -> bool:
        """Whether what people have set has changed; then it is in the book. What cannot be used is logged, the rest goes on."""
        version = await rule_settings.version(self._database)
        if version == self._version:
            return False
        rows = await rule_settings.settings(self._database)
        chosen = [
            Setting(row["rule"], Scope(row["building"], row["kind"], row["device"]), row["changes"]) for row in rows
        ]
        for line in self.book.tune(chosen, await rule_settings.own_rules(self._database)):
            log.error("rule refused: %s", line)
        self._version = version
        return True

    async def _feed_past(self, engine: Engine, now: int, seeds: bool = False) -> None:
        """Judge values as had these rules held all along. `seeds`: for every detector, not for values and events alone."""
        newest = await watched.newest(self._database)
        ids, values = np.array([r["point_id"] for r in newest], np.int32), np.array([r["value"] for r in newest], float)
        known = dict(zip(ids.tolist(), values.tolist(), strict=True))
        pending = engine.states.candidates(ids, values).tolist()
        for key, problem in (await self._live()).items():
            if seeds:
                engine.seed(key, problem.opened_at, now)
            else:
                engine.reseed(key, problem.opened_at, now, known)
            if key.subject.startswith("point:"):
                pending.append(int(key.subject[6:]))
        await self._seed_dismissed(engine, set(pending), now)
        since = {point: utc(now - engine.states.longest(point) - FRESH_MS) for point in pending}
        past = await watched.changes_since(self._database, since)
        engine.states.observe(
            np.array([row["point_id"] for row in past], np.int32),
            np.array([ms(row["time"]) for row in past], np.int64),
            np.array([row["value"] for row in past], np.float64),
        )
        heard = await watched.events_since(self._database, engine.events.kinds, utc(now - engine.events.longest_ms))
        told = [EventSeen(e["device_id"], ms(e["time"]) or 0, e["kind"], e["severity"], e["detail"]) for e in heard]
        for event in told:
            engine.events.observe([event], event.time)

    async def _seed_dismissed(self, engine: Engine, pending: set[int], now: int) -> None:
        """What a person has resolved and may hold still began when it did, not where the past that was read begins."""
        for row in await problems.dismissed(self._database):
            kind, _, identity = row["subject"].partition(":")
            if kind == "point" and int(identity) in pending:
                engine.seed(Key(row["rule"], row["subject"]), ms(row["opened_at"]) or 0, now)

    async def _take_in(self, engine: Engine, now: int) -> None:
        if self._shared and now - self._others_at >= _OTHERS_EVERY_MS:
            await self._hear_others(engine, now)
        batches = list(self._waiting)
        unknown = {point for committed in batches for point in engine.listening.rhythms.unknown(committed.points)}
        points = [_point(row) for row in await watched.points(self._database, sorted(unknown))] if unknown else []
        named = {point.device for point in points} | {seen.device for c in batches for seen in c.reach}
        if named - set(engine.devices) or now - self._devices_at >= _DEVICES_EVERY_MS:
            await self._load_devices(engine, now)
        engine.learn(point._replace(last=None) for point in points)
        for _ in batches:
            engine.observe(self._waiting.popleft())  # off the queue first: what cannot be judged is met once

    async def _hear_others(self, engine: Engine, now: int) -> None:
        """What other collectors have committed: the newest of each point, who is reachable, what happened once."""
        rows = await watched.newest(self._database, utc(now - LATE_MS))
        times = np.array([ms(row["time"]) for row in rows], np.int64)
        ids, values = np.array([r["point_id"] for r in rows], np.int32), np.array([r["value"] for r in rows], float)
        self._waiting.append(Committed(now, ids, times, values))
        await self._load_devices(engine, now)
        await self._load_occurrences(engine, now)
        self._others_at = now

    async def _load_occurrences(self, engine: Engine, now: int) -> None:
        for agent, at in (await quarantine.conflicts_since(self._database, utc(now) - timedelta(hours=1))).items():
            engine.occurrences.add(CONFLICT, agent, round(at.timestamp() * 1000), {})
        for gap in await gaps.gaps_since(self._database, utc(now) - timedelta(days=1)):
            engine.occurrences.add(GAP, gap.agent, round(gap.until.timestamp() * 1000), {"reason": gap.reason})

    async def _load_calendars(self, engine: Engine) -> None:
        """The school calendars, when one has changed: a snow day entered at 06:00 holds from the next tick on."""
        revision = await schedules.revision(self._database)
        if revision == self._calendars:
            return
        rows = await schedules.documents(self._database)
        stored = [Stored(row["building_id"], row["name"], row["timezone"], row["document"]) for row in rows]
        made, refused = calendars(stored, engine.world.calendars)
        for line in refused:
            log.error("%s", line)
        engine.world.calendars.become(made)
        self._calendars = revision

    async def _load_devices(self, engine: Engine, now: int) -> None:
        rows = await watched.devices(self._database)
        devices = {
            row["id"]: Device(
                id=row["id"],
                agent=row["agent_id"],
                parent=row["parent_id"],
                reachable=row["reachable"],
                since=ms(row["reach_since"]) or now,
                state=row["state"],
                building=row["building_id"],
                kind=row["kind"],
                name=row["name"],
                room=row["room"],
                address=row["address"],
                attributes=row["attributes"],
            )
            for row in rows
        }
        confirmed = await roles.confirmed(self._database)
        if confirmed != engine.world.roles:
            engine.world.roles = confirmed
        engine.devices.clear()  # the same mapping for every detector
        engine.devices.update(devices)
        engine.judge.learn(Edge(*edge) for edge in await links.edges(self._database))
        self._devices_at = now

    async def _ask(self, engine: Engine, now: int) -> None:
        """Have the parents of what was just lost polled at once: each for one loss once."""
        wanted = engine.judge.to_ask()
        new = {each: since for each, since in wanted.items() if self._asked.get(each, 0) < since}
        self._asked = {each: since for each, since in self._asked.items() if now - since < _ASKED_MS} | new
        if new:
            await commands.ask_polls(
                self._database, [each for each, at in new.items() if now - at < _ASKED_MS], utc(now)
            )

    async def _live(self) -> dict[Key, Live]:
        return {problem.key: problem for row in await problems.live(self._database) if (problem := live_of(row))}

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


def _point(row: dict[str, Any]) -> PointRow:
    return PointRow(
        row["id"],
        row["device_id"],
        row["metric"],
        row["label"],
        ms(row["last"]),
        row["unit"],
        row["name"],
        row["states"],
    )
