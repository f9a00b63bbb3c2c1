"""The page Now: one sentence, causes, buildings as tiles with their last day, and what changed since the last school day."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from starlette.responses import Response

from collector.calendar.zones import zone
from collector.console.causes import bare_title, cards
from collector.console.kinds import counted, order
from collector.console.notices import notices
from collector.console.page import Page, SignedIn, render
from collector.console.sentence import Standing, sentence
from collector.console.standing import WORDS, agent_state, building_state
from collector.console.strip import Run, Span, in_words, runs
from collector.console.text import natural, plain
from collector.console.times import district_zone, last_school_day
from collector.house import house_of
from collector.store import overview
from collector.store.overview import District
from protocols.clock import utc

router = APIRouter(route_class=Page, include_in_schema=False)
Row = Mapping[str, Any]
_CHANGES = 14


class Tile(NamedTuple):
    """One building: how it stands, what is there, how its last 24 hours were (also in words)."""

    id: int
    name: str
    state: str
    word: str
    kinds: list[str]
    strip: list[Run]
    strip_words: str


class Change(NamedTuple):
    """Something that happened: when, what, where; `state` gives its mark, `link` leads to the problem or the device."""

    at: datetime
    where: tzinfo
    state: str
    text: str
    building: str
    link: str


@router.get("/")
async def now_page(request: Request, caller: SignedIn) -> Response:
    """The district in one sentence, and what it rests on."""
    house = house_of(request)
    now = utc(house.clock.now_ms())
    earliest = last_school_day(now, zone("Pacific/Kiritimati"))
    found = await overview.district(house.database, caller.scope, now, earliest)
    local = district_zone(row["timezone"] for row in found.buildings)
    since = last_school_day(now, local)
    causes = cards(found.causes, found.symptoms, found.behind)
    tiles = _tiles(found, now)
    standings = [Standing(plain(tile.name, 60), tile.state) for tile in tiles]
    said = sentence(standings, [card.spoken(now) for card in causes])
    changes = [change for change in _changes(found) if change.at >= since][:_CHANGES]
    return render(
        request,
        "now.html",
        caller=caller,
        section="now",
        now=now,
        local=local,
        since=since,
        said=said,
        causes=causes,
        tiles=sorted(tiles, key=_worst_first),
        changes=changes,
        notices=await notices(house, caller, now),
    )


def _tiles(found: District, now: datetime) -> list[Tile]:
    counts = {
        row["building_id"]: list(zip(row["kinds"], row["states"], row["devices"], strict=True)) for row in found.counts
    }
    agents: dict[int, list[str]] = {}
    live: dict[int, list[str]] = {}
    for row in found.agents:
        state = agent_state(row["online"], row["last_seen"], now)
        agents.setdefault(row["building_id"], []).append(state)
    for row in found.day:
        if row["resolved_at"] is None and not row["silent"]:
            live.setdefault(row["building_id"], []).append(row["severity"])
    strips = day_strips(found.day, found.buildings, now)
    return [
        _tile(row, counts.get(row["id"], []), agents.get(row["id"], []), live.get(row["id"], []), strips[row["id"]])
        for row in found.buildings
    ]


def _tile(
    building: Row, counts: list[tuple[str, str, int]], agents: list[str], live: list[str], strip: list[Run]
) -> Tile:
    kinds: Counter[str] = Counter()
    states: Counter[str] = Counter()
    for kind, state, devices in counts:
        kinds[kind] += devices
        states[state] += devices
    stands = building_state(states, agents, live)
    word = _counted(live.count(stands), stands) if stands in live else WORDS[stands]
    named = [counted(kind, kinds[kind]) for kind in sorted(kinds, key=order)]
    if not counts:
        strip = [Run(0, sum(run.length for run in strip), "empty")]
    return Tile(building["id"], building["name"], stands, word, named, strip, in_words(strip, WORDS))


def _counted(count: int, severity: str) -> str:
    """`2 major`, `1 note`, `2 notes`."""
    plural = "s" if severity == "info" and count > 1 else ""
    return f"{count} {WORDS[severity].lower()}{plural}"


def day_strips(day: Iterable[Row], buildings: Iterable[Row], now: datetime) -> dict[int, list[Run]]:
    """The last 24 hours of each building, from the causes that were live in them; a silent agent is `unknown`."""
    spans: dict[int, list[Span]] = {}
    for row in day:
        state = "unknown" if row["silent"] else row["severity"]
        spans.setdefault(row["building_id"], []).append(Span(row["opened_at"], row["resolved_at"], state))
    return {row["id"]: runs(spans.get(row["id"], []), row["created_at"], now) for row in buildings}


def _worst_first(tile: Tile) -> tuple[int, list[tuple[int, int, str]]]:
    ranks = ("critical", "major", "unknown", "minor", "info", "empty", "ok")
    return ranks.index(tile.state), natural(tile.name)


def _said(event: Row) -> str:
    """What a device said of it itself (`Paper jam in area B`), else the event's kind in words."""
    own = event["detail"].get("text")
    return own if isinstance(own, str) and own.strip() else str(event["kind"]).replace(".", " ")


def _changes(found: District) -> list[Change]:
    """Problems that opened or healed, and events worth a look, newest first."""
    changes = []
    for row in found.changes:
        title, where = bare_title(row["title"], row["building"]), zone(row["timezone"])
        shared = (row["building"] or "", f"/p/{row['id']}")
        changes.append(Change(row["opened_at"], where, row["severity"], title, *shared))
        if row["resolved_at"] is not None:
            changes.append(Change(row["resolved_at"], where, "ok", f"Resolved: {title}", *shared))
    newest: dict[tuple[int, str], Row] = {}  # what a device says again after its agent has restarted is one thing
    for row in found.events:
        newest.setdefault((row["device_id"], _said(row)), row)
    for (device, said), event in newest.items():
        text, link = f"{event['device']}: {said}", f"/d/{device}"
        changes.append(Change(event["time"], zone(event["timezone"]), event["severity"], text, event["building"], link))
    return sorted(changes, key=lambda change: change.at, reverse=True)
