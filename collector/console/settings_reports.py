"""The page `/settings/reports`: when the First Bell report comes, to which channels, and the alert budget."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from collector.api.auth import check_csrf
from collector.api.errors import Refused
from collector.api.reports import ReportSettings, save_settings
from collector.calendar.zones import zone
from collector.console.page import HEADERS, Page, SignedIn, render
from collector.console.refusals import in_words
from collector.house import house_of
from collector.notify.report.recipients import wants
from collector.store import buildings, report_settings
from collector.store.accounts import Caller
from protocols.clock import utc

router = APIRouter(route_class=Page, include_in_schema=False, prefix="/settings/reports")
_CAPTIONS = {"at": "time", "budget": "alert budget", "times": ""}
_WANTED = {"": None, "yes": True, "no": False}


@router.get("")
async def settings(request: Request, caller: SignedIn) -> Response:
    """The form, for administrators: channels are theirs."""
    if not caller.may("admin"):
        raise HTTPException(403, "Who gets the report is for administrators; ask one.")
    return await _page(request, caller)


@router.post("")
async def change(request: Request, caller: SignedIn) -> Response:
    """All of it as the form says."""
    await check_csrf(request, caller)
    if not caller.may("admin"):
        raise HTTPException(403, "Your role may not change this. Ask an administrator.")
    house = house_of(request)
    found = await report_settings.settings(house.database)
    try:
        await save_settings(house, caller, ReportSettings.model_validate(_said(await request.form(), found)))
    except ValidationError as error:
        return await _page(request, caller, in_words(error, _CAPTIONS))
    except Refused as error:
        return await _page(request, caller, str(error.detail))
    return RedirectResponse("/settings/reports?done=1", 303, headers=HEADERS)


def _said(form: FormData, found: dict[str, Any]) -> dict[str, Any]:
    """The form as the API's document."""
    times = [{"building": row["building"], "at": form.get(f"at{row['building']}")} for row in found["times"]]
    channels = [
        {
            "channel": row["channel"],
            "wanted": _WANTED.get(str(form.get(f"wanted{row['channel']}") or "")),
            "buildings": form.getlist(f"buildings{row['channel']}"),
        }
        for row in found["channels"]
    ]
    return {
        "at": form.get("at"),
        "budget": form.get("budget"),
        "off_days": form.get("off_days") is not None,
        "calm": form.get("calm") is not None,
        "times": [one for one in times if one["at"]],
        "channels": channels,
    }


async def _page(request: Request, caller: Caller, error: str = "") -> Response:
    house = house_of(request)
    found = await report_settings.settings(house.database)
    places = await buildings.buildings(house.database, caller.scope, None, 1)
    for row in found["channels"]:
        row["gets"] = wants(row)
    return render(
        request, "settings_reports.html", 422 if error else 200, caller=caller, section="settings", error=error, found=found,
        now=utc(house.clock.now_ms()), local=zone(places.items[0]["timezone"] if places.items else "UTC"), done=request.query_params.get("done") == "1",
    )  # fmt: skip
