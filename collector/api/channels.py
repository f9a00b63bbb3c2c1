"""GET /channels, POST /channels/{id}/test. A channel's URL holds passwords and never leaves."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from collector.api.auth import admin
from collector.api.errors import ERRORS, not_found
from collector.api.events import Severity
from collector.api.fields import Id, Listing, Stamp, example
from collector.house import TheHouse
from collector.notify.channel import Handover, deliver
from collector.notify.message import Text
from collector.store import audit
from collector.store import channels as store
from collector.store.accounts import Caller
from protocols.clock import utc
from protocols.errors import ChannelError, StartError

router = APIRouter(prefix="/channels", tags=["channels"], responses=ERRORS)
_PATIENCE = 30.0
_TEST = Text("First Bell: test message", "This channel works: problems will be told here.")


class Channel(BaseModel):
    """Where messages go."""

    model_config = example(
        id=1,
        name="Office",
        scheme="mailto",
        enabled=True,
        minimum="minor",
        failing_since=None,
        last_error=None,
        waiting=0,
    )

    id: int
    name: str
    scheme: str = Field(description="The service: mailto, ntfy, json, …")
    enabled: bool
    minimum: Severity = Field(description="The least severity it is told.")
    failing_since: Stamp | None
    last_error: str | None
    waiting: int = Field(description="Messages that were not delivered yet.")


class Answer(BaseModel):
    """What a channel said to a message."""

    model_config = example(ok=True, answer="250 OK")

    ok: bool
    answer: str = Field(description="In the channel's own words.")


@router.get("")
async def list_channels(house: TheHouse, caller: Annotated[Caller, Depends(admin)]) -> Listing[Channel]:
    """Every channel, by name; there are few, so they come in one page."""
    return Listing(items=[Channel(**row) for row in await store.channels(house.database)], next=None)


@router.post("/{id}/test")
async def try_channel(house: TheHouse, caller: Annotated[Caller, Depends(admin)], id: Id) -> Answer:  # noqa: A002
    """Send a test message now and return the channel's own answer; `ok` says whether it was taken."""
    name = next((row["name"] for row in await store.channels(house.database) if row["id"] == id), None)
    if name is None:
        raise not_found("channel", id)
    async with house.database.transaction() as connection:
        change = audit.Change(caller.name, "channel.test", name)
        await audit.record(connection, change, utc(house.clock.now_ms()))
    try:
        url = house.secrets.decrypt(await store.secret(house.database, name))
        async with asyncio.timeout(_PATIENCE):
            return Answer(ok=True, answer=await deliver(url, _TEST, Handover(allowed=house.settings.allowed())))
    except TimeoutError:
        return Answer(ok=False, answer=f"no answer in {_PATIENCE:.0f} s")
    except (ChannelError, StartError) as error:
        return Answer(ok=False, answer=str(error))
