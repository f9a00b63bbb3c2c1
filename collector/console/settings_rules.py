"""The pages of the rules: all of them with the noisiest first, and one with the form to set it, tried on the last 30 days."""

from collections import Counter
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from collector.api.auth import check_csrf
from collector.api.rule_writing import Wish, book_of, previewed, reset, store_setting
from collector.api.rules import refused_for
from collector.console.page import HEADERS, Page, SignedIn, render
from collector.console.rule_words import MOMENTS, changes_of, family, fields_of, says
from collector.console.times import district_zone
from collector.house import House, house_of
from collector.problems.rules import Rule
from collector.problems.tunable import tunable
from collector.store import overview, rule_settings
from collector.store.accounts import Caller
from protocols.clock import utc
from protocols.wire.batch import SEVERITIES

router = APIRouter(route_class=Page, include_in_schema=False)
Text = Annotated[str, Form(max_length=200)]
_UNSAID = dict.fromkeys(("building", "kind", "device", "severity", "during", "enabled"), "")


@router.get("/settings/rules")
async def rules_page(request: Request, caller: SignedIn, q: str = "") -> Response:
    """Every rule by family, and those that opened most problems in the last 30 days first."""
    house = house_of(request)
    book = await book_of(house)
    noise = await rule_settings.noise(house.database, utc(house.clock.now_ms()))
    chosen = Counter(row["rule"] for row in await rule_settings.settings(house.database))
    word, rows = q[:80].lower(), []
    for rule in (book.of(name) for name in sorted(book.rules)):
        row: dict[str, Any] = {
            "name": rule.name,
            "title": says(rule),
            "severity": rule.severity,
            "on": rule.enabled,
            "own": rule.own,
        }
        row |= {"family": family(rule), "problems": noise.get(rule.name, 0), "settings": chosen[rule.name]}
        if word in f"{row['name']} {row['title']} {row['family']} {rule.title} {rule.advice}".lower():
            rows.append(row)
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row["family"], []).append(row)
    loud = sorted((row for row in rows if row["problems"]), key=lambda row: -row["problems"])[:10]
    return render(
        request,
        "settings_rules.html",
        caller=caller,
        q=q[:80],
        groups=sorted(groups.items()),
        loud=loud,
        refused=refused_for(caller, book),
        section="settings",
    )


@router.get("/settings/rules/{name}")
async def rule_page(request: Request, caller: SignedIn, name: str, building: str = "", device: str = "") -> Response:
    """One rule: what it says, what was set, and the form, for a building or device where the address names one."""
    return await _page(request, caller, name, {"building": building[:10], "device": device[:10]})


@router.post("/settings/rules/{name}")
async def change_rule(
    request: Request, caller: SignedIn, name: str, do: Annotated[str, Form(max_length=10)],
    building: Text = "", kind: Text = "", device: Text = "",
) -> Response:  # fmt: skip
    """Try it on the past, save it, or take what was set away."""
    await check_csrf(request, caller)
    if not caller.may("admin"):
        raise HTTPException(403, f"This needs the role admin; you are {caller.role}.")
    house = house_of(request)
    rule = (await book_of(house)).rules.get(name[:80])
    if rule is None:
        raise HTTPException(404, "There is no such rule.")
    given = {key: str(value)[:200] for key, value in (await request.form()).items()}
    try:
        place = rule_settings.Place(rule.name, _id(building), kind.strip() or None, _id(device))
        if do == "reset":
            await reset(house, caller, place)
            return _back(rule.name, "reset")
        wish = Wish(place, changes_of(rule, given))
        if do == "save":
            await store_setting(house, caller, wish)
            return _back(rule.name, "saved")
        found = await previewed(house, caller, wish)
    except ValueError as error:
        return await _page(request, caller, name, given, error=str(error), status=422)
    except HTTPException as error:
        return await _page(
            request, caller, name, given, error=_plainly(str(error.detail), rule.name), status=error.status_code
        )
    if found is None:
        return await _page(
            request, caller, name, given, error="Another preview is being worked out: try again in a moment."
        )
    before, after = (
        Counter(found.names.get(one.subject, "the district") for one in side) for side in (found.now, found.then)
    )
    captions = {field.key: field.caption for field in fields_of(rule, {})}
    each = [(place_name, before[place_name], after[place_name]) for place_name in sorted({*before, *after})]
    newest = [(found.names.get(one.subject, "the district"), utc(one.opened)) for one in found.then[:-21:-1]]
    tried = {"now": len(found.now), "then": len(found.then), "each": each[:50], "newest": newest}
    tried |= {"since": utc(found.since), "by": found.by, "unjudged": [captions.get(key, key) for key in found.unjudged]}
    return await _page(request, caller, name, given, tried=tried)


async def _page(
    request: Request, caller: Caller, name: str, given: dict[str, str], status: int = 200, **more: Any
) -> Response:
    house = house_of(request)
    book = await book_of(house)
    if name not in book.rules:
        raise HTTPException(404, "There is no such rule.")
    rule = book.of(name)
    return render(
        request, "settings_rule.html", status, caller=caller, section="settings", rule=rule, said=says(rule),
        fields=fields_of(rule, given), given=_UNSAID | given, severities=SEVERITIES,
        moments=MOMENTS if tunable(rule).during else {}, places=tunable(rule).places,
        stamp=utc(house.clock.now_ms()), local=district_zone(await overview.zones(house.database)), done=request.query_params.get("done", ""),
        **{"error": "", "tried": None} | await _places(house, caller, rule) | more,
    )  # fmt: skip


async def _places(house: House, caller: Caller, rule: Rule) -> dict[str, Any]:
    rows = await rule_settings.settings(house.database, rule.name)
    mine = [row for row in rows if caller.scope is None or row["building"] in (None, *caller.scope)]
    return {
        "set": [row | {"words": ", ".join(f"{k} {v}" for k, v in row["changes"].items())} for row in mine],
        "buildings": await overview.building_names(house.database, caller.scope),
        "kinds": await overview.kind_names(house.database, caller.scope),
    }


def _id(text: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdigit() or not 0 < int(text) < 2**31:
        raise ValueError(
            "Building and device are numbers: choose from the list, or take the one in the device page's address."
        )
    return int(text)


def _plainly(detail: str, rule: str) -> str:
    """A refusal of the API without what the form's reader knows: which rule, and that it is to be sent again."""
    for known in ("Correct and send again: ", "changes: ", f"rule {rule!r}: "):
        detail = detail.removeprefix(known)
    return f"{detail[:1].upper()}{detail[1:].rstrip('.')}."


def _back(name: str, done: str) -> Response:
    return RedirectResponse(f"/settings/rules/{quote(name)}?{urlencode({'done': done})}", 303, headers=HEADERS)
