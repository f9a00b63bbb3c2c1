"""GET /points/{id}/history, and /history for several points on common buckets."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from collector.api.auth import viewer
from collector.api.errors import ERRORS, Refused, not_found
from collector.api.etag import Tagged
from collector.api.fields import Id, IdQuery, Stamp, TextQuery, example, stamp
from collector.api.span import AskedSpan, Resolution, answered
from collector.house import House, TheHouse
from collector.store import history as store
from collector.store import points
from collector.store.accounts import Caller
from collector.store.paging import Row
from collector.store.points import PointFilter

router = APIRouter(tags=["history"], responses=ERRORS, route_class=Tagged)
MOST_POINTS = 200
MaxPoints = Annotated[int, Query(ge=1, le=10_000, description="Most rows of the answer.")]
Ids = Annotated[list[Annotated[int, Field(ge=1, le=2**31 - 1)]] | None, Query(max_length=MOST_POINTS)]


class History(BaseModel):
    """One point's history: `rows` are as `columns` name them, by time; a bucket without a sample is left out."""

    model_config = example(
        point=204, unit="Cel", resolution="5m", step=300, columns=["time", "min", "avg", "max", "count"],
        rows=[["2026-09-01T11:25:00.000Z", 13.1, 13.3, 13.6, 10]],
    )  # fmt: skip

    point: int
    unit: str
    resolution: Resolution
    step: int = Field(description="Seconds of one row's bucket; 0 for raw samples.")
    columns: list[str] = Field(
        description='`["time", "value"]` for raw, else `["time", "min", "avg", "max", "count"]`.'
    )
    rows: list[list[str | float | int]]


class Series(BaseModel):
    """One point on the common buckets: one entry for each time, null where there is no sample."""

    point: int
    device: int
    metric: str
    label: str | None
    unit: str
    min: list[float | None]
    avg: list[float | None]
    max: list[float | None]
    count: list[int]


class Aligned(BaseModel):
    """Several points on the same buckets."""

    model_config = example(
        resolution="5m", step=300, times=["2026-09-01T11:25:00.000Z"],
        series=[{"point": 204, "device": 17, "metric": "bacnet.value", "label": "analog-input,1", "unit": "Cel",
                 "min": [13.1], "avg": [13.3], "max": [13.6], "count": [10]}],
    )  # fmt: skip

    resolution: Resolution
    step: int = Field(description="Seconds of one bucket.")
    times: list[Stamp] = Field(description="The start of each bucket.")
    series: list[Series]


@router.get("/points/{id}/history", response_model=History)
async def point_history(
    house: TheHouse,
    caller: Annotated[Caller, Depends(viewer)],
    id: Id,  # noqa: A002
    span: AskedSpan,
    max_points: MaxPoints = 1000,
    resolution: Resolution | None = None,
) -> Response:
    """One point's history; the resolution is chosen so that at most `max_points` rows come, unless one is asked for."""
    found = await points.points_by_id(house.database, caller.scope, [id])
    if not found:
        raise not_found("point", id)
    past = await answered(store.history(house.database, id, span.start, span.end, max_points, resolution))
    return _json(
        {
            "point": id,
            "unit": found[0]["unit"],
            "resolution": past.resolution,
            "step": past.step,
            "columns": past.columns,
            "rows": [(stamp(time), *rest) for time, *rest in past.rows],
        }
    )


@router.get("/history", response_model=Aligned)
async def aligned_history(
    house: TheHouse,
    caller: Annotated[Caller, Depends(viewer)],
    span: AskedSpan,
    point: Ids = None,
    device: IdQuery = None,
    metric: TextQuery = None,
    max_points: MaxPoints = 1000,
) -> Response:
    """Several points (`point=…&point=…`, or a device's, of one metric or all) on the same buckets."""
    chosen = await choose(house, caller, point, PointFilter(device, metric))
    ids = [row["id"] for row in chosen]
    past = await answered(store.aligned(house.database, ids, span.start, span.end, max_points))
    return _json(
        {
            "resolution": past.resolution,
            "step": past.step,
            "times": [stamp(time) for time in past.times],
            "series": [_series(row, past.series[row["id"]]) for row in chosen],
        }
    )


async def choose(house: House, caller: Caller, ids: list[int] | None, wanted: PointFilter) -> list[Row]:
    """The points asked for by id, in that order, or by device: at most 200. Raises `Refused`."""
    if ids:
        found = {row["id"]: row for row in await points.points_by_id(house.database, caller.scope, ids)}
        for point_id in ids:
            if point_id not in found:
                raise not_found("point", point_id)
        return [found[point_id] for point_id in dict.fromkeys(ids)]
    if wanted.device is None:
        raise Refused(422, "Say which: query.point=… (may be repeated), or query.device=….", field="query.point")
    page = await points.points(house.database, caller.scope, wanted, None, MOST_POINTS)
    if not page.items:
        raise not_found("device with such points:", wanted.device)
    if page.next is not None:
        raise Refused(422, f"More than {MOST_POINTS} points: name a metric, or the points.", field="query.device")
    return page.items


def _series(row: Row, buckets: list[tuple[float, float, float, int] | None]) -> dict[str, Any]:
    known = {name: row[name] for name in ("device", "metric", "label", "unit")}
    columns = {
        name: [None if bucket is None else bucket[place] for bucket in buckets]
        for place, name in enumerate(("min", "avg", "max"))
    }
    return {"point": row["id"], **known, **columns, "count": [0 if bucket is None else bucket[3] for bucket in buckets]}


def _json(body: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(body), media_type="application/json")
