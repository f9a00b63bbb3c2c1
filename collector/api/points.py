"""GET /points."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from collector.api.auth import viewer
from collector.api.errors import ERRORS, not_found
from collector.api.etag import Tagged
from collector.api.fields import AskedPage, Id, IdQuery, Listing, Stamp, TextQuery, example
from collector.house import TheHouse
from collector.store import points as store
from collector.store.accounts import Caller
from collector.store.paging import Row
from collector.store.points import PointFilter
from protocols.metrics import BY_NAME

router = APIRouter(prefix="/points", tags=["points"], responses=ERRORS, route_class=Tagged)


class Last(BaseModel):
    """The newest sample of a point."""

    time: Stamp
    value: float


class Point(BaseModel):
    """One time series of one device."""

    model_config = example(
        id=204, device=17, metric="bacnet.value", label="analog-input,1", name="Supply air temperature", unit="Cel",
        states=None, last={"time": "2026-09-01T11:25:00.000Z", "value": 13.4},
    )  # fmt: skip

    id: int
    device: int
    metric: str
    label: str | None = Field(description="What tells it from the device's other points of the same metric.")
    name: str | None = Field(description="What the device itself calls it.")
    unit: str = Field(description="UCUM; `1` for a number without one.")
    states: dict[str, str] | None = Field(description="What its values mean, for a point that has named states.")
    last: Last | None = Field(description="Null when nothing was heard yet.")


def shown(row: Row) -> Point:
    """A row of the store as the API shows it."""
    last = None if row["time"] is None else Last(time=row["time"], value=row["value"])
    return Point(**{**row, "states": states_of(row), "last": last})


def states_of(row: Row) -> dict[str, str] | None:
    """What the point's values mean: the device's own words, else the catalogue's; None for a measured figure."""
    if row["states"] is not None:
        return {str(value): str(text) for value, text in row["states"].items()}
    metric = BY_NAME.get(row["metric"])
    if metric is None or metric.states is None:
        return None
    return {str(value): text for value, text in metric.states.items()}


async def _filter(
    device: IdQuery = None, metric: TextQuery = None, building: IdQuery = None, kind: TextQuery = None
) -> PointFilter:
    return PointFilter(device, metric, building, kind)


@router.get("")
async def list_points(
    house: TheHouse,
    caller: Annotated[Caller, Depends(viewer)],
    asked: AskedPage,
    wanted: Annotated[PointFilter, Depends(_filter)],
) -> Listing[Point]:
    """Points, by id; `kind` is the device's."""
    found = await store.points(house.database, caller.scope, wanted, asked.cursor, asked.limit)
    return Listing(items=[shown(row) for row in found.items], next=found.next)


@router.get("/{id}")
async def get_point(house: TheHouse, caller: Annotated[Caller, Depends(viewer)], id: Id) -> Point:  # noqa: A002
    """One point."""
    rows = await store.points_by_id(house.database, caller.scope, [id])
    if not rows:
        raise not_found("point", id)
    return shown(rows[0])
