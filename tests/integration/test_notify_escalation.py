"""Steps of a route wait in the database: told when nobody has acknowledged, once, and not after somebody has."""

from datetime import timedelta
from typing import Any

import pytest

from collector.calendar.school import SchoolCalendar
from collector.notify.book import book_of
from collector.notify.routing import About, decide
from collector.problems.loop.telling import change_by
from collector.store import outbox, problems, routes
from collector.store.channels import NewChannel, add
from collector.store.database import Database
from collector.store.outbox import To, Told
from collector.store.problem_changes import Wish
from collector.store.routes import set_routes
from protocols.clock import ManualClock, utc


async def opened(database: Database, clock: ManualClock, severity: str) -> int:
    now = utc(clock.now_ms())
    async with database.transaction() as connection:
        new = problems.NewProblem("test.rule", "device:1", severity, "Freezer is warm", "", now)
        problem = await problems.open_problem(connection, new, now)
        assert problem is not None
        found = decide(About(severity), clock.now_ms(), book_of(await routes.book(connection)), SchoolCalendar())
        to = [To(one.channel, utc(one.due), one.step) for one in found]
        await outbox.tell(connection, Told(problem, "opened", 0, severity, now, to), now)
    return problem


async def taken(database: Database, clock: ManualClock) -> list[tuple[str, str]]:
    now = utc(clock.now_ms())
    rows = await outbox.claim(database, now, timedelta(minutes=2))
    for row in rows:
        await outbox.delivered(database, row, now)
    return [(row["channel"], row["change"]) for row in rows]


@pytest.fixture
async def steps(database: Database) -> None:
    for name in ("first", "second"):
        await add(database, NewChannel(name, b"x", "json", "info"))
    step: dict[str, Any] = {"after_min": 0, "school": False, "people": [], "channels": [1]}
    route = {
        "name": "all",
        "severities": [],
        "buildings": [],
        "kinds": [],
        "during": "always",
        "tell": "now",
        "go_on": False,
    }
    async with database.transaction() as connection:
        await routes.set_routes(connection, [route | {"steps": [step, step | {"after_min": 10, "channels": [1, 2]}]}])


async def test_the_next_is_told_once_when_nobody_has_it_and_hears_that_it_is_over(
    database: Database, steps: None
) -> None:
    clock = ManualClock()
    problem = await opened(database, clock, "critical")
    assert await taken(database, clock) == [("first", "opened")]
    await clock.advance(599)
    assert await taken(database, clock) == []
    await clock.advance(1)
    assert await taken(database, clock) == [("second", "opened")]
    assert await taken(database, clock) == []
    await change_by(database, problem, "kim", Wish("resolved"), utc(clock.now_ms()))
    assert sorted(await taken(database, clock)) == [("first", "resolved"), ("second", "resolved")]


@pytest.mark.parametrize("change", ["acknowledged", "snoozed", "resolved"])
async def test_it_ends_when_somebody_has_it(database: Database, steps: None, change: Any) -> None:
    clock = ManualClock()
    problem = await opened(database, clock, "critical")
    assert await taken(database, clock) == [("first", "opened")]
    until = utc(clock.now_ms() + 60_000) if change == "snoozed" else None
    await change_by(database, problem, "kim", Wish(change, until=until), utc(clock.now_ms()))
    await clock.advance(3600)
    assert [one for one in await taken(database, clock) if one[0] == "second"] == []


async def test_what_waited_for_school_and_healed_is_never_told(database: Database) -> None:
    channel = await add(database, NewChannel("phone", b"x", "json", "minor"))
    step = {"after_min": 0, "school": False, "people": [], "channels": [channel]}
    async with database.transaction() as connection:
        await set_routes(connection, [{
            "name": "Minor", "severities": ["minor"], "buildings": [], "kinds": [], "during": "always", "tell": "school", "go_on": False,
            "steps": [step],
        }])  # fmt: skip
    clock = ManualClock(1_760_050_800_000)  # Thursday 2025-10-09 23:00 UTC
    problem = await opened(database, clock, "minor")
    assert await taken(database, clock) == []
    await change_by(database, problem, "kim", Wish("resolved"), utc(clock.now_ms()))
    await clock.advance(86_400)
    assert await taken(database, clock) == []


async def test_an_escalation_that_was_refused_once_ends_too_when_somebody_has_it(
    database: Database, steps: None
) -> None:
    """What comes again is told as such, and not as taken by nobody."""
    clock = ManualClock()
    problem = await opened(database, clock, "critical")
    assert await taken(database, clock) == [("first", "opened")]
    await clock.advance(600)
    now = utc(clock.now_ms())
    rows = await outbox.claim(database, now, timedelta(minutes=2))
    assert [(row["channel"], row["step"]) for row in rows] == [("second", 1)]
    await outbox.failed(database, rows, "refused", now, now + timedelta(seconds=15))
    await change_by(database, problem, "kim", Wish("acknowledged"), now)
    rows = await database.rows("select c.name, o.step from outbox o join channel c on c.id = o.channel_id")
    assert [(row["name"], row["step"]) for row in rows] == [("first", 0)]
    await clock.advance(60)
    await change_by(database, problem, "kim", Wish("resolved"), utc(clock.now_ms()))
    assert await taken(database, clock) == [("first", "resolved")]
