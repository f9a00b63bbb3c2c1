"""The page of a device: identity, state, values as they come, a chart, events, attributes and what they were before."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from collector.calendar.zones import zone
from collector.console.causes import bare_title
from collector.console.curve import RANGE_WORDS, RANGES, Curve, curve
from collector.console.facts import attributes, in_words
from collector.console.kinds import kind_of
from collector.console.page import Page, SignedIn, render
from collector.console.points import Group, PointRow, drawn_first, groups, heading, name_of, stale_after
from collector.console.roles import reviewed
from collector.console.standing import WORDS, agent_state, device_state
from collector.console.strip import Run, reach_spans, runs
from collector.console.strip import in_words as strip_in_words
from collector.console.supplies import runs_out
from collector.console.times import stamp
from collector.house import House, house_of
from collector.store import device_overview, forecasts
from collector.store.history import history
from protocols.clock import utc
from protocols.metrics import ON_CHANGE
from protocols.units import SIGNS, show, states_of

router = APIRouter(route_class=Page, include_in_schema=False)
Row = Mapping[str, Any]
_BUCKETS = 360
_NEW = timedelta(hours=6)


class Chart(NamedTuple):
    """The chart that was chosen: of which point, over which range, and what the server drew of it."""

    point: Row
    name: str
    of: str
    range: str
    start: str
    end: str
    states: dict[str, str] | None
    sign: str
    on_change: bool
    curve: Curve | None


@router.get("/d/{device_id:int}")
async def device_page(
    request: Request,
    caller: SignedIn,
    device_id: int,
    point: int | None = None,
    range: str = "",  # noqa: A002 (the field's name)
    live: bool = False,
) -> Response:
    """One device. `live`: for the page's own script, which keeps its chart: without one.

    A device that is new shows its last hour where nothing else is asked for: a day would be mostly empty.
    """
    house = house_of(request)
    now = utc(house.clock.now_ms())
    known = 0 < device_id < 2**31
    found = await device_overview.device(house.database, device_id, caller.scope, now, drawn_first) if known else None
    if found is None:
        raise HTTPException(404, "There is no such device, or it is not in one of your buildings.")
    device = found.device
    fresh = stale_after(found.polls)
    agent = agent_state(device["online"], device["agent_seen"], now)
    strip = _strip(found.reach, now)
    listed = groups(found.points, found.recent, now, fresh)
    span = range if range in RANGES else "1h" if now - device["created_at"] < _NEW else "24h"
    chosen = None if live else _chosen(found.points, point, listed)
    return render(
        request,
        "device.html",
        caller=caller,
        now=now,
        local=zone(device["timezone"]),
        device=device,
        kind=kind_of(device["kind"]),
        agent=agent,
        state=device_state(device["state"], agent),
        fresh=fresh,
        fresh_words=show(fresh, "s").words,
        heard=agent == "ok" and _heard(device, fresh, now),
        strip_runs=strip,
        strip_words=strip_in_words(strip, WORDS),
        groups=listed,
        lasts=await _lasts(house, found.points),
        chart=await _chart(house, chosen, span, now, device) if chosen else None,
        ranges=RANGE_WORDS,
        problems=[{**row, "title": bare_title(row["title"], row["building"])} for row in found.problems],
        events=[{**row, "detail": in_words(row["detail"])} for row in found.events],
        roles=await reviewed(house, device_id, device["name"]),
        attributes=attributes(device["attributes"], found.attributes),
    )


async def _lasts(house: House, points: Sequence[Row]) -> dict[int, str]:
    """How long each of these points lasts, in words."""
    ids = [row["id"] for row in points]
    found = await forecasts.forecasts(house.database, None, forecasts.ForecastFilter(points=ids), None, len(ids))
    return {row["point"]: runs_out(row) for row in found.items}


def _heard(device: Row, fresh: float, now: datetime) -> bool:
    """Whether it answers: then what it tells only when it changes is still so."""
    seen = device["last_seen"]
    return device["state"] in ("ok", "problem") and seen is not None and (now - seen).total_seconds() <= fresh


def _strip(reach: Sequence[Row], now: datetime) -> list[Run]:
    changes = [(row["time"], row["reachable"]) for row in reach]
    return runs(reach_spans(changes), changes[0][0] if changes else None, now)


def _chosen(points: Sequence[Row], wanted: int | None, listed: Sequence[Group]) -> Row | None:
    """The point that was asked for, else the first figure of the first group that has been heard of."""
    rows: list[PointRow] = [row for group in listed if not group.folded for row in group.rows if row.time is not None]
    first = next((row.id for row in rows if not row.states), rows[0].id if rows else None)
    by_id = {point["id"]: point for point in points}
    return by_id.get(wanted or 0) or by_id.get(first or 0)


async def _chart(house: House, point: Row, span: str, now: datetime, device: Row) -> Chart:
    start, where = now - RANGES[span], zone(device["timezone"])
    heard = await history(house.database, point["id"], start, now, _BUCKETS)
    raw = heard.resolution == "raw"
    rows = [(row[0].timestamp(), row[1], row[1] if raw else row[2], row[1] if raw else row[3]) for row in heard.rows]
    states = states_of(point["metric"], point["states"])
    drawn = curve(rows, start, now, where, point["unit"], steps=states is not None)
    name, of = name_of(point)
    if not point["name"]:
        name = f"{heading(point['metric'])}: {name[:1].lower()}{name[1:]}"
    sign = SIGNS.get(point["unit"], str(point["unit"]))
    return Chart(point, name, of, span, stamp(start), stamp(now), states, sign, point["metric"] in ON_CHANGE, drawn)
