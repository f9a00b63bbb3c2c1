"""`/settings/channels`: where messages go; added by plain words, tried, changed, switched off, removed."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from collector.api import channels as api
from collector.api.auth import check_csrf
from collector.api.errors import Refused
from collector.console.page import HEADERS, Page, SignedIn, render
from collector.console.refusals import in_words
from collector.console.times import district_zone
from collector.house import house_of
from collector.notify.services import BY_KEY, SERVICES, url_of
from collector.store import channels as store
from collector.store import overview
from collector.store.accounts import Caller
from protocols.clock import utc
from protocols.errors import ChannelError
from protocols.wire.batch import SEVERITIES

router = APIRouter(route_class=Page, include_in_schema=False, prefix="/settings/channels")
_SERVICE = {
    "mailto": "E-mail", "mailtos": "E-mail", "ntfy": "ntfy", "ntfys": "ntfy", "workflow": "Microsoft Teams", "workflows":
    "Microsoft Teams", "msteams": "Microsoft Teams", "slack": "Slack", "gchat": "Google Chat", "http": "Webhook", "https": "Webhook",
    "json": "Webhook", "jsons": "Webhook",
}  # fmt: skip
_DONE = {"saved": "Saved.", "removed": "Removed, with what waited for it."}


@router.get("")
async def channels_page(request: Request, caller: SignedIn) -> Response:
    """Every channel and how it does."""
    return await _page(request, caller, said=_DONE.get(request.query_params.get("done", ""), ""))


@router.post("")
async def change(request: Request, caller: SignedIn) -> Response:
    """`do`: add, test, save or remove."""
    await check_csrf(request, caller)
    if not caller.may("admin"):
        raise HTTPException(403, f"Channels are set by an admin; you are {caller.role}.")
    given = {name: str(value).strip()[:2000] for name, value in (await request.form()).items()}
    try:
        return await _change(request, caller, given)
    except ValidationError as error:
        return await _page(request, caller, given, error=in_words(error))
    except (Refused, ChannelError) as error:
        detail = str(error.detail if isinstance(error, Refused) else error).removeprefix("body.url: ")
        return await _page(request, caller, given, error=f"{detail[:1].upper()}{detail[1:].rstrip('.')}.")


async def _change(request: Request, caller: Caller, given: Mapping[str, str]) -> Response:
    house, do = house_of(request), given.get("do", "")
    identity = int(given["id"]) if given.get("id", "").isascii() and given.get("id", "").isdigit() else 0
    if do == "add":
        service = given.get("service", "")
        title = BY_KEY[service].title if service in BY_KEY else ""
        name, url = given.get("name") or title, url_of(service, given)
        wanted = api.NewChannel.model_validate({"name": name, "url": url, "minimum": given.get("minimum") or "minor"})
        made = await api.add_channel(house, caller, wanted)
        return await _page(
            request, caller, said=f"Added {name}. Send a test message to see that it works.", secret=made.signing_secret
        )
    if do == "test":
        answer = await api.try_channel(house, caller, identity)
        words = f"{'Taken' if answer.ok else 'Not taken'}. In its own words: {answer.answer}"
        return await _page(request, caller, said=words if answer.ok else "", error="" if answer.ok else words)
    if do == "save":
        changed = {"name": given.get("name"), "minimum": given.get("minimum"), "enabled": given.get("enabled") == "yes"}
        await api.change_channel(house, caller, identity, api.ChangedChannel.model_validate(changed))
        return RedirectResponse("/settings/channels?done=saved", 303, headers=HEADERS)
    if do == "remove":
        await api.remove_channel(house, caller, identity)
        return RedirectResponse("/settings/channels?done=removed", 303, headers=HEADERS)
    raise Refused(422, "Choose what is to be done.")


async def _page(
    request: Request, caller: Caller, given: Mapping[str, str] | None = None, *, error: str = "", said: str = "",
    secret: str | None = None,
) -> Response:  # fmt: skip
    house = house_of(request)
    rows: list[dict[str, Any]] = [
        {**row, "service": _SERVICE.get(row["scheme"], row["scheme"])} for row in await store.channels(house.database)
    ]
    return render(
        request, "settings_channels.html", 422 if error and given else 200, caller=caller, section="settings",
        now=utc(house.clock.now_ms()), local=district_zone(await overview.zones(house.database)), rows=rows, services=SERVICES,
        severities=SEVERITIES, given=given or {}, error=error, said=said, secret=secret, may=caller.may("admin"),
    )  # fmt: skip
