"""What the engine told, read back from the database."""

from typing import NamedTuple

from collector.store.database import Database


class Told(NamedTuple):
    """A problem: `at` (ms) is when it was opened, or became a problem of its own; `device`, `building` None where it has none.
    `symptom`: from beginning to end of another's; `messages` that it came, `over` that it is over: also of what is minor, for which
    the run has a route (as shipped it waits for the report)."""

    id: int
    rule: str
    subject: str
    severity: str
    title: str
    building: int | None
    device: int | None
    at: int
    since: int
    symptom: bool
    messages: int
    over: int
    cause: int | None
    gathers: frozenset[int] = frozenset()
    """Devices of its symptoms."""
    grew: bool = False
    """It stood for itself until what it grew into took it in: whoever looked knew of it from its own coming on."""
    silenced: bool = False
    """A person had silenced it: it was told to nobody."""


async def told(database: Database) -> list[Told]:
    """Every problem of the run, in order of time."""
    rows = await database.rows(
        "select p.id, p.rule, p.subject, p.severity, p.title, p.building_id as building, p.device_id as device,"
        " (extract(epoch from coalesce((select min(o.created_at) from outbox o where o.problem_id = p.id),"
        " (select min(e.time) from problem_event e where e.problem_id = p.id), p.opened_at)) * 1000)::bigint as at,"
        " (extract(epoch from p.opened_at) * 1000)::bigint as since,"
        " p.cause_id is not null and not exists (select from outbox o where o.problem_id = p.id) as symptom,"
        " coalesce((select min(e.id) from problem_event e where e.problem_id = p.id)"
        " < (select min(e.id) from problem_event e where e.problem_id = p.cause_id), false) as grew,"
        " exists (select from problem_event e where e.problem_id = p.id and e.change = 'silenced') as silenced,"
        " (select count(*) from outbox o where o.problem_id = p.id and o.change <> 'resolved') as messages,"
        " (select count(*) from outbox o where o.problem_id = p.id and o.change = 'resolved') as over,"
        " p.cause_id as cause, array(select s.device_id from problem s where s.cause_id = p.id and s.device_id is not null) as gathers"
        " from problem p order by at, p.id"
    )
    return [Told(**row | {"gathers": frozenset(row["gathers"])}) for row in rows]
