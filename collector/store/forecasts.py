"""When points run out: the past that is asked for, the forecasts written and read."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from psycopg.rows import DictRow

from collector.store.database import Database
from collector.store.paging import Page, decode, page

_AT_ONCE = 500
_LIST = """
select p.id as point, f.made_at, f.unit, f.days, f.low, f.high, f.runs_out_at, f.level, f.rate, p.metric, p.label,
    coalesce(p.name, p.label) as name, d.id as device, d.name as device_name, d.room, d.building_id as building
from forecast f join point p on p.id = f.point_id join device d on d.id = p.device_id
where (%(scope)s::int[] is null or d.building_id = any(%(scope)s))
    and (%(building)s::int is null or d.building_id = %(building)s)
    and (%(metrics)s::text[] is null or p.metric = any(%(metrics)s))
    and (%(points)s::int[] is null or p.id = any(%(points)s))
    and (%(within)s::float8 is null or f.days <= %(within)s)
    and p.id > %(after)s
order by p.id limit %(limit)s
"""

_LOCAL_DAYS = 3
_PAST = """
select point_id, array_agg(day order by day) as days, array_agg(low order by day) as low,
    array_agg(mean order by day) as mean, array_agg(high order by day) as high
from (
    select point_id, (extract(epoch from time) / 86400)::int as day, min as low, avg as mean, max as high
    from rollup_1d where point_id = any(%(points)s) and time >= %(since)s and time <= %(cut)s
    union all
    select r.point_id, (r.time at time zone b.timezone)::date - date '1970-01-01' as day, min(r.min), avg(r.avg), max(r.max)
    from rollup_1h r join point p on p.id = r.point_id join device d on d.id = p.device_id join building b on b.id = d.building_id
    where r.point_id = any(%(points)s) and r.time >= %(cut)s and r.time <= %(until)s
        and (r.time at time zone b.timezone)::date > (%(cut)s::timestamptz at time zone 'UTC')::date
    group by r.point_id, day
) as past group by point_id
"""


class ForecastFilter(NamedTuple):
    """Which forecasts: each None means any. `within` are days as each is counted."""

    building: int | None = None
    metrics: Sequence[str] | None = None
    within: float | None = None
    points: Sequence[int] | None = None


async def past_days(database: Database, points: Sequence[int], since: datetime, until: datetime) -> list[DictRow]:
    """`{point_id, days, low, mean, high}` of each point from `since` to `until`: its days (ordinals since 1 January 1970, in order).

    The newest are its building's local days, from hours; the older ones those of UTC, whose evening is the day before.
    """
    found: list[DictRow] = []
    cut = until.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=_LOCAL_DAYS)
    for start in range(0, len(points), _AT_ONCE):
        found += await database.rows(
            _PAST, {"points": list(points[start : start + _AT_ONCE]), "since": since, "cut": cut, "until": until}
        )
    return found


async def write(database: Database, rows: Sequence[tuple[Any, ...]]) -> None:
    """Put (point, made_at, unit, days, low, high, runs_out_at, level, rate) in place of what is known of each point."""
    if not rows:
        return
    columns = [list(column) for column in zip(*rows, strict=True)]
    await database.execute(
        "insert into forecast (point_id, made_at, unit, days, low, high, runs_out_at, level, rate)"
        " select new.* from unnest(%s::int[], %s::timestamptz[], %s::text[], %s::float8[], %s::float8[], %s::float8[],"
        " %s::timestamptz[], %s::float8[], %s::float8[]) as new (id, made_at, unit, days, low, high, runs_out_at, level, rate)"
        " join point on point.id = new.id on conflict (point_id) do update set made_at = excluded.made_at,"
        " unit = excluded.unit, days = excluded.days, low = excluded.low, high = excluded.high,"
        " runs_out_at = excluded.runs_out_at, level = excluded.level, rate = excluded.rate",
        columns,
    )


async def forecasts(
    database: Database, scope: Sequence[int] | None, wanted: ForecastFilter, cursor: str | None, limit: int
) -> Page:
    """Forecasts inside `scope`, by point. Raises `CursorError`."""
    (after,) = decode(cursor, (0,))
    params = {**wanted._asdict(), "scope": scope, "after": after, "limit": limit + 1}
    return page(await database.rows(_LIST, params), limit, lambda row: (row["point"],))


async def supplies(database: Database, scope: Sequence[int] | None, most: int = 20_000) -> list[DictRow]:
    """Every supply and tray of printers that says a level or a state: where it is, its newest level and state, its forecast."""
    return await database.rows(
        "select b.id as building_id, b.name as building, b.timezone, d.id as device_id, d.name as device, d.room,"
        " d.attributes ->> 'model' as model, p.id, p.metric, p.label, coalesce(p.name, p.label) as name,"
        " case when p.metric like '%%.level' then l.value end as level, l.time,"
        " coalesce(s.value, case when p.metric like '%%.state' then l.value end) as state,"
        " f.days, f.low, f.high, f.unit, f.runs_out_at from point p"
        " join device d on d.id = p.device_id join building b on b.id = d.building_id"
        " left join point_last l on l.point_id = p.id left join forecast f on f.point_id = p.id"
        " left join point q on q.device_id = p.device_id and q.label is not distinct from p.label and q.id <> p.id"
        " and q.metric = case p.metric when 'printer.supply.level' then 'printer.supply.state'"
        " when 'printer.tray.level' then 'printer.tray.state' when 'printer.supply.state' then 'printer.supply.level'"
        " else 'printer.tray.level' end"
        " left join point_last s on s.point_id = q.id and p.metric like '%%.level'"
        " where p.metric in ('printer.supply.level', 'printer.tray.level', 'printer.supply.state', 'printer.tray.state')"
        " and (p.metric like '%%.level' or q.id is null) and (%(scope)s::int[] is null or b.id = any(%(scope)s))"
        " order by b.name, d.name, p.metric, p.label limit %(most)s",
        {"scope": scope, "most": most},
    )
