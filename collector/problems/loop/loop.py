"""The one loop: committed batches and a tick go through the engine; what it finds is made true in the database.

Level, not edge: at each tick the findings are compared with the problems stored. A restart, a lost commit or a failed transaction
therefore costs a tick and never a problem; messages are written in the transaction of the change they tell of.
"""

import logging
from collections import deque
from collections.abc import Callable

import numpy as np

from collector.calendar.school import Calendars
from collector.ingest.committed import LATE_MS, Committed
from collector.live import Hub
from collector.outage import Outage
from collector.problems.engine import Engine
from collector.problems.loop import forecasting
from collector.problems.loop.around import Around
from collector.problems.loop.building_told import BuildingTold
from collector.problems.loop.dismissing import Dismissing
from collector.problems.loop.fleet_reading import DEVICES_MS, FleetReading
from collector.problems.loop.outcome import Outcome
from collector.problems.loop.rebuilding import feed_past, rebuilt
from collector.problems.loop.remembering import Remembering
from collector.problems.own.figures import Figures
from collector.problems.rules import RuleBook, load
from collector.problems.stored import ms
from collector.problems.tuning import Scope, Setting
from collector.store import rule_settings, turn, watched
from collector.store.database import Database
from collector.waking import Wake
from protocols.clock import Clock, utc
from protocols.errors import StoreError

log = logging.getLogger(__name__)
TICK_S = 1.0
LEAST_S = 0.2
"""Between two ticks, however much is committed; and three times as long as a tick takes."""
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
        self._clock = clock
        self._hearing = hearing
        self.figures: Callable[[], Figures] = Figures
        """The collector's own; whoever builds the house sets it."""
        self._around = Around(database, lambda: self.figures())
        self._building_told = BuildingTold(database)
        self._outage = Outage(log, "problems")
        self.woken, self.told = Wake(), Wake()
        """Rung when something was committed; and by the loop when it has put messages into the outbox."""
        self._waiting: deque[Committed] = deque(maxlen=_BACKLOG)
        self._engine: Engine | None = None
        self._shared = shared
        self._reading, self._remembering = FleetReading(database), Remembering(database)
        self._dismissing = Dismissing(database)
        self._outcome = Outcome(database, hub, self.book, self._building_told, lambda: self.told.ring())
        self._others_at = 0
        self._version = 0
        self.alive_at = clock.monotonic()
        """When all was last judged, or another collector seen to judge."""

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
        engine = self._engine
        if engine is None:
            self._building_told.due = True
            engine = await rebuilt(self._database, self._reading, self._remembering, self.book, now)
        elif changed:
            await self._reading.devices(engine, now)
            engine.retune(await self._reading.points())
            await feed_past(self._database, engine, now)
        self._engine = engine
        await self._reading.calendars(engine)
        await self._reading.alive(engine, now)
        await self._take_in(engine, now)
        await self._building_told.seed(engine, self.book, now)
        await self._around.refresh(engine.world, now)
        if not self._hearing():
            engine.listening.deaf(now)
        found = engine.findings(now)
        await forecasting.save(self._database, engine)
        await self._outcome.of(engine, found, now)
        await self._dismissing.tick(engine, now)
        await self._remembering.tick(engine, now)

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

    async def _take_in(self, engine: Engine, now: int) -> None:
        if self._shared and now - self._others_at >= _OTHERS_EVERY_MS:
            await self._hear_others(engine, now)
        batches = list(self._waiting)
        unknown = {point for committed in batches for point in engine.listening.rhythms.unknown(committed.points)}
        points = await self._reading.points(sorted(unknown)) if unknown else []
        named = {point.device for point in points} | {seen.device for c in batches for seen in c.reach}
        if named - set(engine.devices) or now - self._reading.devices_at >= DEVICES_MS:
            await self._reading.devices(engine, now)
        engine.learn(point._replace(last=None) for point in points)
        for _ in batches:
            committed = self._waiting.popleft()  # off the queue first: what cannot be judged is met once
            engine.observe(committed)
            if self._building_told.heard(committed):
                self.woken.ring()  # the rest at once, after this is written
                return

    async def _hear_others(self, engine: Engine, now: int) -> None:
        """What other collectors have committed: the newest of each point, who is reachable, what happened once."""
        rows = await watched.newest(self._database, utc(now - LATE_MS))
        times = np.array([ms(row["time"]) for row in rows], np.int64)
        ids, values = np.array([r["point_id"] for r in rows], np.int32), np.array([r["value"] for r in rows], float)
        self._waiting.append(Committed(now, ids, times, values))
        await self._reading.devices(engine, now)
        await self._reading.occurrences(engine, now)
        self._building_told.due = True
        self._others_at = now
