"""POST /imports/devices: a CSV of devices. A dry run says what would change; `apply=true` writes all of it, or nothing."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query
from pydantic import BaseModel, Field

from collector.api.auth import admin
from collector.api.errors import ERRORS
from collector.api.fields import example
from collector.fleet import device_list
from collector.house import TheHouse
from collector.store import imports as store
from collector.store.accounts import Caller
from protocols.clock import utc

router = APIRouter(prefix="/imports", tags=["fleet"], responses=ERRORS)
_SHEET = "building,kind,name,room,parent\nLincoln MS,printer,Copier 112,112,switch-2\n"
_SHOWN = 1_000


class Line(BaseModel):
    """One line of the file; 1 is its header."""

    line: int
    column: str
    detail: str


class Imported(BaseModel):
    """What the list comes to."""

    model_config = example(
        applied=False, rows=2, changed=1, errors=[],
        unmatched=[{"line": 3, "column": "", "detail": "no agent of that building reads 'Printer 4'"}],
    )  # fmt: skip

    applied: bool = Field(description="Whether it was written: only on `apply=true`, and where no line has an error.")
    rows: int
    changed: int = Field(description="Devices that are (or would be) written.")
    errors: list[Line]
    unmatched: list[Line] = Field(description="Devices that no agent reads yet: left out.")


@router.post("/devices")
async def devices(
    house: TheHouse,
    caller: Annotated[Caller, Depends(admin)],
    sent: Annotated[
        bytes,
        Body(
            media_type="text/csv",
            examples=[_SHEET],
            description="UTF-8; columns building, kind, name, address, room, parent, options. An empty cell leaves what is known, `-` takes back"
            " what a list has said.",
        ),
    ],
    apply: Annotated[bool, Query(description="Write it; else a dry run.")] = False,
) -> Imported:
    """Names, rooms and what hangs off what, for devices that agents read already. 20 MiB at most."""
    known = await store.known(house.database, caller.scope)
    found = await asyncio.to_thread(device_list.judge, sent, known)
    applied = bool(apply and found.wanted and not found.flaws)
    if applied:
        await store.apply(house.database, found.wanted, caller.name, utc(house.clock.now_ms()))
    return Imported(
        applied=applied,
        rows=found.rows,
        changed=len(found.wanted),
        errors=[_line(flaw) for flaw in found.flaws[:_SHOWN]],
        unmatched=[_line(flaw) for flaw in found.unmatched[:_SHOWN]],
    )


def _line(flaw: device_list.Flaw) -> Line:
    values: dict[str, Any] = flaw._asdict()
    return Line(**values)
