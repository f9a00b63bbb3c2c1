"""Doors whose controller does not say how they stand, through the whole loop: found in lock-down hours, and told once."""

from datetime import timedelta

import pytest

from collector.calendar.document import WEEKDAYS
from collector.problems.rules import DRIVERS, read_file
from collector.store import calendars
from collector.store.calendars import Written
from protocols.clock import utc
from tests.integration.problems.conftest import World

CLOSED, OPEN, UNKNOWN = 0.0, 1.0, 2.0


@pytest.fixture
async def doors(world: World) -> list[int]:
    """Twenty doors of the first device; lock-down begins in half an hour and lasts four hours."""
    world.book.add(read_file(DRIVERS / "door" / "rules.toml"))
    world.restart()
    rows = await world.database.rows(
        "insert into point (device_id, metric, label, unit) select 1, metric, 'Door ' || n, '1'"
        " from generate_series(1, 20) n, unnest(array['door.position', 'door.lock']) metric returning id"
    )
    begins = utc(world.clock.now_ms()).replace(second=0) + timedelta(minutes=30)
    hours = {"begins": f"{begins:%H:%M}", "ends": f"{begins + timedelta(hours=4):%H:%M}"}
    async with world.database.transaction() as connection:
        await calendars.lock(connection, 1)
        document = {"lock_down": [hours | {"days": list(WEEKDAYS)}]}
        await calendars.write(connection, Written(1, document, "Dana"), utc(world.clock.now_ms()))
    return [row["id"] for row in rows]


def all_of(doors: list[int], value: float) -> list[tuple[int, float]]:
    return [(door, value) for door in doors]


async def sent(world: World) -> list[tuple[str, str]]:
    await world.send()
    return world.sent


async def test_twenty_doors_that_nobody_knows_of_are_one_message(world: World, doors: list[int]) -> None:
    await world.minutes(29, *all_of(doors, UNKNOWN))
    assert await world.live() == {}, "outside lock-down nobody asks"
    await world.minutes(14, *all_of(doors, UNKNOWN))
    assert len(await world.live()) == 40
    assert await sent(world) == [("door.unknown", "opened")]
    await world.minutes(3, *all_of(doors, CLOSED))
    assert await world.live() == {}
    assert await sent(world) == [("door.unknown", "opened"), ("door.unknown", "resolved")]


async def test_a_door_that_stood_open_before_it_was_unknown_is_one_message(world: World, doors: list[int]) -> None:
    first = doors[0]
    await world.minutes(40, (first, OPEN))
    assert await sent(world) == [("door.open.night", "opened")]
    await world.minutes(20, (first, UNKNOWN))
    assert await sent(world) == [("door.open.night", "opened")]


async def test_of_a_controller_that_is_out_of_reach_only_that_is_told(world: World, doors: list[int]) -> None:
    await world.minutes(20, *all_of(doors, CLOSED))
    await world.reach(1, False)
    await world.minutes(30, *all_of(doors[:1], UNKNOWN))
    told = [row for row in await sent(world) if row[0].startswith("door.")]
    assert told == []
