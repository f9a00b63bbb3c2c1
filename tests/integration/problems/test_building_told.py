"""What the building told by itself is a problem here, and its coming is told nobody a second time."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from collector.ingest.committed import Committed, EventSeen
from collector.problems.rules import BUILT_IN, read_file
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

    async def said(change: str, since: int, at: int | None = None, severity: str = "minor", **other: Any) -> None:
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
            await insert_events(connection, [1], [Event(0, time, "edge.told", severity, detail)])
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
    "other",
    [
        {"rule": "no.such", "metric": "host.disk.utilization", "label": "/"},
        {"rule": "agent.silent"},
        {"metric": "host.disk.utilization"},
        {"change": 3},
    ],
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


OWN = {"rule": "closet.warm", "metric": "network.temperature", "label": "inlet"}
"""A rule that the agent alone has, on a point of the server."""
DOOR = """
[[rule]]
name = "door.duress"
event = "door.duress"
lasts = "1h"
severity = "critical"
title = "{device}: duress at {where}"
[[rule]]
name = "closet.hot"
metric = "network.temperature"
above = 32
severity = "critical"
title = "{device}: {value}"
"""


async def temperature(world: World, label: str, name: str) -> int:
    row = await world.database.row(
        "insert into point (device_id, metric, label, unit, name) values (1, 'network.temperature', %s, 'Cel', %s) returning id",
        [label, name],
    )
    assert row is not None
    return int(row["id"])


@pytest.fixture
async def doors(world: World, tmp_path: Path) -> World:
    path = tmp_path / "doors.toml"
    path.write_text(DOOR)
    world.book.add(read_file(path))
    world.restart()
    return world


async def test_an_event_that_the_building_told_of_long_ago_is_a_problem_and_told_nobody(doors: World, say: Say) -> None:
    """Cut off for twenty minutes: the event itself is late and opens nothing, what the building says of it does."""
    await doors.minutes(1, CALM)
    since = doors.clock.now_ms()
    await doors.clock.advance(1200)
    await say("opened", since, since + 300_000, rule="door.duress", metric="", label="Office")
    await doors.samples(CALM)
    late = Committed(doors.clock.now_ms(), np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0))
    late.events = [EventSeen(1, since, "door.duress", "critical", {"reader": "Office"})]
    doors.loop.on_committed(late)
    await doors.minutes(2, CALM)
    assert await doors.live() == {"door.duress event:1:Office": "open"}
    row = await doors.database.row("select told, opened_at from problem")
    assert row == {"told": True, "opened_at": utc(since)}
    doors.restart()
    await doors.minutes(30, CALM)
    assert await sent(doors) == []
    await doors.minutes(60, CALM)
    assert await sent(doors) == [("door.duress", "resolved")]


async def test_an_event_that_still_counts_here_is_the_one_that_the_building_told(doors: World, say: Say) -> None:
    await doors.minutes(1, CALM)
    since = doors.clock.now_ms()
    await doors.clock.advance(480)
    await say("opened", since, since + 300_000, rule="door.duress", metric="", label="Office")
    fresh = Committed(doors.clock.now_ms(), np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0))
    fresh.events = [
        EventSeen(1, at, "door.duress", "critical", {"reader": place})
        for at, place in ((since, "Office"), (since, "Gym"))
    ]
    doors.loop.on_committed(fresh)
    await doors.minutes(2, CALM)
    assert set(await doors.live()) == {"door.duress event:1:Office", "door.duress event:1:Gym"}
    assert await sent(doors) == [("door.duress", "opened")]  # that at the gym, which nobody told


async def test_an_event_that_is_over_by_then_opens_nothing(doors: World, say: Say) -> None:
    await doors.minutes(1, CALM)
    since = doors.clock.now_ms()
    await doors.clock.advance(2 * 3600)
    await say("opened", since, since + 300_000, rule="door.duress", metric="", label="Office")
    await doors.minutes(2, CALM)
    assert (await doors.live(), await sent(doors)) == ({}, [])


@pytest.mark.parametrize("restart", [False, True])
async def test_the_next_event_at_that_place_is_another_and_is_told(doors: World, say: Say, *, restart: bool) -> None:
    """What the building told was over when we heard of it, so no problem took it."""
    await doors.minutes(1, CALM)
    since = doors.clock.now_ms()
    await doors.clock.advance(70 * 60)
    await say("opened", since, since + 300_000, rule="door.duress", metric="", label="Office")
    await doors.minutes(2, CALM)
    assert await doors.live() == {}
    await doors.clock.advance(3 * 3600)
    duress(doors, doors.clock.now_ms())
    await doors.minutes(1, CALM)
    if restart:
        doors.restart()
        await doors.minutes(1, CALM)
    assert await doors.live() == {"door.duress event:1:Office": "open"}
    assert await sent(doors) == [("door.duress", "opened")]


async def test_an_event_that_came_again_while_the_first_stood_is_the_one_that_the_building_told(
    doors: World, say: Say
) -> None:
    await doors.minutes(1, CALM)
    since = doors.clock.now_ms()
    await doors.clock.advance(62 * 60)
    await say("opened", since, since + 300_000, rule="door.duress", metric="", label="Office")
    duress(doors, since + 50 * 60_000)
    await doors.minutes(2, CALM)
    assert await doors.live() == {"door.duress event:1:Office": "open"}
    assert await sent(doors) == []


def duress(doors: World, at: int) -> None:
    committed = Committed(doors.clock.now_ms(), np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0))
    committed.events = [EventSeen(1, at, "door.duress", "critical", {"reader": "Office"})]
    doors.loop.on_committed(committed)


@pytest.mark.parametrize(
    ("told", "here", "twice"),
    [
        ("inlet", "inlet", False),  # the same point
        ("Freezer 1 Temp", "Freezer 1 Temperature", False),  # another of the same thing
        ("Freezer 1 Temp", "Freezer 2 Temp", True),
        ("Freezer 1 Temp", "Walk-in Cooler Temp", True),
        ("Sensor 3", "Sensor 4", True),
    ],
)
async def test_what_the_building_told_by_a_rule_of_its_own_is_not_told_again(
    doors: World, say: Say, told: str, here: str, twice: bool
) -> None:
    await temperature(doors, "inlet", told)
    point = 4 if told == here else await temperature(doors, "other", here)
    await doors.minutes(1, CALM, (point, 20.0))
    since = doors.clock.now_ms()
    await doors.clock.advance(1800)
    await say("opened", since, since + 120_000, severity="critical", **OWN)
    await doors.minutes(2, CALM, (point, 35.0))
    assert await doors.live() == {f"closet.hot point:{point}": "open"}
    assert await sent(doors) == ([("closet.hot", "opened")] if twice else [])
    await doors.minutes(1, CALM, (point, 20.0))
    await doors.minutes(20, CALM, (point, 20.0))
    before = list(await sent(doors))
    await doors.minutes(1, CALM, (point, 35.0))
    assert (await sent(doors))[len(before) :] == [("closet.hot", "opened")], "what comes again is told"


async def test_a_freezer_that_the_building_told_of_is_the_one_that_is_judged_here(world: World, say: Say) -> None:
    world.book.add(read_file(BUILT_IN.parent / "hvac" / "rules.toml"))
    world.restart()
    row = await world.database.row(
        "insert into point (device_id, metric, label, unit, name)"
        " values (1, 'bacnet.value', 'analog-input,3', 'Cel', 'Freezer 1 Temp') returning id"
    )
    assert row is not None
    point, key = row["id"], f"hvac.cold-storage point:{row['id']}"
    await world.minutes(5, (point, -20.0))
    since = world.clock.now_ms()
    await world.clock.advance(3 * 3600)
    await say(
        "opened",
        since,
        since + 900_000,
        "critical",
        rule="hvac.cold-storage",
        metric="bacnet.value",
        label="analog-input,3",
    )
    await world.minutes(30, (point, -5.0))
    assert await world.live() == {key: "open"}
    assert await sent(world) == []
    await world.minutes(60, (point, -20.0))
    assert await world.live() == {}
    assert await sent(world) == [("hvac.cold-storage", "resolved")]


@pytest.mark.parametrize(("after", "severity"), [(31 * 60, "critical"), (60, "minor")])
async def test_another_time_and_what_is_graver_are_told(doors: World, say: Say, after: int, severity: str) -> None:
    point = await temperature(doors, "inlet", "inlet")
    await doors.minutes(1, CALM, (point, 20.0))
    await say("opened", doors.clock.now_ms(), severity=severity, **OWN)
    await doors.minutes(after // 60, CALM, (point, 20.0))
    doors.restart()
    await doors.minutes(1, CALM, (point, 35.0))
    assert await sent(doors) == [("closet.hot", "opened")]
