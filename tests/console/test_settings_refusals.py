"""Forms that are filled in wrongly: the page comes back with a sentence that says what to do, what was written stands in it, nothing is changed."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from collector.store import rule_settings
from collector.store.database import Database
from protocols.clock import utc


@pytest.fixture
async def admin(furnished: Any) -> AsyncIterator[httpx.AsyncClient]:
    """An administrator's browser."""
    async with httpx.AsyncClient(base_url=furnished.url, cookies={"firstbell_session": furnished.cookie}) as made:
        yield made


async def said(client: httpx.AsyncClient, path: str, form: dict[str, str]) -> httpx.Response:
    """The answer to the form, sent with the page's own CSRF token."""
    page = (await client.get(path)).text
    token = page.partition('name="csrf" value="')[2].partition('"')[0]
    return await client.post(path, data=form | {"csrf": token})


REFUSED: tuple[tuple[str, dict[str, str], str], ...] = (
    ("silences", {"minutes": "30"}, "Why is missing."),
    ("silences", {"reason": "x"}, "say for how long"),
    ("silences", {"reason": "x", "minutes": "30", "device": "IDF-2"}, "Device number must be a whole number."),
    ("silences", {"reason": "x", "monday": "1", "begins": "10:00", "ends": ""}, "Weekly: to is missing; write a time of day"),
    ("silences", {"reason": "x", "minutes": "30", "rule": "dor.forced"}, "Did you mean &#39;door.forced&#39;?"),
    ("calendar", {"do": "import", "pasted": " "}, "the file is empty: choose an .ics file"),
    ("calendar", {"do": "import", "pasted": "https://10.0.0.5/school.ics"}, "this is a calendar&#39;s address, and none is fetched"),
    ("calendar", {"do": "import", "pasted": "BEGIN:VCALENDAR"}, "it was cut off, export it again"),
    ("calendar", {"do": "add", "kind": "holiday"}, "First day is missing."),
    ("calendar", {"do": "add", "first": "2026-12-24", "last": "2026-12-01", "kind": "holiday"}, "changed. Last must not lie before first"),
    ("calendar", {"do": "hours", "monday-opens": "08:00"}, "Monday end is missing; write a time of day as 07:30."),
    ("calendar", {"do": "lock-down", "begins": "20:00", "ends": "06:00"}, "choose the days on which lock-down begins"),
    ("calendar", {"do": "lock-down", "day": "monday", "begins": "20:00"}, "To is missing; write a time of day as 07:30."),
    ("calendar", {"do": "remove", "index": "99"}, "this entry is not there any more"),
    ("channels", {"do": "add", "service": "webhook", "name": "n", "url": "http://10.1.2.3/hook"}, "10.1.2.3, which is inside"),
    ("channels", {"do": "add", "service": "webhook", "name": "n", "url": "http://[fe80::1]/"}, "fe80::1, which is inside"),
    ("channels", {"do": "add", "service": "webhook", "name": "n", "url": "https://"}, "This URL cannot be used"),
    ("channels", {"do": "add", "service": "mail", "name": "n"}, "To is missing."),
    ("rules/host.memory.full", {"do": "save", "above": "-1e999"}, "write a number."),
    ("rules/host.memory.full", {"do": "save", "for": "soon"}, "For = &#39;soon&#39; is no duration"),
    ("heartbeats", {"name": ""}, "Name is missing."),
    ("reports", {"at": "", "budget": "20"}, "Time must be a time of day, as 06:45."),
    ("reports", {"at": "06:45", "budget": "many"}, "Alert budget must be a whole number."),
    ("routes/people/0", {"name": "x", "timezone": "UTC", "quiet_from": "22:00"}, "Quiet hours need both a beginning and an end, and not the same"),
)  # fmt: skip


async def test_the_page_says_what_to_do(admin: httpx.AsyncClient) -> None:
    for path, form, sentence in REFUSED:
        answer = await said(admin, f"/settings/{path}", form)
        assert answer.status_code == 422, (path, form)
        alert = answer.text.partition('role="alert">')[2].partition("</p>")[0]
        assert sentence in alert, (path, form, alert)
        assert "Correct and send again" not in alert


async def test_what_was_written_into_a_silence_stands_there_again(admin: httpx.AsyncClient, database: Database) -> None:
    before = await database.rows("select id from silence")
    form = {
        "reason": "Wiring <b>",
        "minutes": "480",
        "tuesday": "1",
        "begins": "10:00",
        "ends": "",
        "rule": "door.forced",
    }
    page = (await said(admin, "/settings/silences", form)).text
    for written in (
        'value="Wiring &lt;b&gt;"',
        'value="480" selected',
        'name="tuesday" value="1" checked',
        'value="10:00"',
    ):
        assert written in page, written
    assert await database.rows("select id from silence") == before


async def test_a_receiver_inside_that_is_named_may_be_added(furnished: Any, admin: httpx.AsyncClient) -> None:
    furnished.house.settings = furnished.house.settings.model_copy(update={"private_hosts": "10.1.2.0/24"})
    form = {"do": "add", "service": "webhook", "name": "Pager", "url": "http://10.1.2.3/hook"}
    assert "Added Pager." in (await said(admin, "/settings/channels", form)).text


async def test_a_rules_form_has_what_its_rule_has(admin: httpx.AsyncClient) -> None:
    for rule, has, lacks in (
        ("agent.silent", ("building", "for", "during"), ("kind", "device")),
        ("collector.disk.full", ("for", "during"), ("building", "kind", "device")),
        ("forecast.disk", ("building", "kind", "device", "during"), ("for",)),
        ("group.same", ("building",), ("kind", "device", "for", "during")),
        ("hvac.cold-storage", ("device", "freezer_above", "cooler_above", "for"), ("co2_above",)),
    ):
        text = (await admin.get(f"/settings/rules/{rule}")).text.partition('id="change"')[2]
        assert all(f'name="{key}"' in text for key in has), rule
        assert not any(f'name="{key}"' in text for key in lacks), rule
    answer = await said(admin, "/settings/rules/agent.silent", {"do": "save", "kind": "printer", "for": "1h"})
    assert answer.status_code == 422
    assert "Agent.silent is about an agent, which has no kind" in answer.text
    answer = await said(admin, "/settings/rules/hvac.cold-storage", {"do": "try", "freezer_above": "-12"})
    assert "What these would have changed is not in it: Freezer above." in answer.text


async def test_what_cannot_be_read_stands_on_the_rules_page(admin: httpx.AsyncClient, furnished: Any) -> None:
    assert "cannot be read" not in (await admin.get("/settings/rules")).text
    now, database = utc(furnished.house.clock.now_ms()), furnished.house.database
    await rule_settings.put_own_rule(database, "own.bad", {"name": "own.bad"}, "Dana", now)
    try:
        assert "own rule" in (await admin.get("/settings/rules")).text.partition("cannot be read")[2]
    finally:
        await rule_settings.put_own_rule(database, "own.bad", None, "Dana", now)
