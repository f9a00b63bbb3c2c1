"""The real problem loop on a real database with a clock that is moved: fed as ingest would feed it, read as people would see it."""

from collections.abc import Iterable
from datetime import time, timedelta
from typing import Any

import numpy as np
from psycopg.types.json import Jsonb

from collector.calendar.document import Schedule
from collector.calendar.school import DayKind
from collector.ingest.committed import Committed, ReachSeen
from collector.live import Hub
from collector.problems.loop.loop import ProblemLoop
from collector.store import beats, calendars, outbox, routes, silences
from collector.store.beats import NewBeat, NewReport
from collector.store.channels import NewChannel, add
from collector.store.database import Database
from collector.store.liveness import write_status
from collector.store.silences import NewSilence
from protocols.clock import ManualClock, utc
from tests.bench.school_year.day import Away, Day
from tests.bench.school_year.fleet import NAMES, Fleet, Placed, unit_of
from tests.bench.school_year.said import INTEGRATIONS, status
from tests.bench.school_year.term import ZONE, Term

AFTER_POLL = 2_000
"""Milliseconds from a poll to its commit."""
LAST_BATCH = 5_000
"""An agent's last batch is up to ten seconds older than its end."""
KEEPALIVE = 22_500
"""The broker calls an agent gone when it has heard nothing for one and a half times its keepalive of 15 s."""


class Collector:
    """`feed` a day, tick by tick."""

    def __init__(self, database: Database, fleet: Fleet, start: int) -> None:
        self.database, self.fleet = database, fleet
        self.clock = ManualClock(start)
        self.loop = ProblemLoop(database, Hub(), self.clock)
        assert not self.loop.book.refused, self.loop.book.refused
        self._school = np.array([fleet.placed[device - 1].school for device, _ in fleet.points])
        self._kept: dict[int, list[tuple[np.ndarray, np.ndarray, np.ndarray]]] = {}
        self._kept_reach: dict[int, list[ReachSeen]] = {}
        self._offline: set[int] = set()
        self._reachable = {placed.id: True for placed in fleet.placed}
        self._known: set[int] = set()
        self._started = [start - 30 * 86_400_000] * fleet.schools
        self._words: list[dict[str, object]] = [{} for _ in range(fleet.schools)]
        self.samples = 0
        self.ticks = 0

    async def furnish(self, term: Term) -> None:
        """Buildings, agents, devices, points, the calendar and a channel, as people, enrolment and ingest would have made them."""
        now = utc(self.clock.now_ms())
        for school in range(self.fleet.schools):
            await self.database.execute("insert into building (name, timezone) values (%s, %s)", [NAMES[school], ZONE])
            await self.database.execute(
                "insert into agent (id, building_id, name, online, last_seen) values (%s, %s, %s, true, %s)",
                [agent_of(school), school + 1, f"{NAMES[school]} agent", now],
            )
            async with self.database.transaction() as connection:
                for job in INTEGRATIONS:
                    name = f"{job.name}, {NAMES[school]}"
                    await beats.add(connection, NewBeat(school + 1, name), name, now)
        for placed in self.fleet.placed:
            if not placed.device.new:
                await self.commission(placed.id)
        await self.schedule(term, knows_snow=False)
        channel = await add(self.database, NewChannel("everybody", b"x", "json", "minor"))
        async with self.database.transaction() as connection:
            await routes.set_routes(connection, [_minor(channel)])

    async def schedule(self, term: Term, *, knows_snow: bool) -> None:
        """The district's calendar, entered; a snow day only when it is known."""
        days = [
            {
                "first": day,
                "kind": row.kind.name.lower(),
                "name": row.name,
                "closes": row.closes if row.kind is DayKind.HALF else None,
                "late": day == term.snow,
            }
            for day, row in sorted(term.special.items())
            if knows_snow or day != term.snow
        ]
        document = Schedule.model_validate({"timezone": ZONE, "days": days}).model_dump(mode="json")
        async with self.database.transaction() as connection:
            await calendars.lock(connection, None)
            await calendars.write(connection, calendars.Written(None, document, "Kim"), utc(self.clock.now_ms()))

    async def hush(self, school: int, start: int, end: int) -> None:
        """A planned silence of a building."""
        now = utc(self.clock.now_ms())
        await silences.begin(
            self.database, NewSilence("Planned maintenance", "Kim", utc(start), utc(end), building=school + 1), now
        )

    async def commission(self, identity: int) -> None:
        """A device and its points appear."""
        placed = self.fleet.placed[identity - 1]
        own = placed.device
        parent = self.fleet.of(placed.school, own.parent).id if own.parent else None
        async with self.database.transaction() as connection:
            await connection.execute(
                "insert into device (id, agent_id, key, building_id, kind, name, room, address, parent_id, reachable, state_since, attributes)"
                " overriding system value values (%s, %s, %s, %s, %s, %s, %s, %s, %s, true, %s, %s)",
                [
                    identity, agent_of(placed.school), own.key, placed.school + 1, own.kind, own.name, own.room or None,
                    self._address(placed), parent, utc(self.clock.now_ms()), Jsonb(dict(own.attributes)),
                ],
            )  # fmt: skip
            async with connection.cursor() as cursor:
                await cursor.executemany(
                    "insert into point (id, device_id, metric, label, unit, name, states) overriding system value values (%s, %s, %s, %s, %s, %s, %s)",
                    [
                        (
                            row + 1,
                            identity,
                            reading.metric,
                            reading.label,
                            unit_of(reading),
                            reading.name,
                            Jsonb(reading.states) if reading.states else None,
                        )
                        for row, (device, reading) in zip(
                            range(placed.first, placed.last), self.fleet.points[placed.first : placed.last], strict=True
                        )
                    ],
                )
        self._known.add(identity)

    def _address(self, placed: Placed) -> str:
        """`local`, as the host driver has it, of the agent's own machine."""
        return (
            "local"
            if placed.device.key == "pi"
            else f"10.{placed.school + 1}.{len(placed.device.kind)}.{placed.id % 250}"
        )

    async def feed(self, day: Day, ticks: Iterable[int], term: Term) -> None:
        """Everything of the day up to each tick (ms) is committed, then the loop judges."""
        entered = day.at(time(6))
        done, place = int(day.minutes[0]) - 1, 0
        pushed = sorted(day.pushed)
        reach = self._reach(day)
        for tick in ticks:
            await self.clock.advance((tick - self.clock.now_ms()) / 1000)
            until = int(np.searchsorted(day.minutes, tick - AFTER_POLL, "right"))
            gone = {school: one for school in range(self.fleet.schools) if (one := self._gone(day, school, tick))}
            heard = set(range(self.fleet.schools)) - set(gone)
            await self._agents(heard, gone, tick)
            await self._say(day, heard, done, tick)
            seen = [one for one in reach if done < one.time <= tick]
            now = [push for push in pushed if done < push[0] <= tick]
            if term.snow == day.date and done < entered <= tick:
                await self.schedule(term, knows_snow=True)
            for stamp, identity in day.commissioned:
                if stamp <= tick and identity not in self._known:
                    await self.commission(identity)
            self._commit(day, tick, place, until, now)
            await self._told(seen, heard)
            place, done = until, tick
            await self.loop.tick()
            self.ticks += 1
            await self._send(tick)
        await self._remember(day)

    def _gone(self, day: Day, school: int, tick: int) -> Away | None:
        return next(
            (one for one in day.away if one.school == school and one.start <= tick < one.end and not one.online), None
        )

    async def _agents(self, heard: set[int], gone: dict[int, Away], tick: int) -> None:
        """What comes of the agents themselves: a batch every ten seconds, a goodbye at once, a Last Will when the broker misses them."""
        await self.database.execute(
            "update agent set last_seen = %s, online = true where id = any(%s)",
            [utc(tick), [agent_of(school) for school in heard]],
        )
        for school, one in gone.items():
            if school not in self._offline:
                await self.database.execute(
                    "update agent set last_seen = greatest(last_seen, %s) where id = %s",
                    [utc(one.start - LAST_BATCH), agent_of(school)],
                )
            if one.goodbye or tick >= one.start + KEEPALIVE:
                said = {"online": False} | ({"leaving": "stopped"} if one.goodbye else {})
                await write_status(self.database, agent_of(school), said, None)
                self._words[school] = {}
        self._offline = set(gone)

    async def _say(self, day: Day, heard: set[int], done: int, tick: int) -> None:
        """What agents say of themselves where it has changed, and what data integrations report."""
        for stamp, school in day.starts:
            if done < stamp <= tick:
                self._started[school] = stamp
        for school in sorted(heard):
            words = status(day, school, self._started[school], tick)
            if words != self._words[school]:
                self._words[school] = words
                await self.database.execute(
                    "update agent set status = %s where id = %s", [Jsonb(words), agent_of(school)]
                )
        due = [one for one in day.reported if done < one.at <= tick]
        for one in sorted(due):
            async with self.database.transaction() as connection:
                report = NewReport("ok", one.rows, 0, None, "")
                await beats.take(connection, f"{one.name}, {NAMES[one.school]}", report, utc(one.at))

    def _commit(self, day: Day, tick: int, place: int, until: int, pushed: list[tuple[int, int, float]]) -> None:
        """What was polled and pushed since; what is held back comes when it may."""
        values = day.values[:, place:until]
        rows, columns = np.nonzero(~np.isnan(values))
        times, found = day.minutes[place:until][columns], values[rows, columns]
        if pushed:
            rows = np.append(rows, [row for _, row, _ in pushed])
            times = np.append(times, [stamp for stamp, _, _ in pushed])
            found = np.append(found, [value for _, _, value in pushed])
        keep = np.ones(len(rows), np.bool_)
        for one in day.away:
            held = (self._school[rows] == one.school) & (times >= one.start) & (times < one.end)
            if held.any() and tick < one.end:
                if one.kept:
                    self._kept.setdefault(one.school, []).append((rows[held], times[held], found[held]))
                keep &= ~held
            elif held.any() and not one.kept:
                keep &= ~held
        self._give(tick, rows[keep], times[keep], found[keep])
        for school in [one.school for one in day.away if one.end <= tick and one.school in self._kept]:
            parts = self._kept.pop(school, [])
            if parts:
                self._give(tick, *(np.concatenate(column) for column in zip(*parts, strict=True)))
        for school, start, end in day.twice:
            again = (self._school[rows] == school) & (times >= start) & (times < end)
            if again.any():
                self._give(tick, rows[again], times[again], found[again])

    def _give(self, tick: int, rows: np.ndarray, times: np.ndarray, values: np.ndarray) -> None:
        self.samples += len(rows)
        heard = {agent_of(school) for school in np.unique(self._school[rows]).tolist()} if len(rows) else set()
        self.loop.on_committed(
            Committed(tick, (rows + 1).astype(np.int32), times.astype(np.int64), values, agents=heard)
        )

    def _reach(self, day: Day) -> list[ReachSeen]:
        """When devices stop and begin to answer, minute by minute: they are polled at the usual pace."""
        found = []
        for identity, mask in day.down.items():
            if identity not in self._known:
                continue
            answers = ~mask
            before = np.append(self._reachable[identity], answers[:-1])
            phase = (identity * 7 % 55) * 1000
            found += [
                ReachSeen(identity, int(day.minutes[place]) + phase, bool(answers[place]), "no answer within 3 s")
                for place in np.flatnonzero(answers != before)
            ]
            self._reachable[identity] = bool(answers[-1])
        for identity, answers in self._reachable.items():
            if identity not in day.down and not answers:
                found.append(ReachSeen(identity, int(day.minutes[0]), True, ""))
                self._reachable[identity] = True
        return sorted(found, key=lambda one: one.time)

    async def _told(self, seen: list[ReachSeen], heard: set[int]) -> None:
        """Write who answers and tell the loop; of a building that is away, when it is back."""
        ready = []
        for one in seen:
            school = self.fleet.placed[one.device - 1].school
            (ready if school in heard else self._kept_reach.setdefault(school, [])).append(one)
        for school in heard & set(self._kept_reach):
            ready = [*self._kept_reach.pop(school), *ready]
        if not ready:
            return
        async with self.database.transaction() as connection:
            for one in ready:
                await connection.execute(
                    "update device set reachable = %s, reach_detail = %s where id = %s",
                    [one.reachable, one.detail, one.device],
                )
                await connection.execute(
                    "insert into reach_change values (%s, %s, %s, %s) on conflict do nothing",
                    [one.device, utc(one.time), one.reachable, one.detail],
                )
        empty = Committed(self.clock.now_ms(), np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0))
        empty.reach = ready
        self.loop.on_committed(empty)

    async def _send(self, tick: int) -> None:
        """A sender takes what is due and notes it as delivered."""
        now = utc(tick)
        while rows := await outbox.claim(self.database, now, timedelta(minutes=2)):
            for row in rows:
                await outbox.delivered(self.database, row, now)

    async def _remember(self, day: Day) -> None:
        """The newest sample of each point, once a day: the loop reads them only when it begins."""
        seen = ~np.isnan(day.values)
        rows = np.flatnonzero(seen.any(axis=1))
        last = seen.shape[1] - 1 - np.argmax(seen[rows, ::-1], axis=1)
        await self.database.execute(
            "insert into point_last select * from unnest(%s::int[], %s::timestamptz[], %s::float8[])"
            " on conflict (point_id) do update set time = excluded.time, value = excluded.value",
            [(rows + 1).tolist(), [utc(int(stamp)) for stamp in day.minutes[last]], day.values[rows, last].tolist()],
        )


def agent_of(school: int) -> str:
    """The agent's id."""
    return NAMES[school].lower().replace(" ", "-")


def _minor(channel: int) -> dict[str, Any]:
    """A route for what waits for the report as shipped: so its coming by itself leaves a message, and is counted as what is told at once."""
    step = {"after_min": 0, "school": False, "people": [], "channels": [channel]}
    return {
        "name": "Minor", "severities": ["minor"], "buildings": [], "kinds": [], "during": "always", "tell": "school",
        "go_on": False, "steps": [step],
    }  # fmt: skip
