"""GET /forecasts."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from collector.api.auth import viewer
from collector.api.errors import ERRORS
from collector.api.etag import Tagged
from collector.api.fields import AskedPage, IdQuery, Listing, Stamp, example
from collector.house import TheHouse
from collector.problems.forecast.horizons import KINDS
from collector.store import forecasts as store
from collector.store.accounts import Caller
from collector.store.forecasts import ForecastFilter

router = APIRouter(prefix="/forecasts", tags=["forecasts"], responses=ERRORS, route_class=Tagged)
Kind = Literal["supply", "disk", "wear", "battery", "certificate", "expiry", "dhcp"]


class Forecast(BaseModel):
    """When a point runs out."""

    model_config = example(
        point=204, device=17, device_name="Room 112", building=3, metric="printer.supply.level", name="Black toner",
        made_at="2026-09-01T11:25:00.000Z", unit="school days", days=9, low=7, high=13, runs_out_at="2026-09-15T11:25:00.000Z",
        level=27, rate=3.1,
    )  # fmt: skip

    point: int
    device: int
    device_name: str
    building: int
    metric: str
    name: str | None
    made_at: Stamp
    unit: str = Field(description="What `days`, `low` and `high` count: `school days` or `days`.")
    days: float | None = Field(description="Null when it is not known yet, or lasts longer than 400 days.")
    low: float | None = Field(description="One in ten runs out sooner.")
    high: float | None = Field(description="One in ten lasts longer. Null: nobody can say.")
    runs_out_at: Stamp | None
    level: float = Field(description="What it was made of, in the point's unit.")
    rate: float | None = Field(description="Use a day of that unit.")


async def _filter(
    building: IdQuery = None,
    kind: Annotated[Kind | None, Query(description="What runs out.")] = None,
    within_days: Annotated[float | None, Query(ge=0, le=400, description="At most so many days left.")] = None,
) -> ForecastFilter:
    return ForecastFilter(building, None if kind is None else list(KINDS[kind]), within_days)


@router.get("")
async def list_forecasts(
    house: TheHouse,
    caller: Annotated[Caller, Depends(viewer)],
    asked: AskedPage,
    wanted: Annotated[ForecastFilter, Depends(_filter)],
) -> Listing[Forecast]:
    """Forecasts, by point."""
    found = await store.forecasts(house.database, caller.scope, wanted, asked.cursor, asked.limit)
    return Listing(items=[Forecast(**row) for row in found.items], next=found.next)
