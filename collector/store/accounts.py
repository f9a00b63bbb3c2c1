"""Who may ask: access tokens, one-time sign-in links and sessions. Only SHA-256 hashes of secrets are stored.

Secrets have 256 random bits, so a plain hash is enough: there is nothing to guess. `now` is an aware UTC datetime.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import DictRow

from collector.store.database import Database
from protocols.errors import StoreError

ROLES = ("viewer", "operator", "admin")
"""From least to most: each may do what those before it may."""

TOKEN_PREFIX = "fb_"  # noqa: S105 (a prefix, so that scanners for leaked secrets find ours)
LINK_LIFE = timedelta(minutes=30)
SESSION_LIFE = timedelta(days=30)
_USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Caller:
    """Who asks. `buildings` None: all of them. `csrf` is set for a session: its writes must repeat it."""

    name: str
    role: str
    buildings: frozenset[int] | None = None
    csrf: str | None = None
    key: str = ""
    """What requests are counted by: the same for every request with one credential; not secret."""

    def may(self, role: str) -> bool:
        """Whether this caller's role is `role` or more."""
        return ROLES.index(self.role) >= ROLES.index(role)

    def sees(self, building: int | None) -> bool:
        """Whether `building` is inside this caller's scope; None (no building at all) only for a caller without one."""
        return self.buildings is None or (building is not None and building in self.buildings)

    @property
    def scope(self) -> list[int] | None:
        """The buildings as SQL takes them: None for all."""
        return None if self.buildings is None else sorted(self.buildings)


def digest(secret: str) -> bytes:
    """What is stored of a secret: its SHA-256."""
    return hashlib.sha256(secret.encode()).digest()


async def create_token(
    database: Database, name: str, role: str, buildings: Iterable[int] | None, expires: datetime | None, now: datetime
) -> str:
    """A new token, returned this once: `fb_` and 43 URL-safe characters. Raises `StoreError` when the name is taken."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    scope = None if buildings is None else sorted(set(buildings))
    made = await database.row(
        "insert into token (name, role, hash, buildings, expires_at, created_at) values (%s, %s, %s, %s, %s, %s)"
        " on conflict do nothing returning id",
        [name, role, digest(token), scope, expires, now],
    )
    if made is None:
        raise StoreError(
            f"there is a token named {name!r} already: choose another name, or revoke it first with"
            f" `firstbell token revoke {name!r}`",
            permanent=True,
        )
    return token


async def tokens(database: Database) -> list[DictRow]:
    """Every token that was not revoked, by name: name, role, buildings, created_at, expires_at, used_at."""
    return await database.rows(
        "select id, name, role, buildings, created_at, expires_at, used_at from token"
        " where revoked_at is null order by name"
    )


async def revoke_token(database: Database, name: str, now: datetime) -> bool:
    """Revoke the token and end the sessions made with it; False when there is none of that name.

    Its name becomes free: the row stays, under a name that says when it was revoked.
    """
    async with database.transaction() as connection:
        found = await connection.execute(
            "update token set revoked_at = %(now)s, name = left(name, 200) || ' (revoked ' || id || ')'"
            " where name = %(name)s and revoked_at is null returning id",
            {"name": name, "now": now},
        )
        row = await found.fetchone()
        if row is None:
            return False
        await connection.execute("delete from session where token_id = %s", [row["id"]])
        return True


async def caller_of_token(database: Database, token: str, now: datetime) -> Caller | None:
    """Whose token this is; None when it is unknown, expired or revoked."""
    row = await _valid_token(database, token, now)
    if row is None:
        return None
    return Caller(row["name"], row["role"], _scope(row["buildings"]), key=f"token:{row['id']}")


async def _valid_token(database: Database, token: str, now: datetime) -> DictRow | None:
    if not token.startswith(TOKEN_PREFIX):
        return None
    row = await database.row(
        "select id, name, role, buildings, expires_at, used_at from token"
        " where hash = %s and revoked_at is null and (expires_at is null or expires_at > %s)",
        [digest(token), now],
    )
    if row is not None and (row["used_at"] is None or now - row["used_at"] >= _USED_EVERY):
        await database.execute("update token set used_at = %s where id = %s", [now, row["id"]])
    return row


async def create_link(database: Database, role: str, name: str, now: datetime) -> str:
    """A one-time sign-in link's secret (the console's address is `/sign-in?link=…`); it works for half an hour."""
    secret = secrets.token_urlsafe(32)
    await database.execute(
        "insert into sign_in_link (hash, role, name, expires_at) values (%s, %s, %s, %s)",
        [digest(secret), role, name, now + LINK_LIFE],
    )
    return secret


async def use_link(database: Database, secret: str, now: datetime) -> tuple[str, Caller] | None:
    """Sign in with a link: the session's cookie and its caller. None when the link is unknown, used or too old."""
    row = await database.row(
        "update sign_in_link set used_at = %(now)s where hash = %(hash)s and used_at is null and expires_at > %(now)s"
        " returning role, name",
        {"hash": digest(secret), "now": now},
    )
    if row is None:
        return None
    return await _start_session(database, Caller(row["name"], row["role"]), now + SESSION_LIFE)


async def sign_in_with_token(database: Database, token: str, now: datetime) -> tuple[str, Caller] | None:
    """Sign in with an access token: the session's cookie and its caller. The session ends when the token does."""
    row = await _valid_token(database, token, now)
    if row is None:
        return None
    expires = min(now + SESSION_LIFE, row["expires_at"] or now + SESSION_LIFE)
    caller = Caller(row["name"], row["role"], _scope(row["buildings"]))
    return await _start_session(database, caller, expires, row["id"])


async def caller_of_session(database: Database, cookie: str, now: datetime) -> Caller | None:
    """Whose session this cookie is; None when it ended."""
    hashed = digest(cookie)
    row = await database.row(
        "select name, role, buildings, csrf from session where hash = %s and expires_at > %s", [hashed, now]
    )
    if row is None:
        return None
    return Caller(row["name"], row["role"], _scope(row["buildings"]), row["csrf"], f"session:{hashed.hex()[:16]}")


async def sign_out(database: Database, cookie: str) -> None:
    """End the session of this cookie."""
    await database.execute("delete from session where hash = %s", [digest(cookie)])


async def forget_expired(database: Database, now: datetime) -> None:
    """Delete sessions and links that are over."""
    await database.execute("delete from session where expires_at <= %s", [now])
    await database.execute("delete from sign_in_link where expires_at <= %s", [now])


async def _start_session(
    database: Database, caller: Caller, expires: datetime, token_id: int | None = None
) -> tuple[str, Caller]:
    cookie, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    await database.execute(
        "insert into session (hash, name, role, buildings, token_id, csrf, expires_at)"
        " values (%s, %s, %s, %s, %s, %s, %s)",
        [digest(cookie), caller.name, caller.role, caller.scope, token_id, csrf, expires],
    )
    key = f"session:{digest(cookie).hex()[:16]}"
    return cookie, Caller(caller.name, caller.role, caller.buildings, csrf, key)


def _scope(buildings: list[int] | None) -> frozenset[int] | None:
    return None if buildings is None else frozenset(buildings)
