"""The pages of reports: the mornings there are, one morning's report, the alert budget, and a month's availability."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from collector.api.reports import budget_of
from collector.calendar.zones import zone
from collector.console.page import Page, SignedIn, render
from collector.house import House, house_of
from collector.notify.hours import school
from collector.notify.report.availability import month_of, shares
from collector.notify.report.compose import ON_PAGE, Wanted, compose, zone_of
from collector.notify.report.lines import lasted
from collector.notify.report.read import district_calendar
from collector.store import availability, buildings, report_settings
from collector.store import report_mornings as store
from protocols.clock import utc

router = APIRouter(route_class=Page, include_in_schema=False, prefix="/reports")
_DAYS = 60
_ID_MAX = 2**31 - 1


@router.get("")
async def mornings(request: Request, caller: SignedIn, before: date | None = None) -> Response:
    """The mornings there is a report of, the newest first."""
    house = house_of(request)
    rows = await store.days(house.database, caller.scope, before, _DAYS + 1)
    settings = await report_settings.settings(house.database)
    older = rows[_DAYS - 1]["day"] if len(rows) > _DAYS else None
    return await _page(request, house, "reports.html", caller=caller, rows=rows[:_DAYS], older=older, settings=settings)


@router.get("/now")
async def preview(request: Request, caller: SignedIn) -> Response:
    """What the report would say now; nothing is kept or sent."""
    house = house_of(request)
    documents = await house.reporter.as_of_now(caller.scope)
    local = zone_of(documents)
    now = utc(house.clock.now_ms())
    report = compose(documents, Wanted(now.astimezone(local).date(), ON_PAGE))
    return render(
        request, "report.html", caller=caller, section="reports", now=now, local=local, report=report, made=now, told=[],
        names=[], building=None, preview=True,
    )  # fmt: skip


@router.get("/budget")
async def budget(request: Request, caller: SignedIn, week: date | None = None) -> Response:
    """Who was told how much in a week, and which rules made it: an administrator sees everybody, anybody else themselves."""
    house = house_of(request)
    today = (await district_calendar(house.database)).local(house.clock.now_ms()).date()
    day = min(max(week or today, date(2000, 1, 3)), today)
    monday = day - timedelta(days=day.weekday())
    rows = await budget_of(house, monday, caller)
    limit = (await report_settings.settings(house.database))["budget"]
    after = monday + timedelta(days=7)
    return await _page(
        request, house, "report_budget.html", caller=caller, rows=rows, limit=limit, monday=monday,
        before=monday - timedelta(days=7), after=after if after <= today else None,
    )  # fmt: skip


@router.get("/availability")
async def month(
    request: Request, caller: SignedIn, month: Annotated[str | None, Query(pattern=r"^2[01]\d\d-(0[1-9]|1[0-2])$")] = None
) -> Response:  # fmt: skip
    """How much of a month devices answered, and how long repairs took, by building and kind."""
    house = house_of(request)
    now = house.clock.now_ms()
    calendar = await district_calendar(house.database)
    this = calendar.local(now).date().replace(day=1)
    first = min(date.fromisoformat(f"{month}-01") if month else this, this)
    start, end = (utc(at) for at in month_of(calendar, first, now))
    reach = await availability.reach(house.database, caller.scope, start, end)
    repairs = await availability.repairs(house.database, caller.scope, start, end)
    rows = shares(reach, repairs, await school(house.database), start, end)
    places: dict[int, list[Any]] = {}
    for row in rows:
        places.setdefault(row.building_id, []).append(row)
    after = (first + timedelta(days=32)).replace(day=1)
    return await _page(
        request, house, "report_availability.html", caller=caller, places=places, first=first, end=end,
        before=(first - timedelta(days=1)).replace(day=1), after=after if after <= this else None,
        lasted=lambda seconds: lasted(round(seconds * 1000)),
    )  # fmt: skip


@router.get("/{day}")
async def morning(
    request: Request, caller: SignedIn, day: date, building: Annotated[int | None, Query(ge=1, le=_ID_MAX)] = None
) -> Response:
    """One morning's report, as it was made: of one building or of all."""
    house = house_of(request)
    rows = await store.morning(house.database, caller.scope, day, None)
    shown = [row for row in rows if building is None or row["building_id"] == building]
    if not shown:
        raise HTTPException(404, f"No report was made on {day:%A} {day.day} {day:%B %Y}: no school, or nobody ran.")
    documents = [row["facts"] for row in shown]
    report = compose(documents, Wanted(day, ON_PAGE))
    made: datetime = min(row["made_at"] for row in shown)
    told = await store.messages(house.database, day) if caller.may("admin") else []
    names = [(row["building_id"], row["facts"]["name"]) for row in rows if row["building_id"] is not None]
    return render(
        request, "report.html", caller=caller, section="reports", now=utc(house.clock.now_ms()), local=zone_of(documents),
        report=report, made=made, told=told, names=names, building=building, preview=False,
    )  # fmt: skip


async def _page(request: Request, house: House, template: str, **given: Any) -> Response:
    found = await buildings.buildings(house.database, given["caller"].scope, None, 1)
    local = zone(found.items[0]["timezone"] if found.items else "UTC")
    return render(request, template, section="reports", now=utc(house.clock.now_ms()), local=local, **given)
