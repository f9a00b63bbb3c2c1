"""People, routes and their steps as stored: read whole for a decision, replaced whole by an administrator."""

from collections.abc import Sequence
from typing import Any

from psycopg.rows import DictRow

from collector.store.database import Connection, Database, part

_PEOPLE = (
    "select p.id, p.name, p.account, p.timezone, p.quiet_from, p.quiet_to, coalesce(array_agg(c.channel_id order by c.channel_id)"
    " filter (where c.channel_id is not null), '{}') as channels from person p left join person_channel c on c.person_id = p.id"
    " group by p.id order by p.name"
)
_ROUTES = (
    "select r.id, r.name, r.severities, r.buildings, r.kinds, r.during, r.tell, r.go_on, coalesce((select json_agg(json_build_object("
    "'after_min', s.after_min, 'school', s.school, 'people', s.people, 'channels', s.channels) order by s.step)"
    " from route_step s where s.route_id = r.id), '[]') as steps from route r order by r.position"
)


async def people(database: Database) -> list[DictRow]:
    """`{id, name, account, timezone, quiet_from, quiet_to, channels}`, by name; minutes of the local day."""
    return await database.rows(_PEOPLE)


async def routes(database: Database) -> list[DictRow]:
    """`{id, name, severities, buildings, kinds, during, tell, go_on, steps: [{after_min, school, people, channels}]}`, in order."""
    return await database.rows(_ROUTES)


async def book(connection: Connection) -> dict[str, list[DictRow]]:
    """All that a routing decision rests on: `channels` {id, enabled, minimum}, `people`, `routes`, `buildings` {id, timezone}."""
    found = {}
    for name, query in (
        ("channels", "select id, enabled, minimum from channel order by id"),
        ("people", _PEOPLE),
        ("routes", _ROUTES),
        ("buildings", "select id, timezone from building"),
    ):
        found[name] = await (await connection.execute(query)).fetchall()
    return found


async def own_channels(connection: Connection, account: str) -> list[int]:
    """Channels that lead to the person with this account and to nobody else."""
    found = await connection.execute(
        "select c.channel_id from person_channel c join person p on p.id = c.person_id group by c.channel_id"
        " having bool_and(p.account is not distinct from %s) order by 1",
        [account],
    )
    return [row["channel_id"] for row in await found.fetchall()]


async def kind_of(connection: Connection, device: int | None) -> str:
    """The device's kind; empty when there is none."""
    row = await (await connection.execute("select kind from device where id = %s", [device])).fetchone()
    return str(row["kind"]) if row else ""


async def places(
    connection: Connection, problem: int, devices: Sequence[int] = (), agents: Sequence[str] = ()
) -> list[tuple[int | None, str]]:
    """Buildings and kinds of device of what is recorded under this problem, and of these devices and agents; no kind: empty."""
    found = await connection.execute(
        "select p.building_id, coalesce(d.kind, '') as kind from problem p left join device d on d.id = p.device_id"
        " where p.cause_id = %(problem)s union select building_id, kind from device where id = any(%(devices)s::int[])"
        " union select building_id, '' from agent where id = any(%(agents)s::text[]) order by 1, 2",
        {"problem": problem, "devices": list(devices), "agents": list(agents)},
    )
    return [(row["building_id"], row["kind"]) for row in await found.fetchall()]


async def set_routes(connection: Connection, wanted: Sequence[dict[str, Any]]) -> None:
    """These routes, in this order, instead of those there were. Raises `StoreError` (permanent) for a name that comes twice."""
    async with part(connection):
        await connection.execute("delete from route")
        for position, route in enumerate(wanted):
            made = await connection.execute(
                "insert into route (position, name, severities, buildings, kinds, during, tell, go_on) values (%(position)s,"
                " %(name)s, %(severities)s, %(buildings)s, %(kinds)s, %(during)s, %(tell)s, %(go_on)s) returning id",
                {**{key: value for key, value in route.items() if key != "steps"}, "position": position},
            )
            row = await made.fetchone()
            assert row is not None
            for number, step in enumerate(route["steps"]):
                await connection.execute(
                    "insert into route_step values (%(route)s, %(step)s, %(after_min)s, %(school)s, %(people)s, %(channels)s)",
                    {**step, "route": row["id"], "step": number},
                )


async def save_person(connection: Connection, person: dict[str, Any], identity: int | None = None) -> int | None:
    """Add a person, or change the one with this id; its id, None when there is none. Raises `StoreError` for a name taken."""
    async with part(connection):
        query = (
            "insert into person (name, account, timezone, quiet_from, quiet_to) values (%(name)s, %(account)s, %(timezone)s,"
            " %(quiet_from)s, %(quiet_to)s) returning id"
            if identity is None
            else "update person set name = %(name)s, account = %(account)s, timezone = %(timezone)s, quiet_from = %(quiet_from)s,"
            " quiet_to = %(quiet_to)s where id = %(id)s returning id"
        )
        row = await (await connection.execute(query, {**person, "id": identity})).fetchone()
        if row is None:
            return None
        await connection.execute("delete from person_channel where person_id = %s", [row["id"]])
        await connection.execute(
            "insert into person_channel select %s, id from channel where id = any(%s)", [row["id"], person["channels"]]
        )
        return int(row["id"])


async def remove_person(connection: Connection, identity: int) -> bool:
    """Remove the person; routes that name it pass it over."""
    return bool((await connection.execute("delete from person where id = %s", [identity])).rowcount)
