"""The school calendars reach the detectors, and a snow day does at once."""

from datetime import date, timedelta
from typing import Any

from collector.calendar.document import WEEKDAYS
from collector.calendar.school import DayKind
from collector.problems.rules import DRIVERS, read_file
from collector.store import calendars
from collector.store.calendars import Written
from protocols.clock import utc


async def write(world: Any, building: int | None, document: dict[str, Any]) -> None:
    async with world.database.transaction() as connection:
        await calendars.lock(connection, building)
        await calendars.write(connection, Written(building, document, "Dana"), utc(world.clock.now_ms()))


def school(world: Any) -> Any:
    assert world.loop._engine is not None
    return world.loop._engine.world.calendars.of(1)


async def test_a_snow_day_is_known_at_the_next_tick(world: Any) -> None:
    await world.loop.tick()
    held = world.loop._engine.world.calendars
    assert school(world).timezone == "UTC"
    await write(world, None, {"timezone": "America/New_York", "half_day_closes": "11:45"})
    await world.loop.tick()
    assert school(world).timezone == "America/New_York"
    day = date(2026, 2, 3)
    assert school(world).day(day).kind is DayKind.SCHOOL
    await write(world, 1, {"days": [{"first": "2026-02-03", "kind": "holiday", "name": "Snow", "late": True}]})
    await world.loop.tick()
    assert school(world).day(day).kind is DayKind.HOLIDAY
    assert world.loop._engine.world.calendars is held
    world.restart()
    await world.loop.tick()
    assert school(world).day(day).name == "Snow"


async def test_the_zone_of_a_building_is_its_own_once_chosen(world: Any) -> None:
    await write(world, 1, {"timezone": "Europe/Berlin"})
    await write(world, None, {"timezone": "America/New_York"})
    await world.loop.tick()
    assert school(world).timezone == "Europe/Berlin"


async def test_a_district_that_names_no_zone_has_the_one_of_most_of_its_buildings(world: Any) -> None:
    await write(world, None, {"half_day_closes": "11:45"})
    await world.loop.tick()
    assert world.loop.calendars.district.timezone == "UTC"
    for name, zone in (
        ("A", "America/Denver"),
        ("B", "America/Chicago"),
        ("C", "America/Chicago"),
        ("D", "UTC"),
        ("E", "UTC"),
    ):
        await world.database.execute("insert into building (name, timezone) values (%s, %s)", [name, zone])
    await world.loop.tick()
    assert world.loop.calendars.district.timezone == "America/Chicago"
    await write(world, None, {"timezone": "America/New_York"})
    await world.loop.tick()
    assert world.loop.calendars.district.timezone == "America/New_York"


async def test_a_document_that_cannot_be_read_harms_nothing(world: Any) -> None:
    await write(world, 1, {"days": [{"first": "2026-02-03", "kind": "holiday"}]})
    await world.loop.tick()
    await world.database.execute("update school_calendar set document = '{\"days\": 1}', revision = revision + 1")
    await world.loop.tick()
    assert school(world).day(date(2026, 2, 3)).kind is DayKind.HOLIDAY


async def test_a_change_is_in_the_audit_log(world: Any) -> None:
    await write(world, None, {"half_day_closes": "11:45"})
    await write(world, None, {"half_day_closes": "12:00"})
    rows = await world.database.rows("select who, action, target, before, after from audit order by id")
    assert rows[-1] == {
        "who": "Dana", "action": "schedule.change", "target": "district",
        "before": {"half_day_closes": "11:45"}, "after": {"half_day_closes": "12:00"},
    }  # fmt: skip


async def test_a_door_must_be_secured_in_the_lock_down_hours_that_the_building_has_set(world: Any) -> None:
    world.book.add(rule for rule in read_file(DRIVERS / "door" / "rules.toml") if rule.name == "door.unsecured.night")
    world.restart()
    row = await world.database.row(
        "insert into point (device_id, metric, label, unit) values (1, 'door.secured', 'Gym', '1') returning id"
    )
    begins = utc(world.clock.now_ms()).replace(second=0) + timedelta(minutes=30)
    ends = begins + timedelta(minutes=60)
    at = {"days": [WEEKDAYS[begins.weekday()]], "begins": f"{begins:%H:%M}", "ends": f"{ends:%H:%M}"}
    await write(world, 1, {"lock_down": [at]})
    await world.minutes(29, (row["id"], 1.0))
    assert await world.live() == {}
    await world.minutes(15, (row["id"], 1.0))
    assert list(await world.live()) == [f"door.unsecured.night point:{row['id']}"]
    await world.minutes(60, (row["id"], 1.0))
    assert await world.live() == {}
