"""The live hub: what was just committed, told to every open page. In memory, bounded, resumable by event id.

Kinds: `reading`, `device`, `problem`, `agent` (the event names of `GET /api/v1/live`).
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, NamedTuple

_KEPT = 2_000
_QUEUE = 1_000


class LiveEvent(NamedTuple):
    """One event: its id grows by one; `building` and `device` say whom it concerns (None: the district as a whole), `touches` which
    buildings besides."""

    id: int
    kind: str
    building: int | None
    device: int | None
    data: dict[str, Any]
    touches: Sequence[int] = ()


Wanted = Callable[[LiveEvent], bool]


class Hub:
    """Hands each event to every subscriber that wants it. A subscriber too slow to read loses its oldest events."""

    def __init__(self, last: int = 0) -> None:
        """`last`: ids go on from here. From the clock, they grow over restarts too, and resuming holds across one."""
        self._last = last
        self._kept: deque[LiveEvent] = deque(maxlen=_KEPT)
        self._subscribers: dict[asyncio.Queue[LiveEvent], Wanted] = {}

    @property
    def last(self) -> int:
        """The id of the newest event: who has read what is stored now resumes after it."""
        return self._last

    @property
    def listeners(self) -> int:
        """How many streams are open."""
        return len(self._subscribers)

    def publish(
        self,
        kind: str,
        data: dict[str, Any],
        *,
        building: int | None = None,
        device: int | None = None,
        touches: Sequence[int] = (),
    ) -> None:
        """Tell everybody who wants it; never waits."""
        self._last += 1
        event = LiveEvent(self._last, kind, building, device, data, touches)
        self._kept.append(event)
        for queue, wanted in self._subscribers.items():
            if wanted(event):
                if queue.full():
                    queue.get_nowait()
                queue.put_nowait(event)

    async def subscribe(self, wanted: Wanted, *, after: int | None = None) -> AsyncIterator[LiveEvent]:
        """Events as they come; with `after`, first those kept since that id."""
        queue: asyncio.Queue[LiveEvent] = asyncio.Queue(_QUEUE)
        missed = [event for event in self._kept if after is not None and event.id > after and wanted(event)]
        self._subscribers[queue] = wanted
        try:
            for event in missed:
                yield event
            while True:
                yield await queue.get()
        finally:
            del self._subscribers[queue]
