"""Rules, roles and the school calendar set without scripts."""

from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


async def test_a_rule_is_found_tried_saved_and_taken_back(furnished: Any, visit: Any) -> None:
    page = await visit(f"/p/{furnished.ids['sis-db-01: memory is 49 % full']}", 390, 844, java_script_enabled=False)
    await page.click("text=Tune the rule")
    assert await page.input_value("input[name=device]") == str(furnished.ids["sis-db-01"])
    await page.fill("input[name=above]", "nearly all")
    await page.click("text=Try on the last 30 days")
    assert "Above: 'nearly all' is no number." in await page.inner_text("[role=alert]")
    assert await page.input_value("input[name=above]") == "nearly all"
    await page.fill("input[name=above]", "45")
    await page.fill("input[name=clear]", "40")
    await page.click("text=Try on the last 30 days")
    assert "Would have opened" in await page.inner_text("main")
    await page.click("text=Save")
    assert "Saved. It holds from the next second on." in await page.inner_text(".said")
    assert "sis-db-01: above 45" in await page.inner_text("main")
    await page.click("text=Take away")
    assert "Set here" not in await page.inner_text("main")
    await page.goto(f"{furnished.url}/settings/rules?q=toner")
    assert "printer." in await page.inner_text("details")
    await page.goto(f"{furnished.url}/settings/rules/none.such")
    assert "There is no such rule" in await page.inner_text("main")


async def test_roles_of_a_controllers_points_are_confirmed(furnished: Any, visit: Any) -> None:
    page = await visit(f"/d/{furnished.ids['Air handler 3']}", 390, 844, java_script_enabled=False)
    await page.click("text=Confirm or correct")
    assert "supply air temperature" in await page.inner_text("main")
    await page.select_option("select[aria-label='Role of AHU-3 RAT']", "none")
    await page.click("text=Confirm these roles")
    await page.goto(f"{furnished.url}/d/{furnished.ids['Air handler 3']}/roles")
    assert "confirmed by Dana" in await page.inner_text("main")
    assert await page.input_value("select[aria-label='Role of AHU-3 RAT']") == "none"
    assert await page.input_value("select[aria-label='Role of AHU-3 OAT']") != "auto"


async def test_the_school_calendar_needs_no_script(furnished: Any, visit: Any) -> None:
    place = furnished.ids["Middle School"]
    page = await visit(f"/settings/calendar?place={place}", 390, 844, java_script_enabled=False)
    await page.click("text=No school today")
    assert "no school (No school today)" in await page.inner_text(".lead")
    await page.goto(f"{furnished.url}/problems")
    await page.check("input[name=problem] >> nth=0")
    await page.click("text=Put off >> nth=-1")
    row = await furnished.house.database.row("select snoozed_until from problem where state = 'snoozed'")
    assert f"{row['snoozed_until']:%d %H:%M}" == "04 12:30", "the next school day's bell"


async def test_lock_down_hours_are_added_and_taken_away(furnished: Any, visit: Any) -> None:
    async def stored() -> Any:
        row = await furnished.house.database.row(
            "select document->'lock_down' as hours from school_calendar where building_id is null"
        )
        return row and row["hours"]

    page = await visit("/settings/calendar", 390, 844, java_script_enabled=False)
    assert "none: every night, 22:00 to 05:00" in await page.inner_text("main")
    for day in ("saturday", "sunday"):
        await page.check(f"input[name=day][value={day}]")
    await page.fill("input[name=begins]", "14:00")
    await page.fill("input[name=ends]", "06:00")
    await page.click("text=Add lock-down hours")
    assert "Saturday, Sunday: 14:00 to 06:00 on the next morning" in await page.inner_text("main")
    assert await stored() == [{"days": ["saturday", "sunday"], "begins": "14:00", "ends": "06:00"}]
    await page.click("[aria-label='Remove lock-down 1']")
    assert await stored() is None
    await page.click("text=Doors are never in lock-down")
    assert await stored() == []
    await page.click("[aria-label='Remove lock-down 1']")
    assert await stored() is None
