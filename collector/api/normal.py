"""GET /points/{id}/normal: what is usual for a point, as a band beside its history."""

from datetime import timedelta
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from collector.api.auth import viewer
from collector.api.errors import ERRORS, not_found
from collector.api.fields import Id, Stamp, example
from collector.api.span import AskedSpan
from collector.house import TheHouse
from collector.problems.learned.detector import LearnedNormal
from collector.store import points
from collector.store.accounts import Caller

router = APIRouter(tags=["history"], responses=ERRORS)
_HOUR = timedelta(hours=1)
_MOST = 1000


class Normal(BaseModel):
    """The band a point is judged by, as it is learned now; null where nothing is usual yet."""

    model_config = example(
        point=204, unit="Cel", step=3600, times=["2026-09-01T11:00:00.000Z"], low=[12.1], high=[15.9]
    )

    point: int
    unit: str
    step: int = Field(description="Seconds from one entry to the next: an hour, or more where the span is long.")
    times: list[Stamp]
    low: list[float | None]
    high: list[float | None]


@router.get("/points/{id}/normal", response_model=Normal)
async def point_normal(
    house: TheHouse,
    caller: Annotated[Caller, Depends(viewer)],
    id: Id,  # noqa: A002
    span: AskedSpan,
) -> Normal:
    """What is usual for the point at each hour of the span (of a counter: its increase an hour; of a state: the share of
    time that it is on, 0 to 1). Nulls where it is not judged,
    too little was seen of it, or another collector of several judges."""
    found = await points.points_by_id(house.database, caller.scope, [id])
    if not found:
        raise not_found("point", id)
    start = span.start.replace(minute=0, second=0, microsecond=0)
    step = _HOUR * max(1, -(-(span.end - start) // (_HOUR * _MOST)))
    times = [start + step * place for place in range(max(1, -(-(span.end - start) // step)))]
    engine = house.problems.engine
    learned = [each for each in engine.detectors if isinstance(each, LearnedNormal)] if engine else []
    low = high = np.full(len(times), np.nan)
    if learned:
        low, high = learned[0].band(id, np.array([round(time.timestamp() * 1000) for time in times], np.int64))
    return Normal(
        point=id,
        unit=found[0]["unit"],
        step=round(step.total_seconds()),
        times=times,
        low=[_figure(value) for value in low.tolist()],
        high=[_figure(value) for value in high.tolist()],
    )


def _figure(value: float) -> float | None:
    return value if np.isfinite(value) else None
