"""GET /events."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from collector.api.auth import viewer
from collector.api.errors import ERRORS
from collector.api.etag import Tagged
from collector.api.fields import AskedPage, From, IdQuery, Listing, Stamp, TextQuery, To, example
from collector.api.span import check_order
from collector.house import TheHouse
from collector.store import events as store
from collector.store.accounts import Caller
from collector.store.events import EventFilter

router = APIRouter(prefix="/events", tags=["events"], responses=ERRORS, route_class=Tagged)
Severity = Literal["info", "minor", "major", "critical"]


class Event(BaseModel):
    """Something that happened once at a device."""

    model_config = example(
        id=9001,
        device=17,
        building=3,
        time="2026-09-01T11:25:00.000Z",
        kind="host.reboot",
        severity="minor",
        detail={"uptime": 4061222},
    )

    id: int
    device: int
    building: int
    time: Stamp
    kind: str
    severity: Severity
    detail: dict[str, Any]


async def _filter(
    device: IdQuery = None, building: IdQuery = None, kind: TextQuery = None, start: From = None, to: To = None
) -> EventFilter:
    check_order(start, to)
    return EventFilter(device, building, kind, start, to)


@router.get("")
async def list_events(
    house: TheHouse,
    caller: Annotated[Caller, Depends(viewer)],
    asked: AskedPage,
    wanted: Annotated[EventFilter, Depends(_filter)],
) -> Listing[Event]:
    """Events, the newest first."""
    found = await store.events(house.database, caller.scope, wanted, asked.cursor, asked.limit)
    return Listing(items=[Event(**row) for row in found.items], next=found.next)
