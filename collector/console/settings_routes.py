"""`/settings/routes`: in words who is told what when; routes and people edited, ordered, removed."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from collector.api import notifying as api
from collector.api.auth import check_csrf
from collector.api.errors import Refused
from collector.console.page import HEADERS, Page, SignedIn, render
from collector.console.refusals import in_words
from collector.console.route_words import DURING, STEPS, TELL, Names, clock, minute, quiet, route_of, then, when
from collector.console.standing import WORST_FIRST
from collector.house import House, house_of
from collector.store import channels, overview
from collector.store import routes as store
from collector.store.accounts import Caller

router = APIRouter(route_class=Page, include_in_schema=False, prefix="/settings/routes")
_NEW: dict[str, Any] = {
    "name": "", "severities": ["critical", "major"], "buildings": [], "kinds": [], "during": "always", "tell": "now",
    "go_on": False, "steps": [],
}  # fmt: skip
_NOBODY: dict[str, Any] = {
    "id": 0, "name": "", "account": None, "timezone": "", "quiet_from": None, "quiet_to": None, "channels": [],
}  # fmt: skip
_CHANGED = "The routes were changed by somebody else meanwhile: look at them again, then say it once more."


@router.get("")
async def routes_page(request: Request, caller: SignedIn) -> Response:
    """Every route, everybody who can be told, and what holds without routes."""
    return await _list(request, caller)


@router.post("")
async def order(request: Request, caller: SignedIn) -> Response:
    """`do`: up, down, remove (a route by its place) or forget (a person)."""
    form = await _admins(request, caller)
    house, do, at = house_of(request), str(form.get("do", "")), _number(form.get("at"))
    try:
        if do == "forget":
            await api.remove_person(house, caller, at)
            return RedirectResponse("/settings/routes", 303, headers=HEADERS)
        rows = await _unchanged(house, form)
        if not 0 <= at < len(rows):
            raise Refused(422, "There is no such route.")
        other = {"up": at - 1, "down": at + 1}.get(do)
        if do == "remove":
            del rows[at]
        elif other is not None and 0 <= other < len(rows):
            rows[at], rows[other] = rows[other], rows[at]
        await _replace(house, caller, rows)
    except Refused as error:
        return await _list(request, caller, str(error.detail))
    return RedirectResponse("/settings/routes", 303, headers=HEADERS)


@router.get("/{place:int}")
async def route_page(request: Request, caller: SignedIn, place: int) -> Response:
    """The form of the route at this place in the order; one past the last is a new one."""
    rows = await _rows(house_of(request))
    if not 0 <= place <= len(rows):
        raise HTTPException(404, "There is no such route.")
    return await _form(request, caller, place, rows[place] if place < len(rows) else _NEW, _tag(rows))


@router.post("/{place:int}")
async def save_route(request: Request, caller: SignedIn, place: int) -> Response:
    """Save it, at its place."""
    form = await _admins(request, caller)
    house = house_of(request)
    single = {name: str(value)[:200] for name, value in form.items()}
    many = {name: [str(one)[:100] for one in form.getlist(name)] for name in form}
    made = dict(_NEW)
    try:
        made = route_of(single, many)
        rows = await _unchanged(house, form)
        rows[place : place + 1] = [made]
        await _replace(house, caller, rows)
    except ValidationError as error:
        return await _form(request, caller, place, made, str(form.get("tag", "")), in_words(error))
    except (Refused, ValueError) as error:
        detail = str(error.detail) if isinstance(error, Refused) else str(error)
        return await _form(request, caller, place, made, str(form.get("tag", "")), detail)
    return RedirectResponse("/settings/routes", 303, headers=HEADERS)


@router.get("/people/{person:int}")
async def person_page(request: Request, caller: SignedIn, person: int) -> Response:
    """The form of a person; 0 is a new one."""
    people = {row["id"]: row for row in await store.people(house_of(request).database)}
    if person and person not in people:
        raise HTTPException(404, "There is no such person.")
    return await _person(request, caller, people.get(person, _NOBODY))


@router.post("/people/{person:int}")
async def save_person(request: Request, caller: SignedIn, person: int) -> Response:
    """Save the person."""
    form = await _admins(request, caller)
    house = house_of(request)
    said: dict[str, Any] = {
        "id": person,
        "name": str(form.get("name", "")).strip(),
        "timezone": str(form.get("timezone", "")).strip(),
    }
    said |= {"account": str(form.get("account", "")).strip() or None, "quiet_from": None, "quiet_to": None}
    said["channels"] = [_number(one) for one in form.getlist("channels")]
    try:
        said |= {name: minute(str(form.get(name, ""))) for name in ("quiet_from", "quiet_to")}
        wanted = api.NewPerson.model_validate({name: value for name, value in said.items() if name != "id"})
        if person:
            await api.change_person(house, caller, person, wanted)
        else:
            await api.add_person(house, caller, wanted)
    except ValidationError as error:
        return await _person(request, caller, said, in_words(error))
    except (Refused, ValueError) as error:
        return await _person(request, caller, said, str(error.detail) if isinstance(error, Refused) else str(error))
    return RedirectResponse("/settings/routes", 303, headers=HEADERS)


async def _admins(request: Request, caller: Caller) -> FormData:
    await check_csrf(request, caller)
    if not caller.may("admin"):
        raise HTTPException(403, f"Routes are set by an admin; you are {caller.role}.")
    return await request.form()


async def _rows(house: House) -> list[dict[str, Any]]:
    """The routes in order, without their ids, which change whenever they are saved."""
    return [{name: value for name, value in row.items() if name != "id"} for row in await store.routes(house.database)]


def _tag(rows: list[dict[str, Any]]) -> str:
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()[:24]


async def _unchanged(house: House, form: FormData) -> list[dict[str, Any]]:
    rows = await _rows(house)
    if form.get("tag") != _tag(rows):
        raise Refused(409, _CHANGED)
    return rows


async def _replace(house: House, caller: Caller, rows: list[dict[str, Any]]) -> None:
    await api.replace_routes(house, caller, api.Routes.model_validate({"items": rows}))


async def _names(house: House) -> Names:
    places, people = await overview.building_names(house.database, None), await store.people(house.database)
    rows = await channels.channels(house.database)
    return Names(*({row["id"]: row["name"] for row in each} for each in (places, people, rows)))


async def _list(request: Request, caller: Caller, error: str = "") -> Response:
    house = house_of(request)
    names, rows = await _names(house), await _rows(house)
    people = [
        {**row, "quiet": quiet(row), "through": [names.channels[one] for one in row["channels"]]}
        for row in await store.people(house.database)
    ]
    shown = [{**row, "when": when(row, names), "then": then(row, names)} for row in rows]
    return render(
        request, "settings_routes.html", 422 if error else 200, caller=caller, section="settings", routes=shown, people=people,
        tag=_tag(rows), error=error, may=caller.may("admin"), channels=names.channels,
    )  # fmt: skip


async def _form(
    request: Request, caller: Caller, place: int, route: Mapping[str, Any], tag: str, error: str = ""
) -> Response:
    house = house_of(request)
    empty = {"after_min": 0, "school": False, "people": [], "channels": []}
    steps = [*route["steps"], empty, *([empty] if not route["steps"] else [])][:STEPS]
    return render(
        request, "settings_route.html", 422 if error else 200, caller=caller, section="settings", place=place, route=route,
        steps=steps, tag=tag, error=error, names=await _names(house), severities=WORST_FIRST, during=DURING, tell=TELL,
        kinds=sorted({*await overview.kind_names(house.database, None), *route["kinds"]}), may=caller.may("admin"),
    )  # fmt: skip


async def _person(request: Request, caller: Caller, person: Mapping[str, Any], error: str = "") -> Response:
    house = house_of(request)
    zones = sorted(set(await overview.zones(house.database))) or ["UTC"]
    return render(
        request, "settings_person.html", 422 if error else 200, caller=caller, section="settings", person=person, error=error,
        channels=(await _names(house)).channels, zones=zones, clock=clock, may=caller.may("admin"),
    )  # fmt: skip


def _number(value: object) -> int:
    text = str(value)
    return int(text[:9]) if text.isascii() and text.isdigit() else -1
