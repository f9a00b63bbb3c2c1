"""What the building told by itself is a problem here, and its coming is told nobody a second time."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from collector.ingest.committed import Committed, EventSeen
from collector.store.facts import insert_events
from collector.store.rule_settings import Place, put_setting
from protocols.clock import utc
from protocols.wire.batch import Event
from tests.integration.problems.conftest import CPU, DISK, World

HOT = "host.cpu.hot"
CALM, BUSY = (CPU, 10.0), (CPU, 99.0)
Say = Callable[..., Any]


@pytest.fixture
def say(world: World) -> Say:
    """The agent says that it has told of the server's processor: stored and committed as ingest does it."""

    async def said(change: str, since: int, at: int | None = None, **other: Any) -> None:
        now = world.clock.now_ms()
        detail = {
            "rule": HOT,
            "metric": "host.cpu.utilization",
            "label": None,
            "since": since,
            "change": change,
            **other,
        }
        time = now if at is None else at
        async with world.database.transaction() as connection:
            await insert_events(connection, [1], [Event(0, time, "edge.told", "minor", detail)])
            await connection.execute("update agent set last_seen = %s, online = true", [utc(now)])
        committed = Committed(now, np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0), agents={"lincoln"})
        committed.events = [EventSeen(1, time, "edge.told", "minor", detail)]
        world.loop.on_committed(committed)

    return said


async def notes(world: World) -> list[str]:
    rows = await world.database.rows(
        "select note from problem_event where change = 'told' and note like '%%building%%' order by id"
    )
    return [row["note"] for row in rows]


async def sent(world: World) -> list[tuple[str, str]]:
    await world.send()
    return world.sent


async def test_what_still_holds_is_a_problem_told_by_the_building_and_its_end_is_told_here(
    world: World, say: Say
) -> None:
    await world.minutes(1, CALM)
    since = world.clock.now_ms()
    await world.clock.advance(1800)
    await say("opened", since, since + 120_000)
    await world.samples(BUSY)
    await world.loop.tick()
    assert await world.live() == {f"{HOT} point:{CPU}": "open"}
    assert await sent(world) == []
    row = await world.database.row("select told, opened_at from problem")
    assert row == {"told": True, "opened_at": utc(since)}
    assert await notes(world) == [f"told by the building itself at {utc(since + 120_000):%H:%M}"]
    await world.minutes(20, BUSY)
    world.restart()
    await world.minutes(2, BUSY)
    assert await sent(world) == []
    await world.minutes(1, CALM)
    assert await sent(world) == [(HOT, "resolved")]
    await world.minutes(30, CALM)
    await world.minutes(1, BUSY)
    assert await sent(world) == [(HOT, "resolved"), (HOT, "opened")]


async def test_what_ended_at_the_very_moment_of_the_return_is_told_to_be_over(world: World, say: Say) -> None:
    """The collector never sees it hold: the event alone makes it a problem, in a tick before the next samples are judged."""
    await world.minutes(1, CALM)
    since = world.clock.now_ms()
    await world.clock.advance(1800)
    await say("opened", since)
    await world.samples(CALM)
    for _ in range(3):
        await world.loop.tick()
    assert await sent(world) == [(HOT, "resolved")]


async def test_what_the_building_told_to_be_over_is_told_nobody_here(world: World, say: Say) -> None:
    await world.minutes(1, CALM)
    since = world.clock.now_ms()
    await world.clock.advance(600)
    await say("opened", since, since + 60_000)
    await world.loop.tick()
    await say("resolved", since, since + 300_000)
    await world.loop.tick()
    await world.minutes(2, CALM)
    assert await world.live() == {}
    assert await sent(world) == []
    assert len(await notes(world)) == 2


async def test_both_at_once_and_then_the_backlog(world: World, say: Say) -> None:
    """Samples of a few minutes ago may open it for a moment, until those of now come."""
    await world.minutes(1, CALM)
    since = world.clock.now_ms()
    await world.samples(BUSY)
    held = list(world.loop._waiting)
    world.loop._waiting.clear()
    await world.clock.advance(360)
    await say("opened", since, since + 1000)
    await say("resolved", since, since + 200_000)
    world.loop._waiting.extend(held)
    for _ in range(3):
        await world.loop.tick()
    await world.minutes(2, CALM)
    assert await world.live() == {}
    assert await sent(world) == []


async def test_what_the_collector_had_told_before_is_only_noted(world: World, say: Say) -> None:
    await world.minutes(1, BUSY)
    assert await sent(world) == [(HOT, "opened")]
    await say("opened", world.clock.now_ms())
    await world.minutes(2, BUSY)
    assert await sent(world) == [(HOT, "opened")]
    assert len(await notes(world)) == 1
    await world.minutes(1, CALM)
    assert await sent(world) == [(HOT, "opened"), (HOT, "resolved")]


async def test_a_restart_between_commit_and_tick_loses_nothing(world: World, say: Say) -> None:
    await world.minutes(1, CALM)
    since = world.clock.now_ms()
    await world.clock.advance(1200)
    await say("opened", since)
    world.restart()
    await world.samples(BUSY)
    await world.loop.tick()
    assert await world.live() == {f"{HOT} point:{CPU}": "open"}
    assert await sent(world) == []


@pytest.mark.parametrize(
    "other", [{"rule": "no.such"}, {"rule": "agent.silent"}, {"metric": "host.disk.utilization"}, {"change": 3}]
)
async def test_an_event_that_makes_no_sense_changes_nothing(world: World, other: dict[str, Any]) -> None:
    now = world.clock.now_ms()
    detail = {"rule": HOT, "metric": "host.cpu.utilization", "label": None, "since": now, "change": "opened"} | other
    async with world.database.transaction() as connection:
        await insert_events(connection, [1], [Event(0, now, "edge.told", "minor", detail)])
    await world.loop.tick()
    assert await world.live() == {}
    await world.minutes(1, BUSY)
    assert await sent(world) == [(HOT, "opened")]


async def test_a_since_that_is_no_time_stops_nobody(world: World) -> None:
    detail = {"rule": HOT, "metric": "host.cpu.utilization", "label": None, "since": "x", "change": "opened"}
    async with world.database.transaction() as connection:
        await insert_events(connection, [1], [Event(0, world.clock.now_ms(), "edge.told", "minor", detail)])
    await world.minutes(1, BUSY)
    assert list(await world.live()) == [f"{HOT} point:{CPU}"]
    assert await sent(world) == []


async def test_what_ended_under_it_is_told_over_where_the_building_has_told_its_end(world: World, say: Say) -> None:
    full, critical = "host.disk.full", "host.disk.critical"
    disk = {"rule": critical, "metric": "host.disk.utilization", "label": "/"}
    await world.minutes(12, (DISK, 92.0))
    assert await sent(world) == [(full, "opened")]
    since = world.clock.now_ms()
    await say("opened", since, **disk)
    await world.minutes(7, (DISK, 98.0))
    assert set(await world.live()) == {f"{full} point:{DISK}", f"{critical} point:{DISK}"}
    await put_setting(world.database, Place(full), {"enabled": False}, "kim", utc(world.clock.now_ms()))
    await world.minutes(1, (DISK, 98.0))
    assert await world.live() == {f"{critical} point:{DISK}": "open"}
    assert await sent(world) == [(full, "opened")]
    await say("resolved", since, **disk)
    await world.minutes(2, (DISK, 50.0))
    assert await world.live() == {}
    assert await sent(world) == [(full, "opened"), (critical, "resolved")]
    row = await world.database.row("select count(*) as n from outbox where change = 'resolved'")
    assert row == {"n": 1}
