"""A page that is open: what changes on it, what it says when the collector is gone, and text that is meant to harm."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collector.store.database import Database

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
NOW = datetime(2026, 3, 3, 12, 25, tzinfo=UTC)


async def opened(
    database: Database, site: Any, building: str, title: str, severity: str, device: int | None = None
) -> int:
    """A problem opens now, as the loop makes it: written, then told to open pages; its id."""
    rows = await database.rows(
        "insert into problem (rule, subject, severity, title, building_id, device_id, opened_at, state)"
        " values ('host.hot', %s, %s, %s, %s, %s, %s, 'open') returning id",
        [title, severity, f"{building}: {title}", site.ids[building], device, NOW],
    )
    identity: int = rows[0]["id"]
    site.house.hub.publish("problem", {"id": identity, "state": "open"}, building=site.ids[building], device=device)
    return identity


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


async def test_a_new_problem_shows_its_card_and_takes_it_away_when_it_is_over(
    site: Any, visit: Any, database: Database
) -> None:
    page = await visit("/")
    await page.wait_for_selector('#live[data-state="live"]')
    titles = "article.cause h3"
    assert "hs-server is hot" not in " ".join(await page.locator(titles).all_inner_texts())
    await page.locator("article.cause summary").first.click()
    identity = await opened(database, site, "High School", "hs-server is hot", "critical")
    card = page.locator(f'article[data-live="p{identity}"]')
    await card.wait_for()
    assert "hs-server is hot" in await card.inner_text()
    shown = await page.locator(titles).all_inner_texts()
    assert shown.index("hs-server is hot") < shown.index("Bus Garage agent is not reporting"), "the worst stand first"
    assert await page.locator("article.cause details[open]").count() == 1, "what was open stays so"
    await database.execute("update problem set state = 'resolved', resolved_at = %s where id = %s", [NOW, identity])
    site.house.hub.publish("problem", {"id": identity, "state": "resolved"}, building=site.ids["High School"])
    await card.wait_for(state="detached")
    assert site.complaints == []


async def test_a_problem_that_opens_while_the_page_is_on_its_way_is_not_missed(
    site: Any, visit: Any, database: Database
) -> None:
    page = await visit("/settings")
    held = asyncio.Event()

    async def late(route: Any) -> None:
        await held.wait()
        await route.continue_()

    await page.route("**/live.js", late)
    await page.goto(site.url + "/", wait_until="commit")
    await page.wait_for_selector("article.cause")
    identity = await opened(database, site, "High School", "hs-server is hot", "critical")
    held.set()
    await page.wait_for_selector(f'article[data-live="p{identity}"]')


async def test_the_list_of_problems_grows_and_shrinks_and_keeps_what_is_ticked(
    site: Any, visit: Any, database: Database
) -> None:
    page = await visit("/problems")
    await page.wait_for_selector('#live[data-state="live"]')
    down, silent = site.ids["IDF-2 does not answer"], site.ids["Bus Garage agent is not reporting"]
    await page.check(f'input[name="problem"][value="{down}"]')
    identity = await opened(database, site, "High School", "hs-server is hot", "major")
    await page.wait_for_selector(f'[data-live="p{identity}"]')
    await database.execute("update problem set advice = 'Look again.' where id = %s", [down])
    await database.execute("update problem set state = 'resolved', resolved_at = %s where id = %s", [NOW, silent])
    site.house.hub.publish("problem", {"id": silent, "state": "resolved"})
    await page.wait_for_selector(f'[data-live="p{silent}"]', state="detached")
    await page.wait_for_selector(f'[data-live="p{down}"]:has-text("Look again.")')
    assert await page.is_checked(f'input[name="problem"][value="{down}"]')
    assert site.complaints == []


async def test_a_device_that_was_fine_shows_its_first_problem(site: Any, visit: Any, database: Database) -> None:
    device = site.ids["hs-server"]
    page = await visit(f"/d/{device}")
    await page.wait_for_selector('#live[data-state="live"]')
    assert await page.locator('[data-live="problems"]').count() == 0
    await opened(database, site, "High School", "hs-server is hot", "major", device)
    await page.wait_for_selector('[data-live="problems"]:has-text("hs-server is hot")')
    order = await page.eval_on_selector_all(
        "main > section", "found => found.map(one => one.getAttribute('aria-labelledby'))"
    )
    assert order.index("wrong") == 1, order


async def test_what_somebody_else_took_is_not_offered_any_more(site: Any, visit: Any, database: Database) -> None:
    identity = site.ids["IDF-2 does not answer"]
    page = await visit(f"/p/{identity}")
    await page.wait_for_selector('#live[data-state="live"]')
    await page.fill("#note", "half a sentence")
    await database.execute(
        "update problem set state = 'acknowledged', acknowledged_by = 'Lee' where id = %s", [identity]
    )
    site.house.hub.publish("problem", {"id": identity, "state": "acknowledged"})
    await page.get_by_role("button", name="I have it").wait_for(state="detached")
    assert "Lee has it" in await page.inner_text("main")
    assert await page.input_value("#note") == "half a sentence"


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
