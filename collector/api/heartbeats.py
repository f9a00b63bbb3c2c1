"""Heartbeats: what reports in by itself. POST /heartbeats/{key} is the report; the key in the address is the credential."""

from secrets import token_urlsafe
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from collector.api.auth import admin, viewer
from collector.api.errors import ERRORS, ProblemDetail, Refused, not_found
from collector.api.fields import Id, Listing, Stamp, Text, When, example
from collector.api.limits import Limiter
from collector.api.report_body import ReportBody
from collector.house import House, TheHouse
from collector.store import audit
from collector.store import beats as store
from collector.store.accounts import Caller
from collector.store.beats import NewBeat, NewReport
from collector.store.buildings import building as find_building
from protocols.clock import utc
from protocols.errors import StoreError

router = APIRouter(prefix="/heartbeats", tags=["heartbeats"])
_DAY_S = 86_400
_CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"description": "Conflict: the name is taken.", "model": ProblemDetail}
}


class Expected(BaseModel):
    """What is asked of a heartbeat; null: worked out from its own reports."""

    model_config = example(
        name="SIS roster", building=None, every_s=_DAY_S, grace_s=None, school_days=None, least_rows=None, change=None,
        oldest_s=None, paused=False,
    ) | ConfigDict(extra="forbid")  # fmt: skip

    name: Text = Field(min_length=1)
    building: int | None = Field(None, ge=1, le=2**31 - 1, description="Null: the whole district's.")
    every_s: int | None = Field(None, ge=60, le=395 * _DAY_S, description="Seconds from one report to the next.")
    grace_s: int | None = Field(None, ge=0, le=100 * _DAY_S, description="Seconds that a report may be late.")
    school_days: bool | None = Field(None, description="True: nothing is expected on days without school.")
    least_rows: int | None = Field(None, ge=0, le=2**62, description="Fewer rows than this cannot be right.")
    change: float | None = Field(None, gt=0, le=1e6, description="Percent that rows may differ from what is usual.")
    oldest_s: int | None = Field(None, ge=1, le=2**31 - 1, description="How old its data may be, in seconds.")
    paused: bool = False


class Heartbeat(Expected):
    """A heartbeat and its newest report."""

    model_config = example(
        id=1, name="SIS roster", building=None, every_s=_DAY_S, grace_s=None, school_days=None, least_rows=None, change=None,
        oldest_s=None, paused=False, last="2026-09-01T07:10:00.000Z", state="ok", rows=1204,
    )  # fmt: skip

    id: int
    last: Stamp | None = Field(description="When it reported last.")
    state: str | None = Field(description="start, ok or fail.")
    rows: int | None


class Made(BaseModel):
    """A new heartbeat's address; the key is shown here only."""

    model_config = example(
        id=1,
        url="…/api/v1/heartbeats/…",
        command="curl -fsS -m 60 --retry 5 -X POST …/api/v1/heartbeats/…",
    )

    id: int
    url: str
    command: str = Field(description="The line to put at the end of the job.")


class Report(BaseModel):
    """One report of a heartbeat."""

    model_config = example(time="2026-09-01T07:10:00.000Z", state="ok", rows=1204, bytes=88_100, as_of=None, body="")

    time: Stamp
    state: str
    rows: int | None
    bytes: int
    as_of: Stamp | None
    body: str = Field(description="The first 10,000 characters of what it sent.")


class Taken(BaseModel):
    """The report was kept."""

    model_config = example(ok=True)

    ok: bool


@router.get("", responses=ERRORS)
async def list_heartbeats(house: TheHouse, caller: Annotated[Caller, Depends(viewer)]) -> Listing[Heartbeat]:
    """Every heartbeat that the caller may see, by name; there are few, so they come in one page."""
    rows = [row for row in await store.beats(house.database) if caller.sees(row["building_id"])]
    return Listing(items=[_shown(row) for row in rows], next=None)


@router.get("/{id}/reports", responses=ERRORS)
async def list_reports(house: TheHouse, caller: Annotated[Caller, Depends(viewer)], id: Id) -> Listing[Report]:  # noqa: A002
    """Its newest reports (60 are kept), the newest first."""
    await _row(house, caller, id)
    rows = await store.reports(house.database, id, body=True)
    return Listing(items=[Report(**row) for row in reversed(rows)], next=None)


@router.post("", status_code=201, responses=ERRORS | _CONFLICT)
async def create_heartbeat(wanted: Expected, house: TheHouse, caller: Annotated[Caller, Depends(admin)]) -> Made:
    """Set up a heartbeat: the answer has the line that its job is to end with."""
    await _inside(house, caller, wanted.building)
    key, now = token_urlsafe(24), utc(house.clock.now_ms())
    try:
        async with house.database.transaction() as connection:
            identity = await store.add(connection, _wanted(wanted), key, now)
            done = audit.Change(caller.name, "heartbeat.create", wanted.name, after=wanted.model_dump())
            await audit.record(connection, done, now)
    except StoreError as error:
        raise _refused(error) from error
    url = f"{house.base_url}/api/v1/heartbeats/{key}"
    return Made(id=identity, url=url, command=f"curl -fsS -m 60 --retry 5 -X POST {url}")


@router.put("/{id}", responses=ERRORS | _CONFLICT)
async def change_heartbeat(
    wanted: Expected, house: TheHouse, caller: Annotated[Caller, Depends(admin)], id: Id  # noqa: A002
) -> Heartbeat:  # fmt: skip
    """Ask something else of it. Its key stays."""
    before = await _row(house, caller, id)
    await _inside(house, caller, wanted.building)
    now = utc(house.clock.now_ms())
    old = {name: before["building_id" if name == "building" else name] for name in Expected.model_fields}
    try:
        async with house.database.transaction() as connection:
            await store.change(connection, id, _wanted(wanted))
            done = audit.Change(caller.name, "heartbeat.change", str(before["name"]), old, wanted.model_dump())
            await audit.record(connection, done, now)
    except StoreError as error:
        raise _refused(error) from error
    return _shown(await _row(house, caller, id))


@router.delete("/{id}", status_code=204, responses=ERRORS)
async def remove_heartbeat(house: TheHouse, caller: Annotated[Caller, Depends(admin)], id: Id) -> None:  # noqa: A002
    """Expect nothing of it any more; its key ends."""
    before = await _row(house, caller, id)
    async with house.database.transaction() as connection:
        await store.remove(connection, id)
        done = audit.Change(caller.name, "heartbeat.remove", str(before["name"]))
        await audit.record(connection, done, utc(house.clock.now_ms()))


@router.post("/{key}", responses={status: {"model": ProblemDetail} for status in (404, 413, 422, 429, 503)})
async def report_in(
    request: Request, house: TheHouse, key: Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")],
    state: Annotated[Literal["start", "ok", "fail"], Query(description="What there is to say.")] = "ok",
    rows: Annotated[int | None, Query(ge=0, le=2**62, description="Rows that were moved, without the header.")] = None,
    as_of: Annotated[When | None, Query(description="How new its data are (RFC 3339).")] = None,
) -> Taken:  # fmt: skip
    """A job reports in. Of the body, 64 MiB at most, the first 10 kB are kept; of one that is `text/csv`, or whose first line names columns, the
    rows are counted, without the header."""
    limiter: Limiter = request.app.state.limiter
    wait = limiter.wait(f"beat:{request.client.host if request.client else ''}", house.clock.monotonic())
    if wait > 0:
        raise Refused(429, "Too many requests: wait and try again.", headers={"Retry-After": str(round(wait + 1))})
    unknown = Refused(404, "No heartbeat has this key: it was mistyped, or the heartbeat was removed.")
    if not await store.known(house.database, key):
        raise unknown  # before the body is read: a stranger's is not waited for
    body = ReportBody()
    async for chunk in request.stream():
        body.take(chunk)
    if rows is None:
        rows = body.rows(request.headers.get("content-type", "").partition(";")[0].strip().lower() == "text/csv")
    async with house.database.transaction() as connection:
        kept = NewReport(state, rows, body.size, as_of, body.text)
        if await store.take(connection, key, kept, utc(house.clock.now_ms())) is None:
            raise unknown
    return Taken(ok=True)


def _wanted(wanted: Expected) -> NewBeat:
    given = wanted.model_dump()
    return NewBeat(building_id=given.pop("building"), **given)


def _shown(row: dict[str, Any]) -> Heartbeat:
    same = {name: row[name] for name in (*NewBeat._fields[1:], "id", "state", "rows")}
    return Heartbeat(**same, building=row["building_id"], last=row["time"])


async def _row(house: House, caller: Caller, identity: int) -> dict[str, Any]:
    for row in await store.beats(house.database):
        if row["id"] == identity and caller.sees(row["building_id"]):
            return row
    raise not_found("heartbeat", identity)


async def _inside(house: House, caller: Caller, building: int | None) -> None:
    """Refuse a building that is not there, or outside the caller's."""
    known = building is None or await find_building(house.database, caller.scope, building) is not None
    if not known or not caller.sees(building):
        raise Refused(422, f"building = {building} is none that this credential can see; null is the whole district.")


def _refused(error: StoreError) -> Exception:
    return Refused(409, f"{str(error)[:1].upper()}{str(error)[1:]}.") if error.permanent else error
