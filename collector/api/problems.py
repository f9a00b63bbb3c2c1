"""GET /problems, /problems/{id}; POST /problems/{id}/acknowledge, /snooze, /note, /resolve."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from collector.api.auth import operator, viewer
from collector.api.errors import ERRORS, Refused, not_found
from collector.api.etag import Tagged
from collector.api.events import Severity
from collector.api.fields import AskedPage, BigId, From, IdQuery, Listing, Note, Stamp, To, When, example
from collector.api.span import check_order
from collector.house import House, TheHouse
from collector.problems.loop.telling import change_by
from collector.store import problem_reads as store
from collector.store.accounts import Caller
from collector.store.problem_changes import Wish
from collector.store.problem_reads import ProblemFilter
from protocols.clock import utc

router = APIRouter(prefix="/problems", tags=["problems"], responses=ERRORS, route_class=Tagged)
ProblemState = Literal["open", "acknowledged", "snoozed", "resolved"]
_EXAMPLE: dict[str, Any] = {
    "id": 61,
    "rule": "device.unreachable",
    "severity": "critical",
    "state": "acknowledged",
    "title": "Middle School: IDF-2 does not answer",
    "advice": "Check its power and network cable, then whether its neighbours answer.",
    "building": 3,
    "agent": None,
    "device": 12,
    "point": None,
    "cause": None,
    "symptoms": 43,
    "opened": "2026-09-01T11:25:00.000Z",
    "acknowledged": "2026-09-01T11:27:10.000Z",
    "acknowledged_by": "Dana",
    "snoozed_until": None,
    "resolved": None,
    "reopened": 0,
    "evidence": {},
}


class Change(BaseModel):
    """One step in a problem's life."""

    time: Stamp
    change: str
    who: str | None
    note: str


class Problem(BaseModel):
    """An open condition that a person should know of, or one that is over."""

    model_config = example(
        **_EXAMPLE,
        timeline=[
            {"time": "2026-09-01T11:25:00.000Z", "change": "opened", "who": None, "note": ""},
            {"time": "2026-09-01T11:27:10.000Z", "change": "acknowledged", "who": "Dana", "note": "on my way"},
        ],
    )

    id: int
    rule: str
    severity: Severity
    state: ProblemState
    title: str
    advice: str = Field(description="What to do.")
    building: int | None
    agent: str | None
    device: int | None
    point: int | None
    cause: int | None = Field(description="The problem that this one is a symptom of.")
    symptoms: int = Field(description="How many problems this one is the cause of.")
    opened: Stamp
    acknowledged: Stamp | None
    acknowledged_by: str | None
    snoozed_until: Stamp | None
    resolved: Stamp | None
    reopened: int
    evidence: dict[str, Any] = Field(description="What it was judged by.")
    timeline: list[Change] = Field(description=f"Its steps, the oldest first; in a list the newest {store.STEPS}.")


class Said(BaseModel):
    """What a person says with a change."""

    model_config = example(note="on my way", until=None) | ConfigDict(extra="forbid")

    note: Note = ""
    until: When | None = Field(None, description="Only a snooze has an end: of anything else null.")


class Snoozed(Said):
    """Until when nobody wants to see it."""

    model_config = example(note="part ordered", until="2026-09-08T11:00:00Z") | ConfigDict(extra="forbid")

    until: When


class Noted(Said):
    """A note for whoever looks at it next."""

    model_config = example(note="It was breaker 14 in closet 2-117.", until=None) | ConfigDict(extra="forbid")

    note: Annotated[Note, Field(min_length=1)]


async def _filter(
    state: Annotated[ProblemState | None, Query()] = None,
    building: IdQuery = None,
    severity: Annotated[Severity | None, Query()] = None,
    device: IdQuery = None,
    start: From = None,
    to: To = None,
) -> ProblemFilter:
    check_order(start, to)
    return ProblemFilter(state, building, severity, device, start, to)


@router.get("")
async def list_problems(
    house: TheHouse,
    caller: Annotated[Caller, Depends(viewer)],
    asked: AskedPage,
    wanted: Annotated[ProblemFilter, Depends(_filter)],
) -> Listing[Problem]:
    """Problems, the newest first; `from` and `to` bound when they opened. A fault of several schools has no building, and is listed for
    each that it touches, with what is there."""
    found = await store.problems(house.database, caller.scope, wanted, asked.cursor, asked.limit)
    return Listing(items=[Problem(**row) for row in found.items], next=found.next)


@router.get("/{id}")
async def get_problem(house: TheHouse, caller: Annotated[Caller, Depends(viewer)], id: BigId) -> Problem:  # noqa: A002
    """One problem with its timeline; of a fault of several schools somebody who looks after some of them has it without notes and messages."""
    row = await store.problem(house.database, caller.scope, id)
    if row is None:
        raise not_found("problem", id)
    return Problem(**row)


@router.post("/{id}/acknowledge")
async def acknowledge(
    house: TheHouse,
    caller: Annotated[Caller, Depends(operator)],
    id: BigId,  # noqa: A002
    said: Annotated[Said | None, Body()] = None,
) -> Problem:
    """Say that somebody has it. Said again, or of a problem that is resolved, it changes nothing."""
    return await _change(house, caller, id, _without_end("acknowledged", said))


@router.post("/{id}/resolve")
async def resolve(
    house: TheHouse,
    caller: Annotated[Caller, Depends(operator)],
    id: BigId,  # noqa: A002
    said: Annotated[Said | None, Body()] = None,
) -> Problem:
    """Say that it is over. It opens again only when its condition comes anew."""
    return await _change(house, caller, id, _without_end("resolved", said))


@router.post("/{id}/snooze")
async def snooze(
    house: TheHouse,
    caller: Annotated[Caller, Depends(operator)],
    id: BigId,  # noqa: A002
    said: Snoozed,
) -> Problem:
    """Put it out of sight until a time to come."""
    if said.until <= utc(house.clock.now_ms()):
        raise Refused(422, "body.until must be in the future.", field="body.until")
    return await _change(house, caller, id, Wish("snoozed", said.note, said.until))


@router.post("/{id}/note")
async def note(
    house: TheHouse,
    caller: Annotated[Caller, Depends(operator)],
    id: BigId,  # noqa: A002
    said: Noted,
) -> Problem:
    """Add to its timeline."""
    return await _change(house, caller, id, _without_end("noted", said))


def _without_end(change: Literal["acknowledged", "noted", "resolved"], said: Said | None) -> Wish:
    """The wish for what lasts; an end that is given is refused, not dropped unread."""
    if said is not None and said.until is not None:
        raise Refused(422, "body.until is for a snooze alone: leave it out, or snooze it.", field="body.until")
    return Wish(change, said.note if said else "")


async def _change(house: House, caller: Caller, problem_id: int, wish: Wish) -> Problem:
    before = await store.problem(house.database, caller.scope, problem_id)
    if before is None:
        raise not_found("problem", problem_id)
    if not caller.sees(before["building"]):
        raise Refused(403, "This concerns several schools: ask somebody who looks after all of them to take it.")
    await change_by(house.database, problem_id, caller.name, wish, utc(house.clock.now_ms()))
    after = await store.problem(house.database, caller.scope, problem_id)
    if after is None:
        raise not_found("problem", problem_id)
    shown = Problem(**after)
    if after["state"] != before["state"]:
        data = {"id": problem_id, "state": shown.state, "severity": shown.severity, "title": shown.title}
        touches = await store.touched(house.database, problem_id) if shown.building is None else ()
        house.hub.publish("problem", data, building=shown.building, device=shown.device, touches=touches)
    return shown
