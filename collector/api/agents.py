"""GET /agents, /agents/{id}."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from collector.api.auth import viewer
from collector.api.errors import ERRORS, not_found
from collector.api.etag import Tagged
from collector.api.fields import AskedPage, IdQuery, Listing, Stamp, Text, example
from collector.house import TheHouse
from collector.store import agents as store
from collector.store.accounts import Caller
from collector.store.paging import Row
from protocols.clock import utc

router = APIRouter(prefix="/agents", tags=["agents"], responses=ERRORS, route_class=Tagged)
_LAST_STAMP_MS = 7_258_118_400_000


class Spool(BaseModel):
    """What waits at the agent to be acknowledged."""

    batches: int | None
    bytes: int | None
    oldest: Stamp | None = Field(description="When the oldest batch that waits was made; null when none does.")


class ClockState(BaseModel):
    """How far the agent's clock can be trusted; null: it has not said."""

    synchronised: bool | None
    offset_ms: float | None


class Config(BaseModel):
    """The remote configuration: which version is wanted, which is in force, and why they differ."""

    wanted: str | None
    applied: str | None
    error: str | None


class Agent(BaseModel):
    """The program in a building that reads its devices."""

    model_config = example(
        id="middle-school", building=3, name="Middle School", version="0.1.0", state="online", last_seen="2026-09-01T11:25:00.000Z",
        complete_upto="2026-09-01T11:25:00.000Z", spool={"batches": 0, "bytes": 0, "oldest": None},
        clock={"synchronised": True, "offset_ms": 0.4}, config={"wanted": None, "applied": None, "error": None}, host={},
    )  # fmt: skip

    id: str
    building: int
    name: str
    version: str | None
    state: Literal["online", "offline", "revoked", "unknown"]
    last_seen: Stamp | None
    complete_upto: Stamp | None = Field(description="Everything the agent read until then is in the history.")
    spool: Spool
    clock: ClockState
    config: Config
    host: dict[str, Any] = Field(description="What it says of the machine it runs on.")


def _shown(row: Row) -> Agent:
    status = row["status"]
    return Agent(
        **{name: row[name] for name in ("id", "building", "name", "version", "last_seen", "complete_upto")},
        state=_state(row),
        spool=_spool(_table(status.get("spool"))),
        clock=_clock(_table(status.get("clock"))),
        config=_config(status.get("config")),
        host=_table(status.get("host")),
    )


def _state(row: Row) -> Literal["online", "offline", "revoked", "unknown"]:
    if not row["active"]:
        return "revoked"
    if row["last_seen"] is None:
        return "unknown"
    return "online" if row["online"] else "offline"


def _spool(said: dict[str, Any]) -> Spool:
    oldest = _number(said.get("oldest"))
    known = oldest is not None and 0 < oldest < _LAST_STAMP_MS
    return Spool(
        batches=_whole(said.get("batches")),
        bytes=_whole(said.get("bytes")),
        oldest=utc(int(oldest)) if known and oldest is not None else None,
    )


def _clock(said: dict[str, Any]) -> ClockState:
    synchronised = said.get("synchronised")
    return ClockState(
        synchronised=synchronised if isinstance(synchronised, bool) else None, offset_ms=_number(said.get("offset_ms"))
    )


def _config(said: Any) -> Config:
    table = said if isinstance(said, dict) else {"applied": said}
    return Config(**{name: None if table.get(name) is None else str(table[name]) for name in Config.model_fields})


def _table(said: Any) -> dict[str, Any]:
    return said if isinstance(said, dict) else {}


def _number(said: Any) -> float | None:
    return said if isinstance(said, int | float) and not isinstance(said, bool) else None


def _whole(said: Any) -> int | None:
    number = _number(said)
    return None if number is None else int(number)


@router.get("")
async def list_agents(
    house: TheHouse, caller: Annotated[Caller, Depends(viewer)], asked: AskedPage, building: IdQuery = None
) -> Listing[Agent]:
    """Agents, by id."""
    found = await store.agents(house.database, caller.scope, building, asked.cursor, asked.limit)
    return Listing(items=[_shown(row) for row in found.items], next=found.next)


@router.get("/{id}")
async def get_agent(
    house: TheHouse,
    caller: Annotated[Caller, Depends(viewer)],
    id: Annotated[Text, Path()],  # noqa: A002
) -> Agent:
    """One agent."""
    row = await store.agent(house.database, caller.scope, id)
    if row is None:
        raise not_found("agent", repr(id))
    return _shown(row)
