"""The outbox and its sender, with a real HTTP receiver and a real SMTP server."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from collector.notify.notifier import LEASE, Notifier
from collector.secrets import Secrets
from collector.store import channels, outbox, problems
from collector.store.channels import NewChannel
from collector.store.database import Database
from protocols.clock import ManualClock, utc


@dataclass
class Receiver:
    """An HTTP server that keeps what it is sent, and answers as it is told to."""

    got: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    port: int = 0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if kept.status == 200:
                kept.got.append(json.loads(body))
            self.send_response(kept.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield kept
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Office:
    """One building, its problems, and the sender."""

    database: Database
    clock: ManualClock
    secrets: Secrets

    @property
    def notifier(self) -> Notifier:
        return Notifier(self.database, self.clock, self.secrets, "https://bell.example")

    async def channel(self, name: str, url: str, minimum: str = "minor") -> None:
        await channels.add(self.database, NewChannel(name, self.secrets.encrypt(url), url.split(":")[0], minimum))

    async def change(self, change: str, problem: int | None = None, severity: str = "major") -> int:
        now = utc(self.clock.now_ms())
        async with self.database.transaction() as connection:
            if problem is None:
                new = problems.NewProblem(
                    "test.rule",
                    f"device:{now}",
                    severity,
                    "Lincoln MS: boiler is cold",
                    "Light it.",
                    now,
                    building_id=1,
                )
                problem = await problems.open_problem(connection, new, now)
                assert problem is not None
            elif change == "resolved":
                await problems.resolve(connection, problem, now)
            await outbox.tell(connection, outbox.Told(problem, change, 0, severity, now), now)
        return problem


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    await database.execute("insert into building (name) values ('Lincoln MS')")
    return Office(database, ManualClock(), Secrets(tmp_path))


def webhook(receiver: Receiver) -> str:
    return f"json://127.0.0.1:{receiver.port}/hook"


async def test_opened_and_resolved_reach_the_channel_once_each_in_order(office: Office, receiver: Receiver) -> None:
    await office.channel("hook", webhook(receiver))
    problem = await office.change("opened")
    await office.change("resolved", problem)
    while await office.notifier.send_due():
        pass
    assert await office.notifier.send_due() == 0
    assert [one["title"] for one in receiver.got] == [
        "Problem: Lincoln MS: boiler is cold",
        "Resolved: Lincoln MS: boiler is cold",
    ]
    opened = receiver.got[0]["message"]
    assert "Building: Lincoln MS" in opened
    assert "Light it." in opened
    assert "https://bell.example/b/1" in opened
    assert "link=" not in opened
    rows = await office.database.rows("select note from problem_event where change = 'told' order by id")
    assert [row["note"] for row in rows] == ["opened → hook", "resolved → hook"]


async def test_mail_goes_through_a_real_server(office: Office) -> None:
    mails: list[Any] = []

    class Keep:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            mails.append(message_from_bytes(envelope.content))
            return "250 kept"

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(Keep(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        await office.channel(
            "mail", f"mailto://127.0.0.1:{port}?from=bell@example.org&to=kim@example.org&mode=insecure"
        )
        await office.change("opened")
        await office.notifier.send_due()
    finally:
        controller.stop()
    assert [mail["subject"] for mail in mails] == ["Problem: Lincoln MS: boiler is cold"]


async def test_minimum_severity_and_untold_openings(office: Office, receiver: Receiver) -> None:
    early = await office.change("opened")  # before there was any channel
    await office.channel("hook", webhook(receiver), "critical")
    await office.clock.advance(1)
    await office.change("opened", severity="major")
    await office.change("resolved", early)
    assert await office.notifier.send_due() == 0


async def test_a_failing_channel_is_retried_shown_and_holds_nobody_back(office: Office, receiver: Receiver) -> None:
    await office.channel("hook", webhook(receiver))
    await office.channel("gone", "json://127.0.0.1:1/nobody")
    receiver.status = 500
    await office.change("opened")
    await office.notifier.send_due()
    rows = {row["name"]: row for row in await channels.channels(office.database)}
    assert rows["hook"]["failing_since"] is not None
    assert "500" in rows["hook"]["last_error"]
    receiver.status = 200
    assert await office.notifier.send_due() == 0  # not before its time
    await office.clock.advance(16)
    await office.notifier.send_due()
    rows = {row["name"]: row for row in await channels.channels(office.database)}
    assert len(receiver.got) == 1
    assert rows["hook"]["failing_since"] is None
    assert rows["gone"]["waiting"] == 1


async def test_a_sender_that_died_with_a_claim_delays_and_loses_nothing(office: Office, receiver: Receiver) -> None:
    await office.channel("hook", webhook(receiver))
    await office.change("opened")
    claimed = await outbox.claim(office.database, utc(office.clock.now_ms()), LEASE)
    assert len(claimed) == 1  # … and here the sender dies
    assert await office.notifier.send_due() == 0
    await office.clock.advance(LEASE.total_seconds() + 1)
    assert await office.notifier.send_due() == 1
    assert len(receiver.got) == 1
    await office.clock.advance(LEASE.total_seconds() + 1)
    assert await office.notifier.send_due() == 0


async def test_many_senders_send_each_change_once(office: Office, receiver: Receiver) -> None:
    await office.channel("hook", webhook(receiver))
    for _ in range(12):
        await office.clock.advance(1)
        await office.change("opened")
    await asyncio.gather(*(office.notifier.send_due() for _ in range(4)))
    assert len(receiver.got) == 12


async def test_one_change_is_written_to_the_outbox_once(office: Office, receiver: Receiver) -> None:
    await office.channel("hook", webhook(receiver))
    problem = await office.change("opened")
    await office.change("opened", problem)
    rows = await outbox.claim(office.database, utc(office.clock.now_ms()), timedelta(minutes=1))
    assert len(rows) == 1


async def test_a_lost_key_is_said_and_not_fatal(office: Office, receiver: Receiver, tmp_path: Path) -> None:
    await office.channel("hook", webhook(receiver))
    await office.change("opened")
    (tmp_path / "secret.key").unlink()
    assert await office.notifier.send_due() == 1
    (row,) = await channels.channels(office.database)
    assert "add the channel again" in row["last_error"]
