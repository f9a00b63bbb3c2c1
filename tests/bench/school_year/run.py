"""One run: weeks of a district through the problem engine, and what it told. The database is made and thrown away."""

import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import time as clock_time
from pathlib import Path

from collector.store.database import Database
from collector.store.migrate import migrate
from deploy.postgres import EmbeddedPostgres
from tests.bench.school_year.collector import AFTER_POLL, Collector
from tests.bench.school_year.day import MINUTE, Day
from tests.bench.school_year.district import District
from tests.bench.school_year.faults.doing import AFTER, BEFORE, Injected, Way, do
from tests.bench.school_year.faults.placing import Places
from tests.bench.school_year.faults.rows import Row, rows
from tests.bench.school_year.score import Score, score
from tests.bench.school_year.term import term
from tests.bench.school_year.told import told

MIDNIGHT = clock_time(0)
QUIET = 5
"""Minutes between two looks when nothing goes on."""


@dataclass
class Plan:
    """What is run. `only` are ids of rows (empty: all)."""

    seed: int = 1
    weeks: int = 10
    schools: int = 6
    only: tuple[str, ...] = ()
    warm: int = 7
    soon: bool = False
    """Rows on the first days that have room, a look each minute only while one goes on: short, and nothing is learned."""
    days: int = 0
    """Days to run; 0: all, or with `soon` until the last of them is over."""
    say: Callable[[str], None] = field(default=lambda line: None)


async def run(plan: Plan, database: Database) -> Score:
    """Play and judge on this migrated, empty database."""
    began = time.perf_counter()
    calendar = term(plan.seed, plan.weeks)
    chosen = [row for row in rows() if not plan.only or row.id in plan.only]
    injected, without = Places(calendar, plan.schools, plan.seed, plan.warm, soon=plan.soon).place(chosen)
    district = District(plan.seed, calendar, plan.schools)
    start = calendar.calendar().at(calendar.start, MIDNIGHT)
    collector = Collector(database, district.fleet, start)
    await collector.furnish(calendar)
    for one in injected:
        if one.row.silenced:
            await collector.hush(one.school, one.start - 5 * MINUTE, one.end + 10 * MINUTE)
    days = plan.days or _days(plan, injected, start, calendar.days)
    for number in range(days):
        day = district.day(
            number,
            [_change(one, BEFORE) for one in injected],
            [_change(one, AFTER) for one in injected],
        )
        await collector.feed(day, ticks(day, injected, every_minute=not plan.soon), calendar)
        plan.say(
            f"{day.date} {collector.ticks} ticks, {collector.samples} samples, {time.perf_counter() - began:.0f} s"
        )
    found = await told(database)
    played = [one for one in injected if one.start < start + days * 1440 * MINUTE]
    skipped: list[Row] = [row for row in chosen if row.missing or row.id in without]
    taken = time.perf_counter() - began
    return score(found, played, skipped, district.fleet, days, taken)


def _change(one: Injected, ways: dict[str, Way]) -> Callable[[Day], None]:
    return lambda day: do(day, one, ways)


def _days(plan: Plan, injected: list[Injected], start: int, most: int) -> int:
    if not plan.soon:
        return most
    last = max((one.end + one.row.within_ms for one in injected), default=start)
    return min(most, (last - start) // (1440 * MINUTE) + 1)


def ticks(day: Day, injected: list[Injected], *, every_minute: bool) -> list[int]:
    """Every minute while school is in or something goes on (every 15 s when it begins), every five else; and just after what is told at once."""
    spans = [(one.start - 5 * MINUTE, min(one.end, one.start + one.row.within_ms) + 10 * MINUTE) for one in injected]
    spans += [(one.end - 2 * MINUTE, one.end + 20 * MINUTE) for one in injected]
    busy = (day.busy > 0) & every_minute
    found = set()
    for place_, stamp in enumerate(day.minutes.tolist()):
        if busy[place_] or place_ % QUIET == 0 or any(since <= stamp < until for since, until in spans):
            found.add(stamp + AFTER_POLL)
    for one in injected:
        first, until = one.start, min(one.start + 6 * MINUTE, one.end + MINUTE)
        found |= {
            stamp + AFTER_POLL for stamp in range(first, until, 15_000) if day.minutes[0] < stamp < day.minutes[-1]
        }
    end = int(day.minutes[-1]) + AFTER_POLL
    pushed = {stamp + 1_000 for stamp, _, _ in day.pushed if stamp + 1_000 < end}
    return sorted(found | pushed | {end})


@asynccontextmanager
async def fresh_database() -> AsyncIterator[Database]:
    """A pool on an embedded, migrated PostgreSQL of its own, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="firstbell-year-"))
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder / "database", settings={"fsync": "off", "synchronous_commit": "off"})
    server.data.mkdir()
    try:
        await server.start()
        database = Database(server.dsn)
        await database.open()
        await migrate(database)
        yield database
        await database.close()
    finally:
        await server.stop()
        shutil.rmtree(folder, ignore_errors=True)
