"""Messages to be told: written with the change, claimed by a sender, delivered at least once and never twice for one change."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from psycopg.rows import DictRow

from collector.store.calendars import DISTRICT_ZONE
from collector.store.database import Connection, Database


class To(NamedTuple):
    """One channel, told at `due`; a `step` above 0 only while nobody has the problem."""

    channel: int
    due: datetime
    step: int = 0


class Told(NamedTuple):
    """A change of a problem that people are to be told at `due`; `occurrence` is how often it was reopened by then."""

    problem: int
    change: str
    occurrence: int
    severity: str
    due: datetime
    to: Sequence[To] | None = None
    """Whom a coming goes to, and when; of a resolution: when, where it may not be told at `due`. None: every enabled channel
    that wants this severity, at `due`."""
    cause: int | None = None
    """Of a resolution: the problem that speaks for this one. Where its own end is still to be told, that message names this one."""
    spared: Sequence[int] | None = ()
    """Of a resolution: channels that know of it already: those of the person who resolved it; None: all, as the building has told it.
    They are told where it is the one message that names symptoms which are over, too."""


_HELD = (
    " and delivered_at is null and claimed_until is null and (step > 0 or (attempts = 0 and next_attempt > %(now)s))"
)
"""What waits for its hour, and no sender has taken up; or for nobody acknowledging, though its channel may have refused it."""


_SPEAKS = (
    "select case when k.change = 'resolved' then k.delivered_at is null and k.claimed_until is null"
    " else p.state <> 'resolved' and not (true" + _HELD + ") end"
    " from outbox k join problem p on p.id = k.problem_id where k.problem_id = %(cause)s and k.channel_id = c.id"
    " order by k.id desc limit 1"
)
"""Whether this channel was told of the cause, and is to be told yet that it is over."""


_UNDER = (
    "with recursive under (id) as (select id from problem where cause_id = p.id"
    " union select c.id from under u join problem c on c.cause_id = u.id)"
)
_UNHEARD = (
    " from under join problem t using (id) where (select e.change <> 'resolved' and e.delivered_at is not null from outbox e"
    " where e.problem_id = t.id and e.channel_id = m.channel_id order by e.id desc limit 1)"
    " and coalesce(t.resolved_at > (select max(x.delivered_at) from outbox x where x.problem_id = p.id"
    " and x.channel_id = m.channel_id and x.change = 'resolved'), true)"
)
_COVERED = (
    _UNDER
    + " select coalesce(json_agg(json_build_object('id', t.id, 'title', t.title, 'over', t.state = 'resolved') order by t.id), '[]')"
    + _UNHEARD
)
"""Of the message `m` that the problem `p` is over: the symptoms that its channel was told of by themselves, and not that they are over."""
_RELIES = (
    "exists (select from problem p, (select c.id as channel_id) m where p.id = %(problem)s and exists ("
    + _UNDER
    + " select"
    + _UNHEARD
    + " and t.state = 'resolved'))"
)
"""Whether the channel `c` has no other message to learn from that such symptoms are over."""


_OVERTAKEN = (
    "delete from outbox o using outbox n where o.problem_id = %(problem)s and o.delivered_at is null and o.claimed_until is null"
    " and n.problem_id = o.problem_id and n.channel_id = o.channel_id and n.id > o.id and n.change = 'worsened'"
    " and n.created_at = %(now)s and n.next_attempt <= greatest(o.next_attempt, %(now)s)"
)
"""What no sender has in hand, and the same channel is told more of now: it does not wait behind what could not be sent."""


async def tell(connection: Connection, told: Told, now: datetime) -> int:
    """One row for each channel. How many.

    A coming goes where it is routed; a resolution where what was put in last is a coming, whatever has become of the channel, the
    route or the severity since: who was told that it is there is told that it is over. What still waited of the coming is dropped:
    nobody is told of what is over, nor that it is over. What comes again is not told to be over. What has grown worse goes where its
    severity is routed, once for each severity, instead of what still waited, and of what its channel has failed to take until now.
    """
    if told.cause is not None:  # a sender that takes up the cause's end now does so before or after all this
        await connection.execute(
            "select from outbox where problem_id = %s and change = 'resolved' and delivered_at is null for update",
            [told.cause],
        )
    waiting = {"opened": "", "reopened": "resolved"}.get(told.change, "coming")
    if waiting:
        await forget(connection, told.problem, now, resolutions=waiting == "resolved")
    to = told.to or ()
    done = await connection.execute(
        "insert into outbox (problem_id, change, occurrence, severity, channel_id, created_at, next_attempt, step)"
        " select %(problem)s, %(change)s, %(occurrence)s, case when %(change)s = 'worsened' then %(severity)s else '' end,"
        " c.id, %(now)s, coalesce(t.due, %(due)s), case when %(change)s = 'resolved' then 0 else coalesce(t.step, 0) end"
        " from channel c"
        " left join unnest(%(channels)s::int[], %(dues)s::timestamptz[], %(steps)s::int[]) as t (id, due, step) on t.id = c.id"
        " where case when %(change)s = 'resolved' then coalesce((select o.change <> 'resolved' from outbox o"
        " where o.problem_id = %(problem)s and o.channel_id = c.id order by o.id desc limit 1), false) and (c.id <> all(%(spared)s::int[]) or "
        + _RELIES
        + ") and not coalesce(("
        + _SPEAKS
        + "), false)"
        " when %(routed)s then t.id is not null"
        " else c.enabled and array_position(array['info', 'minor', 'major', 'critical'], c.minimum)"
        " <= array_position(array['info', 'minor', 'major', 'critical'], %(severity)s) end"
        " on conflict do nothing",
        {
            **{name: value for name, value in told._asdict().items() if name != "to"},
            "spared": None if told.spared is None else list(told.spared),
            "now": now,
            "routed": told.to is not None,
            "channels": [one.channel for one in to],
            "dues": [one.due for one in to],
            "steps": [one.step for one in to],
        },
    )
    if told.change == "worsened":
        await connection.execute(_OVERTAKEN, {"problem": told.problem, "now": now})
    return done.rowcount


async def heard(connection: Connection, problem: int) -> dict[int, datetime]:
    """When a coming of this problem was routed to each channel: the last that it took, else the last."""
    found = await connection.execute(
        "select channel_id, coalesce(max(created_at) filter (where delivered_at is not null), max(created_at)) as came"
        " from outbox where problem_id = %s and change <> 'resolved' group by channel_id",
        [problem],
    )
    return {row["channel_id"]: row["came"] for row in await found.fetchall()}


async def forget(connection: Connection, problem: int, now: datetime, *, resolutions: bool = False) -> int:
    """Drop what waits of this problem's comings for an hour to come or for an escalation (or of its resolutions). How many."""
    done = await connection.execute(
        "delete from outbox where problem_id = %(problem)s and (change = 'resolved') = %(resolutions)s" + _HELD,
        {"problem": problem, "now": now, "resolutions": resolutions},
    )
    return done.rowcount


async def waited(database: Database, until: datetime) -> list[DictRow]:
    """`{id, rule, subject, building_id, device_id, change, due}` of problems with a coming that waited (for its hour, or for nobody
    acknowledging) and is due by `until`, before a sender has it."""
    return await database.rows(
        "select p.id, p.rule, p.subject, p.building_id, p.device_id, o.change, min(o.next_attempt) as due"
        " from outbox o join problem p on p.id = o.problem_id where o.delivered_at is null and o.next_attempt <= %s"
        " and o.claimed_until is null and o.attempts = 0 and o.change <> 'resolved'"
        " and (p.state = 'open' or (p.state = 'acknowledged' and o.change = 'worsened' and o.step = 0))"
        " and (o.step > 0 or o.next_attempt > o.created_at) group by p.id, o.change order by p.id",
        [until],
    )


async def take_out(connection: Connection, problem: int) -> int:
    """Drop what no sender has taken up of this problem's comings that waited. How many."""
    done = await connection.execute(
        "delete from outbox where problem_id = %s and change <> 'resolved' and delivered_at is null and claimed_until is null"
        " and (step > 0 or (attempts = 0 and next_attempt > created_at))",
        [problem],
    )
    return done.rowcount


async def last_told(connection: Connection, problem: int) -> DictRow:
    """The coming that was told last, and what routes it: `{occurrence, severity, rule, subject, building_id, device_id}`."""
    found = await connection.execute(
        "select p.severity, p.rule, p.subject, p.building_id, p.device_id, coalesce((select max(o.occurrence) from outbox o"
        " where o.problem_id = p.id and o.change <> 'resolved'), 0) as occurrence from problem p where p.id = %s",
        [problem],
    )
    row = await found.fetchone()
    assert row is not None
    return row


async def take_back(connection: Connection, problem: int, occurrence: int) -> bool:
    """A resolution that waits is no longer true: it came again. False when a channel has it, or may have it, already."""
    found = await connection.execute(
        "select claimed_until is not null or attempts > 0 as gone from outbox"
        " where problem_id = %s and change = 'resolved' and occurrence = %s for update",
        [problem, occurrence],
    )
    if any(row["gone"] for row in await found.fetchall()):
        return False
    await connection.execute(
        "delete from outbox where problem_id = %s and change = 'resolved' and occurrence = %s", [problem, occurrence]
    )
    return True


BEHIND = (
    "with recursive below (id) as (select id from device where parent_id = p.device_id"
    " union select d.id from below b join device d on d.parent_id = b.id)"
    " select greatest((select count(*) from below join device d using (id) where p.rule = 'device.unreachable' and"
    " d.reachable is false), (select count(distinct s.device_id) from problem s where s.cause_id = p.id and s.state <> 'resolved'"
    " and s.device_id is distinct from p.device_id),"
    " (select count(*) from device d where p.rule = 'agent.silent' and d.agent_id = p.agent_id))"
)
"""How many devices are out of reach (or, of a silent agent, unknown) behind the problem `p`, as far as is known now."""


async def claim(
    database: Database, now: datetime, lease: timedelta, busy: Sequence[int] = (), limit: int = 50
) -> list[DictRow]:
    """Up to `limit` rows that are due, for this sender alone until `now + lease`, of no channel that is `busy`.

    `{id, epoch, change, step, attempts, heard, created_at, claimed_until, problem_id, channel_id, channel, scheme, url_secret,
    signing_secret}` and of the problem `{rule, title, advice, severity, device_id, device, building_id, building, timezone, opened_at,
    resolved_at, reopened, behind, places}`; `places` are the buildings of the symptoms of what belongs to none; `heard`: this channel was told of the problem before. Of a resolution `covered`: `[{id, title, over}]` of
    symptoms that it was told of before; of it and of what has grown worse `noted`: `{who, note}`, which person did it (None: none) and why.
    Only the oldest undelivered row of a problem and channel is due: a resolution never overtakes its opening. What is for a
    channel that is not enabled waits; so does a resolution while the problem is there again untold (in a silence, as a symptom).
    """
    return await database.rows(
        "with due as (select o.id from outbox o where o.delivered_at is null and o.next_attempt <= %(now)s"
        " and exists (select from channel c where c.id = o.channel_id and c.enabled)"
        " and (o.step = 0 or exists (select from problem p where p.id = o.problem_id and p.state = 'open'))"
        " and (o.change <> 'resolved' or exists (select from problem p where p.id = o.problem_id and p.state = 'resolved')"
        " or exists (select from outbox n where n.problem_id = o.problem_id and n.channel_id = o.channel_id and n.id > o.id))"
        " and (o.claimed_until is null or o.claimed_until <= %(now)s) and o.channel_id <> all(%(busy)s::int[])"
        " and not exists (select from outbox e where e.problem_id = o.problem_id and e.channel_id = o.channel_id"
        " and e.delivered_at is null and e.id < o.id)"
        " order by o.attempts, o.next_attempt, o.id limit %(limit)s for update skip locked),"
        " mine as (update outbox o set claimed_until = %(until)s from due where o.id = due.id returning o.*)"
        " select m.id, m.change, m.channel_id, m.claimed_until, m.step, c.url_secret, c.signing_secret, c.scheme, c.name as channel,"
        " p.id as problem_id, p.rule, p.title, p.advice, p.severity, p.device_id, p.building_id, b.name as building,"
        " coalesce(b.timezone, " + DISTRICT_ZONE + ") as timezone,"
        " p.opened_at, p.resolved_at, p.reopened, m.attempts, m.created_at, (select value from meta where key = 'epoch') as epoch,"
        " exists (select from outbox e where e.problem_id = m.problem_id and e.channel_id = m.channel_id and e.change <> 'resolved'"
        " and e.delivered_at is not null) as heard, (select name from device d where d.id = p.device_id) as device,"
        " case when m.change = 'resolved' then 0 else (" + BEHIND + ") end as behind,"
        " case when p.building_id is null then (select coalesce(array_agg(distinct sb.name order by sb.name), '{}') from problem s"
        " join building sb on sb.id = s.building_id where s.cause_id = p.id) else '{}' end as places,"
        " case when m.change = 'resolved' then (" + _COVERED + ") else '[]' end as covered,"
        " (select json_build_object('who', e.who, 'note', e.note) from problem_event e where e.change = m.change"
        " and e.change in ('resolved', 'worsened') and e.problem_id = p.id order by e.id desc limit 1) as noted"
        " from mine m join channel c on c.id = m.channel_id join problem p on p.id = m.problem_id"
        " left join building b on b.id = p.building_id order by m.attempts, m.id",
        {"now": now, "until": now + lease, "busy": list(busy), "limit": limit},
    )


async def delivered(database: Database, row: DictRow, now: datetime) -> None:
    """The channel has taken it; the channel works."""
    async with database.transaction() as connection:
        await connection.execute(
            "update outbox set delivered_at = %s, claimed_until = null, error = null, attempts = attempts + 1"
            " where id = %s",
            [now, row["id"]],
        )
        await connection.execute(
            "update channel set failing_since = null, last_error = null, failures = 0 where id = %s and failing_since is not null",
            [row["channel_id"]],
        )
        await connection.execute(
            "insert into problem_event (problem_id, time, change, note) values (%s, %s, 'told', %s)",
            [row["problem_id"], now, f"{row['change']} → {row['channel']}"],
        )


async def failed(database: Database, rows: Sequence[DictRow], error: str, now: datetime, again: datetime) -> None:
    """The channel has not taken the first of these rows, all its own: `again` is when they are tried next.

    The others count no attempt, so they go first then: a message that a service never takes holds up no other.
    """
    async with database.transaction() as connection:
        await connection.execute(
            "update outbox set claimed_until = null, next_attempt = %s where id = any(%s)",
            [again, [row["id"] for row in rows]],
        )
        await connection.execute(
            "update outbox set attempts = attempts + 1, error = %s where id = %s", [error, rows[0]["id"]]
        )
        await connection.execute(
            "update channel set failing_since = coalesce(failing_since, %s), last_error = %s, failures = failures + 1 where id = %s",
            [now, error, rows[0]["channel_id"]],
        )
