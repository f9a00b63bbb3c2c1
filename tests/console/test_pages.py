"""The three pages in a real browser: at both widths and in both schemes, without complaint, within their budget."""

import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

SIZES = [(390, 844), (1280, 800), (320, 700)]
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def addresses(site: Any) -> dict[str, str]:
    """The pages that are looked at."""
    ids = site.ids
    return {
        "now": "/",
        "building": f"/b/{ids['Middle School']}",
        "office": f"/b/{ids['District Office']}",
        "device": f"/d/{ids['sis-db-01']}",
        "hvac": f"/d/{ids['Air handler 3']}",
        "hostile": f"/d/{ids['markup']}",
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_pages_are_accessible_and_quiet_at_every_width(site: Any, visit: Any, scheme: str) -> None:
    for name, path in addresses(site).items():
        for width, height in SIZES:
            page = await visit(path, width, height, scheme)
            await page.wait_for_function("document.getElementById('live').dataset.state === 'live'")
            if name == "device":
                await page.wait_for_selector("#chart canvas")
            overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert overflow <= 0, f"{name} at {width}: {overflow} px wider than the screen"
            if width != 320:
                results = await Axe().run(page, options=AXE)
                assert results.violations_count == 0, f"{name} {width} {scheme}: {results.generate_report()}"
            folder = os.environ.get("FIRSTBELL_SCREENSHOTS")
            if folder:
                await page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png", full_page=True)
            await page.context.close()
    assert site.complaints == []
