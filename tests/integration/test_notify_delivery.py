"""The outbox and its sender, with a real HTTP receiver and a real SMTP server."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller

from collector.notify.guard import allowed_of
from collector.notify.notifier import Notifier
from collector.notify.sender import LEASE
from collector.secrets import Secrets
from collector.store import channels, outbox, problems
from collector.store.channels import NewChannel
from collector.store.database import Database
from protocols.clock import ManualClock, utc
from protocols.errors import StoreError
from tests.receiver import Request, receiving


@dataclass
class Receiver:
    """An HTTP server that keeps what it is sent, and answers as it is told to."""

    got: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    port: int = 0
    refused: str = "nothing"
    """Messages that name this are refused."""
    asked: int = 0
    """How many requests came, refused or not."""
    open: threading.Event = field(default_factory=threading.Event)
    """While it is not set, requests wait for their answer."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    kept = Receiver()
    kept.open.set()

    def take(request: Request) -> int:
        kept.asked += 1
        kept.open.wait(30)
        status = 403 if kept.refused in request.body.decode() else kept.status
        if status == 200:
            kept.got.append(request.json())
        return status

    with receiving(take) as kept.port:
        yield kept


@dataclass
class Office:
    """One building, its problems, and the sender."""

    database: Database
    clock: ManualClock
    secrets: Secrets

    @property
    def notifier(self) -> Notifier:
        return Notifier(self.database, self.clock, self.secrets, "https://bell.example", allowed_of("127.0.0.1"))

    async def channel(self, name: str, url: str, minimum: str = "minor") -> None:
        await channels.add(self.database, NewChannel(name, self.secrets.encrypt(url), url.split(":")[0], minimum))

    async def change(
        self,
        change: str,
        problem: int | None = None,
        severity: str = "major",
        title: str = "Lincoln MS: boiler is cold",
    ) -> int:
        now = utc(self.clock.now_ms())
        async with self.database.transaction() as connection:
            if problem is None:
                new = problems.NewProblem(
                    "test.rule",
                    f"device:{uuid4()}",
                    severity,
                    title,
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
    assert "(major: today)" in opened
    assert "Light it." in opened
    assert "https://bell.example/p/1" in opened
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


async def test_while_one_channel_hangs_the_others_are_told(office: Office, receiver: Receiver) -> None:
    await office.channel("hook", webhook(receiver))
    mails: list[str] = []
    receiver.open.clear()
    await office.change("opened")
    sender = office.notifier
    running = asyncio.create_task(sender.run())
    try:
        await reached(lambda: receiver.asked == 1)
        with receiving(lambda request: mails.append(request.body.decode())) as other:
            await office.channel("other", f"json://127.0.0.1:{other}/")
            await office.change("opened", title="Lincoln MS: freezer is warm")
            await office.clock.advance(2)
            await reached(lambda: len(mails) == 1)
        assert receiver.asked == 1
    finally:
        receiver.open.set()
        running.cancel()
        await asyncio.wait([running])


async def test_a_sender_that_is_stopped_notes_the_message_under_way(office: Office, receiver: Receiver) -> None:
    await office.channel("hook", webhook(receiver))
    receiver.open.clear()
    await office.change("opened")
    running = asyncio.create_task(office.notifier.run())
    await reached(lambda: receiver.asked == 1)
    running.cancel()
    await asyncio.sleep(0.05)
    assert not running.done()
    receiver.open.set()
    await asyncio.wait([running])
    assert running.cancelled()
    await office.clock.advance(LEASE.total_seconds() + 1)
    assert await office.notifier.send_due() == 0
    assert receiver.asked == 1


async def test_what_could_not_be_noted_is_noted_later_and_not_sent_again(office: Office, receiver: Receiver) -> None:
    await office.channel("hook", webhook(receiver))
    await office.change("opened")
    sender = office.notifier
    await office.database.execute("alter table problem_event add constraint away check (change <> 'told')")
    assert await sender.send_due() == 1
    assert len(receiver.got) == 1
    await office.database.execute("alter table problem_event drop constraint away")
    await office.clock.advance(LEASE.total_seconds() + 1)
    assert await sender.send_due() == 1
    assert await sender.send_due() == 0
    assert len(receiver.got) == 1
    (row,) = await channels.channels(office.database)
    assert row["waiting"] == 0


async def test_a_message_that_is_never_taken_holds_up_no_other(office: Office, receiver: Receiver) -> None:
    await office.channel("hook", webhook(receiver))
    receiver.refused = "poison"
    await office.change("opened", title="poison")
    await office.change("opened", title="one")
    await office.change("opened", title="two")
    for _ in range(8):
        await office.notifier.send_due()
        await office.clock.advance(16)
    assert [one["title"] for one in receiver.got] == ["Problem: one", "Problem: two"]


async def test_a_channel_that_fails_for_an_hour_is_asked_seldom_and_then_told_all_once(
    office: Office, receiver: Receiver
) -> None:
    await office.channel("hook", webhook(receiver))
    receiver.status = 500
    problem = await office.change("opened", title="one")
    await office.change("resolved", problem)
    await office.change("opened", title="two")
    for _ in range(360):
        await office.notifier.send_due()
        await office.clock.advance(10)
    assert 8 <= receiver.asked <= 20
    receiver.status = 200
    for _ in range(4):
        await office.clock.advance(3600)
        await office.notifier.send_due()
    assert sorted(one["title"] for one in receiver.got) == ["Problem: one", "Problem: two", "Resolved: one"]
    titles = [one["title"] for one in receiver.got]
    assert titles.index("Problem: one") < titles.index("Resolved: one")


async def test_a_channel_that_is_removed_takes_with_it_what_waits(office: Office, receiver: Receiver) -> None:
    await office.channel("hook", webhook(receiver))
    await office.change("opened")
    (claimed,) = await outbox.claim(office.database, utc(office.clock.now_ms()), LEASE)
    await office.change("opened", title="waits")
    await channels.remove(office.database, "hook")
    await outbox.delivered(office.database, claimed, utc(office.clock.now_ms()))
    await outbox.failed(office.database, [claimed], "gone", utc(office.clock.now_ms()), utc(office.clock.now_ms()))
    assert await office.notifier.send_due() == 0


async def test_each_channel_is_shown_its_own_answer_and_no_secret(
    office: Office, receiver: Receiver, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    await office.channel("refusing", webhook(receiver).replace("//", "//kim:hunter2@") + "/tok3nABC")
    await office.channel("gone", "json://lee:hunter3@127.0.0.1:1/tok3nDEF?+X-Key=hunter4")
    receiver.status = 403
    await office.change("opened")
    await office.notifier.send_due()
    rows = {row["name"]: row["last_error"] for row in await channels.channels(office.database)}
    assert "403" in rows["refusing"]
    assert rows["gone"]
    assert "403" not in rows["gone"]
    shown = "".join([*rows.values(), caplog.text, *capfd.readouterr()])
    assert "did not take a message" in shown
    for secret in ("hunter", "tok3n", "kim", "lee"):
        assert secret not in shown


async def test_a_database_that_is_away_is_waited_for(office: Office, receiver: Receiver) -> None:
    await office.channel("hook", webhook(receiver))
    await office.change("opened")
    await office.database.execute("alter table outbox rename to elsewhere")
    with pytest.raises(StoreError):
        await office.notifier.send_due()
    running = asyncio.create_task(office.notifier.run())
    await asyncio.wait([running], timeout=0.1)
    assert not running.done()
    await office.database.execute("alter table elsewhere rename to outbox")
    await office.clock.advance(2)
    await reached(lambda: len(receiver.got) == 1)
    running.cancel()
    await asyncio.wait([running])


async def reached(done: Callable[[], bool]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(20):
        while not done():
            await asyncio.sleep(0.01)


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


async def test_a_device_that_is_named_after_everybody_calls_nobody_in_a_chat(
    office: Office, receiver: Receiver
) -> None:
    await office.channel("chat", f"mmost://127.0.0.1:{receiver.port}/3ccdd113474722377935511fc85d3dd4")
    await office.change("opened", title="Lincoln MS: printer @channel <!here> is out of paper")
    await office.notifier.send_due()
    (one,) = receiver.got
    said = one["text"]
    assert "is out of paper" in said
    assert "@channel" not in said
    assert "<!" not in said
    assert "https://bell.example/p/1" in said
