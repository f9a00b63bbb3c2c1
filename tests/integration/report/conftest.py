"""A district on a Tuesday morning in Chicago, a reporter, and the services that it speaks to."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from psycopg.types.json import Jsonb

from collector.notify.guard import allowed_of
from collector.notify.report.loop import Reporter
from collector.secrets import Secrets
from collector.store.channels import NewChannel, add
from collector.store.database import Database
from protocols.clock import ManualClock, utc
from tests.receiver import Request, receiving

CHICAGO = ZoneInfo("America/Chicago")


def local(text: str) -> int:
    """Milliseconds of `2026-09-01 06:45` in Chicago."""
    return round(datetime.fromisoformat(text).replace(tzinfo=CHICAGO).timestamp() * 1000)


@dataclass
class Morning:
    """The district's database, its clock, and what is needed to report."""

    database: Database
    clock: ManualClock
    secrets: Secrets
    ids: dict[str, int] = field(default_factory=dict)

    def reporter(self) -> Reporter:
        return Reporter(self.database, self.clock, self.secrets, "https://bell.example", allowed_of("127.0.0.1"))

    async def at(self, text: str) -> None:
        """Let the clock go on to this time in Chicago."""
        await self.clock.advance((local(text) - self.clock.now_ms()) / 1000)

    async def channel(self, name: str, url: str, wanted: bool | None = None, buildings: tuple[str, ...] = ()) -> int:
        made = await add(
            self.database, NewChannel(name, self.secrets.encrypt(url), url.split(":", maxsplit=1)[0], "minor")
        )
        await self.database.execute(
            "insert into report_channel values (%s, %s, %s)", [made, wanted, [self.ids[one] for one in buildings]]
        )
        return made

    async def insert(self, name: str, table: str, /, **values: Any) -> int:
        columns, marks = ", ".join(values), ", ".join(["%s"] * len(values))
        row = await self.database.row(
            f"insert into {table} ({columns}) values ({marks}) returning id", list(values.values())
        )
        assert row is not None
        self.ids[name] = row["id"]
        return row["id"]

    async def building(self, name: str) -> None:
        """A building with an agent and three devices, which are there for a year."""
        long_ago = utc(self.clock.now_ms()) - timedelta(days=365)
        await self.insert(name, "building", name=name, timezone="America/Chicago", created_at=long_ago)
        await self.insert(
            f"{name} agent", "agent", id=name, name=f"{name} agent", building_id=self.ids[name], online=True,
            created_at=long_ago, last_seen=utc(self.clock.now_ms()), complete_upto=utc(local("2026-09-01 06:44")),
        )  # fmt: skip
        for number, (kind, device) in enumerate((("switch", "IDF-2"), ("camera", "Camera 1"), ("printer", "Room 112"))):
            await self.insert(
                f"{name} {device}", "device", agent_id=name, key=str(number), building_id=self.ids[name], kind=kind,
                name=device, state="ok", reachable=True, created_at=long_ago,
            )  # fmt: skip

    async def problem(self, place: str, title: str, opened: str, severity: str = "major", **more: Any) -> int:
        return await self.insert(
            title, "problem", rule=more.pop("rule", "test.rule"), subject=more.pop("subject", f"test:{title}"), severity=severity, title=f"{place}: {title}",
            building_id=self.ids[place], opened_at=utc(local(opened)), state=more.pop("state", "open"), **more,
        )  # fmt: skip


@pytest.fixture
async def morning(database: Database, tmp_path: Path) -> Morning:
    """Monday evening; two schools where nothing is wrong."""
    made = Morning(database, ManualClock(local("2026-08-31 20:00")), Secrets(tmp_path))
    for name in ("Lincoln MS", "Adams HS"):
        await made.building(name)
    return made


async def trouble(morning: Morning) -> None:
    """What a night can bring."""
    ids, database = morning.ids, morning.database
    down = await morning.problem("Lincoln MS", "IDF-2 does not answer", "2026-09-01 02:10", "critical",
                                 rule="device.unreachable", device_id=ids["Lincoln MS IDF-2"])  # fmt: skip
    await database.execute(
        "update device set parent_id = %s, reachable = false, state = 'unreachable' where id = %s",
        [ids["Lincoln MS IDF-2"], ids["Lincoln MS Camera 1"]],
    )
    await morning.problem("Lincoln MS", "Camera 1 does not answer", "2026-09-01 02:11", cause_id=down, symptom=True)
    await morning.problem(
        "Adams HS", "Boiler is cold", "2026-08-31 22:00", state="acknowledged", acknowledged_by="Dana"
    )
    await morning.problem("Adams HS", "Door 3 held open", "2026-08-31 23:00", state="resolved", reopened=4,
                          resolved_at=utc(local("2026-08-31 23:40")))  # fmt: skip
    await morning.problem("Adams HS", "Long over", "2026-08-20 23:00", state="resolved",
                          resolved_at=utc(local("2026-08-21 08:00")))  # fmt: skip
    toner = await morning.insert("toner", "point", device_id=ids["Lincoln MS Room 112"], metric="printer.supply.level",
                                 label="black", name="Black toner", unit="%")  # fmt: skip
    await database.execute(
        "insert into forecast values (%s, now(), 'school days', 4, 3, 6, %s, 12, 3)",
        [toner, utc(local("2026-09-07 12:00"))],
    )
    for at, value in (("2026-08-01 01:00", "1.2"), ("2026-09-01 01:00", "1.3")):
        await database.execute("insert into attribute_history values (%s, 'firmware', %s, %s)",
                               [ids["Lincoln MS IDF-2"], utc(local(at)), Jsonb(value)])  # fmt: skip
    beat = await morning.insert("SIS export", "beat", name="SIS export", key_digest=b"1", created_at=utc(0))
    await database.execute(
        "insert into beat_report (beat_id, time, state, bytes) values (%s, %s, 'fail', 0), (%s, %s, 'ok', 0)",
        [beat, utc(local("2026-09-01 02:00")), beat, utc(local("2026-09-01 03:00"))],
    )
    await database.execute(
        "insert into audit (time, who, action, target) values (%s, 'Kim', 'routes.set', 'routes')",
        [utc(local("2026-08-31 19:00"))],
    )


@dataclass
class Hook:
    """An HTTP server that keeps what it is sent."""

    got: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    status: int = 200
    url: str = ""


@pytest.fixture
def hook() -> Iterator[Hook]:
    kept = Hook()

    def take(request: Request) -> int:
        if kept.status == 200:
            kept.got.append(request.json())
            kept.keys.append(request.headers["idempotency-key"])
        return kept.status

    with receiving(take) as port:
        kept.url = f"http://127.0.0.1:{port}/hook"
        yield kept


@dataclass
class Post:
    """A real SMTP server and the mails that came."""

    url: str
    mails: list[Any] = field(default_factory=list)


@pytest.fixture
def post() -> Iterator[Post]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    made = Post(f"mailto://127.0.0.1:{port}?from=bell@example.org&to=kim@example.org&mode=insecure")

    class Keep:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            made.mails.append(message_from_bytes(envelope.content))
            return "250 kept"

    controller = Controller(Keep(), hostname="127.0.0.1", port=port)
    controller.start()
    yield made
    controller.stop()
