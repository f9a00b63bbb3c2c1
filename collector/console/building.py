"""The page of a building: what is wrong there, its devices by kind, its agents and how complete the history is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from collector.calendar.zones import zone
from collector.console.causes import cards
from collector.console.kinds import METRICS, STALE, STALE_UNHEARD, Cell, Figure, Kind, cell, counted, kind_of, order
from collector.console.now import day_strips
from collector.console.page import Page, SignedIn, render
from collector.console.standing import WORDS, agent_state, building_state, device_state
from collector.console.strip import in_words
from collector.console.text import natural
from collector.console.topology import tree
from collector.house import house_of
from collector.store import overview
from protocols.clock import utc

router = APIRouter(route_class=Page, include_in_schema=False)
Row = Mapping[str, Any]
_TROUBLE = ("problem", "unreachable", "unknown", "ok")
_OPEN_ROWS = 25


class DeviceRow(NamedTuple):
    """One device in its kind's table. `fresh`: seconds after which what it said is stale."""

    device: Row
    state: str
    cells: list[Cell]
    fresh: float


class Section(NamedTuple):
    """One kind: its devices in trouble first; `shown` at once, `folded` behind a click."""

    kind: Kind
    summary: str
    captions: list[str]
    shown: list[DeviceRow]
    folded: list[DeviceRow]


@router.get("/b/{building_id:int}")
async def building_page(request: Request, caller: SignedIn, building_id: int) -> Response:
    """One building."""
    house = house_of(request)
    now = utc(house.clock.now_ms())
    known = 0 < building_id < 2**31
    found = await overview.building(house.database, building_id, caller.scope, now, METRICS) if known else None
    if found is None:
        raise HTTPException(404, "There is no such building, or it is not one of yours.")
    heard = {row["id"]: agent_state(row["online"], row["last_seen"], now) for row in found.agents}
    devices = [{**row, "state": device_state(row["state"], heard.get(row["agent_id"], "ok"))} for row in found.devices]
    causes = cards(found.causes, found.symptoms, found.behind)
    live = [card.severity for card in causes if not card.silent]
    strip = day_strips(found.day, [found.building], now)[building_id]
    return render(
        request,
        "building.html",
        caller=caller,
        now=now,
        local=zone(found.building["timezone"]),
        building=found.building,
        state=building_state(Counter(row["state"] for row in devices), heard.values(), live),
        strip_runs=strip,
        strip_words=in_words(strip, WORDS),
        causes=causes,
        sections=sections(devices, found.values, now),
        branches=tree(devices),
        agents=[{**row, "state": heard[row["id"]]} for row in found.agents],
        gaps=found.gaps,
        cut=len(devices) >= overview.DEVICES,
    )


def sections(devices: Sequence[Row], values: Sequence[Row], now: datetime) -> list[Section]:
    """The devices by kind, each with the figures that matter for it."""
    newest: dict[tuple[int, str], list[Row]] = {}
    for value in values:
        newest.setdefault((value["device_id"], value["metric"]), []).append(value)
    by_kind: dict[str, list[Row]] = {}
    for device in devices:
        by_kind.setdefault(device["kind"], []).append(device)
    return [_section(name, by_kind[name], newest, now) for name in sorted(by_kind, key=order)]


def fresh_for(device: Row) -> timedelta:
    """How old a figure of this device may be: what a device said that is not heard any more is stale soon."""
    return STALE if device["state"] in ("ok", "problem") else STALE_UNHEARD


def _trouble_first(device: Row) -> tuple[int, list[tuple[int, int, str]]]:
    return _TROUBLE.index(device["state"]), natural(device["name"])


def _section(name: str, devices: list[Row], newest: Mapping[tuple[int, str], Sequence[Row]], now: datetime) -> Section:
    kind = kind_of(name)
    figures = [figure for figure in kind.figures if any((row["id"], figure.metric) in newest for row in devices)]
    rows = [
        DeviceRow(row, row["state"], _cells(row, figures, newest, now), fresh_for(row).total_seconds())
        for row in sorted(devices, key=_trouble_first)
    ]
    states = Counter(row.state for row in rows)
    parts = [counted(name, len(rows))]
    parts += [f"{states[state]} {WORDS[state].lower()}" for state in _TROUBLE if states[state] and state != "ok"]
    if states["ok"] == len(rows):
        parts.append("fine" if len(rows) == 1 else "all fine")
    trouble = sum(row.state != "ok" for row in rows)
    cut = len(rows) if len(rows) <= _OPEN_ROWS else max(trouble, 10)
    return Section(kind, ", ".join(parts), [figure.caption for figure in figures], rows[:cut], rows[cut:])


def _cells(
    device: Row, figures: Sequence[Figure], newest: Mapping[tuple[int, str], Sequence[Row]], now: datetime
) -> list[Cell]:
    return [cell(figure, newest.get((device["id"], figure.metric), ()), now, fresh_for(device)) for figure in figures]
