"""`/settings/heartbeats`: what reports in by itself: how each stands, its newest reports, made, changed, paused, removed."""

from datetime import tzinfo
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from collector.api import heartbeats as api
from collector.api.auth import check_csrf
from collector.api.errors import Refused
from collector.calendar.school import Calendars
from collector.calendar.zones import zone
from collector.console.beat_words import DAYS, EVERY, asked, expects, next_due, stands
from collector.console.page import HEADERS, Page, SignedIn, render
from collector.console.refusals import in_words
from collector.console.times import district_zone
from collector.house import house_of
from collector.notify.hours import school
from collector.problems.loop.around import beat_of, report_of
from collector.store import beats as store
from collector.store import overview
from collector.store.accounts import Caller
from protocols.clock import utc

router = APIRouter(route_class=Page, include_in_schema=False, prefix="/settings/heartbeats")


@router.get("")
async def heartbeats_page(request: Request, caller: SignedIn) -> Response:
    """Every heartbeat of the caller's buildings, and the form for another."""
    return await _list(request, caller)


@router.post("")
async def create(request: Request, caller: SignedIn) -> Response:
    """Make one: its line is shown this once."""
    said = await _admins(request, caller)
    try:
        made = await api.create_heartbeat(api.Expected.model_validate(asked(said)), house_of(request), caller)
    except ValidationError as error:
        return await _list(request, caller, said, error=in_words(error))
    except (Refused, ValueError) as error:
        return await _list(request, caller, said, error=str(error.detail) if isinstance(error, Refused) else str(error))
    return await _list(request, caller, made=made)


@router.get("/{identity:int}")
async def heartbeat_page(request: Request, caller: SignedIn, identity: int) -> Response:
    """One, with its newest reports."""
    return await _one(request, caller, identity)


@router.post("/{identity:int}")
async def change(request: Request, caller: SignedIn, identity: int) -> Response:
    """`do`: save, pause, resume or remove."""
    said = await _admins(request, caller)
    house, do = house_of(request), said.get("do", "")
    before = await _row(request, caller, identity)
    try:
        if do == "remove":
            await api.remove_heartbeat(house, caller, identity)
            return RedirectResponse("/settings/heartbeats", 303, headers=HEADERS)
        same = {name: before["building_id" if name == "building" else name] for name in api.Expected.model_fields}
        other = asked(said) if do == "save" else {"paused": do == "pause"}
        await api.change_heartbeat(api.Expected.model_validate(same | other), house, caller, identity)
    except ValidationError as error:
        return await _one(request, caller, identity, in_words(error))
    except (Refused, ValueError) as error:
        return await _one(request, caller, identity, str(error.detail) if isinstance(error, Refused) else str(error))
    return RedirectResponse(f"/settings/heartbeats/{identity}", 303, headers=HEADERS)


async def _admins(request: Request, caller: Caller) -> dict[str, str]:
    await check_csrf(request, caller)
    if not caller.may("admin"):
        raise HTTPException(403, f"Heartbeats are set by an admin; you are {caller.role}.")
    return {name: str(value)[:200] for name, value in (await request.form()).items()}


async def _row(request: Request, caller: Caller, identity: int) -> dict[str, Any]:
    for row in await store.beats(house_of(request).database):
        if row["id"] == identity and caller.sees(row["building_id"]):
            return row
    raise HTTPException(404, "There is no such heartbeat, or it is not in one of your buildings.")


def _shown(
    row: dict[str, Any], reports: list[dict[str, Any]], calendars: Calendars, now: int, local: tzinfo
) -> dict[str, Any]:
    """A row in words; the whole district's are told in the zone of most buildings, `local`."""
    beat, calendar = beat_of(row, [report_of(one) for one in reports]), calendars.of(row["building_id"])
    state, word = stands(beat, calendar, now)
    where = local if row["building_id"] is None else zone(calendar.timezone)
    due = next_due(beat, calendar, utc(now), where)
    return {**row, "mark": state, "word": word, "due": due, "expects": expects(beat), "where": where}


async def _list(
    request: Request,
    caller: Caller,
    given: dict[str, str] | None = None,
    *,
    error: str = "",
    made: api.Made | None = None,
) -> Response:
    house = house_of(request)
    reports: dict[int, list[dict[str, Any]]] = {}
    for row in await store.reports(house.database):
        reports.setdefault(row["beat_id"], []).append(row)
    calendars, now = await school(house.database), house.clock.now_ms()
    local = district_zone(await overview.zones(house.database))
    rows = [
        _shown(row, reports.get(row["id"], []), calendars, now, local)
        for row in await store.beats(house.database)
        if caller.sees(row["building_id"])
    ]
    return render(
        request, "settings_heartbeats.html", 422 if error else 200, caller=caller, section="settings", now=utc(now),
        local=local, rows=rows, error=error, made=made, given=given or {},
        every=EVERY, days=DAYS, buildings=await overview.building_names(house.database, caller.scope), may=caller.may("admin"),
    )  # fmt: skip


async def _one(request: Request, caller: Caller, identity: int, error: str = "") -> Response:
    house = house_of(request)
    row = await _row(request, caller, identity)
    reports = await store.reports(house.database, identity, body=True)
    calendars, now = await school(house.database), house.clock.now_ms()
    local = district_zone(await overview.zones(house.database))
    shown = _shown(row, reports, calendars, now, local)
    return render(
        request, "settings_heartbeat.html", 422 if error else 200, caller=caller, section="settings", now=utc(now),
        local=shown["where"], row=shown, error=error,
        reports=reports[::-1], every=EVERY, days=DAYS, may=caller.may("admin"),
        buildings=await overview.building_names(house.database, caller.scope),
    )  # fmt: skip
