"""In a silence problems are recorded and nobody is told; what outlasts it is told when it ends."""

from datetime import timedelta
from typing import Any

from collector.store import problems, silences
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
    await quiet(world, minutes=10, kind="host")
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
