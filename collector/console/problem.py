"""The page of one problem, where a message leads: what it is, why, who was told, what was done last time, one tap to have it."""

from datetime import timedelta, tzinfo
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from collector.api.auth import check_csrf
from collector.calendar.zones import zone
from collector.console.acting import act
from collector.console.causes import bare_title
from collector.console.evidence import Fact, Setting, facts
from collector.console.evidence_chart import Chart, chart, judged, own_rows, span
from collector.console.page import HEADERS, Page, SignedIn, render
from collector.console.points import name_of
from collector.console.standing import WORDS
from collector.console.strip import Run, in_words, reach_spans, runs
from collector.console.told import message, silence_of_it
from collector.console.until import UNTIL
from collector.house import House, house_of
from collector.store import buildings, calendars, devices, points, problem_list, problem_reads, problem_story
from collector.store.accounts import Caller
from collector.store.history import history
from protocols.clock import utc
from protocols.metrics import BY_NAME
from protocols.units import states_of

router = APIRouter(route_class=Page, include_in_schema=False)
_ID_MAX = 2**63 - 1
_GONE = "There is no such problem, or it is not in one of your buildings."
_BUCKETS = 300
Row = dict[str, Any]


class Why(NamedTuple):
    """The evidence: what it is about, in words, as a chart, and a device's reach around it."""

    name: str
    facts: list[Fact]
    chart: Chart | None
    strip: list[Run]
    strip_words: str


@router.get("/p/{problem_id:int}")
async def problem_page(request: Request, caller: SignedIn, problem_id: int) -> Response:
    """One problem. A stranger signs in first and comes back here."""
    return await _page(request, caller, problem_id)


@router.post("/p/{problem_id:int}")
async def change(request: Request, caller: SignedIn, problem_id: int) -> Response:
    """Acknowledge, put off, resolve or note, as `do` says."""
    said = await _allowed(request, caller, problem_id)
    try:
        await act(house_of(request), caller, [problem_id], said)
    except ValueError as error:
        return await _page(request, caller, problem_id, str(error))
    return RedirectResponse(f"/p/{problem_id}", 303, headers=HEADERS)


@router.post("/p/{problem_id:int}/acknowledge")
async def acknowledge(request: Request, caller: SignedIn, problem_id: int) -> Response:
    """Somebody has it: escalation ends. Twice is once."""
    await _allowed(request, caller, problem_id)
    await act(house_of(request), caller, [problem_id], {"do": "acknowledge"})
    return RedirectResponse(f"/p/{problem_id}", 303, headers=HEADERS)


async def _allowed(request: Request, caller: Caller, problem_id: int) -> dict[str, str]:
    """What the form says, of somebody who may, about a problem that is there."""
    await check_csrf(request, caller)
    if not caller.may("operator"):
        raise HTTPException(403, f"To acknowledge takes the role operator; you are {caller.role}.")
    if not caller.sees((await _found(house_of(request), caller, problem_id))["building"]):
        raise HTTPException(403, "This concerns several schools: somebody who looks after all of them takes it.")
    return {name: str(value) for name, value in (await request.form()).items()}


async def _found(house: House, caller: Caller, problem_id: int) -> Row:
    row = await problem_reads.problem(house.database, caller.scope, problem_id) if problem_id <= _ID_MAX else None
    if row is None:
        raise HTTPException(404, _GONE)
    return row


async def _page(request: Request, caller: Caller, problem_id: int, error: str = "") -> Response:
    house = house_of(request)
    found, database, now = await _found(house, caller, problem_id), house.database, utc(house.clock.now_ms())
    place = None if found["building"] is None else await buildings.building(database, caller.scope, found["building"])
    local = await _local(house, place)
    own = caller.sees(
        found["building"]
    )  # of what it shares with others a scope is shown the fault, not who was told and wrote what
    told = [message(row, now, local) for row in (await problem_story.told(database, problem_id) if own else ())]
    steps, name = found["timeline"], place["name"] if place else None
    device = None if found["device"] is None else await devices.device(database, caller.scope, found["device"])
    return render(
        request, "problem.html", 422 if error else 200, caller=caller, section="problems", now=now, local=local, problem=found,
        title=bare_title(found["title"], name), place=place, device=device, error=error,
        root=None if found["cause"] is None else await problem_reads.problem(database, caller.scope, found["cause"]),
        symptoms=[{**row, "title": bare_title(row["title"], name)} for row in await problem_list.symptoms(database, caller.scope, [problem_id])], why=await _why(house, caller, found, now),
        told=told, untold=silence_of_it(found, any(step["change"] == "silenced" for step in steps)),
        steps=[step for step in steps if step["change"] != "told"][-200:],
        last=await problem_story.before(database, problem_id, found["rule"], found["subject"]) if own else (), own=own,
        tunes=found["rule"] in house.problems.book.rules, snoozes=UNTIL,
        acts=caller.may("operator") and caller.csrf is not None and own,
    )  # fmt: skip


async def _local(house: House, place: Row | None) -> tzinfo:
    """The building's own time; the district's where it belongs to none."""
    return zone(place["timezone"] if place else await calendars.district_zone(house.database))


async def _why(house: House, caller: Caller, found: Row, now: Any) -> Why:
    evidence, database = found["evidence"] or {}, house.database
    named = [one for one in _ids(evidence) if isinstance(one, int)]
    others = await problem_story.names(database, caller.scope, named) if named else []
    rows = [] if found["point"] is None else await points.points_by_id(database, caller.scope, [found["point"]])
    point = rows[0] if rows else None
    place = None if found["building"] is None else await buildings.building(database, caller.scope, found["building"])
    where = await _local(house, place)
    states = (states_of(point["metric"], point["states"]) if point else None) or {}
    names, units = ({row["id"]: row[what] for row in others} for what in ("name", "unit"))
    how = Setting(point["unit"] if point else "1", states, now, where, names, units)
    strip: list[Run] = []
    if point is None and found["device"] is not None:
        end = min(now, found["opened"] + timedelta(hours=12))
        changes = await problem_story.reach(database, found["device"], end - timedelta(hours=24), end)
        pairs = [(row["time"], row["reachable"]) for row in changes]
        strip = runs(reach_spans(pairs), pairs[0][0], end) if pairs else []
    name = " ".join(filter(None, name_of(point))) if point else ""
    drawn = await _chart(house, found, point, now, where) if point and not states else None
    return Why(name, facts(evidence, how), drawn, strip, in_words(strip, WORDS) if strip else "")


async def _chart(house: House, found: Row, point: Row, now: Any, where: Any) -> Chart | None:
    evidence = found["evidence"] or {}
    metric, ends = BY_NAME.get(point["metric"]), span(found["opened"], found["resolved"], now)
    if metric is not None and metric.kind == "counter":
        rows = own_rows(evidence)
    else:
        heard = await history(house.database, point["id"], *ends, _BUCKETS)
        raw = heard.resolution == "raw"
        rows = [
            (row[0].timestamp(), row[1], row[1] if raw else row[2], row[1] if raw else row[3]) for row in heard.rows
        ]
        rows = rows or own_rows(evidence)
    return chart(rows, ends, found["opened"], judged(evidence), point["unit"], where)


def _ids(evidence: Row) -> list[Any]:
    """The points that the evidence names."""
    given = evidence.get("points") or []
    return list(given.values() if isinstance(given, dict) else given)
