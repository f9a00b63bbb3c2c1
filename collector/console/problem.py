"""The page of one problem, where a message leads: what it is, its timeline, and one tap to acknowledge."""

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from collector.api.auth import check_csrf
from collector.console.page import HEADERS, Page, SignedIn, render
from collector.console.times import zone
from collector.house import house_of
from collector.store import buildings, problem_changes, problem_reads
from collector.store.problem_changes import Wish
from protocols.clock import utc

router = APIRouter(route_class=Page, include_in_schema=False)
_ID_MAX = 2**63 - 1
_GONE = "There is no such problem, or it is not in one of your buildings."


@router.get("/p/{problem_id:int}")
async def problem_page(request: Request, caller: SignedIn, problem_id: int) -> Response:
    """One problem. A stranger signs in first and comes back here."""
    house = house_of(request)
    found = await problem_reads.problem(house.database, caller.scope, problem_id) if problem_id <= _ID_MAX else None
    if found is None:
        raise HTTPException(404, _GONE)
    place = (
        None if found["building"] is None else await buildings.building(house.database, caller.scope, found["building"])
    )
    return render(
        request,
        "problem.html",
        caller=caller,
        now=utc(house.clock.now_ms()),
        local=zone(place["timezone"] if place else "UTC"),
        problem=found,
        place=place,
        may=caller.may("operator") and caller.csrf is not None and found["state"] in ("open", "snoozed"),
    )


@router.post("/p/{problem_id:int}/acknowledge")
async def acknowledge(request: Request, caller: SignedIn, problem_id: int) -> Response:
    """Somebody has it: escalation ends. Twice is once."""
    await check_csrf(request, caller)
    if not caller.may("operator"):
        raise HTTPException(403, f"To acknowledge takes the role operator; you are {caller.role}.")
    house = house_of(request)
    found = await problem_reads.problem(house.database, caller.scope, problem_id) if problem_id <= _ID_MAX else None
    if found is None:
        raise HTTPException(404, _GONE)
    now = utc(house.clock.now_ms())
    if await problem_changes.change(house.database, problem_id, caller.name, Wish("acknowledged"), now):
        data = {"id": problem_id, "state": "acknowledged", "severity": found["severity"], "title": found["title"]}
        house.hub.publish("problem", data, building=found["building"], device=found["device"])
    return RedirectResponse(f"/p/{problem_id}", 303, headers=HEADERS)
