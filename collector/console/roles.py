"""The page on which a person confirms what a device's points are in its equipment."""

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from collector.api.auth import check_csrf
from collector.console.page import HEADERS, Page, SignedIn, render
from collector.house import House, house_of
from collector.problems.hvac.review import METRICS, Reviewed, review
from collector.problems.hvac.roles import BY_NAME, ROLES
from collector.store import devices
from collector.store import roles as store
from collector.store.accounts import Caller
from protocols.clock import utc

router = APIRouter(route_class=Page, include_in_schema=False)


async def reviewed(house: House, device_id: int, device: str) -> list[Reviewed]:
    """The device's points with their roles."""
    return review(await store.of_device(house.database, device_id, METRICS), device)


@router.get("/d/{device_id:int}/roles")
async def roles_page(request: Request, caller: SignedIn, device_id: int, live: bool = False) -> Response:
    """Every point that plays a role, or may. `live` is asked for by the page's own script, and changes nothing."""
    house = house_of(request)
    device = await _device(house, caller, device_id)
    rows = await reviewed(house, device_id, str(device["name"]))
    return render(request, "roles.html", caller=caller, device=device, rows=rows, roles=ROLES, may=caller.may("admin"))


@router.post("/d/{device_id:int}/roles")
async def confirm_roles(request: Request, caller: SignedIn, device_id: int) -> Response:
    """Confirm what the form says: a field `p<point>` a point, `none` for no role, `auto` for what is suggested."""
    await check_csrf(request, caller)
    if not caller.may("admin"):
        raise HTTPException(403, f"Confirming roles needs the role admin; {caller.name} is {caller.role}.")
    house = house_of(request)
    await _device(house, caller, device_id)
    said: dict[int, str | None] = {}
    for field, value in (await request.form()).items():
        if not (field.startswith("p") and field[1:].isdecimal()) or value == "auto":
            continue
        if value != "none" and value not in BY_NAME:
            raise HTTPException(422, "The form names a role that there is not. Reload the page.")
        said[int(field[1:])] = None if value == "none" else str(value)
    await store.confirm(house.database, device_id, said, caller.name, utc(house.clock.now_ms()))
    return RedirectResponse(f"/d/{device_id}#roles", 303, headers=HEADERS)


async def _device(house: House, caller: Caller, device_id: int) -> dict[str, object]:
    found = await devices.device(house.database, caller.scope, device_id) if 0 < device_id < 2**31 else None
    if found is None:
        raise HTTPException(404, "There is no such device, or it is not in one of your buildings.")
    return dict(found)
