"""Every route of the API, gathered: a resource is one file with a `router`, and one line here."""

from fastapi import FastAPI

from collector.api import errors

PREFIX = "/api/v1"


def include(app: FastAPI) -> None:
    """Add the API to the application."""
    errors.include(app)
