"""A collector's application on a real database, asked over ASGI; the loops beside it do not run."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from collector.app import create_app
from collector.house import House
from collector.settings import Settings
from collector.store import accounts
from collector.store.database import Database
from protocols.clock import ManualClock, utc

Client = Callable[..., Awaitable[httpx.AsyncClient]]


@dataclass
class School:
    """Two buildings with an agent, two devices and three points each; ids by name."""

    ids: dict[str, int] = field(default_factory=dict)

    def __getitem__(self, name: str) -> int:
        return self.ids[name]


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at 2026-09-01 12:00 UTC."""
    return ManualClock(int(datetime(2026, 9, 1, 12, tzinfo=UTC).timestamp() * 1000))


@pytest.fixture
async def app(dsn: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[FastAPI]:
    """The application, its database open."""
    application = create_app(Settings(data=tmp_path, database=dsn), clock)
    house: House = application.state.house
    await house.database.open()
    house.starting = None
    yield application
    await house.database.close()


@pytest.fixture
def house(app: FastAPI) -> House:
    """The application's house."""
    return app.state.house


@pytest.fixture
async def client(app: FastAPI, clock: ManualClock) -> AsyncIterator[Client]:
    """Makes a client with a token of the role and buildings asked for; role None: without a credential."""
    made = 0
    async with AsyncExitStack() as stack:

        async def make(role: str | None = "viewer", buildings: list[int] | None = None) -> httpx.AsyncClient:
            nonlocal made
            made += 1
            headers = {}
            if role is not None:
                token = await accounts.create_token(
                    app.state.house.database, f"{role} {made}", role, buildings, None, utc(clock.now_ms())
                )
                headers["Authorization"] = f"Bearer {token}"
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            return await stack.enter_async_context(
                httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers)
            )

        yield make


@pytest.fixture
async def school(database: Database, clock: ManualClock) -> School:
    """Two buildings' worth of rows."""
    made = School()
    now = utc(clock.now_ms())
    async with database.transaction() as connection:

        async def one(query: str, *params: object) -> int:
            row = await (await connection.execute(query, params)).fetchone()
            return row["id"]

        for place in ("east", "west"):
            building = await one("insert into building (name) values (%s) returning id", place)
            made.ids[place] = building
            await connection.execute(
                "insert into agent (id, building_id, name, online, version, last_seen, status)"
                " values (%s, %s, %s, true, '0.1.0', %s, %s)",
                [place, building, place, now, '{"spool": {"batches": 1, "bytes": 9, "oldest": 1788264000000}}'],
            )
            for number in (1, 2):
                device = await one(
                    "insert into device (agent_id, key, building_id, kind, name, room, address, state, state_since)"
                    " values (%s, %s, %s, 'hvac', %s, %s, '10.0.0.1', 'ok', %s) returning id",
                    place, f"ahu-{number}", building, f"AHU {number} {place}", f"{place} {number}", now,
                )  # fmt: skip
                made.ids[f"{place}.ahu-{number}"] = device
                for label in ("analog-input,1", "analog-input,2", None):
                    point = await one(
                        "insert into point (device_id, metric, label, unit) values (%s, %s, %s, 'Cel') returning id",
                        device, "bacnet.value" if label else "reachable", label,
                    )  # fmt: skip
                    made.ids[f"{place}.ahu-{number}.{label or 'reachable'}"] = point
                    await connection.execute("insert into point_last values (%s, %s, 21.5)", [point, now])
                for hour in (1, 2):
                    await connection.execute(
                        "insert into event (device_id, time, kind, severity) values (%s, %s, 'agent.restarted', 'info')",
                        [device, now - timedelta(hours=hour)],
                    )
            made.ids[f"{place}.problem"] = await one(
                "insert into problem (rule, subject, severity, state, title, building_id, device_id, opened_at)"
                " values ('bacnet.fault', %s, 'major', 'open', 'AHU 1 reports a fault', %s, %s, %s) returning id",
                f"device:{made[f'{place}.ahu-1']}", building, made[f"{place}.ahu-1"], now,
            )  # fmt: skip
    return made
