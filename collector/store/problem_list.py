"""Problems as the console lists them: causes with their symptoms counted, filtered and sorted, a page at a time."""

from collections.abc import Sequence
from typing import LiteralString, NamedTuple

from psycopg.rows import DictRow

from collector.store.database import Database
from collector.store.overview import PROBLEM, TOUCHED
from collector.store.problem_reads import INSIDE, SEEN

SIZE = 50
_WORST: LiteralString = "array_position(array['critical', 'major', 'minor', 'info'], p.severity)"
_ORDERS: dict[str, LiteralString] = {
    "open": " order by array_position(array['open', 'acknowledged', 'snoozed', 'resolved'], p.state), " + _WORST
    + ", p.opened_at desc, p.id desc",
    "newest": " order by p.opened_at desc, p.id desc",
    "oldest": " order by p.opened_at, p.id",
}  # fmt: skip
SORTS = tuple(_ORDERS)
_WHERE: LiteralString = (
    " where (case %(state)s when 'all' then true when 'live' then p.state <> 'resolved' else p.state = %(state)s end)"
    " and (p.cause_id is null or %(device)s::int is not null)"
    " and (%(severity)s::text is null or p.severity = %(severity)s)"
    " and (%(building)s::int is null or b.id = %(building)s or (b.id is null"
    " and exists (select from problem s where s.cause_id = p.id and s.building_id = %(building)s and" + SEEN + ")))"
    " and (%(rule)s::text is null or p.rule = %(rule)s)"
    " and (%(device)s::int is null or p.device_id = %(device)s) and" + TOUCHED
)


class Wanted(NamedTuple):
    """Which problems: `state` may be `live` (not resolved) or `all`; None means any. With a device its symptoms are listed, too."""

    state: str = "live"
    severity: str | None = None
    building: int | None = None
    rule: str | None = None
    device: int | None = None
    sort: str = "open"
    page: int = 1


async def listing(database: Database, scope: Sequence[int] | None, wanted: Wanted) -> list[DictRow]:
    """One page, and one row more when there is another; columns as `overview.PROBLEM` has them."""
    given = {**wanted._asdict(), "scope": scope, "most": SIZE + 1, "skip": SIZE * (wanted.page - 1)}
    return await database.rows(PROBLEM + _WHERE + _ORDERS[wanted.sort] + " limit %(most)s offset %(skip)s", given)


async def symptoms(
    database: Database, scope: Sequence[int] | None, causes: Sequence[int], most: int = 500
) -> list[DictRow]:
    """`{id, cause_id, title, state, device_id, device}` of the problems inside `scope` that these explain."""
    return await database.rows(
        "select p.id, p.cause_id, p.title, p.state, p.opened_at, p.device_id, d.name as device from problem p"
        " left join device d on d.id = p.device_id where p.cause_id = any(%(causes)s) and (%(scope)s::int[] is null or p.building_id = any(%(scope)s))"
        " order by p.id limit %(most)s",
        {"causes": list(causes), "scope": scope, "most": most},
    )


async def counts(database: Database, scope: Sequence[int] | None) -> dict[str, int]:
    """How many causes are open, acknowledged, snoozed."""
    rows = await database.rows(
        "select p.state, count(*) as many from problem p where p.state <> 'resolved' and p.cause_id is null"
        " and" + INSIDE + " group by 1",
        {"scope": scope},
    )
    return {row["state"]: row["many"] for row in rows}


async def live_rules(database: Database, scope: Sequence[int] | None) -> list[str]:
    """The rules of the problems that are not over, by name."""
    rows = await database.rows(
        "select distinct p.rule from problem p where p.state <> 'resolved' and" + INSIDE + " order by 1",
        {"scope": scope},
    )
    return [row["rule"] for row in rows]


async def visible(database: Database, scope: Sequence[int] | None, ids: Sequence[int]) -> list[DictRow]:
    """`{id, severity, title, state, building_id, device_id}` of those of `ids` that are inside `scope`, by id: what concerns other
    buildings, too, is nobody's to change whose scope is one of them."""
    return await database.rows(
        "select id, severity, title, state, building_id, device_id from problem where id = any(%(ids)s::bigint[])"
        " and (%(scope)s::int[] is null or building_id = any(%(scope)s)) order by id",
        {"ids": list(ids), "scope": scope},
    )
