"""Routes by name of their channels, and the clock at an hour of a school week, for tests of who is told when."""

from datetime import datetime, timedelta
from typing import Any

from collector.store import calendars, channels, routes
from collector.store.calendars import Written
from collector.store.channels import NewChannel
from protocols.clock import utc
from tests.integration.problems.conftest import CPU, World

CALM, BUSY = (CPU, 10.0), (CPU, 99.0)
ROUTE: dict[str, Any] = {
    "severities": [], "buildings": [], "kinds": [], "during": "always", "tell": "now", "go_on": False,
}  # fmt: skip


async def only(world: World, *names: str) -> dict[str, int]:
    """These channels instead of those there are; their ids."""
    await world.database.execute("delete from channel")
    return {name: await channels.add(world.database, NewChannel(name, b"x", "json", "info")) for name in names}


async def person(world: World, name: str, quiet: tuple[int, int] | None, *held: int) -> int:
    """A person with these channels, in UTC; its id."""
    at, to = quiet or (None, None)
    row = {"name": name, "account": None, "timezone": "UTC", "quiet_from": at, "quiet_to": to, "channels": list(held)}
    async with world.database.transaction() as connection:
        made = await routes.save_person(connection, row)
    assert made is not None
    return made


def step(*channels: int, people: tuple[int, ...] = (), after_min: int = 0, school: bool = False) -> dict[str, Any]:
    return {"after_min": after_min, "school": school, "channels": list(channels), "people": list(people)}


async def routed(world: World, *wanted: dict[str, Any]) -> None:
    """These routes; what they do not say is `ROUTE`'s."""
    async with world.database.transaction() as connection:
        await routes.set_routes(connection, [ROUTE | {"name": f"r{n}"} | route for n, route in enumerate(wanted)])


async def schedule(world: World, document: dict[str, Any]) -> None:
    """The district's calendar."""
    async with world.database.transaction() as connection:
        await calendars.lock(connection, None)
        await calendars.write(connection, Written(None, document, "Dana"), utc(world.clock.now_ms()))


def monday(world: World) -> datetime:
    """The midnight (UTC) of a Monday to come."""
    day = utc(world.clock.now_ms()).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=7)
    return day + timedelta(days=-day.weekday() % 7)


async def until(world: World, when: datetime, *rows: tuple[int, float]) -> None:
    """The clock at `when`, with samples and a tick."""
    await world.clock.advance(when.timestamp() - world.clock.now_ms() / 1000)
    await world.samples(*(rows or (CALM,)))
    await world.loop.tick()


async def waits(world: World) -> list[tuple[str, str, str]]:
    """Channel, change and hour of all that is not delivered, in order."""
    rows = await world.database.rows(
        "select c.name, o.change, o.next_attempt from outbox o join channel c on c.id = o.channel_id"
        " where o.delivered_at is null order by o.next_attempt, o.id"
    )
    return [(row["name"], row["change"], f"{row['next_attempt']:%a %H:%M}") for row in rows]
