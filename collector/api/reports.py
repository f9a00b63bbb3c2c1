"""GET /reports, /reports/{day}, /reports/budget; GET and PUT /reports/settings: the First Bell report."""

from datetime import date, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from collector.api.auth import admin, viewer
from collector.api.errors import ERRORS, Refused, not_found
from collector.api.fields import AskedPage, IdQuery, Listing, Stamp, example
from collector.api.notifying import Ids
from collector.house import House, TheHouse
from collector.notify.report.budget import Spent, week_of
from collector.notify.report.compose import ON_PAGE, Wanted, compose
from collector.notify.report.read import district_calendar, spent_by
from collector.notify.report.recipients import wants
from collector.store import report_mornings as store
from collector.store import report_settings
from collector.store.accounts import Caller
from collector.store.paging import decode, page
from protocols.clock import utc

router = APIRouter(prefix="/reports", tags=["reports"], responses=ERRORS)
_STRICT = ConfigDict(extra="forbid")
Day = Annotated[date, Path(description="A local date: 2026-09-01.")]
_LINE: dict[str, Any] = {
    "text": "IDF-2 does not answer",
    "more": "since 02:10",
    "link": "/p/12",
    "severity": "critical",
}
_SECTION: dict[str, Any] = {"name": "broken", "title": "Broken now", "lines": [_LINE], "more": 0}
_SETTINGS: dict[str, Any] = {
    "at": "06:45:00", "off_days": False, "calm": True, "budget": 20, "times": [{"building": 1, "at": "06:30:00"}],
    "channels": [{"channel": 1, "wanted": None, "buildings": []}],
}  # fmt: skip


class Line(BaseModel):
    """One line, in words."""

    text: str
    more: str
    link: str = Field(description="The console's page of it, empty: none.")
    severity: str


class Section(BaseModel):
    """Broken now, broke and healed, will run out, changed."""

    name: str
    title: str
    lines: list[Line]
    more: int = Field(description="How many there are beyond these.")


class MorningReport(BaseModel):
    """The report of one morning as it was made."""

    model_config = example(
        day="2026-09-01", made="2026-09-01T11:45:00.000Z", sentence="1 thing is broken at Lincoln MS: IDF-2 does not answer.",
        sections=[_SECTION], figures="214 devices · all agents report",
    )  # fmt: skip

    day: date
    made: Stamp
    sentence: str
    sections: list[Section]
    figures: str


class MorningEntry(BaseModel):
    """A morning there is a report of."""

    model_config = example(
        day="2026-09-01", made="2026-09-01T11:45:00.000Z", buildings=6, broken=3, grave=1, undelivered=0
    )

    day: date
    made: Stamp
    buildings: int
    broken: int = Field(description="Problems that were there.")
    grave: int = Field(description="Of these, critical or major.")
    undelivered: int = Field(description="Messages that no channel took.")


class RuleSpent(BaseModel):
    """A rule and its messages."""

    name: str
    told: int


class SpentOf(BaseModel):
    """What a channel or person was told in a week."""

    model_config = example(
        name="Office", person=False, told=23, budget=20, over=True, rules=[{"name": "door.held", "told": 20}]
    )

    name: str
    person: bool
    told: int
    budget: int
    over: bool
    rules: list[RuleSpent]


class BuildingTime(BaseModel):
    """A building's own time."""

    model_config = _STRICT

    building: int = Field(ge=1, le=2**31 - 1)
    at: time


class ChannelReport(BaseModel):
    """A channel's report. `wanted` null: mail and chats get it, text messages, pushes and webhooks do not."""

    model_config = _STRICT

    channel: int = Field(ge=1, le=2**31 - 1)
    wanted: bool | None = None
    buildings: Ids = Field([], description="Empty: all.")


class _Chosen(BaseModel):
    """What is set for everybody."""

    model_config = _STRICT

    at: time = Field(time(6, 45), description="By each building's own clock, on its school days.")
    off_days: bool = Field(False, description="On days without school, too.")
    calm: bool = Field(True, description="Sent when there is nothing to tell, too: no report would be a silence.")
    budget: int = Field(20, ge=1, le=1000, description="Messages a week that a person can still read.")
    times: Annotated[list[BuildingTime], Field(max_length=1000)] = []


class ReportSettings(_Chosen):
    """When the report comes, and to whom."""

    model_config = example(**_SETTINGS) | _STRICT

    channels: Annotated[list[ChannelReport], Field(max_length=1000)] = []


class ReportChannel(ChannelReport):
    """A channel's report, and whether it gets it as things are."""

    name: str
    gets: bool


class CurrentSettings(_Chosen):
    """The settings there are; every channel is named."""

    model_config = example(**{**_SETTINGS, "channels": [_SETTINGS["channels"][0] | {"name": "Office", "gets": True}]})

    channels: list[ReportChannel]


@router.get("")
async def list_mornings(
    house: TheHouse, caller: Annotated[Caller, Depends(viewer)], asked: AskedPage
) -> Listing[MorningEntry]:
    """The mornings there is a report of, the newest first."""
    (before,) = decode(asked.cursor, (0,))
    if not 0 <= before <= date.max.toordinal():
        raise Refused(422, "query.cursor is not a cursor of this list.", field="query.cursor")
    rows = await store.days(house.database, caller.scope, date.fromordinal(before) if before else None, asked.limit + 1)
    found = page(rows, asked.limit, lambda row: (row["day"].toordinal(),))
    return Listing(items=[MorningEntry(made=row["made_at"], **_without(row)) for row in found.items], next=found.next)


@router.get("/settings")
async def report_settings_now(house: TheHouse, caller: Annotated[Caller, Depends(admin)]) -> CurrentSettings:
    """When the report comes, and to whom."""
    return await _current(house)


@router.put("/settings")
async def replace_report_settings(
    house: TheHouse, caller: Annotated[Caller, Depends(admin)], wanted: ReportSettings
) -> CurrentSettings:
    """All of it instead of what there was; a building or channel that is left out has the default."""
    await save_settings(house, caller, wanted)
    return await _current(house)


@router.get("/budget")
async def report_budget(
    house: TheHouse,
    caller: Annotated[Caller, Depends(viewer)],
    week: Annotated[date | None, Query(description="Any day of the week; this week without it.")] = None,
) -> Listing[SpentOf]:
    """What was told in a week, against the budget: an administrator sees every channel and person, anybody else their own."""
    rows = await budget_of(house, week, caller)
    return Listing(
        items=[
            SpentOf(**one._asdict() | {"rules": [RuleSpent(**rule._asdict()) for rule in one.rules]}, person=person)
            for person, one in rows
        ],
        next=None,
    )


@router.get("/{day}")
async def morning_report(
    house: TheHouse, caller: Annotated[Caller, Depends(viewer)], day: Day, building: IdQuery = None
) -> MorningReport:
    """The report of one morning, as it was made: of one building, or of all that the caller may see."""
    rows = await store.morning(house.database, caller.scope, day, building)
    if not rows:
        raise not_found("report", day)
    report = compose([row["facts"] for row in rows], Wanted(day, ON_PAGE))
    sections = [
        Section(**section._asdict() | {"lines": [Line(**one._asdict()) for one in section.lines]})
        for section in report.sections
    ]
    made = min(row["made_at"] for row in rows)
    return MorningReport(day=day, made=made, sentence=report.sentence, sections=sections, figures=report.figures)


async def save_settings(house: House, caller: Caller, wanted: ReportSettings) -> None:
    """Check it against what there is, and store it. Raises `Refused`."""
    known = await report_settings.known(house.database)
    named = [one.building for one in wanted.times] + [one for row in wanted.channels for one in row.buildings]
    for what, ids in (("building", named), ("channel", [one.channel for one in wanted.channels])):
        gone = sorted(set(ids) - known[f"{what}s"])
        if gone:
            raise Refused(422, f"There is no {what} {gone[0]}: leave it out.", field=f"body.{what}s")
    for what, once in (("times", [one.building for one in wanted.times]), ("channels", [one.channel for one in wanted.channels])):  # fmt: skip
        if len(set(once)) != len(once):
            raise Refused(422, f"body.{what} names one twice: leave one of them out.", field=f"body.{what}")
    await report_settings.replace(house.database, wanted.model_dump(), caller.name, utc(house.clock.now_ms()))


async def budget_of(house: House, week: date | None, caller: Caller) -> list[tuple[bool, Spent]]:
    """What channels and people (True) were told in the week of this day (None: today's), the most in front; who is no administrator
    has their own alone."""
    calendar = await district_calendar(house.database)
    day = min(week or calendar.local(house.clock.now_ms()).date(), date.max - timedelta(days=8))
    start, end = week_of(calendar, max(day, date.min + timedelta(days=8)))
    return await spent_by(house.database, utc(start), utc(end), None if caller.may("admin") else caller.name)


def _without(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "made_at"}


async def _current(house: House) -> CurrentSettings:
    found = await report_settings.settings(house.database)
    times = [BuildingTime(building=row["building"], at=row["at"]) for row in found["times"] if row["at"] is not None]
    channels = [
        ReportChannel(channel=row["channel"], wanted=row["wanted"], buildings=row["buildings"], name=row["name"], gets=wants(row))
        for row in found["channels"]
    ]  # fmt: skip
    same = {name: found[name] for name in ("at", "off_days", "calm", "budget")}
    return CurrentSettings(**same, times=times, channels=channels)
