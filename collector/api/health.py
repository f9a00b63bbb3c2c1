"""GET /healthz and /readyz, for whoever restarts us and whoever sends us work. No credential; nothing secret in them."""

import asyncio

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from collector.api.fields import example
from collector.house import House, TheHouse
from protocols.errors import StoreError

router = APIRouter(tags=["health"])
_PATIENCE_S = 2.0


class Alive(BaseModel):
    """The process answers."""

    model_config = example(status="ok")

    status: str = "ok"


class Part(BaseModel):
    """One thing the collector needs."""

    ok: bool
    detail: str = Field(description="What is wrong and what is waited for; `ok` when nothing is.")


class Ready(BaseModel):
    """Whether the collector does its work, and which part keeps it from it."""

    model_config = example(
        ready=False,
        database={"ok": True, "detail": "ok"},
        broker={"ok": False, "detail": "not connected yet"},
        ingest={"ok": True, "detail": "ok"},
    )

    ready: bool
    database: Part
    broker: Part
    ingest: Part


@router.get("/healthz")
async def healthz() -> Alive:
    """200 while the process answers."""
    return Alive()


@router.get("/readyz", responses={503: {"model": Ready, "description": "Not ready; the parts say why."}})
async def readyz(house: TheHouse, response: Response) -> Ready:
    """200 when database, broker and ingest all work, else 503 with the same body."""
    database = await _database(house)
    broker, ingest = _part(house.broker_failure()), _part(house.ingest_failure())
    ready = Ready(ready=database.ok and broker.ok and ingest.ok, database=database, broker=broker, ingest=ingest)
    response.status_code = 200 if ready.ready else 503
    response.headers["Cache-Control"] = "no-store"
    return ready


async def _database(house: House) -> Part:
    if house.unreachable is not None:
        return _part(f"{house.unreachable}; it is tried again by itself")
    if house.starting is not None:
        return _part(house.starting)
    try:
        await asyncio.wait_for(house.database.row("select 1 as one"), _PATIENCE_S)
    except TimeoutError:
        return _part(f"does not answer within {_PATIENCE_S:g} s; it is tried again by itself")
    except StoreError as error:
        return _part(str(error))
    return _part(None)


def _part(failure: str | None) -> Part:
    return Part(ok=failure is None, detail=failure or "ok")
