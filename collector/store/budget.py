"""How many messages went out, by channel, person and rule."""

from datetime import datetime

from psycopg.rows import DictRow

from collector.store.database import Database


async def told(database: Database, start: datetime, end: datetime) -> list[DictRow]:
    """`{channel_id, channel, rule, told}`: messages that a channel took from `start` to `end` (not included)."""
    return await database.rows(
        "select o.channel_id, c.name as channel, p.rule, count(*)::int as told from outbox o join problem p on p.id = o.problem_id"
        " join channel c on c.id = o.channel_id where o.delivered_at >= %s and o.delivered_at < %s group by 1, 2, 3 order by 2, 4 desc, 3",
        [start, end],
    )


async def people_of(database: Database, account: str) -> list[str]:
    """The names of the people who sign in as this account: usually one."""
    return [
        row["name"] for row in await database.rows("select name from person where account = %s order by 1", [account])
    ]


async def told_people(database: Database, start: datetime, end: datetime) -> list[DictRow]:
    """`{person_id, person, rule, told}`: the same by person. One change told to several channels of one person is one message."""
    return await database.rows(
        "select h.id as person_id, h.name as person, p.rule, count(distinct (o.problem_id, o.change, o.occurrence, o.severity))::int as told"
        " from outbox o join problem p on p.id = o.problem_id join person_channel pc on pc.channel_id = o.channel_id"
        " join person h on h.id = pc.person_id where o.delivered_at >= %s and o.delivered_at < %s group by 1, 2, 3 order by 2, 4 desc, 3",
        [start, end],
    )
