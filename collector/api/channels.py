"""GET/POST /channels, PUT/DELETE /channels/{id}, POST /channels/{id}/test. A channel's URL holds passwords and never leaves."""

import asyncio
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from collector.api.auth import admin
from collector.api.errors import ERRORS, Refused, not_found
from collector.api.events import Severity
from collector.api.fields import Id, Listing, Stamp, Text, example
from collector.house import House, TheHouse
from collector.notify.channel import TEST, check, deliver, new_secret, unsealed
from collector.notify.guard import refusal
from collector.notify.webhook import SCHEMES, target_of
from collector.store import audit
from collector.store import channels as store
from collector.store.accounts import Caller
from protocols.clock import utc
from protocols.errors import ChannelError, StartError, StoreError

router = APIRouter(prefix="/channels", tags=["channels"], responses=ERRORS)
_PATIENCE_S = 30.0
_STRICT = ConfigDict(extra="forbid")


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


class NewChannel(BaseModel):
    """An https URL for a webhook, or an Apprise URL; it is stored encrypted and never shown again."""

    model_config = example(name="Office", url="ntfy://our-district-alerts", minimum="minor", enabled=True) | _STRICT

    name: Annotated[Text, Field(min_length=1, max_length=100)]
    url: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]
    minimum: Severity = "minor"
    enabled: bool = True


class ChangedChannel(BaseModel):
    """What may be changed; a new `url` replaces the stored one."""

    model_config = example(name="Office", minimum="major", enabled=True) | _STRICT

    name: Annotated[Text, Field(min_length=1, max_length=100)]
    url: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*$")] | None = None
    minimum: Severity = "minor"
    enabled: bool = True


class Added(BaseModel):
    """A new channel."""

    model_config = example(id=1, scheme="https", signing_secret="whsec_…")  # noqa: S106 (an example)

    id: int
    scheme: str
    signing_secret: str | None = Field(description="What a webhook's messages are signed with; shown this once.")


class Answer(BaseModel):
    """What a channel said to a message."""

    model_config = example(ok=True, answer="250 OK")

    ok: bool
    answer: str = Field(description="In the channel's own words.")


@router.get("")
async def list_channels(house: TheHouse, caller: Annotated[Caller, Depends(admin)]) -> Listing[Channel]:
    """Every channel, by name; there are few, so they come in one page."""
    return Listing(items=[Channel(**row) for row in await store.channels(house.database)], next=None)


@router.post("", status_code=201)
async def add_channel(house: TheHouse, caller: Annotated[Caller, Depends(admin)], wanted: NewChannel) -> Added:
    """Add a channel; try it with `/test`."""
    scheme = _checked(house, wanted.url)
    secret = new_secret(scheme)
    new = store.NewChannel(wanted.name, house.secrets.encrypt(wanted.url.strip()), scheme, wanted.minimum)
    async with house.database.transaction() as connection:
        made = await store.insert(
            connection, new, None if secret is None else house.secrets.encrypt(secret), wanted.enabled
        )
        if made is None:
            raise Refused(422, f"A channel named {wanted.name!r} exists: choose another name.", field="body.name")
        after = {"scheme": scheme, "minimum": wanted.minimum, "enabled": wanted.enabled}
        await audit.record(
            connection, audit.Change(caller.name, "channel.add", wanted.name, after=after), utc(house.clock.now_ms())
        )
    return Added(id=made, scheme=scheme, signing_secret=secret)


@router.put("/{id}")
async def change_channel(
    house: TheHouse,
    caller: Annotated[Caller, Depends(admin)],
    id: Id,  # noqa: A002
    wanted: ChangedChannel,
) -> Channel:
    """Change a channel's name, least severity, whether it is on, or its URL."""
    before = await _one(house, id)
    scheme = before.scheme if wanted.url is None else _checked(house, wanted.url)
    url = None if wanted.url is None else house.secrets.encrypt(wanted.url.strip())
    after = {"name": wanted.name, "scheme": scheme, "minimum": wanted.minimum, "enabled": wanted.enabled}
    async with house.database.transaction() as connection:
        try:
            await store.change(connection, id, {**after, "url": url})
        except StoreError as error:
            if not error.permanent:
                raise
            raise Refused(422, f"A channel named {wanted.name!r} exists: choose another.", field="body.name") from error
        was = before.model_dump(include={"name", "scheme", "minimum", "enabled"})
        line = audit.Change(caller.name, "channel.change", before.name, was, after)
        await audit.record(connection, line, utc(house.clock.now_ms()))
    return await _one(house, id)


@router.delete("/{id}", status_code=204)
async def remove_channel(house: TheHouse, caller: Annotated[Caller, Depends(admin)], id: Id) -> None:  # noqa: A002
    """Remove a channel with what waits for it."""
    before = await _one(house, id)
    await store.remove(house.database, before.name)
    async with house.database.transaction() as connection:
        await audit.record(
            connection, audit.Change(caller.name, "channel.remove", before.name), utc(house.clock.now_ms())
        )


async def _one(house: House, identity: int) -> Channel:
    for row in await store.channels(house.database):
        if row["id"] == identity:
            return Channel(**row)
    raise not_found("channel", identity)


def _checked(house: House, url: str) -> str:
    """The scheme of a URL that can be used. Raises `Refused`; an address inside is refused at once, a name when it is asked."""
    try:
        scheme = check(url)
        host = (scheme in SCHEMES and urlsplit(target_of(url.strip()).url).hostname) or ""
        why = refusal(host, host, house.settings.allowed()) if _is_address(host) else None
        if why is not None:
            raise ChannelError(why, permanent=True)
        return scheme
    except ChannelError as error:
        raise Refused(422, f"body.url: {error}", field="body.url") from error


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


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
        url, how = unsealed(await store.secrets(house.database, name), house.secrets)
        how = how._replace(now_s=house.clock.now_ms() // 1000, allowed=house.settings.allowed())
        async with asyncio.timeout(_PATIENCE_S):
            return Answer(ok=True, answer=await deliver(url, TEST, how))
    except TimeoutError:
        return Answer(ok=False, answer=f"no answer in {_PATIENCE_S:.0f} s")
    except (ChannelError, StartError) as error:
        return Answer(ok=False, answer=str(error))
