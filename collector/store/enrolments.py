"""Enrolments: who may become which agent, once. Only the SHA-256 of a token is kept, and a code that finds the row."""

from datetime import datetime
from typing import NamedTuple

from psycopg.rows import DictRow

from collector.store.database import Connection


class NewEnrolment(NamedTuple):
    """What is kept of one: `code` and `key` derive from its token."""

    code: str
    key: bytes
    building_id: int
    agent_id: str
    name: str
    expires: datetime


async def add(connection: Connection, enrolment: NewEnrolment, now: datetime) -> None:
    """Keep a new enrolment."""
    await connection.execute(
        "insert into enrolment (code, hash, building_id, agent_id, name, created_at, expires_at)"
        " values (%s, %s, %s, %s, %s, %s, %s)",
        [
            enrolment.code,
            enrolment.key,
            enrolment.building_id,
            enrolment.agent_id,
            enrolment.name,
            now,
            enrolment.expires,
        ],
    )


async def taken_names(connection: Connection, now: datetime) -> set[str]:
    """The names of every agent, and those promised to enrolments that may still be used. Held until the transaction ends."""
    await connection.execute("lock table enrolment in share row exclusive mode")
    found = await connection.execute(
        "select id from agent union select agent_id from enrolment where used_at is null and expires_at > %s", [now]
    )
    return {row["id"] for row in await found.fetchall()}


async def find(connection: Connection, code: str) -> DictRow | None:
    """The enrolment of this code with its building's name, locked: hash, agent_id, name, building, expires_at, used_at, used_key."""
    found = await connection.execute(
        "select e.id, e.hash, e.agent_id, e.name, e.building_id, b.name as building, e.expires_at, e.used_at, e.used_key"
        " from enrolment e join building b on b.id = e.building_id where e.code = %s for update of e",
        [code],
    )
    return await found.fetchone()


async def spend(connection: Connection, enrolment_id: int, key: bytes, now: datetime) -> None:
    """Mark it used for the public key whose SHA-256 is `key`; a repeat keeps the first time."""
    await connection.execute(
        "update enrolment set used_at = coalesce(used_at, %s), used_key = %s where id = %s", [now, key, enrolment_id]
    )
