"""What the installer fetches: the script, the list of wheels and the wheels. Nothing here is secret; all of it is pinned."""

import asyncio
import html

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, Response

from collector.api.errors import Refused, not_found
from collector.fleet import enrol, installer
from collector.house import TheHouse
from protocols.clock import utc
from protocols.errors import StartError

router = APIRouter(include_in_schema=False)
"""At the root, outside `/api/v1`: paths that people read in a line they paste."""


@router.get(installer.SCRIPT_PATH)
async def script(house: TheHouse) -> Response:
    """The installer. Its SHA-256 is in the line that fetches it."""
    try:
        text = await asyncio.to_thread(enrol.script, house.settings.data, utc(house.clock.now_ms()))
    except StartError as error:
        raise Refused(503, str(error)) from error
    return Response(text, media_type="text/x-shellscript")


@router.get(installer.REQUIREMENTS_PATH)
async def requirements(house: TheHouse) -> PlainTextResponse:
    """What pip is to install, each wheel with its SHA-256."""
    text = await asyncio.to_thread(enrol.wheelhouse(house.settings.data).requirements)
    return PlainTextResponse(text)


@router.get(installer.WHEELS_PATH)
async def index(house: TheHouse) -> HTMLResponse:
    """The wheels as links, as pip's `--find-links` reads them."""
    names = [html.escape(path.name) for path in enrol.wheelhouse(house.settings.data).wheels()]
    return HTMLResponse("<!doctype html>" + "".join(f'<a href="{name}">{name}</a><br>' for name in names))


@router.get(installer.WHEELS_PATH + "{name}")
async def wheel(name: str, house: TheHouse) -> FileResponse:
    """One wheel; only those on the list are given out."""
    for path in enrol.wheelhouse(house.settings.data).wheels():
        if path.name == name:
            return FileResponse(path, media_type="application/octet-stream")
    raise not_found("wheel", name)
