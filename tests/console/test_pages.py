"""The pages in a real browser: at every width and in both schemes, accessible, without complaint, within their budget."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
NOW = datetime(2026, 3, 3, 12, 25, tzinfo=UTC)

AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
BUDGET = 150_000


def addresses(site: Any) -> dict[str, str]:
    """The pages that are looked at."""
    ids = site.ids
    return {
        "now": "/",
        "supplies": "/supplies",
        "building": f"/b/{ids['Middle School']}",
        "device": f"/d/{ids['sis-db-01']}",
        "hostile": f"/d/{ids['markup']}",
        "office": f"/b/{ids['District Office']}",
        "hvac": f"/d/{ids['Air handler 3']}",
        "roles": f"/d/{ids['Air handler 3']}/roles",
        "unheard": f"/b/{ids['Bus Garage']}",
        "gone": f"/b/{ids['High School']}",
    }


def furnished_addresses(site: Any) -> dict[str, str]:
    """Those that need an admin, channels, routes, heartbeats to show what they show; most are not live."""
    ids = site.ids
    return {
        "now-notices": "/",
        "problems": "/problems?state=all",
        "problem": f"/p/{ids['IDF-2 does not answer']}",
        "problem-chart": f"/p/{ids['sis-db-01: memory is 49 % full']}",
        "settings": "/settings",
        "channels": "/settings/channels",
        "routes": "/settings/routes",
        "route": "/settings/routes/0",
        "person": f"/settings/routes/people/{ids['Dana']}",
        "heartbeats": "/settings/heartbeats",
        "heartbeat": f"/settings/heartbeats/{ids['beat']}",
        "rules": "/settings/rules",
        "rule": "/settings/rules/host.memory.full",
        "roles-bacnet": f"/d/{ids['Air handler 3']}/roles",
        "calendar-admin": "/settings/calendar",
        "silences-running": "/settings/silences",
    }


@pytest.mark.parametrize(("scheme", "width", "height"), [("light", 390, 844), ("dark", 1280, 800)])
async def test_furnished_pages_are_accessible_and_quiet(
    furnished: Any, visit: Any, scheme: str, width: int, height: int
) -> None:
    page, wrong = await visit("/", width, height, scheme), []
    for name, path in furnished_addresses(furnished).items():
        answer = await page.goto(furnished.url + path)
        if answer.status != 200:
            wrong.append(f"{name}: {answer.status}")
            continue
        for summary in await page.query_selector_all("main details:not([open]) > summary"):
            await summary.evaluate("one => one.parentElement.open = true")
        results = await Axe().run(page, options=AXE)
        wrong += [f"{name}: {results.generate_report()}"] if results.violations_count else []
        wrong += [f"{name} is too wide"] if await too_wide(page) > 0 else []
        if folder := os.environ.get("FIRSTBELL_SCREENSHOTS"):
            await page.goto(furnished.url + path)
            await page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png", full_page=True)
    assert wrong == []
    assert furnished.complaints == []


async def test_furnished_pages_fit_the_smallest_phone_and_the_budget(furnished: Any, visit: Any) -> None:
    page = await visit("/", 320, 640)
    session = await page.context.new_cdp_session(page)
    await session.send("Network.enable")
    await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    for name, path in furnished_addresses(furnished).items():
        sizes.clear()
        await page.goto(furnished.url + path)
        assert await too_wide(page) <= 0, name
        assert 4_000 < sum(sizes) < BUDGET, f"{name}: {sum(sizes)} bytes"
        print(f"{name}: {sum(sizes) / 1000:.1f} kB over the wire")


@pytest.mark.parametrize(("scheme", "width", "height"), [("light", 390, 844), ("dark", 1280, 800)])
async def test_pages_are_accessible_and_quiet(site: Any, visit: Any, scheme: str, width: int, height: int) -> None:
    page = await visit("/sign-in", width, height, scheme, signed_in=False)
    assert (await Axe().run(page, options=AXE)).violations_count == 0
    page = await visit("/", width, height, scheme)
    for name, path in addresses(site).items():
        await page.goto(site.url + path)
        await page.wait_for_selector('#live[data-state="live"]')
        if name == "device":
            await page.wait_for_selector("#chart canvas")
        results = await Axe().run(page, options=AXE)
        assert results.violations_count == 0, f"{name}: {results.generate_report()}"
        assert await too_wide(page) <= 0, name
        folder = os.environ.get("FIRSTBELL_SCREENSHOTS")
        if folder:
            await page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png", full_page=True)
    assert site.complaints == []


async def too_wide(page: Any) -> int:
    """How many pixels the page is wider than the screen."""
    return await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


async def test_nothing_is_wider_than_the_smallest_phone(site: Any, visit: Any) -> None:
    page = await visit("/", 320, 640)
    for name, path in addresses(site).items():
        await page.goto(site.url + path)
        assert await too_wide(page) <= 0, name


async def test_a_first_visit_weighs_less_than_150_kb(site: Any, visit: Any) -> None:
    for name, path in addresses(site).items():
        page = await visit("/sign-in", signed_in=False)
        await page.context.add_cookies([{"name": "firstbell_session", "value": site.cookie, "url": site.url}])
        session = await page.context.new_cdp_session(page)
        await session.send("Network.enable")
        await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        sizes: list[float] = []
        session.on("Network.loadingFinished", lambda event, sizes=sizes: sizes.append(event["encodedDataLength"]))
        await page.goto(site.url + path)
        await page.wait_for_selector('#live[data-state="live"]')
        if name == "device":
            await page.wait_for_selector("#chart canvas")
        assert 4_000 < sum(sizes) < BUDGET, f"{name}: {sum(sizes)} bytes"
        print(f"{name}: {sum(sizes) / 1000:.1f} kB over the wire")


async def test_without_scripts_the_pages_say_the_same(site: Any, visit: Any) -> None:
    page = await visit("/", java_script_enabled=False)
    assert "has not answered since 07:19; 15 devices behind it are out of reach." in await page.inner_text("h1")
    await page.goto(site.url + addresses(site)["device"])
    assert "54.3" in await page.inner_text("main")
    assert await page.locator("svg.big path.line").count() == 1
    assert await page.locator("svg.spark").count() >= 8
    await page.click("nav.ranges >> text=7 d")
    assert "range=7d" in page.url
    assert await page.locator("svg.big path.line").count() == 1


async def test_a_page_that_is_printed_says_when_it_was_true(site: Any, visit: Any) -> None:
    for path in ("/", addresses(site)["device"]):
        page = await visit(path)
        assert not await page.locator(".printed").is_visible()
        await page.emulate_media(media="print")
        assert await page.inner_text(".printed") == "First Bell, as of Tuesday 3 March, 07:25"
        assert not await page.locator("header.top nav").is_visible()
        assert await too_wide(page) <= 0


async def test_a_new_device_shows_its_last_hour_an_old_one_its_day(site: Any, visit: Any, database: Any) -> None:
    chosen = 'nav.ranges [aria-current="true"]'
    page = await visit(addresses(site)["device"])
    assert await page.inner_text(chosen) == "24 h"
    await database.execute("update device set created_at = %s", [NOW - timedelta(hours=2)])
    await page.reload()
    assert await page.inner_text(chosen) == "1 h"
    await page.goto(f"{site.url}{addresses(site)['device']}?range=7d")
    assert await page.inner_text(chosen) == "7 d"


async def test_the_pointer_reads_a_sample_and_says_nothing_in_a_hole(site: Any, visit: Any) -> None:
    page = await visit(addresses(site)["device"])
    await page.wait_for_selector("#chart canvas")
    box = await page.locator("#chart .u-over").bounding_box()
    legend = page.locator("#chart .u-legend")
    assert not await legend.is_visible()
    await page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 50)
    await legend.wait_for(state="visible")
    assert "3 Mar" in await legend.inner_text()
    assert "%" in await legend.inner_text()
    await page.mouse.move(box["x"] + box["width"] * (1 - 730 / 1440), box["y"] + 50)
    await legend.wait_for(state="hidden")


async def test_the_first_key_skips_to_the_content_and_focus_is_seen(site: Any, visit: Any) -> None:
    page = await visit("/")
    await page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert await focused.inner_text() == "Skip to the content"
    assert (await focused.bounding_box())["x"] >= 0
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "main"
    await page.keyboard.press("Tab")
    outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle + document.activeElement.href")
    assert outline == f"solid{site.url}/settings/channels", "nobody can be told yet: that comes first"


async def test_the_chart_zooms_and_shows_the_hole(site: Any, visit: Any) -> None:
    page = await visit(addresses(site)["device"])
    await page.wait_for_selector("#chart canvas")
    assert await page.locator("#unzoom").is_hidden()
    box = await page.locator("#chart .u-over").bounding_box()
    await page.mouse.move(box["x"] + 100, box["y"] + 50)
    await page.mouse.down()
    await page.mouse.move(box["x"] + 300, box["y"] + 60, steps=4)
    async with page.expect_response("**/history?*"):
        await page.mouse.up()
    await page.locator("#unzoom").click()
    assert site.complaints == []
