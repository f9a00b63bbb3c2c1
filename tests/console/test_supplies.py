"""The page of supplies and its order list, as a browser and a spreadsheet see them."""

from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


async def test_what_is_to_be_ordered_and_how_long_it_lasts(site: Any, visit: Any) -> None:
    page = await visit("/supplies", 390, 844)
    text = await page.inner_text("main")
    assert "2 supplies to order" in text
    assert "9 (7–13) school days" in text
    assert "some, no figure" in text
    response = await page.request.get(site.url + "/supplies.csv")
    lines = (await response.text()).splitlines()
    assert ",'=Cyan,3," in lines[1]
    assert len(lines) == 3
    await page.goto(f"{site.url}/d/{site.ids['Library 1']}")
    assert "9 (7–13) school days left" in await page.inner_text("main")
