"""The whole web application on a seeded database, served over TCP, and a headless Chromium in front of it."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from psycopg.types.json import Json

from collector.app import create_app
from collector.house import House
from collector.settings import Settings
from collector.store import accounts
from collector.store.database import Database
from collector.store.rollups import refresh
from collector.store.samples import write_samples
from protocols.clock import ManualClock, utc

NOW = datetime(2026, 3, 3, 12, 25, tzinfo=UTC)
HOSTILE = {
    "markup": '<img src=x onerror="document.title=1"><script>document.title=1</script></td>',
    "direction": "\u202egnp.exe \u05e9\u05dc\u05d5\u05dd",
    "long": "W" * 5000,
    "formula": '=HYPERLINK("http://evil.example","click")',
}
Open = Callable[..., Awaitable[Page]]


@dataclass
class Site:
    """The served console: its address, its house, ids by name, and a page opener's complaints."""

    url: str
    house: House
    ids: dict[str, int]
    cookie: str
    complaints: list[str] = field(default_factory=list)


@pytest.fixture
def clock() -> ManualClock:
    """Tuesday 3 March 2026, 7:25 in New York."""
    return ManualClock(int(NOW.timestamp() * 1000))


class Seed:
    """Writes a small district, one row after the other."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.ids: dict[str, int] = {}

    async def row(self, name: str, table: str, /, **values: Any) -> int:
        """Insert a row; its id is kept as `name`."""
        columns, marks = ", ".join(values), ", ".join(["%s"] * len(values))
        query = f"insert into {table} ({columns}) values ({marks}) returning id"
        found = await (await self._connection.execute(query, list(values.values()))).fetchone()
        self.ids[name] = found["id"]
        return found["id"]

    async def building(self, name: str, heard: timedelta = timedelta(seconds=12), online: bool = True) -> None:
        """A building in New York and its agent."""
        made = NOW - timedelta(days=90)
        place = await self.row(name, "building", name=name, timezone="America/New_York", created_at=made)
        await self.row(
            f"{name} agent", "agent", id=name.lower().replace(" ", "-"), name=f"{name} agent", building_id=place,
            online=online, version="0.1.0", last_seen=NOW - heard, complete_upto=NOW - heard,
        )  # fmt: skip

    async def device(self, place: str, kind: str, name: str, state: str = "ok", **more: Any) -> int:
        """A device in a building."""
        seen = NOW - timedelta(seconds=20 if state in ("ok", "problem") else 360)
        return await self.row(
            name, "device", agent_id=place.lower().replace(" ", "-"), key=name[:60], building_id=self.ids[place],
            kind=kind, name=name, state=state, state_since=NOW - timedelta(hours=5), last_seen=seen,
            reachable=state in ("ok", "problem"), created_at=NOW - timedelta(days=60), **more,
        )  # fmt: skip

    async def point(
        self, device: str, metric: str, unit: str, value: float, label: str | None = None, **more: Any
    ) -> int:
        """A point with its newest value."""
        name = f"{device} {metric}{' ' + label if label else ''}"
        identity = await self.row(
            name, "point", device_id=self.ids[device], metric=metric, label=label, unit=unit, **more
        )
        await self._connection.execute(
            "insert into point_last values (%s, %s, %s)", [identity, NOW - timedelta(seconds=20), value]
        )
        return identity

    async def problem(self, place: str, rule: str, severity: str, title: str, minutes: float, **more: Any) -> int:
        """A problem of a building that opened some minutes ago."""
        return await self.row(
            title, "problem", rule=rule, subject=f"{rule}:{title}", severity=severity, title=f"{place}: {title}",
            building_id=self.ids[place], opened_at=NOW - timedelta(minutes=minutes), state=more.pop("state", "open"), **more,
        )  # fmt: skip


async def _district(seed: Seed) -> None:
    for name in ("High School", "District Office", "Elementary East", "Stadium"):
        await seed.building(name)
    await seed.building("Middle School")
    await seed.building("Bus Garage", timedelta(minutes=11), online=False)
    root = await seed.device("Middle School", "switch", "IDF-2", "unreachable", room="2-117", address="10.2.0.12")
    await seed.device("Middle School", "switch", "MDF-1", address="10.2.0.1")
    for number in range(1, 13):
        await seed.device("Middle School", "camera", f"Camera {number}", "unreachable", parent_id=root)
    for number in range(1, 4):
        await seed.device(
            "Middle School", "printer", f"Printer {number}", "unreachable", parent_id=root, room=f"21{number}"
        )
    for number in range(1, 4):
        await seed.device("Bus Garage", "door", f"Bay {number}", "unknown")
        await seed.device("Elementary East", "printer", f"Library {number}")
    await seed.device("High School", "hvac", "Air handler 3", "problem", room="Roof", address="10.1.9.3")
    await seed.device("High School", "host", "hs-server")
    await seed.device("District Office", "host", "sis-db-01", room="Server room", address="10.0.0.5",
                      attributes=Json({"vendor": "Dell", "model": "PowerEdge R450", "serial": "8KX1", "os": "Debian 13"}))  # fmt: skip


async def _troubles(seed: Seed) -> None:
    ids = seed.ids
    down = await seed.problem("Middle School", "device.unreachable", "critical", "IDF-2 does not answer", 6,
                              device_id=ids["IDF-2"], advice="Check breaker 14 in closet 2-117, then its uplink on MDF-1.")  # fmt: skip
    for number in (1, 2, 3):
        await seed.problem("Middle School", "device.unreachable", "major", f"Camera {number} does not answer", 5,
                           device_id=ids[f"Camera {number}"], cause_id=down)  # fmt: skip
    await seed.problem("High School", "bacnet.setpoint", "minor", "Air handler 3: Room 204 is 3.1 °C below its setpoint", 105,
                       device_id=ids["Air handler 3"], state="acknowledged", acknowledged_by="Dana",
                       advice="Look at the reheat valve of that zone.")  # fmt: skip
    await seed.problem("Bus Garage", "agent.silent", "major", "Bus Garage agent is not reporting", 11,
                       agent_id="bus-garage", advice="Check power and network of the agent's machine.")  # fmt: skip
    await seed.problem("District Office", "host.disk.full", "minor", "sis-db-01: disk / was 91 % full", 600,
                       device_id=ids["sis-db-01"], state="resolved", resolved_at=NOW - timedelta(minutes=420))  # fmt: skip
    await seed.row("event", "event", device_id=ids["sis-db-01"], time=NOW - timedelta(hours=3), kind="host.reboot",
                   severity="minor", detail=Json({"uptime": 4_061_222}))  # fmt: skip


async def _points(seed: Seed) -> None:
    server = "sis-db-01"
    for metric, unit, value, label in (
        ("host.cpu.utilization", "%", 37.4, None), ("host.load", "1", 1.92, "5m"), ("host.memory.utilization", "%", 71.8, None),
        ("host.memory.available", "By", 9.1e9, None), ("host.disk.utilization", "%", 83.0, "/"),
        ("host.disk.free", "By", 41.7e9, "/"), ("host.network.receive.rate", "bit/s", 18.4e6, "eno1"),
        ("host.network.state", "1", 1, "eno1"), ("host.temperature", "Cel", 54.3, "Package id 0"),
        ("host.uptime", "s", 4_061_222, None), ("reachable", "1", 1, None), ("response.time", "s", 0.0123, None),
    ):  # fmt: skip
        await seed.point(server, metric, unit, value, label)
    await seed.point("hs-server", "host.cpu.utilization", "%", 12.0)
    await seed.point("hs-server", "host.disk.utilization", "%", 64.2, "/")
    for number, away in ((201, 0.4), (202, -0.2), (204, -3.1)):
        await seed.point(
            "Air handler 3", "bacnet.setpoint.deviation", "Cel", away, f"room-{number}", name=f"Room {number}"
        )
    await seed.point("Air handler 3", "bacnet.value", "1", 1, "binary-output,1", name="Supply fan",
                     states=Json({"0": "off", "1": "on"}))  # fmt: skip


async def _supplies(seed: Seed) -> None:
    for label, level, days in (("Black toner", 24.0, 9.0), ("Drum", 61.0, None), ("=Cyan", 3.0, 2.0)):
        point = await seed.point("Library 1", "printer.supply.level", "%", level, label)
        await seed._connection.execute(
            "insert into forecast values (%s, %s, 'school days', %s, %s, %s, %s, %s, 3)",
            [point, NOW, days, days and days - 2, days and days + 4, days and NOW + timedelta(days=days), level],
        )
    await seed.point("Library 2", "printer.supply.state", "1", 1, "Ink")


async def _hostile(seed: Seed) -> None:
    for kind, text in HOSTILE.items():
        await seed.device("District Office", "display", text, room=text, address=text, reach_detail=text,
                          attributes=Json({"model": text, text[:60]: text}))  # fmt: skip
        seed.ids[kind] = seed.ids[text]
        await seed.point(text, "display.text", text[:40], 1.5, text[:200], name=text)


async def _history(connection: Any, ids: dict[str, int]) -> None:
    """A day of samples a minute for the server's points, with an hour's hole in them."""
    minutes = np.arange(0, 1440)
    minutes = minutes[(minutes < 700) | (minutes > 760)]
    times = np.int64(int(NOW.timestamp() * 1000) - 20_000) - minutes.astype(np.int64) * 60_000
    wave = np.sin(minutes / 90) + np.random.default_rng(3).normal(0, 0.25, len(minutes))
    for name, identity in ids.items():
        if name.startswith("sis-db-01 "):
            flag = name.endswith(("reachable", "state eno1"))
            values = np.ones(len(minutes)) if flag else 40 + 9 * wave
            await write_samples(connection, np.full(len(minutes), identity, np.int32), times, values)
    device = ids["sis-db-01"]
    await connection.execute(
        "insert into reach_change values (%s, %s, true), (%s, %s, false), (%s, %s, true)",
        [device, NOW - timedelta(days=20), device, NOW - timedelta(minutes=760), device, NOW - timedelta(minutes=700)],
    )


@pytest.fixture
async def site(dsn: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Site]:
    """The console of a district in which things are wrong, signed in as an operator."""
    app = create_app(Settings(data=tmp_path, database=dsn), clock)
    house: House = app.state.house
    database = Database(dsn)
    await database.open()
    async with database.transaction() as connection:
        seed = Seed(connection)
        for step in (_district, _troubles, _points, _supplies, _hostile):
            await step(seed)
        await _history(connection, seed.ids)
    await refresh(database, NOW)
    token = await accounts.create_token(database, "Dana", "operator", None, None, utc(clock.now_ms()))
    session = await accounts.sign_in_with_token(database, token, utc(clock.now_ms()))
    assert session is not None
    await database.close()
    async with _served(app) as url:
        yield Site(url, house, seed.ids, session[0])


@pytest.fixture
async def furnished(site: Site) -> Site:
    """The same district, seen by an admin, with channels, a route, a person, a silence, a heartbeat and a problem with evidence."""
    minute = timedelta(minutes=1)
    async with site.house.database.transaction() as connection:
        await connection.execute("update session set role = 'admin'")
        seed = Seed(connection)
        seed.ids = site.ids
        for name, scheme, why in (
            ("Office", "mailtos", None),
            ("On call", "ntfys", "ntfy.sh: 507 the topic is <full>"),
        ):
            await seed.row(name, "channel", name=name, url_secret=b"x", scheme=scheme, minimum="minor", last_error=why,
                           failing_since=why and NOW - 9 * minute)  # fmt: skip
        await seed.row("Dana", "person", name="Dana", timezone="America/New_York", quiet_from=1320, quiet_to=360)
        await connection.execute("insert into person_channel values (%s, %s)", [seed.ids["Dana"], seed.ids["On call"]])
        await seed.row("route", "route", position=0, name="Heating to facilities", severities=["critical", "major"], kinds=["hvac"],
                       buildings=[seed.ids["High School"]], during="always", tell="now")  # fmt: skip
        for step, after, people, channels in ((0, 0, [], ["Office"]), (1, 10, ["Dana"], [])):
            await connection.execute(
                "insert into route_step values (%s, %s, %s, false, %s, %s)",
                [
                    seed.ids["route"],
                    step,
                    after,
                    [seed.ids[one] for one in people],
                    [seed.ids[one] for one in channels],
                ],
            )
        down = seed.ids["IDF-2 does not answer"]
        for channel, delivered, tries in (("Office", NOW - 5 * minute, 1), ("On call", None, 3)):
            await seed.row("sent", "outbox", problem_id=down, change="opened", channel_id=seed.ids[channel], created_at=NOW - 6 * minute,
                           attempts=tries, next_attempt=NOW + minute, delivered_at=delivered,
                           error=None if delivered else "ntfy.sh: 507 the topic is <full>")  # fmt: skip
        samples = [[int((NOW - 60 * minute + 10 * i * minute).timestamp() * 1000), 44.0 + i] for i in range(7)]
        evidence = {"samples": samples, "for_ms": 600_000, "limit": 45.0, "clear": 40.0}
        await seed.problem("District Office", "host.memory.full", "minor", "sis-db-01: memory is 49 % full", 60,
                           device_id=seed.ids["sis-db-01"], point_id=seed.ids["sis-db-01 host.memory.utilization"],
                           evidence=Json(evidence), advice="See what `ps` says.")  # fmt: skip
        before = 0  # its id is the lower one, as it was there before
        await connection.execute(
            "insert into problem (id, rule, subject, severity, state, title, opened_at, resolved_at, building_id) overriding system value"
            " select %s, rule, subject, severity, 'resolved', title, opened_at - interval '40 days', opened_at - interval '39 days',"
            " building_id from problem where id = %s", [before, down],
        )  # fmt: skip
        await connection.execute(
            "insert into problem_event (problem_id, time, change, who, note) values (%s, %s, 'noted', 'Lee', 'It was breaker 14.'),"
            " (%s, %s, 'opened', null, '')", [before, NOW - timedelta(days=40), down, NOW - 6 * minute],
        )  # fmt: skip
        await seed.row("silence", "silence", reason="Fire drill", who="Dana", begins=NOW - minute, ends=NOW + 95 * minute,
                       building_id=seed.ids["Stadium"], created_at=NOW)  # fmt: skip
        await seed.row("beat", "beat", name="SIS roster", key_digest=b"1", created_at=NOW - timedelta(days=9))
        for day in range(6, -1, -1):
            await seed.row("report", "beat_report", beat_id=seed.ids["beat"], time=NOW - timedelta(days=day, hours=6), state="ok",
                           rows=1204 + day, bytes=88_100, body="id,name\n1,<b>A</b>")  # fmt: skip
        for metric, unit, value, label, name in (
            ("bacnet.value", "Cel", 12.9, "analog-input,1", "AHU-3 SAT"), ("bacnet.value", "Cel", 12.8, "analog-value,4", "AHU-3 SAT-SP"),
            ("bacnet.value", "%", 40.0, "analog-output,2", "AHU-3 CHW-VLV"), ("bacnet.value", "Cel", 21.5, "analog-input,7", "AHU-3 RAT"),
            ("bacnet.value", "Cel", 4.0, "analog-input,9", "AHU-3 OAT"), ("bacnet.value", "%", 20.0, "analog-output,5", "AHU-3 MAD"),
        ):  # fmt: skip
            await seed.point("Air handler 3", metric, unit, value, label, name=name)
    return site


@asynccontextmanager
async def _served(app: Any) -> AsyncIterator[str]:
    """The application behind a real uvicorn; only its database is opened, no loop runs beside it."""
    house: House = app.state.house
    await house.database.open()
    house.starting = None
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_level="error", timeout_graceful_shutdown=2))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    house.stopping.set()
    server.should_exit = True
    await task
    await house.database.close()


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """A headless Chromium; the test is skipped where none is installed."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not installed (Debian package chromium)")
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"]
    if os.geteuid() == 0:
        quiet.append("--no-sandbox")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=quiet)
        yield browser
        await browser.close()


@pytest.fixture
async def visit(site: Site, chromium: Browser) -> AsyncIterator[Open]:
    """Opens a page of the console, signed in; what it complains of in its console is gathered in `site.complaints`."""
    contexts: list[BrowserContext] = []

    async def open_page(path: str, width: int = 1280, height: int = 800, scheme: str = "light", **more: Any) -> Page:
        signed_in = more.pop("signed_in", True)
        context = await chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, **more)
        contexts.append(context)
        if signed_in:
            await context.add_cookies([{"name": "firstbell_session", "value": site.cookie, "url": site.url}])
        page = await context.new_page()
        page.on(
            "console", lambda message: message.type in ("error", "warning") and site.complaints.append(message.text)
        )
        page.on("pageerror", lambda error: site.complaints.append(str(error)))
        await page.goto(site.url + path)
        return page

    yield open_page
    for context in contexts:
        with suppress(Exception):
            await context.close()
