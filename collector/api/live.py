"""GET /live: server-sent events of what was just committed, resumable with `Last-Event-ID`."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse

from collector.api.auth import caller_of, viewer
from collector.api.errors import ERRORS, Refused
from collector.api.fields import IdQuery
from collector.house import House, TheHouse
from collector.live import LiveEvent, Wanted
from collector.store.accounts import Caller
from protocols.errors import StoreError

router = APIRouter(prefix="/live", tags=["live"], responses=ERRORS)
HEARTBEAT_S = 15.0
"""Between comments on a stream that is quiet; the credential is asked for anew with each."""
STREAMS = 32
"""Open at once with one credential: the pages a person has in sight, with room to spare."""
_EVENT = "id: {id}\nevent: {kind}\ndata: {data}\n\n"

_SHOWS = _EVENT.format(
    id=1788261900000001,
    kind="problem",
    data='{"id":61,"state":"open","severity":"critical","title":"IDF-2 does not answer"}',
)


class EventStream(StreamingResponse):
    """A response of server-sent events (WHATWG HTML, 9.2)."""

    media_type = "text/event-stream"


def concerns(caller: Caller, building: int | None, device: int | None) -> Wanted:
    """Which events this caller gets: inside the scope, and of the building and device asked for.

    What is of no building (a fault of several schools) concerns each that it touches.
    """

    def wanted(event: LiveEvent) -> bool:
        return any(caller.sees(place) and building in (None, place) for place in (event.building, *event.touches)) and (
            device is None or event.device == device
        )

    return wanted


@router.get(
    "",
    response_class=EventStream,
    responses={200: {"content": {EventStream.media_type: {"schema": {"type": "string"}, "example": _SHOWS}}}},
)
async def live(
    request: Request,
    caller: Annotated[Caller, Depends(viewer)],
    house: TheHouse,
    building: IdQuery = None,
    device: IdQuery = None,
    after: Annotated[int | None, Query(ge=0, lt=2**63, description="As `Last-Event-ID`, which goes before it.")] = None,
    last_event_id: Annotated[str | None, Header(max_length=40)] = None,
) -> EventStream:
    """Events `reading`, `device`, `problem` and `agent` as they are committed; a comment every 15 s when there are none."""
    if house.streams[caller.key] >= STREAMS:
        raise Refused(429, f"{STREAMS} streams are open with this credential: close one.", {"Retry-After": "15"})
    if last_event_id and last_event_id.isascii() and last_event_id.isdigit():
        after = int(last_event_id)
    events = house.hub.subscribe(concerns(caller, building, device), after=after)
    return EventStream(
        _counted(house, caller.key, _stream(request, house, events)),
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _counted(house: House, key: str, texts: AsyncGenerator[str, None]) -> AsyncIterator[str]:
    house.streams[key] += 1
    try:
        async with aclosing(texts) as closing:
            async for text in closing:
                yield text
    finally:
        house.streams[key] -= 1
        if not house.streams[key]:
            del house.streams[key]


async def _stream(request: Request, house: House, events: AsyncIterator[LiveEvent]) -> AsyncGenerator[str, None]:
    """Each event as text; ends when the process stops or the credential is over (asked at each heartbeat)."""
    source = aiter(events)
    upcoming = asyncio.ensure_future(anext(source))
    beat = asyncio.ensure_future(house.clock.sleep(HEARTBEAT_S))
    stopping = asyncio.ensure_future(house.stopping.wait())
    try:
        yield "retry: 2000\n: connected\n\n"
        while not stopping.done():
            await asyncio.wait((upcoming, beat, stopping), return_when=asyncio.FIRST_COMPLETED)
            if upcoming.done():
                event = upcoming.result()
                data = json.dumps(event.data, separators=(",", ":"), ensure_ascii=False)
                yield _EVENT.format(id=event.id, kind=event.kind, data=data)
                upcoming = asyncio.ensure_future(anext(source))
            if beat.done():
                if not await _still_allowed(request):
                    return
                yield ": still here\n\n"
                beat = asyncio.ensure_future(house.clock.sleep(HEARTBEAT_S))
    finally:
        for task in (upcoming, beat, stopping):
            task.cancel()
        await asyncio.wait((upcoming, beat, stopping))


async def _still_allowed(request: Request) -> bool:
    """Whether the credential of this stream still holds. A database out of reach ends no stream."""
    try:
        return await caller_of(request) is not None
    except StoreError:
        return True
