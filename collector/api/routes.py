"""Every route of the API, gathered: a resource is one file with a `router`, and one line here."""

from fastapi import FastAPI

from collector.api import (
    agents,
    buildings,
    channels,
    commands,
    devices,
    docs,
    enrolments,
    errors,
    events,
    export,
    forecasts,
    health,
    heartbeats,
    history,
    imports,
    install,
    live,
    metrics,
    normal,
    notifying,
    points,
    problems,
    reports,
    roles,
    rules,
    schedules,
    silences,
)

PREFIX = "/api/v1"
RESOURCES = (
    buildings,
    devices,
    points,
    history,
    normal,
    export,
    events,
    problems,
    forecasts,
    agents,
    channels,
    enrolments,
    heartbeats,
    live,
    schedules,
    silences,
    notifying,
    reports,
    rules,
    commands,
    imports,
    roles,
    docs,
)
"""Under `/api/v1` alone."""
PROBES = (health, metrics)
"""Under `/api/v1` and at the root, where orchestrators and Prometheus look first."""


def include(app: FastAPI) -> None:
    """Add the API to the application."""
    errors.include(app)
    for module in RESOURCES:
        app.include_router(module.router, prefix=PREFIX)
    for module in PROBES:
        app.include_router(module.router, prefix=PREFIX)
        app.include_router(module.router, include_in_schema=False)
    app.include_router(install.router)
