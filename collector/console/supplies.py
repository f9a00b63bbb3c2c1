"""The page of supplies: every toner, drum and tray with what is left and how long it lasts; the order list to print or download."""

import csv
import io
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from starlette.responses import Response

from collector.api.export import cell
from collector.calendar.zones import zone
from collector.console.page import HEADERS, Page, SignedIn, render
from collector.console.text import natural
from collector.house import house_of
from collector.problems.forecast.forecasts import in_words
from collector.store import forecasts
from protocols.clock import utc
from protocols.metrics import BY_NAME

router = APIRouter(route_class=Page, include_in_schema=False)
Row = Mapping[str, Any]
_ORDER_DAYS, _ORDER_LEVEL = 15, 15
_LOW, _GONE = 2, (3, 4)
_COLUMNS = ("Building", "Room", "Device", "Model", "Supply", "Level %", "State", "School days left", "From", "To")


class Supply(NamedTuple):
    """One supply or tray. `left` is empty where nobody can say yet; `order`: it belongs on the order list."""

    row: Row
    state: str
    left: str
    tray: bool
    order: bool


class Place(NamedTuple):
    """A building and its supplies, those that run out first in front; trays, which are filled by hand, beside them."""

    id: int
    name: str
    supplies: list[Supply]
    trays: list[Supply]


@router.get("/supplies")
async def supplies_page(request: Request, caller: SignedIn) -> Response:
    """Every supply, by building."""
    house = house_of(request)
    now = utc(house.clock.now_ms())
    rows = await forecasts.supplies(house.database, caller.scope)
    listed = [supply(row) for row in rows]
    order = sorted((one for one in listed if one.order), key=_first)
    local = zone(rows[0]["timezone"] if rows else "UTC")
    return render(
        request, "supplies.html", caller=caller, section="supplies", now=now, local=local, places=places(listed), order=order
    )  # fmt: skip


@router.get("/supplies.csv")
async def order_list(request: Request, caller: SignedIn) -> Response:
    """The order list for a spreadsheet: no cell starts a formula."""
    rows = await forecasts.supplies(house_of(request).database, caller.scope)
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="order-list.csv"'}
    listed = sorted((one for one in map(supply, rows) if one.order), key=_first)
    return Response(as_csv(listed), headers=headers, media_type="text/csv; charset=utf-8")


def supply(row: Row) -> Supply:
    """A row of the store as the page shows it."""
    tray = row["metric"].startswith("printer.tray.")
    state = row["state"]
    named = (BY_NAME["printer.tray.state" if tray else "printer.supply.state"].states or {}).get(int(state or 0), "")
    days, level = row["days"], row["level"]
    left = "" if days is None else in_words(days, _or(row["low"], days), _or(row["high"], days))
    short = (days is not None and days <= _ORDER_DAYS) or (level is not None and level <= _ORDER_LEVEL)
    order = not tray and (short or (state is not None and int(state) in (_LOW, *_GONE)))
    return Supply(row, named if state is not None else "", left, tray, order)


def places(listed: Sequence[Supply]) -> list[Place]:
    """By building, by name."""
    ranked = sorted(listed, key=lambda one: (natural(one.row["building"]), one.row["building_id"]))
    grouped = groupby(ranked, key=lambda one: (one.row["building_id"], one.row["building"]))
    return [_place(identity, name, sorted(found, key=_first)) for (identity, name), found in grouped]


def _place(identity: int, name: str, found: list[Supply]) -> Place:
    return Place(identity, name, [one for one in found if not one.tray], [one for one in found if one.tray])


def as_csv(listed: Sequence[Supply]) -> str:
    """One line a supply, a byte order mark in front for spreadsheets."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for one in listed:
        row = one.row
        words = [row["building"], row["room"], row["device"], row["model"], row["name"]]
        figures = [_figure(row["level"]), one.state, *(_figure(row[name]) for name in ("days", "low", "high"))]
        writer.writerow([*(cell(str(word or "")) for word in words), *figures])
    return "\ufeff" + text.getvalue()


def _or(value: float | None, other: float) -> float:
    return other if value is None else value


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"


def _first(one: Supply) -> tuple[float, float, list[tuple[int, int, str]]]:
    days, level = one.row["days"], one.row["level"]
    return _or(days, 999.0), _or(level, 999.0), natural(one.row["device"])


def runs_out(row: Row) -> str:
    """How long a point lasts, for its device's page; empty where nobody can say."""
    if row["days"] is None or row["runs_out_at"] is None:
        return ""
    return f"{in_words(row['days'], _or(row['low'], row['days']), _or(row['high'], row['days']))} {row['unit']} left"
