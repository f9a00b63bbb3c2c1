"""One question and its answer over UDP."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from protocols.address import Place
from protocols.clock import Clock
from protocols.transports.stream import StreamError
from protocols.transports.stream.failure import failed
from protocols.transports.stream.lookup import Endpoint

T = TypeVar("T")
MOST_WAITING = 16
"""Datagrams that may lie unread; a flood beyond them is dropped."""
MOST_WRONG = 200
"""Datagrams that are no answer, after which the question is given up."""


async def converse(
    endpoint: Endpoint,
    place: Place,
    question: bytes,
    accept: Callable[[bytes], T | None],
    waits: tuple[float, ...],
    clock: Clock,
) -> tuple[T, float]:
    """What `accept` made of an answer, and the seconds from the last sending to it. Sent again after each of `waits` seconds.

    `accept` gives None for what is no answer: it is left alone. Raises `StreamError`.
    """
    loop = asyncio.get_running_loop()
    host = (
        place.host if "%" in place.host else str(endpoint.address[0])
    )  # asyncio forgets a zone's number, not its name
    try:
        transport, arrived = await loop.create_datagram_endpoint(
            lambda: _Arrived(clock), remote_addr=(host, place.port), family=endpoint.family
        )
    except OSError as error:
        raise failed(error, place) from error
    wrong = 0
    try:
        for wait in waits:
            transport.sendto(question)
            sent = clock.monotonic()
            try:
                async with asyncio.timeout(wait):
                    while wrong < MOST_WRONG:
                        came = await arrived.queue.get()
                        if isinstance(came, OSError):
                            raise failed(came, place)
                        answer = accept(came[0])
                        if answer is not None:
                            return answer, max(0.0, came[1] - sent)
                        wrong += 1
            except TimeoutError:
                continue
    finally:
        transport.abort()
    if wrong:
        raise StreamError("nonsense", f"{place}: what it answers is no answer to the question")
    raise StreamError("timeout", f"{place}: no answer to {len(waits)} questions within {sum(waits):g} s (UDP)")


class _Arrived(asyncio.DatagramProtocol):
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.queue: asyncio.Queue[tuple[bytes, float] | OSError] = asyncio.Queue(MOST_WAITING)

    def datagram_received(self, data: bytes, addr: tuple[object, ...]) -> None:
        if not self.queue.full():
            self.queue.put_nowait((data, self._clock.monotonic()))

    def error_received(self, exc: OSError) -> None:  # type: ignore[override]
        if not self.queue.full():
            self.queue.put_nowait(exc)
