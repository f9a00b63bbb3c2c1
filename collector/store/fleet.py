"""Buildings and agents as they are made: by enrolment, and by `firstbell up` for this machine."""

from collector.store.database import Connection


async def ensure_building(connection: Connection, name: str, timezone: str = "UTC") -> int:
    """The id of the building called `name`, made with `timezone` (an IANA name) if there is none."""
    await connection.execute(
        "insert into building (name, timezone) values (%s, %s) on conflict (name) do nothing", [name, timezone]
    )
    row = await (await connection.execute("select id from building where name = %s", [name])).fetchone()
    assert row is not None
    return int(row["id"])


async def ensure_agent(connection: Connection, agent_id: str, name: str, building_id: int) -> None:
    """Make the agent `agent_id` known and active in `building_id`; an agent already known is left as it is."""
    await connection.execute(
        "insert into agent (id, name, building_id) values (%s, %s, %s) on conflict (id) do nothing",
        [agent_id, name, building_id],
    )
