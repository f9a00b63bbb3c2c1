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

from collector.ingest.committed import LATE_MS, Committed
from collector.live import Hub
from collector.outage import Outage
from collector.problems import forecasting
from collector.problems.around import Around
from collector.problems.building_told import BuildingTold
from collector.problems.device_state import device_state
from collector.problems.engine import Engine
from collector.problems.finding import Key
from collector.problems.fleet import AgentRow, Device, PointRow
from collector.problems.occurrences import CONFLICT, GAP
from collector.problems.own.figures import Figures
from collector.problems.plan import Fleet, Live, plan
from collector.problems.recording import Recording, live_of, ms
from collector.problems.rules import RuleBook, load
from collector.problems.state_rules import FRESH_MS
from collector.store import gaps, problems, quarantine, turn, watched
from collector.store.database import Database
from protocols.clock import Clock, utc
from protocols.errors import StoreError

log = logging.getLogger(__name__)
TICK_S = 1.0
_DEVICES_EVERY_MS = 60_000
_OTHERS_EVERY_MS = 5_000
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
        self._building_told = BuildingTold(database)
        self._outage = Outage(log, "problems")
        self._waiting: deque[Committed] = deque(maxlen=_BACKLOG)
        self._engine: Engine | None = None
        self._shared = shared
        self._refused: set[Key] = set()
        self._devices_at = 0
        self._others_at = 0

    def on_committed(self, committed: Committed) -> None:
        """Take in a commit; it is judged at the next tick."""
        if len(self._waiting) == _BACKLOG:
            self._engine = None
        self._waiting.append(committed)

    async def run(self) -> None:
        """Judge, when it is this collector's turn, until cancelled."""
        for line in self.book.refused:
            log.error("rules refused: %s", line)
        while True:
            self._engine = None  # whoever judged before may have changed everything
            try:
                async with turn.judging(self._database) as mine:
                    while await mine.is_mine():
                        await self._judge()
                        await self._clock.sleep(TICK_S)
                self._waiting.clear()  # another one judges
            except StoreError as error:
                self._outage.lost(error)
            await self._clock.sleep(TICK_S)

    async def _judge(self) -> None:
        """One tick; an error is logged, and the state is rebuilt from the database."""
        try:
            await self.tick()
            self._outage.over()
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
        engine = self._engine or await self._rebuilt(now)
        self._engine = engine
        rows = await watched.agents(self._database)
        engine.listening.agents = {row["id"]: AgentRow(row["id"], row["online"], ms(row["last_seen"])) for row in rows}
        await self._take_in(engine, now)
        await self._building_told.seed(engine, self.book, now)
        await self._around.refresh(engine.world, now)
        if not self._hearing():
            engine.listening.deaf(now)
        await problems.wake(self._database, utc(now))
        found = engine.findings(now)
        await forecasting.save(self._database, engine)
        live = await self._live()
        todo = plan(live, found, Fleet(engine.devices, engine.held), self.book, now)
        if todo or self._building_told.rows:
            async with self._database.transaction() as connection:
                recording = Recording(connection, self.book, now, self._refused)
                await recording.record(todo, live)
                await recording.adopt(self._building_told.rows, live)
            for data in recording.shown:
                self._hub.publish("problem", data, building=data["building"], device=data["device"])
            live = await self._live()
        self._building_told.done()
        await self._write_states(engine, live, now)

    async def _rebuilt(self, now: int) -> Engine:
        """The engine as it would be had it run all along: fleet, open problems, and what was pending."""
        engine = Engine(self.book, now)
        self._building_told.due = True
        await self._load_devices(engine, now)
        rows = await watched.points(self._database)
        engine.learn(_point(row) for row in rows)
        newest = await watched.newest(self._database)
        ids, values = np.array([r["point_id"] for r in newest], np.int32), np.array([r["value"] for r in newest], float)
        pending = engine.states.candidates(ids, values).tolist()
        for key, problem in (await self._live()).items():
            engine.seed(key, problem.opened_at, now)
            if key.subject.startswith("point:"):
                pending.append(int(key.subject[6:]))
        await self._seed_dismissed(engine, set(pending), now)
        await self._load_occurrences(engine, now)
        since = {point: utc(now - engine.states.longest(point) - FRESH_MS) for point in pending}
        past = await watched.changes_since(self._database, since)
        engine.states.observe(
            np.array([row["point_id"] for row in past], np.int32),
            np.array([ms(row["time"]) for row in past], np.int64),
            np.array([row["value"] for row in past], np.float64),
        )
        await forecasting.restore(self._database, engine, now)
        return engine

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
            committed = self._waiting.popleft()  # off the queue first: what cannot be judged is met once
            engine.observe(committed)
            if self._building_told.heard(committed):
                return

    async def _hear_others(self, engine: Engine, now: int) -> None:
        """What other collectors have committed: the newest of each point, who is reachable, what happened once."""
        rows = await watched.newest(self._database, utc(now - LATE_MS))
        times = np.array([ms(row["time"]) for row in rows], np.int64)
        ids, values = np.array([r["point_id"] for r in rows], np.int32), np.array([r["value"] for r in rows], float)
        self._waiting.append(Committed(now, ids, times, values))
        await self._load_devices(engine, now)
        await self._load_occurrences(engine, now)
        self._building_told.due = True
        self._others_at = now

    async def _load_occurrences(self, engine: Engine, now: int) -> None:
        for agent, at in (await quarantine.conflicts_since(self._database, utc(now) - timedelta(hours=1))).items():
            engine.occurrences.add(CONFLICT, agent, round(at.timestamp() * 1000), {})
        for gap in await gaps.gaps_since(self._database, utc(now) - timedelta(days=1)):
            engine.occurrences.add(GAP, gap.agent, round(gap.until.timestamp() * 1000), {"reason": gap.reason})

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
        engine.devices.clear()  # the same mapping for every detector
        engine.devices.update(devices)
        self._devices_at = now

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
