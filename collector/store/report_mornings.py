"""Each morning's report as it was made, and its messages: written once, claimed by a sender, delivered as the outbox is."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from collector.store.database import Connection, Database


class Message(NamedTuple):
    """What a channel is to be handed for a morning; of no use after `until`."""

    day: date
    channel: int
    buildings: Sequence[int]
    title: str
    body: str
    html: str
    facts: Mapping[str, Any]
    until: datetime


async def made(database: Database, since: date) -> tuple[set[tuple[date, int | None]], set[tuple[date, int]]]:
    """What there is from `since` on: (day, building) of the mornings, (day, channel) of the messages."""
    mornings = await database.rows("select day, building_id from report_morning where day >= %s", [since])
    messages = await database.rows("select day, channel_id from report_message where day >= %s", [since])
    return {(row["day"], row["building_id"]) for row in mornings}, {(row["day"], row["channel_id"]) for row in messages}


async def last_made(database: Database, before: date) -> dict[int | None, datetime]:
    """When each building's newest report of a day before this one was made (None: the district's)."""
    rows = await database.rows(
        "select building_id, max(made_at) as made_at from report_morning where day < %s group by building_id", [before]
    )
    return {row["building_id"]: row["made_at"] for row in rows}


async def keep(
    connection: Connection, day: date, building: int | None, facts: Mapping[str, Any], now: datetime
) -> None:
    """Keep a morning; one that is there already stays as it is."""
    await connection.execute(
        "insert into report_morning (day, building_id, made_at, facts) values (%s, %s, %s, %s) on conflict do nothing",
        [day, building, now, Jsonb(dict(facts))],
    )


async def put(connection: Connection, message: Message, now: datetime) -> bool:
    """Put a message into the queue; False when this channel has one of this morning already."""
    done = await connection.execute(
        "insert into report_message (day, channel_id, buildings, title, body, html, facts, created_at, until, next_attempt)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        [*message[:2], list(message.buildings), *message[3:6], Jsonb(dict(message.facts)), now, message.until, now],
    )
    return done.rowcount > 0


async def claim(database: Database, now: datetime, lease: timedelta, busy: Sequence[int] = ()) -> list[DictRow]:
    """Messages that are due, for this sender alone until `now + lease`: one a channel, of none that is `busy`.

    `{id, epoch, day, channel_id, channel, scheme, url_secret, signing_secret, title, body, html, facts, attempts, claimed_until}`.
    """
    return await database.rows(
        "with due as (select m.id from report_message m join channel c on c.id = m.channel_id where m.delivered_at is null"
        " and c.enabled and m.next_attempt <= %(now)s and m.until > %(now)s and c.id <> all(%(busy)s::int[])"
        " and (m.claimed_until is null or m.claimed_until <= %(now)s) order by m.id limit 50 for update of m skip locked),"
        " mine as (update report_message m set claimed_until = %(until)s from due where m.id = due.id returning m.*)"
        " select m.id, m.day, m.channel_id, c.name as channel, c.scheme, c.url_secret, c.signing_secret, m.title, m.body, m.html,"
        " m.facts, m.attempts, m.claimed_until, (select value from meta where key = 'epoch') as epoch"
        " from mine m join channel c on c.id = m.channel_id order by m.id",
        {"now": now, "until": now + lease, "busy": list(busy)},
    )


async def delivered(database: Database, row: DictRow, now: datetime) -> None:
    """The channel has taken it; the channel works."""
    async with database.transaction() as connection:
        await connection.execute(
            "update report_message set delivered_at = %s, claimed_until = null, error = null, attempts = attempts + 1 where id = %s",
            [now, row["id"]],
        )
        await connection.execute(
            "update channel set failing_since = null, last_error = null, failures = 0 where id = %s and failing_since is not null",
            [row["channel_id"]],
        )


async def failed(database: Database, rows: Sequence[DictRow], error: str, now: datetime, again: datetime) -> None:
    """The channel did not take the first of these rows, all its own (there is one): tried again then, and shown."""
    row = rows[0]
    async with database.transaction() as connection:
        await connection.execute(
            "update report_message set claimed_until = null, next_attempt = %s, attempts = attempts + 1, error = %s where id = %s",
            [again, error, row["id"]],
        )
        await connection.execute(
            "update channel set failing_since = coalesce(failing_since, %s), last_error = %s, failures = failures + 1 where id = %s",
            [now, error, row["channel_id"]],
        )


async def days(database: Database, scope: Sequence[int] | None, before: date | None, limit: int) -> list[DictRow]:
    """Mornings there are, newest first: `{day, buildings, made_at, broken, undelivered}` inside `scope`."""
    return await database.rows(
        "select m.day, count(m.building_id)::int as buildings, min(m.made_at) as made_at,"
        " coalesce(sum((m.facts -> 'broken' ->> 'count')::int), 0)::int as broken,"
        " coalesce(sum((m.facts ->> 'grave')::int), 0)::int as grave,"
        " (select count(*)::int from report_message o where o.day = m.day and o.delivered_at is null and o.until > o.created_at) as undelivered"
        " from report_morning m where (%(before)s::date is null or m.day < %(before)s)"
        " and (%(scope)s::int[] is null or m.building_id = any(%(scope)s)) group by m.day order by m.day desc limit %(limit)s",
        {"scope": scope, "before": before, "limit": limit},
    )


async def morning(database: Database, scope: Sequence[int] | None, day: date, building: int | None) -> list[DictRow]:
    """`{building_id, made_at, facts}` of one morning, one building alone or all inside `scope`, with the district's (no scope,
    no building), by name."""
    return await database.rows(
        "select m.building_id, m.made_at, m.facts from report_morning m left join building b on b.id = m.building_id"
        " where m.day = %(day)s and (%(scope)s::int[] is null or m.building_id = any(%(scope)s))"
        " and (%(building)s::int is null or m.building_id = %(building)s) order by b.name nulls first",
        {"scope": scope, "day": day, "building": building},
    )


async def messages(database: Database, day: date) -> list[DictRow]:
    """What became of a morning's messages: `{channel, scheme, buildings, delivered_at, attempts, error, next_attempt, until, kept_back}`."""
    return await database.rows(
        "select c.name as channel, c.scheme, m.buildings, m.delivered_at, m.attempts, m.error, m.next_attempt, m.until,"
        " m.until <= m.created_at as kept_back"
        " from report_message m join channel c on c.id = m.channel_id where m.day = %s order by c.name",
        [day],
    )
