"""GET /problems, /problems/{id}."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from collector.api.auth import viewer
from collector.api.errors import ERRORS, not_found
from collector.api.etag import Tagged
from collector.api.events import Severity
from collector.api.fields import AskedPage, BigId, From, IdQuery, Listing, Stamp, To
from collector.house import TheHouse
from collector.store import problem_reads as store
from collector.store.accounts import Caller
from collector.store.problem_reads import ProblemFilter

router = APIRouter(prefix="/problems", tags=["problems"], responses=ERRORS, route_class=Tagged)
ProblemState = Literal["open", "acknowledged", "snoozed", "resolved"]


class Problem(BaseModel):
    """An open condition that a person should know of, or one that is over."""

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


class Change(BaseModel):
    """One step in a problem's life."""

    time: Stamp
    change: str
    who: str | None
    note: str


class ProblemInFull(Problem):
    """A problem with its timeline, the oldest step first."""

    timeline: list[Change]


async def _filter(
    state: Annotated[ProblemState | None, Query()] = None,
    building: IdQuery = None,
    severity: Annotated[Severity | None, Query()] = None,
    device: IdQuery = None,
    start: From = None,
    to: To = None,
) -> ProblemFilter:
    return ProblemFilter(state, building, severity, device, start, to)


@router.get("")
async def list_problems(
    house: TheHouse,
    caller: Annotated[Caller, Depends(viewer)],
    asked: AskedPage,
    wanted: Annotated[ProblemFilter, Depends(_filter)],
) -> Listing[Problem]:
    """Problems, the newest first; `from` and `to` bound when they opened."""
    found = await store.problems(house.database, caller.scope, wanted, asked.cursor, asked.limit)
    return Listing(items=[Problem(**row) for row in found.items], next=found.next)


@router.get("/{id}")
async def get_problem(house: TheHouse, caller: Annotated[Caller, Depends(viewer)], id: BigId) -> ProblemInFull:  # noqa: A002
    """One problem with its timeline."""
    row = await store.problem(house.database, caller.scope, id)
    if row is None:
        raise not_found("problem", id)
    return ProblemInFull(**row)
