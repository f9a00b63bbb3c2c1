"""GET /devices, /devices/{id}, /devices/{id}/points."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from collector.api.auth import viewer
from collector.api.buildings import State
from collector.api.errors import ERRORS, not_found
from collector.api.etag import Tagged
from collector.api.fields import AskedPage, Id, IdQuery, Listing, Stamp, Text, TextQuery, example
from collector.api.points import Point, shown
from collector.house import TheHouse
from collector.store import devices as store
from collector.store import points
from collector.store.accounts import Caller
from collector.store.devices import DeviceFilter

router = APIRouter(prefix="/devices", tags=["devices"], responses=ERRORS, route_class=Tagged)


class Device(BaseModel):
    """A thing that is watched."""

    model_config = example(
        id=17, key="ahu-3", building=3, agent="middle-school", kind="hvac", name="Air handler 3", room="Roof",
        address="10.2.9.3:47808", parent=None, state="ok", state_since="2026-09-01T11:25:00.000Z", last_seen="2026-09-01T11:25:00.000Z",
        attributes={"vendor": "Trane", "model": "UC600", "firmware": "5.1"},
    )  # fmt: skip

    id: int
    key: str = Field(description="What its agent calls it.")
    building: int
    agent: str
    kind: str
    name: str
    room: str | None
    address: str | None
    parent: int | None = Field(description="The device it hangs off.")
    state: State
    state_since: Stamp
    last_seen: Stamp | None = Field(description="When it last answered.")
    attributes: dict[str, Any] = Field(description="What it says of itself: model, serial, firmware, …")


async def _filter(
    building: IdQuery = None,
    kind: TextQuery = None,
    state: Annotated[State | None, Query()] = None,
    room: TextQuery = None,
    q: Annotated[Text | None, Query(description="Looked for in name, key, address and room.")] = None,
) -> DeviceFilter:
    return DeviceFilter(building, kind, state, room, q)


@router.get("")
async def list_devices(
    house: TheHouse,
    caller: Annotated[Caller, Depends(viewer)],
    asked: AskedPage,
    wanted: Annotated[DeviceFilter, Depends(_filter)],
) -> Listing[Device]:
    """Devices, by id."""
    found = await store.devices(house.database, caller.scope, wanted, asked.cursor, asked.limit)
    return Listing(items=[Device(**row) for row in found.items], next=found.next)


@router.get("/{id}")
async def get_device(house: TheHouse, caller: Annotated[Caller, Depends(viewer)], id: Id) -> Device:  # noqa: A002
    """One device."""
    row = await store.device(house.database, caller.scope, id)
    if row is None:
        raise not_found("device", id)
    return Device(**row)


@router.get("/{id}/points")
async def list_device_points(
    house: TheHouse,
    caller: Annotated[Caller, Depends(viewer)],
    id: Id,  # noqa: A002
    asked: AskedPage,
) -> Listing[Point]:
    """The points of one device, by id."""
    if await store.device(house.database, caller.scope, id) is None:
        raise not_found("device", id)
    wanted = points.PointFilter(device=id)
    found = await points.points(house.database, caller.scope, wanted, asked.cursor, asked.limit)
    return Listing(items=[shown(row) for row in found.items], next=found.next)
