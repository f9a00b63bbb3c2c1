"""A channel that fails is told of through another one, once, and resolves with the first message it takes."""

from typing import Any

from collector.problems.rules import load
from collector.store.channels import NewChannel, add
from protocols.clock import utc
from tests.integration.problems.hours import routed, step, waits


async def test_a_failing_channel_is_told_of_through_another(world: Any) -> None:
    world.book = load()
    world.restart()
    await add(world.database, NewChannel("mail", b"x", "mailto", "minor"))
    at = utc(world.clock.now_ms())
    await world.database.execute("update channel set failing_since = %s, failures = 4 where name = 'phone'", [at])
    await world.loop.tick()
    assert await world.live() == {}
    await world.database.execute("update channel set failures = 5 where name = 'phone'")
    await world.clock.advance(5)
    await world.loop.tick()
    assert await world.live() == {"channel.failing channel:1": "open"}
    (row,) = await world.database.rows(
        "select c.name, p.title from outbox o join channel c on c.id = o.channel_id join problem p on p.id = o.problem_id"
    )
    assert (row["name"], row["title"]) == ("mail", "Channel phone takes no messages")
    world.restart()
    await world.loop.tick()
    assert await world.outbox() == [("channel.failing", "opened")]
    await world.database.execute("update channel set failing_since = null, failures = 0")
    await world.clock.advance(5)
    await world.loop.tick()
    assert await world.live() == {}
    assert await world.outbox() == [("channel.failing", "opened"), ("channel.failing", "resolved")]


async def test_one_that_fails_seldom_is_one_after_a_quarter_of_an_hour(world: Any) -> None:
    world.book = load()
    world.restart()
    at = utc(world.clock.now_ms())
    await world.database.execute("update channel set failing_since = %s, failures = 1", [at])
    await world.clock.advance(899)
    await world.loop.tick()
    assert "channel.failing channel:1" not in await world.live()
    await world.clock.advance(1)
    await world.loop.tick()
    assert "channel.failing channel:1" in await world.live()


async def test_one_that_the_only_route_names_alone_is_told_of_through_what_is_left(world: Any) -> None:
    world.book = load()
    world.restart()
    await add(world.database, NewChannel("mail", b"x", "mailto", "minor"))
    await routed(world, {"steps": [step(1)]})
    at = utc(world.clock.now_ms())
    await world.database.execute("update channel set failing_since = %s, failures = 5 where name = 'phone'", [at])
    await world.loop.tick()
    assert [(name, change) for name, change, _ in await waits(world)] == [("mail", "opened")]
