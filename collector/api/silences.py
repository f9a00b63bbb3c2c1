"""GET, POST /silences; DELETE /silences/{id}: times and scopes in which nobody is told."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from collector.api.auth import operator, viewer
from collector.api.errors import ERRORS, Refused, not_found
from collector.api.etag import Tagged
from collector.api.fields import Id, Listing, Stamp, Text, When, example
from collector.api.rule_writing import book_of
from collector.calendar.document import WEEKDAYS, Clock, Weekday
from collector.house import House, TheHouse
from collector.store import buildings, devices
from collector.store import silences as store
from collector.store.accounts import Caller
from collector.store.silences import NewSilence
from protocols.clock import utc

router = APIRouter(prefix="/silences", tags=["silences"], responses=ERRORS, route_class=Tagged)
LONGEST = timedelta(days=366)


class Weekly(BaseModel):
    """Every week by the building's clock; `ends` at or before `begins` is on the next day."""

    model_config = ConfigDict(extra="forbid")

    days: Annotated[list[Weekday], Field(min_length=1, max_length=7)]
    begins: Clock
    ends: Clock


class Asked(BaseModel):
    """A silence to be made. What is left out of its scope is everything; a device stands for all that hangs on it."""

    model_config = example(reason="Switch IDF-2 is replaced", device=12, minutes=120) | ConfigDict(extra="forbid")

    reason: Annotated[Text, Field(min_length=1)]
    building: Annotated[int | None, Field(ge=1, le=2**31 - 1)] = None
    kind: Text | None = None
    device: Annotated[int | None, Field(ge=1, le=2**31 - 1)] = None
    room: Text | None = None
    rule: Text | None = None
    minutes: Annotated[int | None, Field(ge=1, le=366 * 1440, description="For so long from `begins` on.")] = None
    begins: When | None = Field(default=None, description="Null: now.")
    ends: When | None = None
    weekly: Weekly | None = Field(default=None, description="Then `ends` may be null: every week without an end.")


class Silence(BaseModel):
    """A silence that runs or is to come."""

    model_config = example(
        id=4, reason="Switch IDF-2 is replaced", who="Dana", building=None, kind=None, device=12, room=None, rule=None,
        begins="2026-09-01T12:00:00.000Z", ends="2026-09-01T14:00:00.000Z", weekly=None,
    )  # fmt: skip

    id: int
    reason: str
    who: str
    building: int | None
    kind: str | None
    device: int | None
    room: str | None
    rule: str | None
    begins: Stamp
    ends: Stamp | None
    weekly: Weekly | None


@router.get("")
async def list_silences(house: TheHouse, caller: Annotated[Caller, Depends(viewer)]) -> Listing[Silence]:
    """What runs or is to come, by when it begins; in one page."""
    rows = await store.alive(house.database, utc(house.clock.now_ms()), caller.scope)
    return Listing(items=[_shown(row) for row in rows], next=None)


@router.post("", status_code=201)
async def begin(house: TheHouse, caller: Annotated[Caller, Depends(operator)], asked: Asked) -> Silence:
    """Begin a silence: what comes inside is recorded, and told when it outlasts it."""
    made = await begin_silence(house, caller, asked)
    rows = await store.alive(house.database, utc(house.clock.now_ms()))
    return next(_shown(row) for row in rows if row["id"] == made)


@router.delete("/{id}", status_code=204)
async def end(house: TheHouse, caller: Annotated[Caller, Depends(operator)], id: Id) -> None:  # noqa: A002
    """End one; what came inside and is there still is told a second later."""
    await end_silence(house, caller, id)


async def begin_silence(house: House, caller: Caller, asked: Asked) -> int:
    """Its id. Raises `Refused`."""
    now = utc(house.clock.now_ms())
    begins, ends = _times(asked, now)
    if caller.buildings is not None and asked.building is None and asked.device is None:
        raise Refused(
            422, "body.building is missing: this credential is for named buildings only.", field="body.building"
        )
    for what, identity, find in (
        ("building", asked.building, buildings.building),
        ("device", asked.device, devices.device),
    ):
        if identity is not None and await find(house.database, caller.scope, identity) is None:
            raise Refused(
                422,
                f"body.{what}: there is no {what} {identity}, or it is not this credential's.",
                field=f"body.{what}",
            )
    if asked.rule and asked.rule not in (known := (await book_of(house)).rules):
        near = get_close_matches(asked.rule, known, 1)
        hint = f" Did you mean {near[0]!r}?" if near else " GET /api/v1/rules lists them."
        raise Refused(422, f"body.rule: there is no rule {asked.rule!r}.{hint}", field="body.rule")
    weekly = asked.weekly
    new = NewSilence(
        asked.reason, caller.name, begins, ends, asked.building, asked.kind or None, asked.device, asked.room or None,
        asked.rule or None, [WEEKDAYS.index(day) for day in weekly.days] if weekly else None,
        weekly.begins if weekly else None, weekly.ends if weekly else None,
    )  # fmt: skip
    return await store.begin(house.database, new, now)


async def end_silence(house: House, caller: Caller, silence: int) -> None:
    """End it. Raises `Refused` when there is none such, or it is not in the caller's buildings alone."""
    now = utc(house.clock.now_ms())
    rows = await store.alive(house.database, now, caller.scope)
    found = next((row for row in rows if row["id"] == silence), None)
    if found is None or (caller.buildings is not None and found["place"] is None):
        raise not_found("silence", silence)
    await store.end(house.database, silence, caller.name, now)


def _times(asked: Asked, now: datetime) -> tuple[datetime, datetime | None]:
    begins = asked.begins or now
    ends = asked.ends if asked.minutes is None else begins + timedelta(minutes=asked.minutes)
    if asked.minutes is not None and asked.ends is not None:
        raise Refused(422, "body.ends: give minutes or ends, not both.", field="body.ends")
    if ends is None and asked.weekly is None:
        raise Refused(422, "body.minutes is missing: say for how long, or give ends.", field="body.minutes")
    if ends is not None and (ends <= begins or ends <= now):
        raise Refused(422, "body.ends must come after it begins, and after now.", field="body.ends")
    if ends is not None and asked.weekly is None and ends - begins > LONGEST:
        raise Refused(422, "body.ends: a silence lasts a year at most.", field="body.ends")
    return begins, ends


def _shown(row: Mapping[str, Any]) -> Silence:
    weekly = None
    if row["weekdays"] is not None:
        weekly = Weekly(days=[WEEKDAYS[day] for day in row["weekdays"]], begins=row["from_clock"], ends=row["to_clock"])  # type: ignore[misc]
    same = {name: row[name] for name in ("id", "reason", "who", "kind", "room", "rule", "begins", "ends")}
    return Silence(**same, building=row["building_id"], device=row["device_id"], weekly=weekly)
