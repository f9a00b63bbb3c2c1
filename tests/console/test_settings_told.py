"""Channels, routes, people and heartbeats set on pages without scripts, with a real mail server at the end."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from collector.store import outbox, problems
from collector.store.outbox import Told
from protocols.clock import utc

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


class Inbox:
    """Keeps the mail it is handed."""

    def __init__(self) -> None:
        self.got: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        self.got.append(envelope.content.decode())
        return "250 OK"


@pytest.fixture
def mail() -> Iterator[tuple[Inbox, int]]:
    inbox = Inbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield inbox, port
    controller.stop()


async def test_a_channel_is_added_tried_and_told(site: Any, visit: Any, mail: tuple[Inbox, int]) -> None:
    inbox, port = mail
    await site.house.database.execute("update session set role = 'admin'")
    page = await visit("/", 390, 844, java_script_enabled=False)
    assert "Nobody is told yet" in await page.inner_text(".notices")
    await page.click("text=Add a channel")
    await page.click("summary:text-is('E-mail')")
    await page.fill("input[name=to]", "office@example.org")
    await page.fill("input[name=server]", f"127.0.0.1:{port}/x")
    await page.click("details[open] >> text=Add >> nth=-1")
    assert "Mail server: write its name" in await page.inner_text("[role=alert]")
    assert await page.input_value("input[name=to]") == "office@example.org", "what was typed is not lost"
    await page.fill("input[name=server]", f"127.0.0.1:{port}")
    await page.select_option("select[name=mode]", "insecure")
    await page.click("details[open] >> text=Add >> nth=-1")
    assert "Added E-mail" in await page.inner_text(".said")
    await page.click("button:text-is('Send a test message')")
    assert "Taken. In its own words" in await page.inner_text(".said")
    assert "First Bell: test message" in inbox.got[0]
    now = utc(site.house.clock.now_ms())
    down = site.ids["IDF-2 does not answer"]
    async with site.house.database.transaction() as connection:
        assert await outbox.tell(connection, Told(down, "opened", 0, "critical", now), now) == 1
        await problems.note_change(connection, down, "opened", now)
    await site.house.notifier.send_due()
    assert "IDF-2 does not answer" in inbox.got[1]
    await page.goto(f"{site.url}/p/{down}")
    assert "E-mail that it is there: delivered" in await page.inner_text("main")
    await page.goto(f"{site.url}/")
    assert await page.locator(".alert").count() == 0
    row = await site.house.database.row(
        "select count(*) as many from audit where action in ('channel.add', 'channel.test')"
    )
    assert row["many"] == 2


async def test_a_webhooks_secret_is_shown_once(furnished: Any, visit: Any) -> None:
    page = await visit("/settings/channels", 1280, 800, java_script_enabled=False)
    assert "507 the topic is <full>" in await page.inner_text("main")
    await page.click("summary:text-is('Webhook')")
    await page.fill("details[open] input[name=url]", "https://example.org/hook")
    await page.click("details[open] >> text=Add >> nth=-1")
    assert "whsec_" in await page.inner_text(".once")
    await page.goto(f"{furnished.url}/settings/channels")
    assert "whsec_" not in await page.content()
    await page.click("article:has-text('Webhook') >> summary")
    await page.select_option("article:has-text('Webhook') select[name=enabled]", "no")
    await page.click("article:has-text('Webhook') >> text=Save")
    assert "Off" in await page.inner_text("article:has-text('Webhook')")
    await page.click("article:has-text('Webhook') >> summary")
    await page.click("article:has-text('Webhook') >> text=Remove this channel")
    assert await page.locator("article:has-text('Webhook')").count() == 0


async def test_routes_are_said_in_words_edited_and_ordered(furnished: Any, visit: Any) -> None:
    page = await visit("/settings/routes", 390, 844, java_script_enabled=False)
    text = await page.inner_text("main")
    assert "Critical or major, of HVAC controllers, at High School" in text
    assert "10 minutes later, if nobody has it: Dana" in text
    assert "quiet from 22:00 to 06:00 (America/New_York); critical comes through" in text
    await page.click("text=Add a route")
    await page.fill("input[name=name]", "Nights")
    await page.select_option("select[name=during]", "outside")
    await page.click("text=Save")
    assert "Needs a step with people or channels" in await page.inner_text("[role=alert]")
    await page.check(f"input[name=channels0][value='{furnished.ids['Office']}']")
    await page.check(f"input[name=people1][value='{furnished.ids['Dana']}']")
    await page.fill("input[name=after1]", "20")
    await page.click("text=Save")
    await page.click("button[aria-label='Move Nights up']")
    text = await page.inner_text("main")
    assert text.index("1. Nights") < text.index("2. Heating to facilities")
    assert "20 minutes later, if nobody has it: Dana" in text
    await page.click("button[aria-label='Remove Nights']")
    assert "Nights" not in await page.inner_text("main")
    await page.click("text=Add a person")
    await page.fill("input[name=name]", "Lee")
    await page.fill("input[name=quiet_from]", "21:00")
    await page.click("text=Save")
    assert "both a beginning and an end" in await page.inner_text("[role=alert]")
    await page.fill("input[name=quiet_to]", "05:30")
    await page.click("text=Save")
    assert "quiet from 21:00 to 05:30" in await page.inner_text("main")


async def test_a_form_that_was_overtaken_changes_nothing(furnished: Any, visit: Any) -> None:
    page = await visit("/settings/routes/0", java_script_enabled=False)
    await furnished.house.database.execute("update route set name = 'Other'")
    await page.click("text=Save")
    assert "changed by somebody else" in await page.inner_text("[role=alert]")


async def test_a_heartbeat_is_made_reports_and_is_paused(furnished: Any, visit: Any) -> None:
    page = await visit("/settings/heartbeats", 390, 844, java_script_enabled=False)
    assert "last 01:25, 1,204 rows" in await page.inner_text("main")
    assert "Missed if nothing comes by tomorrow" in await page.inner_text("main")
    await page.fill("input[name=name]", "Backup <db>")
    await page.select_option("select[name=every]", "86400")
    await page.click("text=Make it")
    line = await page.inner_text(".once pre")
    assert line.startswith("curl -fsS -m 60 --retry 5 -X POST http")
    key = line.rpartition("/")[2]
    answer = await page.request.post(f"{furnished.url}/api/v1/heartbeats/{key}?rows=12", data="done <ok>")
    assert answer.ok
    await page.goto(f"{furnished.url}/settings/heartbeats")
    assert key not in await page.content()
    await page.click("text=Backup <db>")
    assert "12" in await page.inner_text("table")
    await page.click("text=Show")
    assert "done <ok>" in await page.inner_text("table")
    await page.click("text=Pause")
    assert "Paused" in await page.inner_text(".lead")
    await page.click("text=Remove it")
    assert "Backup" not in await page.inner_text("main")
    rows = await furnished.house.database.rows(
        "select action from audit where action like 'heartbeat.%%' order by id", []
    )
    assert [row["action"] for row in rows] == ["heartbeat.create", "heartbeat.change", "heartbeat.remove"]
