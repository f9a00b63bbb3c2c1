"""A live problem that grows graver is told once more, as its new severity is; one that ends with its rule is not called over."""

from datetime import timedelta
from typing import Any

import pytest

from collector.notify.message import message
from collector.problems.rules import BUILT_IN, load
from collector.store import outbox, routes, rule_settings
from collector.store.problem_changes import Wish
from collector.store.rule_settings import Place
from collector.store.silences import NewSilence, begin
from protocols.clock import utc
from tests.integration.problems.conftest import CPU, DISK, World
from tests.integration.problems.hours import routed, step

HOT = "host.cpu.hot"
CALM, BUSY = (CPU, 10.0), (CPU, 99.0)


async def tune(world: World, **changes: Any) -> None:
    """The rule is otherwise from now on."""
    await rule_settings.put_setting(world.database, Place(HOT), changes, "kim", utc(world.clock.now_ms()))


async def taken(world: World) -> list[str]:
    """The titles of the messages that are due, delivered."""
    now, titles = utc(world.clock.now_ms()), []
    while rows := await outbox.claim(world.database, now, timedelta(minutes=2)):
        for row in rows:
            titles.append(message(row, None).title)
            await outbox.delivered(world.database, row, now)
    return titles


async def severity(world: World) -> dict[str, Any]:
    row = await world.database.row("select severity, state from problem order by id desc limit 1")
    assert row is not None
    return row


async def test_what_grows_is_told_once_for_each_severity_and_once_that_it_is_over(world: World) -> None:
    await world.minutes(1, BUSY)
    assert await taken(world) == ["Problem: Lincoln MS: server is busy"]
    for wanted, title in (("major", "Worse"), ("minor", ""), ("critical", "Worse"), ("major", "")):
        await tune(world, severity=wanted)
        await world.minutes(2, BUSY)
        assert await taken(world) == ([f"{title}: Lincoln MS: server is busy"] if title else [])
    assert (await severity(world))["severity"] == "critical"
    world.restart()
    await world.minutes(2, BUSY)
    assert await taken(world) == []
    await world.minutes(1, CALM)
    assert await taken(world) == ["Resolved: Lincoln MS: server is busy"]


async def test_what_waited_for_school_and_grows_is_told_at_once_as_a_problem(world: World) -> None:
    now = world.clock.now_ms()
    await world.clock.advance(((now // 86_400_000 + 1) * 86_400_000 + 2 * 3_600_000 - now) / 1000)
    await world.minutes(1, BUSY)
    assert await taken(world) == []
    await tune(world, severity="major")
    await world.minutes(1, BUSY)
    assert await taken(world) == ["Problem: Lincoln MS: server is busy"]
    await world.clock.advance(12 * 3600)
    assert await taken(world) == []


@pytest.mark.parametrize(("do", "state"), [("acknowledged", "acknowledged"), ("snoozed", "open")])
async def test_who_has_it_has_it_still_and_who_put_it_off_sees_it_again(world: World, do: Any, state: str) -> None:
    await world.minutes(1, BUSY)
    await taken(world)
    until = utc(world.clock.now_ms() + 86_400_000) if do == "snoozed" else None
    await world.person(Wish(do, until=until))
    await tune(world, severity="critical")
    await world.minutes(1, BUSY)
    assert await taken(world) == ["Worse: Lincoln MS: server is busy"]
    assert await severity(world) == {"severity": "critical", "state": state}


async def test_what_grows_in_a_silence_is_told_when_that_ends(world: World) -> None:
    await world.minutes(1, BUSY)
    await taken(world)
    now = utc(world.clock.now_ms())
    await begin(world.database, NewSilence("works", "kim", now, now + timedelta(minutes=10)), now)
    await tune(world, severity="major")
    await world.minutes(5, BUSY)
    assert await taken(world) == []
    await world.minutes(7, BUSY)
    assert await taken(world) == ["Worse: Lincoln MS: server is busy"]


async def test_a_graver_rule_of_the_same_point_takes_over_and_ends_both(world: World) -> None:
    await world.minutes(12, (DISK, 92.0))
    assert await taken(world) == ["Problem: Lincoln MS: server: disk / is 92 % full"]
    await world.minutes(7, (DISK, 98.0))
    assert await taken(world) == ["Problem: Lincoln MS: server: disk / is 98 % full and will stop programs"]
    await world.minutes(1, (DISK, 50.0))
    now = utc(world.clock.now_ms())
    (row,) = await outbox.claim(world.database, now, timedelta(minutes=2))
    assert [one["over"] for one in row["covered"]] == [True]
    await outbox.delivered(world.database, row, now)
    await world.minutes(5, (DISK, 50.0))
    assert await taken(world) == []


async def test_what_ends_with_its_rule_is_said_to_be_watched_no_longer(world: World) -> None:
    await world.minutes(1, BUSY)
    await taken(world)
    await tune(world, enabled=False)
    await world.minutes(1, BUSY)
    assert await taken(world) == ["No longer watched: Lincoln MS: server is busy"]
    row = await world.database.row("select who, note from problem_event where change = 'resolved'")
    assert row == {"who": None, "note": "its rule was switched off"}
    assert await world.live() == {}


@pytest.mark.parametrize("why", ["update beat set paused = true", "delete from beat"])
async def test_a_heartbeat_that_nobody_waits_for_any_more_is_not_said_to_have_come(world: World, why: str) -> None:
    await routed(world, {"steps": [step(1)]})
    world.book = load([BUILT_IN, BUILT_IN.parent / "beats" / "rules.toml"])
    world.restart()
    await world.database.execute(
        "insert into beat (name, key_digest, every_s, grace_s, created_at) values ('roster', 'x', 3600, 60, %s)",
        [utc(world.clock.now_ms())],
    )
    await world.minutes(70, CALM)
    (came,) = await taken(world)
    assert came.startswith("Problem: roster")
    await world.database.execute(why)
    await world.minutes(1, CALM)
    assert await taken(world) == [came.replace("Problem", "No longer watched")]
    row = await world.database.row("select who, note from problem_event where change = 'resolved'")
    assert row == {"who": None, "note": "its heartbeat was paused or removed"}


async def quiet(world: World, minutes: int) -> None:
    now = utc(world.clock.now_ms())
    await begin(world.database, NewSilence("works", "kim", now, now + timedelta(minutes=minutes)), now)


@pytest.mark.parametrize("silent_first", [True, False])
async def test_what_somebody_has_and_grows_in_a_silence_is_told_when_that_ends(
    world: World, silent_first: bool
) -> None:
    if silent_first:
        await quiet(world, 10)
    await world.minutes(1, BUSY)
    await taken(world)
    await world.person(Wish("acknowledged"))
    if not silent_first:
        await quiet(world, 10)
    await tune(world, severity="critical")
    await world.minutes(5, BUSY)
    assert await taken(world) == []
    await world.minutes(7, BUSY)
    assert await taken(world) == [f"{'Problem' if silent_first else 'Worse'}: Lincoln MS: server is busy"]
    assert await severity(world) == {"severity": "critical", "state": "acknowledged"}
    await world.minutes(2, BUSY)
    assert await taken(world) == []


async def test_what_grew_in_a_silence_and_was_taken_then_calls_nobody(world: World) -> None:
    await world.minutes(1, BUSY)
    await taken(world)
    await quiet(world, 10)
    await tune(world, severity="critical")
    await world.minutes(2, BUSY)
    await world.person(Wish("acknowledged"))
    await world.minutes(12, BUSY)
    assert await taken(world) == []


async def test_what_somebody_has_and_grows_before_school_waits_for_the_silence_too(world: World) -> None:
    await world.minutes(1, BUSY)
    await taken(world)
    await world.person(Wish("acknowledged"))
    async with world.database.transaction() as connection:
        step = {"after_min": 10, "school": False, "people": [], "channels": [1]}
        route = {"name": "r", "severities": [], "buildings": [], "kinds": [], "during": "always", "tell": "now"}
        await routes.set_routes(connection, [route | {"go_on": False, "steps": [step]}])
    await tune(world, severity="major")
    await world.minutes(1, BUSY)
    await quiet(world, 20)
    await world.minutes(19, BUSY)
    row = await world.database.row("select silenced from problem")
    assert row == {"silenced": "worsened"}


async def fail(world: World) -> None:
    """The channel takes nothing that is due, and is tried again in an hour."""
    now = utc(world.clock.now_ms())
    rows = await outbox.claim(world.database, now, timedelta(minutes=2))
    await outbox.failed(world.database, rows, "it answered 503", now, now + timedelta(hours=1))


async def test_what_grows_does_not_wait_behind_what_could_not_be_sent(world: World) -> None:
    await world.minutes(1, BUSY)
    await fail(world)
    await tune(world, severity="critical")
    await world.minutes(1, BUSY)
    assert await taken(world) == ["Problem: Lincoln MS: server is busy"]
    await world.minutes(1, CALM)
    assert await taken(world) == ["Resolved: Lincoln MS: server is busy"]
    await world.minutes(70, CALM)
    assert await taken(world) == []


async def test_a_recovery_that_could_not_be_sent_does_not_hold_it_up_either(world: World) -> None:
    await world.minutes(1, BUSY)
    await taken(world)
    await world.minutes(1, CALM)
    await fail(world)
    await world.minutes(1, BUSY)
    await tune(world, severity="critical")
    await world.minutes(1, BUSY)
    assert await taken(world) == ["Worse: Lincoln MS: server is busy"]
    await world.minutes(1, CALM)
    assert await taken(world) == ["Resolved: Lincoln MS: server is busy"]
