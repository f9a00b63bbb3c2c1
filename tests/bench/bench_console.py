"""The console's pages with 200 buildings and 10,000 devices: server time (bar: p95 ≤ 50 ms) and bytes of the answer.

Asked in process through the whole application, signed in; a seeded embedded database with 120 live and 3,000 old problems.
"""

import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from collector.app import create_app
from collector.settings import Settings
from collector.store import accounts
from collector.store.migrate import migrate
from deploy.postgres import EmbeddedPostgres
from protocols.clock import ManualClock, utc

BUILDINGS, DEVICES, POINTS, ROUNDS = 200, 10_000, 12, 60
NOW = datetime(2026, 3, 3, 12, 25, tzinfo=UTC)

PAGES = (("now", "/"), ("problems", "/problems"), ("problem", "/p/7"), ("building", "/b/7"), ("device", "/d/6"))

_SEED = (
    "insert into building (name, timezone, created_at) select 'School ' || n, 'America/New_York', %(now)s - interval '1 year'"
    " from generate_series(1, %(buildings)s) n",
    "insert into agent (id, building_id, name, online, last_seen) select 'agent-' || id, id, 'Agent ' || id, true, %(now)s from building",
    "insert into device (agent_id, key, building_id, kind, name, state, last_seen, reachable) select 'agent-' || b, 'd' || n, b,"
    " (array['host', 'hvac', 'printer', 'camera', 'door', 'switch'])[n %% 6 + 1], 'Device ' || n,"
    " (array['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'problem', 'unreachable'])[n %% 11 + 1], %(now)s, true"
    " from (select n, n %% %(buildings)s + 1 as b from generate_series(1, %(devices)s) n) made",
    "insert into point (device_id, metric, label, unit) select d.id, m, p::text, '%%' from device d,"
    " generate_series(1, %(points)s) p, lateral (select (array['host.cpu.utilization', 'host.disk.utilization'])[p %% 2 + 1]) x(m)",
    "insert into point_last select id, %(now)s - interval '20 s', id %% 100 from point",
    "insert into problem (rule, subject, severity, state, title, building_id, device_id, opened_at, resolved_at)"
    " select 'host.disk.full', 'device:' || n, (array['minor', 'major', 'critical', 'info'])[n %% 4 + 1],"
    " case when n <= 120 then 'open' else 'resolved' end, 'Something is wrong', d.building_id, d.id,"
    " %(now)s - n * interval '9 min', case when n > 120 then %(now)s - (n - 100) * interval '9 min' end"
    " from generate_series(1, 3120) n join device d on d.id = n",
    "select sample_days(array[%(now)s::date, %(now)s::date - 1])",
    "insert into sample select p.id, t, 50 + 10 * random() from point p, generate_series(%(now)s - interval '1 day', %(now)s,"
    " interval '1 min') t where p.device_id = 6",
    "analyze",
)


async def measure() -> dict[str, Any]:
    """Milliseconds of server time (p50, p95) and kilobytes (gzip) of Now, Problems, a problem, a building of 50 devices, and a device."""
    found: dict[str, Any] = {}
    async with _client() as client:
        for name, path in PAGES:
            times = []
            for _ in range(ROUNDS):
                began = time.perf_counter()
                answer = await client.get(path)
                times.append((time.perf_counter() - began) * 1000)
                assert answer.status_code == 200, answer.text
            ordered = sorted(times[5:])
            found[f"{name}_p50_ms"] = round(statistics.median(ordered), 1)
            found[f"{name}_p95_ms"] = round(ordered[int(len(ordered) * 0.95)], 1)
            found[f"{name}_kb"] = round(int(answer.headers["content-length"]) / 1000, 1)
    return found


@asynccontextmanager
async def _client() -> AsyncIterator[httpx.AsyncClient]:
    """A signed-in browser of the seeded district."""
    folder = Path(tempfile.mkdtemp(prefix="firstbell-bench-"))
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder / "database")
    server.data.mkdir()
    await server.start()
    clock = ManualClock(int(NOW.timestamp() * 1000))
    app = create_app(Settings(data=folder, database=server.dsn), clock)
    house = app.state.house
    await house.database.open()
    try:
        await migrate(house.database)
        given = {"now": NOW, "buildings": BUILDINGS, "devices": DEVICES, "points": POINTS}
        for statement in _SEED:
            await house.database.execute(statement, given)
        house.starting = None
        token = await accounts.create_token(house.database, "bench", "viewer", None, None, utc(clock.now_ms()))
        session = await accounts.sign_in_with_token(house.database, token, utc(clock.now_ms()))
        assert session is not None
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://bench", cookies={"firstbell_session": session[0]}
        ) as client:
            yield client
    finally:
        await house.database.close()
        await server.stop()
