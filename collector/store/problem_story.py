"""What a problem's page tells beside the problem itself: who was told, what was done last time, reach around it."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.rows import DictRow

from collector.store.database import Database

_MOST_TOLD = 100


async def told(database: Database, problem: int) -> list[DictRow]:
    """Each message of it, in order: `{change, step, channel, enabled, created_at, attempts, next_attempt, delivered_at, error}`."""
    return await database.rows(
        "select o.change, o.step, c.name as channel, c.enabled, o.created_at, o.attempts, o.next_attempt, o.delivered_at, o.error"
        " from outbox o join channel c on c.id = o.channel_id where o.problem_id = %s order by o.id desc limit %s",
        [problem, _MOST_TOLD],
    )


async def before(database: Database, problem: int, rule: str, subject: str) -> list[DictRow]:
    """The last three problems of this rule and subject before it: `{id, opened_at, resolved_at, acknowledged_by, reopened, notes}`.

    `notes`: what people wrote, `[{who, note}]`, the oldest first.
    """
    return await database.rows(
        "select p.id, p.opened_at, p.resolved_at, p.acknowledged_by, p.reopened, coalesce((select json_agg(json_build_object("
        "'who', e.who, 'note', e.note) order by e.id) from problem_event e where e.problem_id = p.id and e.note <> ''"
        " and e.who is not null), '[]') as notes from problem p where p.rule = %s and p.subject = %s and p.id < %s"
        " order by p.id desc limit 3",
        [rule, subject, problem],
    )


async def reach(database: Database, device: int, start: datetime, end: datetime) -> list[DictRow]:
    """`{time, reachable}` of a device's changes between these times, with the last one before them, oldest first."""
    return await database.rows(
        "select time, reachable from reach_change where device_id = %(id)s and time <= %(end)s and time >= coalesce((select"
        " max(time) from reach_change where device_id = %(id)s and time <= %(start)s), %(start)s) order by time limit 500",
        {"id": device, "start": start, "end": end},
    )


async def names(database: Database, scope: Sequence[int] | None, points: Sequence[int]) -> list[DictRow]:
    """`{id, name, unit}` of these points inside `scope`, for evidence that names points."""
    return await database.rows(
        "select p.id, coalesce(p.name, p.metric) as name, p.unit from point p join device d on d.id = p.device_id"
        " where p.id = any(%(ids)s::int[]) and (%(scope)s::int[] is null or d.building_id = any(%(scope)s))",
        {"ids": list(points), "scope": scope},
    )
