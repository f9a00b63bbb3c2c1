"""Every page of the console, gathered: a page is one file with a `router`, and one line here."""

from fastapi import FastAPI, Request
from starlette.responses import Response

from collector.api import errors
from collector.console.assets import router as assets
from collector.console.building import router as building
from collector.console.device import router as device
from collector.console.now import router as now
from collector.console.page import refused
from collector.console.problem import router as problem
from collector.console.problems import router as problems
from collector.console.reports import router as reports
from collector.console.roles import router as roles
from collector.console.settings import router as settings
from collector.console.settings_calendar import router as settings_calendar
from collector.console.settings_channels import router as settings_channels
from collector.console.settings_heartbeats import router as settings_heartbeats
from collector.console.settings_reports import router as settings_reports
from collector.console.settings_routes import router as settings_routes
from collector.console.settings_rules import router as settings_rules
from collector.console.settings_silences import router as settings_silences
from collector.console.sign_in import router as sign_in
from collector.console.supplies import router as supplies

PAGES = (
    now,
    building,
    device,
    problem,
    problems,
    roles,
    supplies,
    reports,
    settings,
    settings_calendar,
    settings_channels,
    settings_heartbeats,
    settings_routes,
    settings_rules,
    settings_silences,
    settings_reports,
    sign_in,
    assets,
)


def include(app: FastAPI) -> None:
    """Add the pages and their assets to the application; a person at an address that is none gets a page too."""
    for router in PAGES:
        app.include_router(router)
    for status in (404, 405):
        app.add_exception_handler(status, _astray)
    app.add_exception_handler(Exception, _failed)


async def _astray(request: Request, error: Exception) -> Response:
    """A page for who reads pages, the API's own answer for everything else."""
    if _reads_pages(request):
        return refused(request, 404, "There is no page at this address.")
    return await errors.refused(request, error)


async def _failed(request: Request, error: Exception) -> Response:
    """The last resort; the server's log has the traceback."""
    if _reads_pages(request):
        return refused(request, 500, "The collector failed at this; its log says why. Please report it.")
    return await errors.failed(request, error)


def _reads_pages(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")
