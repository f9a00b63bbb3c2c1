"""Problems: opened, reopened, resolved by the loop; acknowledged, snoozed, noted, resolved by people. Each change leaves an event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from collector.store.database import Connection, Database

SENT_AGAIN = timedelta(minutes=1)
"""Within this time the same note is one request that was sent again; later somebody means it again."""


@dataclass(frozen=True)
class NewProblem:
    """A problem about to open; `opened_at` is since when its condition holds."""

    rule: str
    subject: str
    severity: str
    title: str
    advice: str
    opened_at: datetime
    building_id: int | None = None
    agent_id: str | None = None
    device_id: int | None = None
    point_id: int | None = None
    cause_id: int | None = None
    evidence: dict[str, Any] | None = None


_NEWEST = (
    "select p.id, p.rule, p.subject, p.severity, p.state, p.title, p.building_id, p.agent_id, p.device_id, p.point_id,"
    " p.cause_id, p.opened_at, p.resolved_at, p.snoozed_until, p.told, p.reopened, coalesce((select e.who is not null"
    " from problem_event e where e.problem_id = p.id and e.change = 'resolved' order by e.id desc limit 1), false)"
    " as dismissed, p.evidence->>'standing' as standing, p.silenced, case when p.symptom and p.cause_id is null then p.opened_at else c.resolved_at end"
    " as cause_resolved_at, c.rule as cause_rule, c.device_id as cause_device"
    " from problem p left join problem c on c.id = p.cause_id"
)


async def live(database: Database) -> list[DictRow]:
    """Every problem that is not resolved."""
    return await database.rows(_NEWEST + " where p.state <> 'resolved'")


async def ended(database: Database, rules: list[str], since: datetime) -> list[DictRow]:
    """Problems of these rules that were resolved since then, the newest last."""
    return await database.rows(
        "select id, rule, subject, agent_id, device_id, building_id, opened_at, resolved_at from problem"
        " where state = 'resolved' and resolved_at >= %s and rule = any(%s) order by resolved_at, id",
        [since, rules],
    )


async def dismissed(database: Database) -> list[DictRow]:
    """The newest problem of each rule and subject where a person resolved it and it has not been seen to be over since."""
    return await database.rows(
        _NEWEST + " where p.goes_on and p.state = 'resolved' and not exists (select from problem later"
        " where later.rule = p.rule and later.subject = p.subject and later.id > p.id)"
    )


async def seen_over(database: Database, keys: Sequence[tuple[str, str]]) -> None:
    """What a person had resolved of these rules and subjects goes on no longer."""
    await database.execute(
        "update problem set goes_on = false from unnest(%s::text[], %s::text[]) as n (rule, subject)"
        " where goes_on and problem.rule = n.rule and problem.subject = n.subject",
        [[rule for rule, _ in keys], [subject for _, subject in keys]],
    )


async def set_standing(database: Database, problem: int, standing: str, now: datetime) -> None:
    """How it stands elsewhere now, noted in its timeline."""
    async with database.transaction() as connection:
        await connection.execute(
            "update problem set evidence = evidence || jsonb_build_object('standing', %s::text) where id = %s",
            [standing, problem],
        )
        await connection.execute(
            "insert into problem_event (problem_id, time, change, note) values (%s, %s, 'noted', %s)",
            [problem, now, standing],
        )


async def newest(connection: Connection, rule: str, subject: str) -> DictRow | None:
    """The newest problem of this rule and subject, locked; `dismissed` when a person resolved it."""
    return await (
        await connection.execute(
            _NEWEST + " where p.rule = %s and p.subject = %s order by p.id desc limit 1 for update of p",
            [rule, subject],
        )
    ).fetchone()


async def open_problem(connection: Connection, new: NewProblem, now: datetime) -> int | None:
    """Its id; None when another collector has opened it."""
    row = await (
        await connection.execute(
            "insert into problem (rule, subject, severity, state, title, advice, building_id, agent_id, device_id,"
            " point_id, cause_id, symptom, opened_at, evidence)"
            " values (%s, %s, %s, 'open', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing returning id",
            [
                *(new.rule, new.subject, new.severity, new.title, new.advice, new.building_id, new.agent_id),
                *(new.device_id, new.point_id, new.cause_id, new.cause_id is not None, new.opened_at),
                Jsonb(new.evidence or {}),
            ],
        )
    ).fetchone()
    if row is None:
        return None
    await note_change(connection, row["id"], "opened", now)
    return int(row["id"])


async def reopen(connection: Connection, problem: int, new: NewProblem, now: datetime) -> None:
    """The same problem is there again: nobody has it yet."""
    await _describe(connection, problem, new)
    await connection.execute(
        "update problem set state = 'open', resolved_at = null, reopened = reopened + 1, acknowledged_at = null,"
        " acknowledged_by = null, goes_on = false where id = %s",
        [problem],
    )
    await note_change(connection, problem, "reopened", now)


async def resolve(connection: Connection, problem: int, now: datetime, who: str | None = None, note: str = "") -> bool:
    """Resolve it, by a person when `who` is given; False when it was already."""
    done = await connection.execute(
        "update problem set state = 'resolved', resolved_at = %s, snoozed_until = null, silenced = null, goes_on = %s"
        " where id = %s and state <> 'resolved'",
        [now, who is not None, problem],
    )
    if done.rowcount:
        await note_change(connection, problem, "resolved", now, who, note)
    return bool(done.rowcount)


async def promote(connection: Connection, problem: int, new: NewProblem) -> None:
    """Its cause is gone and it is not: it stands for itself."""
    await _describe(connection, problem, new)


async def worsen(connection: Connection, problem: int, new: NewProblem, was: str, now: datetime) -> None:
    """It is graver than it `was`: whoever has put it off sees it again, whoever has it has it still."""
    await _describe(connection, problem, new)
    await connection.execute(
        "update problem set state = 'open', snoozed_until = null where id = %s and state = 'snoozed'", [problem]
    )
    await note_change(connection, problem, "worsened", now, note=f"it was {was}")


async def set_cause(connection: Connection, problem: int, cause: int) -> None:
    """It is the symptom of another problem than before."""
    await connection.execute("update problem set cause_id = %s, symptom = true where id = %s", [cause, problem])


async def _describe(connection: Connection, problem: int, new: NewProblem) -> None:
    await connection.execute(
        "update problem set severity = %s, title = %s, advice = %s, evidence = %s, cause_id = %s, symptom = %s"
        " where id = %s",
        [
            *(new.severity, new.title, new.advice, Jsonb(new.evidence or {})),
            *(new.cause_id, new.cause_id is not None, problem),
        ],
    )


async def set_told(connection: Connection, problem: int) -> None:
    """Somebody is told that it opened."""
    await connection.execute("update problem set told = true, silenced = null where id = %s", [problem])


async def wake(database: Database, now: datetime) -> int:
    """Open again what was snoozed until now; how many."""
    return await database.execute(
        "update problem set state = 'open', snoozed_until = null where state = 'snoozed' and snoozed_until <= %s", [now]
    )


async def acknowledge(connection: Connection, problem: int, who: str, now: datetime, note: str = "") -> bool:
    """A person has it, as grave as it is now; False when it is resolved, or acknowledged before."""
    done = await connection.execute(
        "update problem set state = 'acknowledged', acknowledged_at = %s, acknowledged_by = %s, snoozed_until = null,"
        " silenced = nullif(silenced, 'worsened') where id = %s and state in ('open', 'snoozed')",
        [now, who, problem],
    )
    if done.rowcount:
        await note_change(connection, problem, "acknowledged", now, who, note)
    return bool(done.rowcount)


async def snooze(connection: Connection, problem: int, who: str, until: datetime, now: datetime) -> bool:
    """A person does not want to see it until then; False when it is resolved."""
    done = await connection.execute(
        "update problem set state = 'snoozed', snoozed_until = %s where id = %s and state <> 'resolved'",
        [until, problem],
    )
    if done.rowcount:
        await note_change(connection, problem, "snoozed", now, who, f"until {until:%Y-%m-%d %H:%M} UTC")
    return bool(done.rowcount)


async def add_note(connection: Connection, problem: int, who: str, note: str, now: datetime) -> bool:
    """A person writes something down; False when it is the newest step already, of the last minute: a request that was sent again."""
    found = await connection.execute(
        "select change, who, note, time from problem_event where problem_id = %s order by id desc limit 1", [problem]
    )
    newest = await found.fetchone()
    same = {"change": "noted", "who": who, "note": note}
    if newest is not None and abs(now - newest.pop("time")) < SENT_AGAIN and newest == same:
        return False
    await note_change(connection, problem, "noted", now, who, note)
    return True


async def note_change(
    connection: Connection, problem: int, change: str, now: datetime, who: str | None = None, note: str = ""
) -> None:
    """Add to the problem's timeline: opened, reopened, worsened, acknowledged, snoozed, noted, resolved or told."""
    await connection.execute(
        "insert into problem_event (problem_id, time, change, who, note) values (%s, %s, %s, %s, %s)",
        [problem, now, change, who, note],
    )
