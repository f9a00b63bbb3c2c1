"""Enrolment over HTTP: an administrator asks for a line, and the machine it is pasted on gets its identity."""

import asyncio
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from collector.api.auth import admin
from collector.api.errors import ERRORS, ProblemDetail, Refused
from collector.api.fields import example
from collector.api.limits import Limiter
from collector.fleet import addresses, authority, enrol, installer
from collector.house import TheHouse
from collector.settings import Settings
from collector.store.accounts import Caller
from collector.store.buildings import building_ids
from collector.store.database import Database
from protocols.clock import utc
from protocols.errors import EnrolmentError, OptionError, StartError

router = APIRouter(tags=["fleet"])
_REFUSALS: dict[int | str, dict[str, Any]] = {
    409: {"description": "Conflict: there is no broker that agents can reach.", "model": ProblemDetail},
    **{status: ERRORS[status] for status in (403, 422, 429, 503)},
}


class NewEnrolment(BaseModel):
    """Who is to be enrolled."""

    model_config = example(building="Lincoln MS", name="Lincoln MS", timezone="America/Chicago") | ConfigDict(
        extra="forbid"
    )

    building: str = Field(min_length=1, max_length=200, description="The building's name; it is made if it is new.")
    name: str | None = Field(
        None, min_length=1, max_length=200, description="What the agent is called; absent: as the building."
    )
    timezone: str = Field("UTC", description="IANA time zone of a new building.")


class Enrolment(BaseModel):
    """A promise of one identity."""

    model_config = example(
        agent="lincoln-ms",
        token="…",  # noqa: S106 (no token)
        expires="2026-09-02T11:25:00Z",
        command="curl … | sudo sh -s -- …",
    )

    agent: str = Field(description="The name the agent will have.")
    token: str = Field(description="Works once; shown here only.")
    expires: datetime
    command: str = Field(description="The line to paste as root on the agent's machine.")


class Claim(BaseModel):
    """What the agent's machine sends: never the token itself (`collector/fleet/enrolment.py`)."""

    model_config = example(
        code="k3J9x0aQm2Lw7TfB", csr="-----BEGIN CERTIFICATE REQUEST-----\n…", proof="0" * 64
    ) | ConfigDict(extra="forbid")

    code: str = Field(min_length=16, max_length=16, description="Derived from the token; finds the enrolment.")
    csr: str = Field(max_length=8_192, description="Certificate signing request, PEM, EC P-256.")
    proof: str = Field(min_length=64, max_length=64, description="HMAC-SHA256 of `csr` under the token's SHA-256, hex.")


class Identity(BaseModel):
    """What it gets."""

    model_config = example(
        agent="lincoln-ms", name="Lincoln MS", building="Lincoln MS", certificate="-----BEGIN CERTIFICATE-----\n…",
        ca="-----BEGIN CERTIFICATE-----\n…", broker="collector.example.org:8883",
    )  # fmt: skip

    agent: str
    name: str
    building: str
    certificate: str = Field(description="PEM, for the key of the request; its common name is `agent`.")
    ca: str = Field(description="PEM of the collector's CA.")
    broker: str = Field(description="HOST:PORT of the broker, mutual TLS.")


@router.post("/enrolments", status_code=201, responses=ERRORS | {409: _REFUSALS[409]})
async def create(wanted: NewEnrolment, house: TheHouse, caller: Annotated[Caller, Depends(admin)]) -> Enrolment:
    """A single-use token, and the line that installs an agent with it. It ends after 24 h."""
    await _inside_scope(house.database, caller, wanted.building)
    now = utc(house.clock.now_ms())
    try:
        addresses.agent_broker(house.settings)
        await asyncio.to_thread(_fill, house.settings)
        made = await enrol.promise(
            house.database, enrol.Wanted(wanted.building, wanted.name, wanted.timezone), caller.name, now
        )
        script = await asyncio.to_thread(enrol.script, house.settings.data, now)
    except OptionError as error:
        raise Refused(422, str(error)) from error
    except StartError as error:
        raise Refused(409, str(error)) from error
    line = installer.line(addresses.reach(house.settings).url, made.token, script)
    return Enrolment(agent=made.agent_id, token=made.token, expires=made.expires, command=line)


@router.post("/enrol", responses=_REFUSALS)
async def claim(sent: Claim, request: Request, house: TheHouse) -> Identity:
    """Sign the agent's request, once. The proof is the credential: it needs no token in a header."""
    _slow_down(request, house.clock.monotonic())
    now = utc(house.clock.now_ms())
    try:
        broker = addresses.agent_broker(house.settings, request.url.hostname)
        ca = await asyncio.to_thread(authority.load, house.settings.data, now)
        got = await enrol.redeem(house.database, ca, enrol.Request(sent.code, sent.csr, sent.proof), now)
    except EnrolmentError as error:
        raise Refused(403, f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    except StartError as error:
        raise Refused(409, str(error)) from error
    return Identity(
        agent=got.agent_id,
        name=got.name,
        building=got.building,
        certificate=got.certificate.decode(),
        ca=got.ca.decode(),
        broker=broker,
    )


def _fill(settings: Settings) -> None:
    enrol.wheelhouse(settings.data).fill()


def _slow_down(request: Request, now: float) -> None:
    """Whoever has no credential yet is counted by address."""
    limiter: Limiter = request.app.state.limiter
    wait = limiter.wait(f"enrol:{request.client.host if request.client else ''}", now)
    if wait > 0:
        raise Refused(429, "Too many requests: wait and try again.", headers={"Retry-After": str(round(wait + 1))})


async def _inside_scope(database: Database, caller: Caller, building: str) -> None:
    if caller.buildings is None:
        return
    found = (await building_ids(database, [building]))[building]
    if not caller.sees(found):
        raise Refused(403, f"The building {building!r} is outside the buildings of this credential.")
