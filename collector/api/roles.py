"""GET /devices/{id}/roles, PUT /devices/{id}/roles: what a device's points are in its equipment."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from collector.api.auth import admin, viewer
from collector.api.errors import ERRORS, Refused, not_found
from collector.api.fields import Id, Listing, example
from collector.house import House, TheHouse
from collector.problems.hvac.review import METRICS, review
from collector.problems.hvac.roles import BY_NAME
from collector.store import devices
from collector.store import roles as store
from collector.store.accounts import Caller
from protocols.clock import utc

router = APIRouter(prefix="/devices", tags=["devices"], responses=ERRORS)


class PointRole(BaseModel):
    """A point, what is suggested of it and what it is judged as."""

    model_config = example(
        point=41,
        name="AHU-1 SA-T",
        equipment="AHU-1",
        role="supply_temp",
        words="supply air temperature",
        suggested="supply_temp",
        confidence=0.95,
        confirmed_by=None,
    )

    point: int
    name: str
    equipment: str = Field(description="As its name says; empty: the device itself.")
    role: str | None = Field(
        description="What it is judged as: confirmed, or suggested with a confidence of at least 0.75."
    )
    words: str
    suggested: str | None
    confidence: float = Field(description="0 to 1.")
    confirmed_by: str | None


class Roles(BaseModel):
    """The roles that people vouch for, by point; null: it plays none. Points that are not named fall back to what is suggested."""

    model_config = example(roles={"41": "supply_temp", "42": None}) | ConfigDict(extra="forbid")

    roles: dict[int, str | None] = Field(max_length=5000)


@router.get("/{id}/roles")
async def get_roles(
    house: TheHouse,
    caller: Annotated[Caller, Depends(viewer)],
    id: Id,  # noqa: A002
) -> Listing[PointRole]:
    """Points of a device that play a role in its equipment, or may; in one page."""
    return await _roles(house, caller, id)


@router.put("/{id}/roles")
async def put_roles(
    house: TheHouse,
    caller: Annotated[Caller, Depends(admin)],
    id: Id,  # noqa: A002
    said: Roles,
) -> Listing[PointRole]:
    """Confirm, correct or take back."""
    unknown = sorted({role for role in said.roles.values() if role is not None and role not in BY_NAME})
    if unknown:
        raise Refused(
            422, f"body.roles: {unknown[0][:60]!r} is no role; known are {', '.join(BY_NAME)}.", field="body.roles"
        )
    if await devices.device(house.database, caller.scope, id) is None:
        raise not_found("device", id)
    await store.confirm(house.database, id, said.roles, caller.name, utc(house.clock.now_ms()))
    return await _roles(house, caller, id)


async def _roles(house: House, caller: Caller, device_id: int) -> Listing[PointRole]:
    device = await devices.device(house.database, caller.scope, device_id)
    if device is None:
        raise not_found("device", device_id)
    rows = review(await store.of_device(house.database, device_id, METRICS), device["name"])
    return Listing(items=[PointRole(**row._asdict(), words=row.words) for row in rows], next=None)
