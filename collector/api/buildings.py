"""GET /buildings, /buildings/{id}."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from collector.api.auth import viewer
from collector.api.errors import ERRORS, not_found
from collector.api.etag import Tagged
from collector.api.fields import AskedPage, Id, Listing, example
from collector.house import TheHouse
from collector.store import buildings as store
from collector.store.accounts import Caller
from collector.store.paging import Row

router = APIRouter(prefix="/buildings", tags=["buildings"], responses=ERRORS, route_class=Tagged)
State = Literal["ok", "problem", "unreachable", "unknown"]


class DeviceCounts(BaseModel):
    """How many devices a building has, and how many are in each state."""

    total: int
    ok: int
    problem: int
    unreachable: int
    unknown: int


class Building(BaseModel):
    """A building: `problems` counts those that are not resolved and no symptom of another; `agents` those not revoked."""

    model_config = example(
        id=3, name="Middle School", timezone="America/New_York", state="problem",
        devices={"total": 88, "ok": 44, "problem": 1, "unreachable": 43, "unknown": 0}, problems=1, agents=1,
    )  # fmt: skip

    id: int
    name: str
    timezone: str
    state: State
    devices: DeviceCounts
    problems: int
    agents: int


def state_of(devices: DeviceCounts, problems: int) -> State:
    """A building's state from its devices and open problems. Unknown never reads as ok."""
    if devices.total and devices.unreachable == devices.total:
        return "unreachable"
    if problems or devices.problem or devices.unreachable:
        return "problem"
    return "unknown" if devices.unknown or not devices.total else "ok"


def _shown(row: Row) -> Building:
    devices = DeviceCounts(**{name: row[name] for name in DeviceCounts.model_fields})
    return Building(
        id=row["id"],
        name=row["name"],
        timezone=row["timezone"],
        state=state_of(devices, row["problems"]),
        devices=devices,
        problems=row["problems"],
        agents=row["agents"],
    )


@router.get("")
async def list_buildings(
    house: TheHouse, caller: Annotated[Caller, Depends(viewer)], asked: AskedPage
) -> Listing[Building]:
    """Every building, by name."""
    found = await store.buildings(house.database, caller.scope, asked.cursor, asked.limit)
    return Listing(items=[_shown(row) for row in found.items], next=found.next)


@router.get("/{id}")
async def get_building(house: TheHouse, caller: Annotated[Caller, Depends(viewer)], id: Id) -> Building:  # noqa: A002
    """One building."""
    row = await store.building(house.database, caller.scope, id)
    if row is None:
        raise not_found("building", id)
    return _shown(row)
