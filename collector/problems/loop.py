"""The one loop: committed batches and a tick go through the engine; what it finds is made true in the database.

Level, not edge: at each tick the findings are compared with the problems stored. A restart, a lost commit or a failed transaction
therefore costs a tick and never a problem; messages are written in the transaction of the change they tell of.
"""

import logging
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from collector.ingest.committed import Committed
from collector.live import Hub
from collector.problems import lifecycle
from collector.problems.device_state import device_state
from collector.problems.engine import Engine
from collector.problems.finding import Finding, Key
from collector.problems.fleet import AgentRow, Device, PointRow
from collector.problems.lifecycle import Change, Life
from collector.problems.occurrences import CONFLICT, GAP
from collector.problems.plan import Fleet, Live, plan
from collector.problems.rules import RuleBook, load
from collector.problems.titles import title, words
from collector.store import gaps, outbox, problems, quarantine, watched
from collector.store.database import Connection, Database
from protocols.clock import Clock, utc
from protocols.errors import StoreError

log = logging.getLogger(__name__)
TICK_S = 1.0
_DEVICES_EVERY_MS = 60_000
_BACKLOG = 500
"""Commits that may wait while the database is away; older ones are let go: the engine asks the database anew."""


class ProblemLoop:
    """Runs until cancelled. `hearing` says whether we can hear agents at all (the broker is connected)."""

    def __init__(
        self, database: Database, hub: Hub, clock: Clock, *, book: RuleBook | None = None,
        hearing: Callable[[], bool] = lambda: True,
    ) -> None:  # fmt: skip
        self.book = book if book is not None else load()
        self._database = database
        self._hub = hub
        self._clock = clock
        self._hearing = hearing
        self._waiting: deque[Committed] = deque(maxlen=_BACKLOG)
        self._engine: Engine | None = None
        self._devices_at = 0

    def on_committed(self, committed: Committed) -> None:
        """Take in a commit; it is judged at the next tick."""
        if len(self._waiting) == _BACKLOG:
            self._engine = None
        self._waiting.append(committed)

    async def run(self) -> None:
        """Tick until cancelled; an error is logged, and the state is rebuilt from the database."""
        for line in self.book.refused:
            log.error("rules refused: %s", line)
        while True:
            try:
                await self.tick()
            except StoreError as error:
                log.warning("problems wait for the database: %s", error)
                if self._engine is not None:
                    self._engine.listening.deaf(self._clock.now_ms())
            except Exception:  # the runner: whatever a detector stumbles over must not end the watch
                log.exception("the problem loop stumbled; its state is rebuilt")
                self._engine = None
            await self._clock.sleep(TICK_S)

    async def tick(self) -> None:
        """Judge what was committed since the last tick, and the silence. Raises `StoreError`."""
        now = self._clock.now_ms()
        engine = self._engine or await self._rebuilt(now)
        self._engine = engine
        rows = await watched.agents(self._database)
        engine.listening.agents = {row["id"]: AgentRow(row["id"], row["online"], _ms(row["last_seen"])) for row in rows}
        await self._take_in(engine, now)
        if not self._hearing():
            engine.listening.deaf(now)
        await problems.wake(self._database, utc(now))
        found = engine.findings(now)
        live = await self._live()
        todo = plan(live, found, Fleet(engine.devices, engine.held), self.book, now)
        if todo.open or todo.resolve or todo.promote:
            told = []
            async with self._database.transaction() as connection:
                ids = {key: problem.id for key, problem in live.items()}
                for finding, cause in todo.open:
                    told += await self._open(connection, finding, ids.get(cause) if cause else None, now, ids)
                for problem in todo.promote:
                    told += await _promote(connection, problem, now)
                for problem in todo.resolve:
                    told += await _resolve(connection, problem, now)
            for data in told:
                self._hub.publish("problem", data, building=data["building"], device=data["device"])
            live = await self._live()
        await self._write_states(engine, live, now)

    async def _rebuilt(self, now: int) -> Engine:
        """The engine as it would be had it run all along: fleet, open problems, and what was pending."""
        engine = Engine(self.book, now)
        await self._load_devices(engine, now)
        rows = await watched.points(self._database)
        engine.learn(_point(row) for row in rows)
        longest = max((rule.for_ms for rule in self.book.state_rules()), default=0) + 15 * 60_000
        newest = await watched.newest(self._database)
        ids, values = np.array([r["point_id"] for r in newest], np.int32), np.array([r["value"] for r in newest], float)
        pending = engine.states.candidates(ids, values).tolist()
        for key, problem in (await self._live()).items():
            engine.seed(key, problem.opened_at, now)
            if key.subject.startswith("point:"):
                pending.append(int(key.subject[6:]))
        for agent, at in (await quarantine.conflicts_since(self._database, utc(now) - timedelta(hours=1))).items():
            engine.occurrences.add(CONFLICT, agent, round(at.timestamp() * 1000), {})
        for gap in await gaps.gaps_since(self._database, utc(now) - timedelta(days=1)):
            engine.occurrences.add(GAP, gap.agent, round(gap.until.timestamp() * 1000), {"reason": gap.reason})
        past = await watched.samples_since(self._database, pending, utc(now - longest)) if pending else []
        engine.states.observe(
            np.array([row["point_id"] for row in past], np.int32),
            np.array([_ms(row["time"]) for row in past], np.int64),
            np.array([row["value"] for row in past], np.float64),
        )
        return engine

    async def _take_in(self, engine: Engine, now: int) -> None:
        batches = list(self._waiting)
        unknown = {point for committed in batches for point in engine.listening.rhythms.unknown(committed.points)}
        points = [_point(row) for row in await watched.points(self._database, sorted(unknown))] if unknown else []
        named = {point.device for point in points} | {seen.device for c in batches for seen in c.reach}
        if named - set(engine.devices) or now - self._devices_at >= _DEVICES_EVERY_MS:
            await self._load_devices(engine, now)
        engine.learn(point._replace(last=None) for point in points)
        for _ in batches:
            engine.observe(self._waiting.popleft())  # off the queue first: what cannot be judged is met once

    async def _load_devices(self, engine: Engine, now: int) -> None:
        rows = await watched.devices(self._database)
        engine.devices = {
            row["id"]: Device(
                id=row["id"],
                agent=row["agent_id"],
                parent=row["parent_id"],
                reachable=row["reachable"],
                since=_ms(row["reach_since"]) or now,
                state=row["state"],
                building=row["building_id"],
            )
            for row in rows
        }
        self._devices_at = now

    async def _live(self) -> dict[Key, Live]:
        return {problem.key: problem for row in await problems.live(self._database) if (problem := _live_of(row))}

    async def _open(
        self, connection: Connection, finding: Finding, cause: int | None, now: int, ids: dict[Key, int]
    ) -> list[dict[str, Any]]:
        stored = await problems.newest(connection, *finding.key)
        life = _life(stored) if stored else None
        change = lifecycle.when_active(life, finding.since, now)
        names = await _names(connection, finding)
        if change is None or names is None:
            return []
        rule = self.book.rules[finding.key.rule]
        new = problems.NewProblem(
            rule=rule.name,
            subject=finding.key.subject,
            severity=rule.severity,
            title=title(rule.title, words(names, finding.value)),
            advice=rule.advice,
            opened_at=utc(finding.since),
            building_id=names["building_id"],
            agent_id=names["agent_id"],
            device_id=finding.device,
            point_id=finding.point,
            cause_id=cause,
            evidence=finding.evidence,
        )
        if change is Change.REOPENED and stored:
            problem: int | None = stored["id"]
            await problems.reopen(connection, stored["id"], new, utc(now))
            await outbox.take_back(connection, stored["id"], utc(now))
        else:
            problem = await problems.open_problem(connection, new, utc(now))
        if problem is None:
            return []
        ids[finding.key] = problem
        await _tell(connection, problem, lifecycle.after(life, change, now), (change, rule.severity, cause), now)
        shown = {"id": problem, "state": "open", "severity": rule.severity, "title": new.title}
        return [{**shown, "rule": rule.name, "building": new.building_id, "device": finding.device, "cause": cause}]

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


async def _promote(connection: Connection, problem: Live, now: int) -> list[dict[str, Any]]:
    await problems.promote(connection, problem.id)
    stored = await problems.newest(connection, *problem.key)
    if stored is None or not (life := _life(stored)).live:
        return []
    await _tell(connection, problem.id, life, (Change.OPENED, problem.severity, None), now)
    return [_shown(stored) | {"cause": None}]


async def _resolve(connection: Connection, problem: Live, now: int) -> list[dict[str, Any]]:
    stored = await problems.newest(connection, *problem.key)
    if stored is None or lifecycle.when_clear(_life(stored)) is None:
        return []
    await problems.resolve(connection, problem.id, utc(now))
    life = lifecycle.after(_life(stored), Change.RESOLVED, now)
    await _tell(connection, problem.id, life, (Change.RESOLVED, problem.severity, problem.cause), now)
    return [_shown(stored) | {"state": "resolved"}]


async def _tell(
    connection: Connection, problem: int, life: Life, what: tuple[Change, str, int | None], now: int
) -> None:
    change, severity, cause = what
    if not lifecycle.is_told(life, change, cause is not None):
        return
    due = utc(now + lifecycle.told_after_ms(life, change))
    told = outbox.Told(problem, change.value, lifecycle.occurrence(life), severity, due)
    rows = await outbox.tell(connection, told, utc(now))
    if rows and change is not Change.RESOLVED:
        await problems.set_told(connection, problem)


async def _names(connection: Connection, finding: Finding) -> dict[str, Any] | None:
    if finding.point is not None:
        return await watched.words_of_point(connection, finding.point)
    if finding.device is not None:
        return await watched.words_of_device(connection, finding.device)
    return await watched.words_of_agent(connection, finding.agent)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """A stored problem as open pages are told of it."""
    same = {key: row[key] for key in ("id", "state", "severity", "title", "rule")}
    return {**same, "building": row["building_id"], "device": row["device_id"], "cause": row["cause_id"]}


def _live_of(row: dict[str, Any]) -> Live:
    return Live(
        id=row["id"],
        key=Key(row["rule"], row["subject"]),
        severity=row["severity"],
        agent=row["agent_id"],
        device=row["device_id"],
        cause=row["cause_id"],
        cause_resolved_at=_ms(row["cause_resolved_at"]),
        opened_at=_ms(row["opened_at"]) or 0,
    )


def _life(row: dict[str, Any]) -> Life:
    return Life(row["state"], _ms(row["resolved_at"]), row["reopened"], row["told"], row["dismissed"])


def _point(row: dict[str, Any]) -> PointRow:
    return PointRow(row["id"], row["device_id"], row["metric"], row["label"], _ms(row["last"]))


def _ms(time: datetime | None) -> int | None:
    return None if time is None else round(time.timestamp() * 1000)
