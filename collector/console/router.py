"""Every page of the console, gathered: a page is one file with a `router`, and one line here."""

from fastapi import FastAPI

from collector.console.assets import router as assets
from collector.console.building import router as building
from collector.console.device import router as device
from collector.console.now import router as now
from collector.console.sign_in import router as sign_in

PAGES = (now, building, device, sign_in, assets)


def include(app: FastAPI) -> None:
    """Add the pages and their assets to the application."""
    for router in PAGES:
        app.include_router(router)
