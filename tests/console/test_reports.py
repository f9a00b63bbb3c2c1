"""The pages of reports in a real browser: what they say, at a phone's width, accessible."""

import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe

from collector.store.channels import NewChannel, add

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
DAY = "2026-03-03"


@pytest.fixture
async def office(site: Any) -> Any:
    """The morning's report is made, by an administrator's console, and a channel was told too much."""
    database = site.house.database
    channel = await add(
        database, NewChannel("Office", site.house.secrets.encrypt("mailto://x:y@example.org"), "mailto", "minor")
    )
    await database.execute("update session set role = 'admin'")
    for number in range(25):
        problem = await database.row(
            "insert into problem (rule, subject, severity, state, title, opened_at) values ('door.held', %s, 'minor', 'resolved',"
            " 'Door held', '2026-03-02') returning id",
            [f"door:{number}"],
        )
        await database.execute(
            "insert into outbox (problem_id, change, channel_id, created_at, next_attempt, delivered_at)"
            " values (%s, 'opened', %s, '2026-03-02', '2026-03-02', '2026-03-02 15:00Z')",
            [problem["id"], channel],
        )
    await site.house.reporter.make_due()
    return site


@pytest.mark.parametrize(("scheme", "width", "height"), [("light", 390, 844), ("dark", 1280, 800)])
async def test_the_pages_are_accessible_and_fit(office: Any, visit: Any, scheme: str, width: int, height: int) -> None:
    pages = {
        "reports": "/reports", "report": f"/reports/{DAY}", "building": f"/reports/{DAY}?building={office.ids['Middle School']}",
        "budget": "/reports/budget", "now": "/reports/now", "availability": "/reports/availability?month=2026-03", "settings": "/settings/reports",
    }  # fmt: skip
    page = await visit("/reports", width, height, scheme)
    for name, path in pages.items():
        await page.goto(office.url + path)
        results = await Axe().run(page, options=AXE)
        assert results.violations_count == 0, f"{name}: {results.generate_report()}"
        assert (
            await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        ), name
        folder = os.environ.get("FIRSTBELL_SCREENSHOTS")
        if folder:
            await page.screenshot(path=Path(folder) / f"report-{name}-{width}-{scheme}.png", full_page=True)
    assert office.complaints == []


async def test_a_mornings_report_is_listed_shown_and_narrowed_to_a_building(office: Any, visit: Any) -> None:
    page = await visit("/reports", 390, 844)
    await page.click("text=Tuesday 3 March 2026")
    text = await page.inner_text("main")
    assert "2 things are broken at Bus Garage and Middle School" in text
    assert "SINCE YESTERDAY 06:45" in text  # New York's clock
    assert "Elementary East: Black toner, Library 1: 9 (7–13) school days left" in text
    await page.click("nav[aria-label=Building] >> text=Bus Garage")
    text = await page.inner_text("main")
    assert "1 thing is broken at Bus Garage" in text
    assert "toner" not in text
    assert "Office" in text
    await page.goto(f"{office.url}/reports/now")
    assert "nothing is kept or sent" in await page.inner_text("main")
    response = await page.goto(f"{office.url}/reports/2026-03-01")
    assert response.status == 404
    assert "No report was made" in await page.inner_text("main")


async def test_the_budget_names_the_noisiest_rule_and_leads_to_it(office: Any, visit: Any) -> None:
    page = await visit("/reports/budget", 390, 844)
    text = await page.inner_text("main")
    assert "1 over the alert budget" in text
    assert "25 of 20 over" in " ".join(text.split())
    assert await page.get_attribute("text=Tune", "href") == "/settings/rules/door.held"


async def test_a_month_says_how_long_devices_answered(office: Any, visit: Any) -> None:
    page = await visit("/reports/availability?month=2026-03", 390, 844)
    text = " ".join((await page.inner_text("main")).split())
    assert "Availability in March 2026" in text
    assert "98." in text  # an hour was missing of sixty
    await page.goto(f"{office.url}/reports/availability?month=2026-13")
    assert "cannot be used" in await page.inner_text("main")


async def test_the_settings_are_saved_by_the_form(office: Any, visit: Any) -> None:
    page = await visit("/settings/reports", 390, 844)
    await page.fill("input[name=at]", "06:20")
    await page.fill(f"input[name=at{office.ids['Stadium']}]", "08:00")
    await page.uncheck("input[name=calm]")
    await page.select_option("select[name^=wanted]", "no")
    await page.select_option("select[name^=buildings]", str(office.ids["Stadium"]))
    await page.click("text=Save")
    assert "Saved." in await page.inner_text("main")
    database = office.house.database
    assert await database.row("select at::text, calm, budget from report_setting") == {
        "at": "06:20:00",
        "calm": False,
        "budget": 20,
    }
    assert await database.row("select wanted, buildings from report_channel") == {
        "wanted": False,
        "buildings": [office.ids["Stadium"]],
    }
    await database.execute("update session set role = 'operator'")
    response = await page.goto(f"{office.url}/settings/reports")
    assert response.status == 403
    await page.goto(f"{office.url}/reports/budget")
    assert "signs in as" in await page.inner_text("main")
