"""The pages of problems in a browser without scripts: found, taken, put off and noted, one or many at once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg.types.json import Json

from collector.store import problem_reads

NOW = datetime(2026, 3, 3, 12, 25, tzinfo=UTC)
pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


async def state_of(site: Any, name: str) -> str:
    row = await problem_reads.problem(site.house.database, None, site.ids[name])
    assert row is not None
    return str(row["state"])


async def audited(site: Any, action: str) -> int:
    row = await site.house.database.row("select count(*) as many from audit where action = %s", [action])
    return int(row["many"])


async def test_many_are_acknowledged_put_off_and_noted_at_once(furnished: Any, visit: Any) -> None:
    page = await visit("/problems", 390, 844, java_script_enabled=False)
    text = await page.inner_text("main")
    assert text.index("IDF-2 does not answer") < text.index("Bus Garage agent") < text.index("Room 204")
    assert "3 symptoms folded in" in text
    assert "3 open · 1 that somebody has" in text
    await page.click("text=I have them")
    assert "Choose at least one problem" in await page.inner_text("[role=alert]")
    for name in ("IDF-2 does not answer", "Bus Garage agent is not reporting"):
        await page.check(f"input[name=problem][value='{furnished.ids[name]}']")
    await page.click("text=I have them")
    assert "2 problems changed" in await page.inner_text(".said")
    assert "Dana has it" in await page.inner_text("main")
    assert await state_of(furnished, "IDF-2 does not answer") == "acknowledged"
    assert await audited(furnished, "problem.acknowledged") == 2
    memory = furnished.ids["sis-db-01: memory is 49 % full"]
    await page.check(f"input[name=problem][value='{memory}']")
    await page.select_option("select[name=until]", "bell")
    await page.click("text=Put off >> nth=-1")
    assert "Put off until" in await page.inner_text("main")
    row = await problem_reads.problem(furnished.house.database, None, memory)
    assert f"{row['snoozed_until']:%Y-%m-%d %H:%M}" == "2026-03-04 12:30", "07:30 in New York of the next school day"
    await page.check(f"input[name=problem][value='{memory}']")
    await page.fill("input[name=note]", "RAM is <ordered>")
    await page.click("text=Add note")
    await page.click("h3 >> text=memory is 49")
    assert "Noted by Dana: RAM is <ordered>" in await page.inner_text("main")


async def test_what_is_wrong_is_taken_from_now_with_one_tap(furnished: Any, visit: Any) -> None:
    down = furnished.ids["IDF-2 does not answer"]
    page = await visit("/", 390, 844, java_script_enabled=False)
    await page.click(f'[data-live="p{down}"] button:has-text("I have it")')
    assert page.url.endswith(f"/p/{down}")
    assert await state_of(furnished, "IDF-2 does not answer") == "acknowledged"
    await page.goto(furnished.url)
    assert await page.locator(f'[data-live="p{down}"] button').count() == 0
    assert "Dana is on it" in await page.inner_text(f'[data-live="p{down}"]')
    await furnished.house.database.execute("update session set role = 'viewer'")
    await page.goto(furnished.url)
    assert await page.locator("article button").count() == 0, "who may only look is offered nothing"


async def test_what_devices_said_since_is_told_in_their_words_and_once(furnished: Any, visit: Any) -> None:
    for minutes in (40, 20):
        await furnished.house.database.execute(
            "insert into event (device_id, time, kind, severity, detail) values (%s, %s, 'printer.alert', 'major', %s)",
            [furnished.ids["Library 1"], NOW - timedelta(minutes=minutes), Json({"text": "Paper <jam> in area B"})],
        )
    page = await visit("/", java_script_enabled=False)
    said = page.locator('[data-live="changes"] li', has_text="Library 1: Paper <jam> in area B")
    assert await said.count() == 1
    assert "07:05" in await said.inner_text(), "the newest"
    opened = page.locator('[data-live="changes"] a', has_text="IDF-2 does not answer")
    assert await opened.get_attribute("href") == f"/p/{furnished.ids['IDF-2 does not answer']}"


async def test_what_is_asked_for_is_in_the_address(furnished: Any, visit: Any) -> None:
    page = await visit("/problems?state=all&rule=device.unreachable&sort=oldest", java_script_enabled=False)
    assert await page.locator("article.cause").count() == 2
    await page.select_option("select[name=building]", str(furnished.ids["High School"]))
    await page.click("text=Show >> nth=-1")
    assert "rule=device.unreachable" in page.url
    assert "Nothing is like this" in await page.inner_text("main")
    await page.goto(f"{furnished.url}/problems?device={furnished.ids['Camera 2']}")
    assert "Camera 2 does not answer" in await page.inner_text("main"), "a device's symptoms are found by it"
    await page.goto(f"{furnished.url}/problems?severity=%00&page=-3&building=1e9&sort=x&state=y")
    assert await page.locator("article.cause").count() == 4


async def test_a_problem_says_why_who_was_told_and_what_was_done_last_time(furnished: Any, visit: Any) -> None:
    page = await visit(f"/problems/{furnished.ids['IDF-2 does not answer']}", java_script_enabled=False)
    assert page.url.endswith(f"/p/{furnished.ids['IDF-2 does not answer']}")
    text = await page.inner_text("main")
    assert "Office that it is there: delivered" in text
    assert "failed 3 times: ntfy.sh: 507 the topic is <full>; tried again 07:26" in text
    assert "“It was breaker 14.” Lee" in text
    assert text.count("does not answer") >= 4, "its symptoms are listed"
    await page.click("text=It is over")
    assert await state_of(furnished, "IDF-2 does not answer") == "resolved"
    await page.goto(f"{furnished.url}/p/{furnished.ids['sis-db-01: memory is 49 % full']}")
    assert await page.locator("path.limit").count() == 1
    text = await page.inner_text("main")
    assert "Limit\n45" in text
    assert "the limit, the dashed line, is 45" in text
    await page.click("text=this device")
    assert await page.input_value("input[name=device]") == str(furnished.ids["sis-db-01"])


async def test_a_viewer_reads_and_cannot_change(furnished: Any, visit: Any) -> None:
    await furnished.house.database.execute("update session set role = 'viewer'")
    page = await visit("/problems", java_script_enabled=False)
    assert await page.locator("input[name=problem]").count() == 0
    await page.goto(f"{furnished.url}/p/{furnished.ids['IDF-2 does not answer']}")
    assert await page.locator("main form").count() == 0
    for path in ("/problems", "/settings/channels", "/settings/routes", "/settings/heartbeats"):
        await page.goto(furnished.url + path)
        assert await page.locator("main form[method=post] button").count() == 0
        answer = await page.request.post(furnished.url + path, form={"do": "add"})
        assert answer.status == 403, "neither the token of the form nor the role"
