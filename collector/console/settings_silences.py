"""The page `/settings/silences`: what is silenced and by whom, and a form that begins one, usable from a device or a building."""

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from collector.api.auth import check_csrf
from collector.api.errors import Refused
from collector.api.rule_writing import book_of
from collector.api.silences import Asked, begin_silence, end_silence
from collector.calendar.document import WEEKDAYS
from collector.calendar.zones import zone
from collector.console.page import HEADERS, Page, SignedIn, render
from collector.console.refusals import in_words
from collector.house import house_of
from collector.store import buildings, devices, overview
from collector.store import silences as store
from collector.store.accounts import Caller
from protocols.clock import utc

router = APIRouter(route_class=Page, include_in_schema=False, prefix="/settings/silences")
LASTING = {"30": "30 min", "120": "2 h", "480": "8 h", "1440": "1 day", "10080": "1 week"}
"""For how long, by minutes."""
_UNSAID = {
    **dict.fromkeys(("reason", "building", "kind", "device", "room", "rule", "begins", "ends"), ""),
    "minutes": "120",
}
_CAPTIONS = {
    "reason": "why",
    "device": "device number",
    "minutes": "how long",
    "weekly": "weekly:",
    "begins": "from",
    "ends": "to",
}


@router.get("")
async def silences_page(
    request: Request, caller: SignedIn, building: int = 0, device: int = 0, rule: str = ""
) -> Response:
    """What runs or is to come; the form with its scope filled in."""
    return await _page(
        request, caller, {"building": str(building or ""), "device": str(device or ""), "rule": rule[:80]}
    )


@router.post("")
async def change(request: Request, caller: SignedIn) -> Response:
    """Begin one, or end one (`end` is its id)."""
    await check_csrf(request, caller)
    if not caller.may("operator"):
        raise HTTPException(403, "Your role may not silence. Ask an operator.")
    form = await request.form()
    said = {name: str(value).strip() for name, value in form.items()}
    house = house_of(request)
    try:
        if said.get("end", "").isdigit():
            await end_silence(house, caller, int(said["end"][:9]))
        else:
            names = ("reason", "building", "kind", "device", "room", "rule", "minutes")
            body: dict[str, object] = {name: said[name] for name in names if said.get(name)}
            days = [day for day in WEEKDAYS if said.get(day)]
            if days:
                body["weekly"] = {"days": days, "begins": said.get("begins"), "ends": said.get("ends")}
                body.pop("minutes", None)
            await begin_silence(house, caller, Asked.model_validate(body))
    except ValidationError as error:
        return await _page(request, caller, said, in_words(error, _CAPTIONS))
    except Refused as error:
        detail = str(error.detail).removeprefix("body.")
        return await _page(request, caller, said, f"{detail[:1].upper()}{detail[1:]}")
    return RedirectResponse("/settings/silences", 303, headers=HEADERS)


async def _page(request: Request, caller: Caller, said: dict[str, str], error: str = "") -> Response:
    house = house_of(request)
    now = utc(house.clock.now_ms())
    found = await buildings.buildings(house.database, caller.scope, None, 1000)
    local = zone(found.items[0]["timezone"] if found.items else "UTC")
    rows = await store.alive(house.database, now, caller.scope)
    number = said.get("device", "")
    device = await devices.device(house.database, caller.scope, int(number[:9])) if number.isdecimal() else None
    return render(
        request, "settings_silences.html", 422 if error else 200, caller=caller, section="settings", now=now, local=local, rows=rows, error=error,
        buildings=found.items, said=_UNSAID | said, weekdays=WEEKDAYS, lasting=LASTING, device=device,
        kinds=await overview.kind_names(house.database, caller.scope), rules=sorted((await book_of(house)).rules),
    )  # fmt: skip
