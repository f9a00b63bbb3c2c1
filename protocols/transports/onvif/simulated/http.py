"""A small HTTP server for simulators: requests one after another on each connection, answers as they are given."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import h11

MOST_BODY = 1_000_000


@dataclass(frozen=True)
class Question:
    """A request: `target` with its query, headers by lower-case name."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What is sent back."""

    body: bytes = b""
    kind: str = "application/soap+xml; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class HttpServer:
    """Asks `handler` for the answer to each request; `place` is real once started."""

    def __init__(self, handler: Callable[[Question], Awaitable[Answer]]) -> None:
        self.place = ("", 0)
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> None:
        """Listen; a port of 0 takes a free one. Raises `OSError`."""
        self._server = await asyncio.start_server(self._accept, host, port)
        self.place = self._server.sockets[0].getsockname()[:2]

    async def stop(self) -> None:
        """End every connection; safe to call twice."""
        if self._server is not None:
            self._server.close()
        self._server = None
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._converse(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        machine = h11.Connection(h11.SERVER)
        try:
            with contextlib.suppress(h11.RemoteProtocolError, OSError):
                while (question := await _question(machine, reader)) is not None:
                    answer = await self._handler(question)
                    writer.write(_written(machine, answer))
                    await writer.drain()
                    if machine.our_state is not h11.DONE:
                        break
                    machine.start_next_cycle()
        finally:
            writer.transport.abort()


async def _question(machine: h11.Connection, reader: asyncio.StreamReader) -> Question | None:
    head, body = None, bytearray()
    while True:
        event = machine.next_event()
        if event is h11.NEED_DATA:
            machine.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > MOST_BODY:
                return None
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            headers = {key.decode("ascii"): value.decode("latin-1") for key, value in head.headers}
            return Question(head.method.decode("ascii"), head.target.decode("ascii"), headers, bytes(body))
        else:
            return None


def _written(machine: h11.Connection, answer: Answer) -> bytes:
    headers = {"Content-Type": answer.kind, "Content-Length": str(len(answer.body)), **answer.headers}
    pieces = [
        machine.send(h11.Response(status_code=answer.status, headers=list(headers.items()))),
        machine.send(h11.Data(data=answer.body)),
        machine.send(h11.EndOfMessage()),
    ]
    return b"".join(piece for piece in pieces if piece)
