"""The chores: done when due, put off while the database is away."""

from datetime import timedelta
from pathlib import Path

import pytest

from collector.housekeeping import RETAIN_EVERY, Housekeeping
from collector.settings import Settings
from collector.store import accounts
from protocols.clock import ManualClock, utc


@pytest.fixture
def clock():
    """A clock that stands at 2026-09-01 12:00 UTC."""
    return ManualClock(1_788_264_000_000)


@pytest.fixture
def chores(database, dsn, clock):
    """Housekeeping on the test's database."""
    return Housekeeping(database, clock, Settings(data=Path("unused"), database=dsn))


async def sessions(database):
    return (await database.row("select count(*) as n from session"))["n"]


async def test_a_session_that_is_over_is_forgotten_within_the_hour(chores, database, clock):
    now = utc(clock.now_ms())
    for life in (timedelta(minutes=30), timedelta(days=90)):
        token = await accounts.create_token(database, str(life), "viewer", None, now + life, now)
        await accounts.sign_in_with_token(database, token, now)
    await chores.once()
    assert await sessions(database) == 2
    await clock.advance(RETAIN_EVERY - 1)
    await chores.once()
    assert await sessions(database) == 2
    await clock.advance(1)
    await chores.once()
    assert await sessions(database) == 1


async def test_room_is_made_for_the_days_ahead(chores, database):
    await chores.once()
    found = await database.rows(
        "select c.relname from pg_inherits join pg_class c on c.oid = inhrelid where inhparent = 'sample'::regclass"
    )
    assert len(found) >= 3


async def test_a_database_out_of_reach_puts_the_chores_off(chores, database, caplog):
    await database.close()
    await chores.once()
    assert "rollups put off" in caplog.text
