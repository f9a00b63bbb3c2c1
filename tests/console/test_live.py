"""A page that is open: what changes on it, what it says when the collector is gone, and text that is meant to harm."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collector.store.database import Database

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
NOW = datetime(2026, 3, 3, 12, 25, tzinfo=UTC)


async def test_a_value_changes_on_the_open_page(site: Any, visit: Any, database: Database) -> None:
    device, point = site.ids["sis-db-01"], site.ids["sis-db-01 host.temperature Package id 0"]
    page = await visit(f"/d/{device}")
    await page.wait_for_selector('#live[data-state="live"]')
    cell = page.locator(f'[data-live="p{point}"] .value')
    assert "54.3" in await cell.inner_text()
    await database.execute("update point_last set value = 61.7, time = %s where point_id = %s", [NOW, point])
    values = [{"point": point, "metric": "host.temperature", "label": "Package id 0", "value": 61.7, "time": "now"}]
    site.house.hub.publish("reading", {"device": device, "values": values}, device=device)
    await page.wait_for_selector(f'[data-live="p{point}"] .value:has-text("61.7")')
    assert site.complaints == []


async def test_the_sentence_changes_when_the_cause_is_gone(site: Any, visit: Any, database: Database) -> None:
    page = await visit("/")
    await page.wait_for_selector('#live[data-state="live"]')
    await page.locator("summary").first.click()
    await database.execute(
        "update problem set state = 'resolved', resolved_at = %s where rule = 'device.unreachable'", [NOW]
    )
    site.house.hub.publish("problem", {"id": site.ids["IDF-2 does not answer"]})
    await page.wait_for_selector('h1:has-text("its agent has not reported since 07:14")')
    assert "Resolved: IDF-2 does not answer" in await page.inner_text("main")


async def test_figures_grow_stale_before_the_eyes(site: Any, visit: Any, database: Database) -> None:
    point = site.ids["sis-db-01 host.load 5m"]
    await database.execute("update point_last set time = %s where point_id = %s", [NOW - timedelta(seconds=178), point])
    page = await visit(f"/d/{site.ids['sis-db-01']}")
    assert "stale" not in await page.inner_text(f'[data-live="p{point}"]')
    await page.wait_for_selector(f'[data-live="p{point}"] time.stale:has-text("stale, 3 min ago")')


async def test_a_lost_collector_is_said(site: Any, visit: Any) -> None:
    page = await visit("/")
    await page.wait_for_selector('#live[data-state="live"]')
    await page.context.set_offline(True)
    site.house.stopping.set()
    await page.wait_for_selector('#live[data-state="lost"]:has-text("not live for")')


async def test_a_hidden_page_holds_no_stream(site: Any, visit: Any) -> None:
    page = await visit("/")
    await page.wait_for_selector('#live[data-state="live"]')
    hide = "value => { Object.defineProperty(document, 'hidden', { value, configurable: true });"
    hide += " document.dispatchEvent(new Event('visibilitychange')); }"
    await page.evaluate(hide, True)
    while site.house.hub.listeners:
        await asyncio.sleep(0.02)
    async with page.expect_request("**/api/v1/live*"):
        await page.evaluate(hide, False)
    while not site.house.hub.listeners:
        await asyncio.sleep(0.02)
    assert site.complaints == []


async def test_hostile_text_is_shown_as_text(site: Any, visit: Any) -> None:
    for kind in ("markup", "direction", "long", "formula"):
        page = await visit(f"/d/{site.ids[kind]}")
        await page.wait_for_selector('#live[data-state="live"]')
        assert await page.locator("main img, main script").count() == 0
        assert "First Bell" in await page.title()
        assert len(await page.inner_text("h1")) <= 80
        assert await page.locator("a[href^='http'], a[href^='javascript']").count() == 0
    assert "<img src=x" in await (await visit(f"/d/{site.ids['markup']}")).inner_text("h1")
    assert site.complaints == []
