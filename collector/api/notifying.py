"""GET/PUT /routes, and /people: who is told what, when, and in which order when nobody acknowledges."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from collector.api.auth import admin
from collector.api.errors import ERRORS, Refused, not_found
from collector.api.events import Severity
from collector.api.fields import Id, Listing, Text, example
from collector.house import House, TheHouse
from collector.store import audit
from collector.store import routes as store
from collector.store.accounts import Caller
from collector.store.database import Connection
from protocols.clock import utc
from protocols.errors import StoreError

router = APIRouter(tags=["routes"], responses=ERRORS)
Ids = Annotated[list[Annotated[int, Field(ge=1, le=2**31 - 1)]], Field(max_length=200)]
Name = Annotated[Text, Field(min_length=1, max_length=100)]
Minute = Annotated[int, Field(ge=0, le=1439)]
_STRICT = ConfigDict(extra="forbid")
_STEP: dict[str, Any] = {"after_min": 0, "school": False, "people": [1], "channels": []}
_ROUTE: dict[str, Any] = {
    "name": "Heating to facilities", "severities": ["critical", "major"], "buildings": [], "kinds": ["hvac"], "during": "always",
    "tell": "now", "go_on": False, "steps": [_STEP, _STEP | {"after_min": 10, "people": [], "channels": [2]}],
}  # fmt: skip
_PERSON: dict[str, Any] = {
    "name": "Dana", "account": "Dana", "timezone": "America/Chicago", "quiet_from": 1320, "quiet_to": 360, "channels": [1],
}  # fmt: skip


class Step(BaseModel):
    """Whom to tell, unless somebody has it by then."""

    model_config = _STRICT

    after_min: int = Field(0, ge=0, le=10_080, description="Minutes after it was told first.")
    school: bool = Field(False, description="In school hours alone: else it waits for the next school day.")
    people: Ids = []
    channels: Ids = []


class Route(BaseModel):
    """The first that fits decides. Empty lists fit everything."""

    model_config = example(**_ROUTE) | _STRICT

    name: Name
    severities: Annotated[list[Severity], Field(max_length=4)] = []
    buildings: Ids = []
    kinds: Annotated[list[Name], Field(max_length=50)] = []
    during: Literal["always", "school", "outside"] = Field(
        "always", description="When it comes: in school hours, or not."
    )
    tell: Literal["now", "school", "report"] = Field(
        "now", description="`school` waits until school is in; `report` sends nothing."
    )
    go_on: bool = Field(False, description="The next route that fits adds to it.")
    steps: Annotated[list[Step], Field(max_length=10)] = []

    @model_validator(mode="after")
    def _somebody(self) -> "Route":
        if self.tell != "report" and not any(step.people or step.channels for step in self.steps):
            raise ValueError("needs a step with people or channels, or tell: report")
        if [step.after_min for step in self.steps] != sorted(step.after_min for step in self.steps):
            raise ValueError("steps come in the order of their minutes")
        return self


class Routes(BaseModel):
    """All routes, in order."""

    model_config = example(items=[_ROUTE]) | _STRICT

    items: Annotated[list[Route], Field(max_length=200)]


class NewPerson(BaseModel):
    """Somebody who is told: an account, or a contact alone. Quiet hours are minutes of the local day; critical passes them."""

    model_config = example(**_PERSON) | _STRICT

    name: Name
    account: Name | None = None
    timezone: Name = "UTC"
    quiet_from: Minute | None = None
    quiet_to: Minute | None = None
    channels: Ids = []

    @field_validator("timezone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("must be a time zone such as America/Chicago")
        return value

    @model_validator(mode="after")
    def _both_or_none(self) -> "NewPerson":
        if (self.quiet_from is None) != (self.quiet_to is None) or (
            self.quiet_from is not None and self.quiet_from == self.quiet_to
        ):
            raise PydanticCustomError(
                "quiet_hours", "quiet hours need both a beginning and an end, quiet_from and quiet_to, that differ"
            )
        return self


class Person(NewPerson):
    """A stored person."""

    model_config = example(id=1, **_PERSON)

    id: int


@router.get("/routes")
async def list_routes(house: TheHouse, caller: Annotated[Caller, Depends(admin)]) -> Routes:
    """All routes, in the order in which they are asked."""
    return Routes(items=[_route(row) for row in await store.routes(house.database)])


@router.put("/routes")
async def replace_routes(house: TheHouse, caller: Annotated[Caller, Depends(admin)], wanted: Routes) -> Routes:
    """These routes instead of those there were. People, channels and buildings that do not exist are 422."""
    names = [route.name for route in wanted.items]
    if len(set(names)) != len(names):
        raise Refused(422, "Two routes have one name: choose another for one of them.", field="body.items")
    async with house.database.transaction() as connection:
        known = await store.book(connection)
        for route in wanted.items:
            _all_known("building", route.buildings, known["buildings"])
            for step in route.steps:
                _all_known("person", step.people, known["people"])
                _all_known("channel", step.channels, known["channels"])
        given = [route.model_dump() for route in wanted.items]
        await store.set_routes(connection, given)
        before = {"items": [_route(row).model_dump() for row in known["routes"]]}
        await _audited(connection, house, audit.Change(caller.name, "routes.set", "routes", before, {"items": given}))
    return wanted


@router.get("/people")
async def list_people(house: TheHouse, caller: Annotated[Caller, Depends(admin)]) -> Listing[Person]:
    """Everybody who can be told, by name; in one page."""
    return Listing(items=[Person(**row) for row in await store.people(house.database)], next=None)


@router.post("/people", status_code=201)
async def add_person(house: TheHouse, caller: Annotated[Caller, Depends(admin)], wanted: NewPerson) -> Person:
    """Add somebody who is told."""
    return await _save(house, caller, wanted, None)


@router.put("/people/{id}")
async def change_person(
    house: TheHouse,
    caller: Annotated[Caller, Depends(admin)],
    id: Id,  # noqa: A002
    wanted: NewPerson,
) -> Person:
    """Change somebody who is told."""
    return await _save(house, caller, wanted, id)


@router.delete("/people/{id}", status_code=204)
async def remove_person(house: TheHouse, caller: Annotated[Caller, Depends(admin)], id: Id) -> None:  # noqa: A002
    """Remove a person; routes pass over who is gone."""
    async with house.database.transaction() as connection:
        if not await store.remove_person(connection, id):
            raise not_found("person", id)
        await _audited(connection, house, audit.Change(caller.name, "person.remove", str(id)))


async def _save(house: House, caller: Caller, wanted: NewPerson, identity: int | None) -> Person:
    async with house.database.transaction() as connection:
        _all_known("channel", wanted.channels, (await store.book(connection))["channels"])
        try:
            saved = await store.save_person(connection, wanted.model_dump(), identity)
        except StoreError as error:
            if not error.permanent:
                raise
            raise Refused(
                422, f"There is a person named {wanted.name!r} already: choose another.", field="body.name"
            ) from error
        if saved is None:
            raise not_found("person", identity)
        action = "person.add" if identity is None else "person.change"
        await _audited(connection, house, audit.Change(caller.name, action, str(saved), after=wanted.model_dump()))
    return Person(id=saved, **wanted.model_dump())


def _route(row: dict[str, Any]) -> Route:
    return Route(**{name: value for name, value in row.items() if name != "id"})


def _all_known(what: str, wanted: Sequence[int], rows: Sequence[dict[str, Any]]) -> None:
    gone = sorted(set(wanted) - {row["id"] for row in rows})
    if gone:
        raise Refused(422, f"There is no {what} {gone[0]}: leave it out, or make it first.", field=f"body.{what}")


async def _audited(connection: Connection, house: House, change: audit.Change) -> None:
    await audit.record(connection, change, utc(house.clock.now_ms()))
