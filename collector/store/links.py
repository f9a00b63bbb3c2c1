"""What devices hang off: edges learned from facts or imported; the problem loop reads them all."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from collector.store.database import Connection, Database


class Link(NamedTuple):
    """A device's parent by its id; `kind` is uplink, power, plant or service."""

    parent: int
    kind: str
    port: str = ""


async def edges(database: Database) -> list[tuple[int, int, str, str]]:
    """`(child, parent, kind, port)` of every edge. A switch port that delivers power is one of power, too."""
    rows = await database.rows(
        "select child, parent, kind, port from device_link union select l.child, l.parent, 'power', l.port"
        " from device_link l join point p on p.device_id = l.parent and p.metric = 'network.poe.state' and p.label = l.port"
        " join point_last n on n.point_id = p.id and n.value = 2 where l.kind = 'uplink' order by 1, 2, 3"
    )
    return [(row["child"], row["parent"], row["kind"], row["port"]) for row in rows]


async def learn(connection: Connection, child: int, uplinks: Sequence[tuple[str, str]], now: datetime) -> None:
    """The uplinks that its agent tells, as keys and ports, in place of those told before; an unknown key is left out."""
    await connection.execute(
        "delete from device_link where child = %s and source = 'learned' and kind = 'uplink'", [child]
    )
    await connection.execute(
        "insert into device_link select c.id, p.id, 'uplink', 'learned', n.port, %s from device c"
        " join unnest(%s::text[], %s::text[]) as n (key, port) on true"
        " join device p on p.agent_id = c.agent_id and p.key = n.key and p.id <> c.id where c.id = %s"
        " on conflict do nothing",
        [now, [key for key, _ in uplinks], [port for _, port in uplinks], child],
    )


async def cut_imported(connection: Connection, child: int, kinds: Sequence[str]) -> None:
    """Take away the imported edges of these kinds; what the device says itself of its uplink holds again from its next facts on."""
    await connection.execute(
        "with gone as (delete from device_link where child = %(child)s and source = 'import' and kind = any(%(kinds)s)"
        " returning parent, kind) update device set parent_id = null where id = %(child)s"
        " and parent_id in (select parent from gone where kind = 'uplink')",
        {"child": child, "kinds": list(kinds)},
    )


async def replace_imported(connection: Connection, child: int, wanted: Sequence[Link], now: datetime) -> None:
    """The imported edges of these kinds, in place of those imported before."""
    kinds = sorted({link.kind for link in wanted})
    await connection.execute(
        "delete from device_link where child = %s and source = 'import' and kind = any(%s)", [child, kinds]
    )
    for link in wanted:
        await connection.execute(
            "insert into device_link values (%s, %s, %s, 'import', %s, %s) on conflict do nothing",
            [child, link.parent, link.kind, link.port, now],
        )
