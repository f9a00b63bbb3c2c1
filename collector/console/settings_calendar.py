"""The page `/settings/calendar`: the year of the district and each building, days that differ, today, hours, import of a file."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from collector.api.auth import check_csrf
from collector.api.schedules import document_of, inherited, read_file, tag, today_of, write
from collector.calendar import imported
from collector.calendar.compose import calendar
from collector.calendar.document import NOTHING, WEEKDAYS, Schedule
from collector.calendar.school import DEFAULT_WEEK, SchoolCalendar
from collector.calendar.today import changed
from collector.calendar.zones import zone
from collector.console.months import months
from collector.console.page import HEADERS, Page, SignedIn, render
from collector.console.refusals import in_words
from collector.house import house_of
from collector.store import calendars as store
from collector.store.accounts import Caller
from protocols.clock import utc

router = APIRouter(route_class=Page, include_in_schema=False, prefix="/settings/calendar")
_KINDS = {
    "first": "first day of a term",
    "last": "last day of a term",
    "half": "short day",
    "school": "extra school day",
    "holiday": "no school",
}
_NOWHERE = 1 << 30
"""The place of an entry that a form does not name: none has it."""
_CAPTIONS = {
    **dict.fromkeys(("hours", "days", "terms"), ""),
    "first": "first day", "last": "last day", "opens": "opening", "closes": "end", "half_day_closes": "time", "timezone": "time zone",
    "lock_down": "", "begins": "from", "ends": "to",
}  # fmt: skip
_CLOSINGS = ("closed", "late", "early", "usual")


@router.get("")
async def calendar_page(request: Request, caller: SignedIn, place: str = "district") -> Response:
    """The calendar of one place."""
    return await _page(request, caller, place)


@router.post("")
async def change(request: Request, caller: SignedIn) -> Response:
    """One change: `do` says which. What cannot be read is said on the page, and nothing is changed."""
    await check_csrf(request, caller)
    async with request.form() as form:
        return await _change(request, caller, form)


async def _change(request: Request, caller: Caller, form: FormData) -> Response:
    place, do = str(form.get("place", "district")), str(form.get("do", ""))
    if not caller.may("operator" if do in _CLOSINGS else "admin"):
        raise HTTPException(403, "Your role may not change this. Ask an administrator.")
    house = house_of(request)
    try:
        if do == "import":
            return await _preview(request, caller, place, form)
        match = str(form["tag"]) if do not in _CLOSINGS and form.get("tag") else None
        now = house.clock.now_ms()
        make = (
            await _ticked(request, caller, place, form)
            if do == "apply"
            else lambda before, where: _made(before, do, form, today_of(where, now))
        )
        await write(house, caller, place, make, match)
    except ValidationError as error:
        return await _page(request, caller, place, f"Nothing was changed. {in_words(error, _CAPTIONS)}")
    except IndexError:
        return await _page(request, caller, place, "Nothing was changed: this entry is not there any more.")
    except (ValueError, LookupError) as error:
        return await _page(request, caller, place, f"Nothing was changed: {error}.")
    return RedirectResponse(f"/settings/calendar?place={place}", 303, headers=HEADERS)


def _made(before: Schedule, do: str, form: FormData, today: Any) -> Schedule:
    """The document after the change. Raises `ValueError` or `LookupError` naming what is wrong."""
    said = {name: str(value).strip() or None for name, value in form.items() if isinstance(value, str)}
    whole = before.model_dump(mode="json")
    if do in _CLOSINGS:
        text = said.get("at")
        clock = Schedule.model_validate({"half_day_closes": text}).half_day_closes if text else None
        return changed(before, today, do, clock)  # type: ignore[arg-type]
    if do == "add":
        names = ("first", "last", "kind", "name", "opens", "closes")
        whole["days"].append({name: said[name] for name in names if said.get(name)})
    elif do == "remove":
        del whole["days"][int(said.get("index") or _NOWHERE)]
    elif do == "term":
        whole["terms"] = [*(whole["terms"] or []), {"first": said.get("first"), "last": said.get("last")}]
    elif do == "remove-term":
        del whole["terms"][int(said.get("index") or _NOWHERE)]
    elif do == "lock-down":
        at = {"begins": said.get("begins"), "ends": said.get("ends"), "days": [str(day) for day in form.getlist("day")]}
        if not at["days"]:
            raise ValueError("choose the days on which lock-down begins")
        whole["lock_down"] = [*(whole["lock_down"] or []), at]
    elif do == "never-lock-down":
        whole["lock_down"] = []
    elif do == "remove-lock-down":
        left = [one for place, one in enumerate(whole["lock_down"] or []) if str(place) != said.get("index")]
        whole["lock_down"] = left or None
    elif do == "hours":
        whole["timezone"], whole["half_day_closes"] = said.get("timezone"), said.get("half_day_closes")
        spans = {day: (said.get(f"{day}-opens"), said.get(f"{day}-closes")) for day in WEEKDAYS}
        week = {day: {"opens": span[0], "closes": span[1]} if any(span) else None for day, span in spans.items()}
        whole["hours"] = week if any(week.values()) else None
    else:
        raise ValueError("this form is not known: reload the page")
    return Schedule.model_validate(whole)


async def _ticked(request: Request, caller: Caller, place: str, form: FormData) -> Callable[[Schedule, str], Schedule]:
    """What writes the ticked events of the file into a document."""
    house, row = house_of(request), await _row(request, caller, place)
    district, lines = await inherited(house, row), [str(line) for line in form.getlist("event")]
    events = await read_file(house, str(form.get("file", "")).encode(), row, district)
    ticked = [event for event in events if event.becomes and str(event.line) in lines]
    return lambda before, _zone: imported.merged(before, ticked, district)


async def _preview(request: Request, caller: Caller, place: str, form: FormData) -> Response:
    upload, pasted = form.get("upload"), str(form.get("pasted", ""))
    content = await upload.read() if isinstance(upload, UploadFile) and upload.size else pasted.encode()
    row = await _row(request, caller, place)
    house = house_of(request)
    events = await read_file(house, content, row, await inherited(house, row))
    return render(
        request, "settings_calendar_import.html", caller=caller, place=place, row=row, kinds=_KINDS, tag=tag(document_of(row)),
        said=[event for event in events if event.becomes], other=[event for event in events if not event.becomes],
        content=content.decode("utf-8-sig"),
    )  # fmt: skip


async def _row(request: Request, caller: Caller, place: str) -> Any:
    building = None if place == "district" else int(place) if place.isdigit() and len(place) < 10 else 0
    row = await store.document(house_of(request).database, building)
    if row is None or (building is not None and caller.buildings is not None and building not in caller.buildings):
        raise HTTPException(404, "There is no such building, or it is not one of yours.")
    return row


async def _page(request: Request, caller: Caller, place: str, error: str = "") -> Response:
    house = house_of(request)
    row = await _row(request, caller, place)
    rows = await store.documents(house.database, caller.scope)
    district, own = document_of(rows[0]), document_of(row)
    at_district = row["building_id"] is None
    school: SchoolCalendar = calendar(row["timezone"], district, NOTHING if at_district else own)
    now = house.clock.now_ms()
    today = school.local(now).date()
    first = today.replace(month=8 if today.month >= 8 else 1, day=1)
    return render(
        request, "settings_calendar.html", 422 if error else 200, caller=caller, me=caller, section="settings", now=utc(now), local=zone(row["timezone"]), error=error,
        place=place, row=row, places=rows, own=own, tag=tag(own), today=today, day=school.day(today), months=months(school, first, today),
        week=list(zip(WEEKDAYS, own.hours.all() if own.hours else [None] * 7, strict=True)), usual=school.week or DEFAULT_WEEK,
        inherited=[] if at_district else district.days, kinds=_KINDS, weekdays=WEEKDAYS,
    )  # fmt: skip
