"""The page of all problems: causes with their symptoms folded in, filtered, sorted; many acknowledged, put off or noted at once."""

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from collector.api.auth import check_csrf
from collector.calendar.zones import zone
from collector.console.acting import act
from collector.console.asked import SORT_WORDS, STATES, address, asked, filtered
from collector.console.causes import bare_title
from collector.console.page import HEADERS, Page, SignedIn, render
from collector.console.standing import WORST_FIRST
from collector.console.until import UNTIL
from collector.house import house_of
from collector.store import calendars, devices, overview, problem_list
from collector.store.accounts import Caller
from collector.store.problem_list import SIZE, Wanted
from protocols.clock import utc

router = APIRouter(route_class=Page, include_in_schema=False)


@router.get("/problems")
async def problems_page(request: Request, caller: SignedIn) -> Response:
    """The list, as the address asks for it."""
    return await _page(request, caller, asked(request.query_params))


@router.get("/problems/{problem_id:int}")
async def one(problem_id: int, caller: SignedIn) -> Response:
    """Its page has a short address, for messages."""
    return RedirectResponse(f"/p/{problem_id}", 307, headers=HEADERS)


@router.post("/problems")
async def change(request: Request, caller: SignedIn) -> Response:
    """Do one thing to every problem that is ticked."""
    await check_csrf(request, caller)
    if not caller.may("operator"):
        raise HTTPException(403, f"This takes the role operator; you are {caller.role}.")
    form = await request.form()
    said = {name: str(value) for name, value in form.items()}
    wanted = asked(said)
    chosen = [int(str(one)[:18]) for one in form.getlist("problem") if str(one).isascii() and str(one).isdigit()]
    try:
        changed = await act(house_of(request), caller, chosen, said)
    except ValueError as error:
        return await _page(request, caller, wanted, str(error))
    return RedirectResponse(address(wanted, done=changed), 303, headers=HEADERS)


async def _page(request: Request, caller: Caller, wanted: Wanted, error: str = "") -> Response:
    house = house_of(request)
    now = utc(house.clock.now_ms())
    rows = await problem_list.listing(house.database, caller.scope, wanted)
    more, rows = len(rows) > SIZE, rows[:SIZE]
    folded: dict[int, list[str]] = {}
    for row in await problem_list.symptoms(house.database, caller.scope, [row["id"] for row in rows]):
        folded.setdefault(row["cause_id"], []).append(str(row["device"] or row["title"]))
    places = await overview.building_names(house.database, caller.scope)
    rules = await problem_list.live_rules(house.database, caller.scope)
    device = await devices.device(house.database, caller.scope, wanted.device) if wanted.device else None
    done = request.query_params.get("done", "")
    return render(
        request, "problems.html", 422 if error else 200, caller=caller, section="problems", now=now, error=error, more=more,
        rows=[
            {**row, "title": bare_title(row["title"], row["building"]), "where": zone(row["timezone"])} for row in rows
        ],
        local=zone(await calendars.district_zone(house.database)), folded=folded, wanted=wanted, address=address,
        states=STATES, sorts=SORT_WORDS, severities=WORST_FIRST, filtered=filtered(wanted), buildings=places,
        rules=sorted({*rules, *([wanted.rule] if wanted.rule else [])}), device=device, snoozes=UNTIL,
        counts=await problem_list.counts(house.database, caller.scope),
        done=int(done[:6]) if done.isascii() and done.isdigit() else None, may=caller.may("operator") and bool(caller.csrf),
    )  # fmt: skip
