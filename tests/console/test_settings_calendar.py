"""The school calendar and silences in a browser without scripts: one tap closes school, an import is looked at first."""

import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
FILE = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Spring Break <b>\nDTSTART;VALUE=DATE:20260406\nDTEND;VALUE=DATE:20260411\nEND:VEVENT\nEND:VCALENDAR\n"


async def role(site: Any) -> None:
    await site.house.database.execute("update session set role = 'admin'")


async def accessible(page: Any, name: str) -> None:
    assert (await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")) <= 0, (
        name
    )
    results = await Axe().run(page, options=AXE)
    assert results.violations_count == 0, f"{name}: {results.generate_report()}"
    if folder := os.environ.get("FIRSTBELL_SCREENSHOTS"):
        width = page.viewport_size["width"]
        await page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


@pytest.mark.parametrize("width", [390, 1280])
async def test_a_snow_day_in_one_tap_and_an_import_in_two_steps(site: Any, visit: Any, width: int) -> None:
    await role(site)
    place = site.ids["Middle School"]
    page = await visit(f"/settings/calendar?place={place}", width, 844)
    await accessible(page, "calendar")
    await page.click("text=No school today")
    assert "no school (No school today)" in await page.inner_text(".lead")
    await page.fill("textarea[name=pasted]", FILE)
    await page.click("text=Look at it")
    assert "2026-04-06 to 2026-04-10" in await page.inner_text("main")
    await accessible(page, "import")
    await page.click("text=Apply")
    assert "2026-04-06 to 2026-04-10" in await page.inner_text("main")
    await page.fill("textarea[name=pasted]", FILE.replace("Spring Break <b>", "2-hour delay"))
    await page.click("text=Look at it")
    assert "short day, opens 09:30" in await page.inner_text("main")
    await page.click("text=Apply")
    assert "09:30" in await page.inner_text("main")
    await page.click("text=Take back")
    assert "school from 07:30" in await page.inner_text(".lead")
    await page.fill("textarea[name=pasted]", "<html>")
    await page.click("text=Look at it")
    assert "line 1" in await page.inner_text("[role=alert]")


async def test_a_silence_from_a_devices_page_without_scripts(site: Any, visit: Any) -> None:
    page = await visit(f"/d/{site.ids['IDF-2']}", 390, 844, java_script_enabled=False)
    await page.click(".lead >> text=Silence")
    await page.fill("input[name=reason]", "Switch <i> is replaced")
    await page.click("button:text-is('Silence')")
    assert "Switch <i> is replaced" in await page.inner_text("main")
    assert "IDF-2" in await page.inner_text("main")
    await page.click("text=End it")
    assert "Nothing is silenced" in await page.inner_text("main")


async def test_the_page_of_silences_is_accessible(site: Any, visit: Any) -> None:
    page = await visit("/settings/silences", 390, 844)
    await accessible(page, "silences")
    assert site.complaints == []
