"""Every page of the console, gathered: a page is one file with a `router`, and one line here."""

from fastapi import FastAPI

from collector.console import assets, building, device, now, sign_in

PAGES = (now, building, device, sign_in, assets)


def include(app: FastAPI) -> None:
    """Add the pages and their assets to the application."""
    for page in PAGES:
        app.include_router(page.router)
