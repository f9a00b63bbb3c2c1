"""In a silence problems are recorded and nobody is told; what outlasts it is told when it ends."""

from datetime import timedelta
from typing import Any

from collector.store import problems, routes, silences
from collector.store.channels import NewChannel, add
from collector.store.problem_changes import Wish
from collector.store.silences import NewSilence
from protocols.clock import utc
from tests.integration.problems.conftest import CPU

GONE = ("device.unreachable", "opened")


async def quiet(world: Any, minutes: int = 30, **scope: Any) -> int:
    now = utc(world.clock.now_ms())
    new = NewSilence("Maintenance", "Dana", now, now + timedelta(minutes=minutes), **scope)
    return await silences.begin(world.database, new, now)


async def down(world: Any, device: int, minutes: int) -> None:
    await world.reach(device, False)
    await world.minutes(minutes, (CPU, 10.0))


async def test_a_window_over_a_switch_tells_nobody_of_it_nor_of_what_hangs_on_it(world: Any) -> None:
    await world.minutes(1, (CPU, 10.0))
    await quiet(world, device=1)
    await down(world, 2, 4)  # a child alone
    await down(world, 1, 4)
    assert set(await world.live()) >= {"device.unreachable device:1", "device.unreachable device:2"}
    for device in (1, 2):
        await world.reach(device, True)
    await world.minutes(40, (CPU, 10.0))
    await world.send()
    assert await world.live() == {}
    assert await world.outbox() == []
    rows = await world.database.rows("select change, note from problem_event where change in ('silenced', 'told')")
    assert {row["change"] for row in rows} == {"silenced"}
    assert rows[0]["note"] == "Maintenance (Dana)"


async def test_what_outlasts_the_silence_is_told_when_it_ends_and_its_end_too(world: Any) -> None:
    await world.minutes(1, (CPU, 10.0))
    await quiet(world, minutes=10, kind="appliance")
    await down(world, 1, 9)
    world.restart()
    await world.loop.tick()
    assert await world.outbox() == []
    await world.minutes(2, (CPU, 10.0))
    assert await world.outbox() == [GONE]
    await world.minutes(3, (CPU, 10.0))
    await world.reach(1, True)
    await world.minutes(2, (CPU, 10.0))
    assert await world.outbox() == [GONE, ("device.unreachable", "resolved")]


async def test_a_silence_ended_early_tells_at_once(world: Any) -> None:
    await world.minutes(1, (CPU, 10.0))
    silence = await quiet(world, minutes=600, building=1)
    await down(world, 1, 4)
    assert await world.outbox() == []
    assert await silences.end(world.database, silence, "Kim", utc(world.clock.now_ms()))
    assert not await silences.end(world.database, silence, "Kim", utc(world.clock.now_ms()))
    await world.loop.tick()
    assert await world.outbox() == [GONE]
    rows = await world.database.rows("select who, action from audit order by id")
    assert [(row["who"], row["action"]) for row in rows] == [("Dana", "silence.begin"), ("Kim", "silence.end")]


async def test_what_somebody_has_taken_is_not_told_when_the_silence_ends(world: Any) -> None:
    await world.minutes(1, (CPU, 10.0))
    await quiet(world, minutes=10)
    await down(world, 1, 5)
    await world.person(Wish("acknowledged"))
    await world.minutes(10, (CPU, 10.0))
    assert await world.outbox() == []


async def test_other_scopes_are_told_as_ever(world: Any) -> None:
    await world.minutes(1, (CPU, 10.0))
    for scope in ({"rule": "host.cpu.hot"}, {"kind": "door"}, {"room": "112"}, {"device": 2}):
        await quiet(world, **scope)
    await down(world, 1, 4)
    assert await world.outbox() == [GONE]


async def test_who_was_told_before_the_silence_hears_of_the_end(world: Any) -> None:
    await world.minutes(1, (CPU, 10.0))
    await down(world, 1, 4)
    await quiet(world)
    await world.reach(1, True)
    await world.minutes(2, (CPU, 10.0))
    assert await world.outbox() == [GONE, ("device.unreachable", "resolved")]
    await down(world, 1, 4)  # back, unheard
    await world.reach(1, True)
    await world.minutes(2, (CPU, 10.0))
    assert await world.outbox() == [GONE, ("device.unreachable", "resolved")]
    assert await problems.live(world.database) == []


async def hot(world: Any, minutes: int) -> None:
    await world.minutes(minutes, (CPU, 99.0))


ROUTE = {"name": "r", "severities": [], "buildings": [], "kinds": [], "during": "always", "tell": "now", "go_on": False}


async def escalating(world: Any, after: int) -> None:
    step = {"school": False, "people": [], "channels": [1]}
    second = await add(world.database, NewChannel("boss", b"x", "json", "info"))
    steps = [{**step, "after_min": 0}, {**step, "after_min": after, "channels": [second]}]
    async with world.database.transaction() as connection:
        await routes.set_routes(connection, [{**ROUTE, "steps": steps}])


async def told(world: Any) -> list[tuple[str, str]]:
    await world.send()
    rows = await world.database.rows(
        "select c.name, o.change from outbox o join channel c on c.id = o.channel_id where o.delivered_at is not null order by o.delivered_at, o.id"
    )
    return [(row["name"], row["change"]) for row in rows]


async def test_an_escalation_in_a_silence_is_told_when_it_ends(world: Any) -> None:
    await escalating(world, after=10)
    await hot(world, 2)
    assert await told(world) == [("phone", "opened")]
    await quiet(world, minutes=30)
    for _ in range(28):
        await hot(world, 1)
        assert await told(world) == [("phone", "opened")]
    await hot(world, 4)
    assert await told(world) == [("phone", "opened")]  # from the silence's end its ten minutes run anew
    await hot(world, 11)
    assert await told(world) == [("phone", "opened"), ("boss", "opened")]


async def test_a_snooze_puts_off_who_is_next_and_does_not_forget_them(world: Any) -> None:
    await escalating(world, after=10)
    await hot(world, 2)
    assert await told(world) == [("phone", "opened")]
    await world.person(Wish("snoozed", until=utc(world.clock.now_ms() + 30 * 60_000)))
    await hot(world, 31)
    assert await told(world) == [("phone", "opened")]
    await hot(world, 11)
    assert await told(world) == [("phone", "opened"), ("boss", "opened")]


async def test_a_child_that_waited_is_not_told_when_its_cause_comes_to_light(world: Any) -> None:
    await escalating(world, after=20)
    await down(world, 2, 4)
    assert await told(world) == [("phone", "opened")]
    await down(world, 1, 60)
    assert (await told(world))[1:] == [("phone", "opened"), ("boss", "opened")]  # the cause alone goes on
