"""Problems as the API shows them, the newest first, and one with its timeline."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString, NamedTuple

from psycopg.rows import DictRow

from collector.store.database import Database
from collector.store.paging import Page, decode, page

TOUCHES: LiteralString = " (p.building_id is null and exists (select from problem s where s.cause_id = p.id and s.building_id = any(%(scope)s)))"
"""A problem of the district as a whole (the same fault at several schools), seen from `scope`: one of its symptoms is there."""
INSIDE: LiteralString = " (%(scope)s::int[] is null or p.building_id = any(%(scope)s) or" + TOUCHES + ")"
SEEN: LiteralString = " (%(scope)s::int[] is null or s.building_id = any(%(scope)s))"
_PROBLEMS: LiteralString = (
    """
select p.id, p.rule, p.subject, p.severity, p.state, p.title, p.advice, p.building_id as building, p.agent_id as agent,
    p.device_id as device, p.point_id as point, p.cause_id as cause,
    (select count(*) from problem s where s.cause_id = p.id and"""
    + SEEN
    + """) as symptoms,
    p.opened_at as opened, p.acknowledged_at as acknowledged, p.acknowledged_by, p.snoozed_until,
    p.resolved_at as resolved, p.reopened,
    case when %(scope)s::int[] is null or p.building_id is not null or not p.evidence ? 'members' then p.evidence
    else p.evidence || jsonb_build_object('members', (select coalesce(jsonb_agg(distinct coalesce(d.name, s.agent_id)), '[]')
        from problem s left join device d on d.id = s.device_id where s.cause_id = p.id and"""
    + SEEN
    + """)) end as evidence
from problem p
where"""
    + INSIDE
    + """
    and (%(id)s::bigint is null or p.id = %(id)s)
    and (%(state)s::text is null or p.state = %(state)s)
    and (%(building)s::int is null or p.building_id = %(building)s or (p.building_id is null
        and exists (select from problem s where s.cause_id = p.id and s.building_id = %(building)s and"""
    + SEEN
    + """)))
    and (%(severity)s::text is null or p.severity = %(severity)s)
    and (%(device)s::int is null or p.device_id = %(device)s)
    and (%(start)s::timestamptz is null or p.opened_at >= %(start)s)
    and (%(end)s::timestamptz is null or p.opened_at < %(end)s)
    and (%(before_id)s::bigint is null or (p.opened_at, p.id) < (%(before)s::timestamptz, %(before_id)s))
order by p.opened_at desc, p.id desc
limit %(limit)s
"""
)
STEPS = 20
"""Steps of each problem in a list: what flaps for a month has more, and its own page has them all."""
_STEPS: LiteralString = """
select p.id as problem_id, e.time, e.change, e.who,
    case when %(scope)s::int[] is null or p.building_id is not null or e.who is null then e.note else '' end as note
from problem p cross join lateral (
    select * from problem_event e where e.problem_id = p.id
        and (%(scope)s::int[] is null or p.building_id is not null or e.change not in ('told', 'silenced', 'noted'))
    order by e.id desc limit %(steps)s) e
where p.id = any(%(ids)s)
order by p.id, e.id
"""
_ANY = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class ProblemFilter(NamedTuple):
    """Which problems: each None means any; `start` and `end` bound when it opened, `end` excluded."""

    state: str | None = None
    building: int | None = None
    severity: str | None = None
    device: int | None = None
    start: datetime | None = None
    end: datetime | None = None


async def problems(
    database: Database, scope: Sequence[int] | None, wanted: ProblemFilter, cursor: str | None, limit: int
) -> Page:
    """Problems inside `scope`, the newest first; one of the district as a whole where it touches the scope, with what is there alone.

    Each has the newest `STEPS` of its `timeline`, the oldest of them first. Raises `CursorError`.
    """
    before, before_id = decode(cursor, (_ANY, 0))
    params = {
        **wanted._asdict(),
        "scope": scope,
        "id": None,
        "before": before,
        "before_id": before_id if cursor is not None else None,
        "limit": limit + 1,
    }
    found = page(await database.rows(_PROBLEMS, params), limit, lambda row: (row["opened"], row["id"]))
    await _tell_timelines(database, scope, found.items, STEPS)
    return found


async def touched(database: Database, problem_id: int) -> list[int]:
    """The buildings of its symptoms."""
    rows = await database.rows(
        "select distinct building_id from problem where cause_id = %s and building_id is not null order by 1",
        [problem_id],
    )
    return [row["building_id"] for row in rows]


async def problem(database: Database, scope: Sequence[int] | None, problem_id: int) -> DictRow | None:
    """One problem with its `timeline`, None when it is not there or outside `scope`.

    Of a fault of several schools a scope has the timeline without what people wrote and who was told: that is of the others, too.
    """
    params = {
        **ProblemFilter()._asdict(),
        "scope": scope,
        "id": problem_id,
        "before": _ANY,
        "before_id": None,
        "limit": 1,
    }
    row = await database.row(_PROBLEMS, params)
    if row is not None:
        await _tell_timelines(database, scope, [row], None)
    return row


async def _tell_timelines(
    database: Database, scope: Sequence[int] | None, problems: Sequence[DictRow], steps: int | None
) -> None:
    """Give each its `timeline`: its newest `steps` (None: all), the oldest of them first."""
    timelines: dict[int, list[DictRow]] = {row["id"]: [] for row in problems}
    for step in await database.rows(_STEPS, {"scope": scope, "ids": list(timelines), "steps": steps}):
        timelines[step.pop("problem_id")].append(step)
    for row in problems:
        row["timeline"] = timelines[row["id"]]
