"""An engine as it would be had it run all along: problems that are open, what was pending, what was learned."""

from collections.abc import Iterable, Mapping

import numpy as np

from collector.ingest.committed import LATE_MS, Committed, EventSeen
from collector.problems.detector import FedAgain
from collector.problems.engine import NO_RHYTHM, Engine
from collector.problems.finding import Key
from collector.problems.fleet import Device
from collector.problems.loop import forecasting
from collector.problems.loop.fleet_reading import FleetReading
from collector.problems.loop.remembering import Remembering
from collector.problems.plan import Live
from collector.problems.rules import RuleBook
from collector.problems.stored import live_of, ms, over_of
from collector.problems.topology.late import CAUSES, LONGEST_MS, Over, may_be_late
from collector.problems.values.state_rules import FRESH_MS
from collector.store import problems, watched
from collector.store.database import Database
from protocols.clock import utc

SLICE_MS = LATE_MS - 5 * 60_000
"""So much of the past is fed at once: nothing in it is late."""
GAPS_MS = 48 * 3_600_000
"""How often agents usually send is taken from samples of so long."""


async def rebuilt(
    database: Database, reading: FleetReading, remembering: Remembering, book: RuleBook, now: int
) -> Engine:
    """The engine at `now` (ms). Raises `StoreError`."""
    engine = Engine(book, now)
    reading.forget()
    await reading.calendars(engine)
    await reading.devices(engine, now)
    engine.learn(await reading.points())
    engine.listening.no_data.usual = await watched.usual_gaps(database, NO_RHYTHM, utc(now - GAPS_MS))
    await remembering.restore(engine, now)
    await feed_again(database, engine, now)
    await feed_past(database, engine, now, seeds=True)
    await reading.occurrences(engine, now)
    await forecasting.restore(database, engine, now)
    return engine


async def feed_again(database: Database, engine: Engine, now: int) -> None:
    """What detectors that count minutes would have counted: slice by slice, each as one commit."""
    for detector in (each for each in engine.detectors if isinstance(each, FedAgain)):
        points, since = detector.again(now)
        for at in range(since, now, SLICE_MS) if points else ():
            end = min(at + SLICE_MS, now)
            ids, times, values = await watched.samples_between(database, points, utc(at), utc(end))
            if ids:
                columns = np.array(ids, np.int32), np.array(times, np.int64), np.array(values, np.float64)
                detector.observe(Committed(end, *columns))


async def live_problems(database: Database) -> dict[Key, Live]:
    """Every problem that is not resolved, by what is judged."""
    return {problem.key: problem for row in await problems.live(database) if (problem := live_of(row))}


async def ended_problems(
    database: Database, found: Iterable[Key], live: Mapping[Key, Live], book: RuleBook, devices: Mapping[int, Device], now: int
) -> list[Over]:  # fmt: skip
    """What has ended lately and may have brought about something that comes to light only now; not what was switched off."""
    if not may_be_late(found, live):
        return []
    rows = await problems.ended(database, sorted(CAUSES), utc(now - LONGEST_MS))
    return [
        over_of(row)
        for row in rows
        if row["rule"] in book.rules
        and book.of(row["rule"], devices.get(row["device_id"] or 0), row["building_id"]).enabled
    ]


async def feed_past(database: Database, engine: Engine, now: int, seeds: bool = False) -> None:
    """Judge values as had these rules held all along. `seeds`: for every detector, not for values and events alone."""
    newest = await watched.newest(database)
    ids, values = np.array([r["point_id"] for r in newest], np.int32), np.array([r["value"] for r in newest], float)
    known = dict(zip(ids.tolist(), values.tolist(), strict=True))
    pending = engine.states.candidates(ids, values).tolist()
    for key, problem in (await live_problems(database)).items():
        if seeds:
            engine.seed(key, problem.opened_at, now)
        else:
            engine.reseed(key, problem.opened_at, now, known)
        if key.kind == "point":
            pending.append(key.number)
    await _seed_dismissed(database, engine, set(pending), now, seeds)
    since = {point: utc(now - engine.states.longest(point) - FRESH_MS) for point in pending}
    past = await watched.changes_since(database, since)
    engine.states.observe(
        np.array([row["point_id"] for row in past], np.int32),
        np.array([ms(row["time"]) for row in past], np.int64),
        np.array([row["value"] for row in past], np.float64),
    )
    heard = await watched.events_since(database, engine.events.kinds, utc(now - engine.events.longest_ms))
    told = [EventSeen(e["device_id"], ms(e["time"]) or 0, e["kind"], e["severity"], e["detail"]) for e in heard]
    for event in told:
        engine.events.observe([event], event.time)


async def _seed_dismissed(database: Database, engine: Engine, pending: set[int], now: int, starts: bool) -> None:
    """What a person has resolved and may hold still began when it did, not where the past that was read begins."""
    for row in await problems.dismissed(database):
        key = Key(row["rule"], row["subject"])
        if key.kind == "point" and key.number in pending:
            engine.seed(key, ms(row["opened_at"]) or 0, now)
        if starts:
            engine.dismiss(key, ms(row["opened_at"]) or 0)
