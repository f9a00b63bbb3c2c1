"""The web application and what runs beside it: opened, migrated, started, and stopped in order."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import chain, repeat

from fastapi import FastAPI

from collector import house as houses
from collector.api import routes
from collector.api.gate import Gate
from collector.api.limits import Limiter
from collector.console import router as console
from collector.house import House
from collector.settings import Settings
from collector.store.migrate import migrate
from protocols.clock import Clock, SystemClock
from protocols.errors import StoreError

log = logging.getLogger(__name__)
_RETRY = (0.5, 1.0, 2.0, 5.0)


def create_app(settings: Settings, clock: Clock | None = None) -> FastAPI:
    """The collector as an ASGI application; its lifespan runs the whole house. Raises `OptionError`."""
    house = houses.build(settings, clock or SystemClock())
    app = FastAPI(
        title="First Bell",
        version="1",
        summary="What is watched in a school district, what is broken, and the history of every point.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        lifespan=_lifespan,
    )
    app.state.house = house
    app.state.limiter = Limiter()
    app.state.sign_ins = Limiter(rate=0.2, burst=20)
    app.add_middleware(Gate)
    routes.include(app)
    console.include(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    house: House = app.state.house
    await house.database.open()
    starter = asyncio.create_task(_start(house), name="starter")
    try:
        yield
    finally:
        starter.cancel()
        await asyncio.wait([starter])
        await house.supervisor.stop()
        await house.database.close()


async def _start(house: House) -> None:
    """Migrate, then start the loops. A database out of reach is tried again; one that is newer ends the process."""
    for delay in chain(_RETRY, repeat(_RETRY[-1])):
        try:
            await house.database.reach()
            ran = await migrate(house.database)
            break
        except StoreError as error:
            if error.permanent:
                house.fatal = str(error)
                house.stopping.set()
                return
            if house.unreachable != str(error):
                log.warning("waiting for the database, asking again every few seconds: %s", error)
            house.unreachable = str(error)
            await house.clock.sleep(delay)
    house.unreachable = None
    if ran:
        log.info("migrated the database: %s", ", ".join(ran))
    for name, run in house.loops():
        house.supervisor.start(name, run)
    house.starting = None
