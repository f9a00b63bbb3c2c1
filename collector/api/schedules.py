"""GET /schedules; GET, PUT /schedules/{place}; POST /schedules/{place}/today and /import. Whole documents, with ETag and If-Match."""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from collector.api.auth import admin, operator, viewer
from collector.api.errors import ERRORS, Refused, not_found
from collector.api.fields import Listing, Stamp, example
from collector.calendar import ical, imported
from collector.calendar.compose import calendar
from collector.calendar.document import NOTHING, Clock, Schedule
from collector.calendar.school import SchoolCalendar
from collector.calendar.today import Change, changed
from collector.house import House, TheHouse
from collector.store import calendars as store
from collector.store.accounts import Caller
from protocols.clock import utc

router = APIRouter(prefix="/schedules", tags=["schedules"], responses=ERRORS)
Place = Annotated[str, Path(pattern=r"^(district|[1-9][0-9]{0,8})$", description="`district`, or a building's id.")]
IfMatch = Annotated[str | None, Header(description="The ETag that was read: 412 when another has written since.")]

_FILE = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//District//School year//EN\r
BEGIN:VEVENT\r
UID:1@district.example\r
DTSTAMP:20260801T000000Z\r
DTSTART;VALUE=DATE:20261126\r
DTEND;VALUE=DATE:20261128\r
SUMMARY:Thanksgiving break\r
END:VEVENT\r
END:VCALENDAR\r
"""


class SchoolSchedule(BaseModel):
    """A school calendar as it is written down; a building's says only what differs from the district's."""

    model_config = example(building=3, name="Middle School", schedule={"days": []}, changed=None, changed_by=None)

    building: int | None = Field(description="Null: the district's.")
    name: str
    schedule: Schedule
    changed: Stamp | None
    changed_by: str | None


class Today(BaseModel):
    """What is different today."""

    model_config = example(change="late", at="10:00") | ConfigDict(extra="forbid")

    change: Change = Field(
        description="closed: no school. late: opens at `at`. early: ends at `at`. usual: taken back."
    )
    at: Clock | None = None


class Read(BaseModel):
    """One event of a calendar file and what it would become."""

    line: int
    title: str
    spans: list[tuple[date, date]]
    becomes: str | None = Field(
        description="holiday, half, school; first or last day of a term; null: nothing, see `note`."
    )
    sure: bool
    note: str


class Imported(BaseModel):
    """What a calendar file would become: nothing is changed. PUT `schedule` to apply it."""

    model_config = example(
        events=[
            {"line": 4, "title": "No School", "spans": [["2026-10-12", "2026-10-12"]], "becomes": "holiday", "sure": True, "note": ""}
        ],
        schedule={"days": [{"first": "2026-10-12", "kind": "holiday", "name": "No School"}]},
    )  # fmt: skip

    events: list[Read]
    schedule: Schedule


def document_of(row: Mapping[str, Any]) -> Schedule:
    """The stored document; what cannot be read any more is an empty one, to be written anew."""
    try:
        return Schedule.model_validate(row["document"] or {})
    except ValidationError:
        return Schedule()


def tag(schedule: Schedule) -> str:
    """The strong ETag of a document."""
    return '"' + hashlib.sha256(json.dumps(schedule.model_dump(mode="json")).encode()).hexdigest()[:32] + '"'


def building_of(place: str, caller: Caller, *, writes: bool = False) -> int | None:
    """The building's id, None for the district. Raises `Refused` outside the caller's buildings."""
    building = None if place == "district" else int(place)
    if caller.buildings is not None and (building not in caller.buildings if building else writes):
        raise not_found("school calendar", place)
    return building


async def write(house: House, caller: Caller, place: str, make: Any, if_match: str | None = None) -> Schedule:
    """Store what `make` makes of the stored document. Raises `Refused` (404, 412)."""
    building = building_of(place, caller, writes=True)
    async with house.database.transaction() as connection:
        row = await store.lock(connection, building)
        if row is None:
            raise not_found("school calendar", place)
        before = document_of(row)
        if if_match not in (None, "*", tag(before)):
            raise Refused(
                412, "Another has changed this school calendar since: read it again, and make your change in that."
            )
        after: Schedule = make(before, row["timezone"])
        written = store.Written(building, after.model_dump(mode="json"), caller.name)
        await store.write(connection, written, utc(house.clock.now_ms()))
    return after


async def inherited(house: House, row: Mapping[str, Any]) -> Schedule:
    """What a place leaves out: the district's document; of the district's own nothing."""
    district = None if row["building_id"] is None else await store.document(house.database, None)
    return document_of(district) if district else NOTHING


async def read_file(house: House, content: bytes, row: Mapping[str, Any], district: Schedule) -> list[ical.Event]:
    """What a calendar file becomes at a place, by its time and hours. Raises `CalendarFileError`."""
    week = calendar(row["timezone"], district, document_of(row)).week
    today = today_of(row["timezone"], house.clock.now_ms())
    return await asyncio.to_thread(ical.read, content, row["timezone"], today, week)


def today_of(timezone: str, now: int) -> date:
    """The date in the building."""
    return SchoolCalendar(timezone).local(now).date()


@router.get("")
async def list_schedules(house: TheHouse, caller: Annotated[Caller, Depends(viewer)]) -> Listing[SchoolSchedule]:
    """The district's, then each building's by name; in one page."""
    return Listing(items=[_shown(row) for row in await store.documents(house.database, caller.scope)], next=None)


@router.get("/{place}")
async def get_schedule(
    house: TheHouse, caller: Annotated[Caller, Depends(viewer)], place: Place, response: Response
) -> Schedule:
    """One whole document, with its ETag."""
    row = await store.document(house.database, building_of(place, caller))
    if row is None:
        raise not_found("school calendar", place)
    response.headers["ETag"] = tag(document_of(row))
    return document_of(row)


@router.put("/{place}")
async def put_schedule(
    house: TheHouse, caller: Annotated[Caller, Depends(admin)], place: Place, schedule: Schedule,
    response: Response, if_match: IfMatch = None,
) -> Schedule:  # fmt: skip
    """Write one whole document; in force a second later."""
    after = await write(house, caller, place, lambda _before, _zone: schedule, if_match)
    response.headers["ETag"] = tag(after)
    return after


@router.post("/{place}/today")
async def change_today(
    house: TheHouse, caller: Annotated[Caller, Depends(operator)], place: Place, said: Today
) -> Schedule:
    """No school today, late opening, early dismissal; in force a second later."""
    now = house.clock.now_ms()
    try:
        return await write(
            house, caller, place, lambda before, zone: changed(before, today_of(zone, now), said.change, said.at)
        )
    except ValidationError as error:
        raise Refused(422, f"body.at {error.errors()[0]['msg']}.", field="body.at") from error
    except ValueError as error:
        raise Refused(422, f"body.at: {error}.", field="body.at") from error


@router.post(
    "/{place}/import",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"text/calendar": {"schema": {"type": "string"}, "example": _FILE}},
        }
    },
)
async def try_import(
    house: TheHouse, caller: Annotated[Caller, Depends(admin)], place: Place, request: Request
) -> Imported:
    """Read an iCalendar file and say what each event would become. Nothing is changed."""
    row = await store.document(house.database, building_of(place, caller))
    if row is None:
        raise not_found("school calendar", place)
    district = await inherited(house, row)
    try:
        events = await read_file(house, await request.body(), row, district)
        schedule = imported.merged(document_of(row), [event for event in events if event.sure], district)
    except ValidationError as error:
        raise Refused(
            422, f"With these the calendar would be too large: {error.errors()[0]['msg']}.", field="body"
        ) from error
    except ical.CalendarFileError as error:
        raise Refused(422, f"{error}. The calendar is as it was.", field="body") from error
    shown = [
        Read(**{name: value for name, value in one._asdict().items() if name in Read.model_fields}) for one in events
    ]
    return Imported(events=shown, schedule=schedule)


def _shown(row: Mapping[str, Any]) -> SchoolSchedule:
    return SchoolSchedule(
        building=row["building_id"],
        name=row["name"],
        schedule=document_of(row),
        changed=row["changed_at"],
        changed_by=row["changed_by"],
    )
