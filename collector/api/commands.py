"""POST /agents/{id}/commands: ask an agent to do something now; GET .../{command}: what became of it."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from collector.api.auth import operator, viewer
from collector.api.errors import ERRORS, Refused, not_found
from collector.api.fields import Stamp, Text, example
from collector.house import House, TheHouse
from collector.store import agents, audit
from collector.store import commands as store
from collector.store.accounts import Caller
from collector.store.paging import Row
from protocols.clock import utc

router = APIRouter(prefix="/agents", tags=["agents"], responses=ERRORS)
_CAN = ("poll", "read")
_EXAMPLE: dict[str, Any] = {
    "id": "6d1f3c5e-8f0e-4a51-9b59-0d5d2a1f7c11", "agent": "middle-school", "name": "poll", "state": "answered",
    "devices": ["snmp:10.0.0.2"], "asked_by": "Dana", "asked": "2026-09-01T11:25:00.000Z",
    "expires": "2026-09-01T11:26:00.000Z", "answered": "2026-09-01T11:25:01.000Z", "ok": True,
    "answer": {"snmp:10.0.0.2": {"reachable": True, "failures": 0, "detail": ""}},
}  # fmt: skip
Name = Literal["poll", "read", "discover", "restart", "update"]


class Asked(BaseModel):
    """What the agent is to do: `poll` some devices now, or `read` one and show what it says."""

    model_config = example(name="poll", devices=["snmp:10.0.0.2"]) | ConfigDict(extra="forbid")

    name: Name
    devices: list[Text] = Field(min_length=1, max_length=100, description="Keys of its devices; for `read` one.")


class AgentCommand(BaseModel):
    """A command and what became of it."""

    model_config = example(**_EXAMPLE)

    id: UUID
    agent: str
    name: str
    state: Literal["waiting", "sent", "answered", "expired"]
    devices: list[str]
    asked_by: str = Field(description="Empty: the collector itself.")
    asked: Stamp
    expires: Stamp
    answered: Stamp | None
    ok: bool | None
    answer: Any = Field(description="The agent's result, or why it could not.")


@router.post("/{id}/commands", status_code=202)
async def ask(
    house: TheHouse,
    caller: Annotated[Caller, Depends(operator)],
    id: Annotated[Text, Path()],  # noqa: A002
    asked: Asked,
) -> AgentCommand:
    """Ask now; the answer is fetched by the command's id. It expires after a minute."""
    if await agents.agent(house.database, caller.scope, id) is None:
        raise not_found("agent", repr(id))
    if asked.name not in _CAN:
        raise Refused(422, f"Agents cannot {asked.name} on command yet; ask for poll or read.", field="body.name")
    if asked.name == "read" and len(asked.devices) != 1:
        raise Refused(422, "body.devices: read takes one device at a time.", field="body.devices")
    args: dict[str, Any] = {"device": asked.devices[0]} if asked.name == "read" else {"devices": asked.devices}
    now = utc(house.clock.now_ms())
    async with house.database.transaction() as connection:
        row = await store.ask(connection, id, asked.name, args, caller.name, now)
        await audit.record(connection, audit.Change(caller.name, f"agent.{asked.name}", id, after=args), now)
    return _shown(house, row)


@router.get("/{id}/commands/{command}")
async def result(
    house: TheHouse,
    caller: Annotated[Caller, Depends(viewer)],
    id: Annotated[Text, Path()],  # noqa: A002
    command: UUID,
) -> AgentCommand:
    """What became of a command."""
    known = await agents.agent(house.database, caller.scope, id)
    row = await store.command(house.database, id, str(command)) if known is not None else None
    if row is None:
        raise not_found("command", command)
    return _shown(house, row)


def _shown(house: House, row: Row) -> AgentCommand:
    state: Literal["waiting", "sent", "answered", "expired"] = "waiting"
    if row["answered_at"] is not None:
        state = "answered"
    elif utc(house.clock.now_ms()) >= row["expires_at"]:
        state = "expired"
    elif row["sent_at"] is not None:
        state = "sent"
    args = row["args"]
    return AgentCommand(
        **{name: row[name] for name in ("id", "agent", "name", "asked_by", "ok", "answer")},
        state=state,
        devices=[args["device"]] if "device" in args else args.get("devices", []),
        asked=row["asked_at"],
        expires=row["expires_at"],
        answered=row["answered_at"],
    )
