"""A TCP proxy on loopback that cuts: closes connections, refuses new ones, goes silent (half-open), is slow, is late."""

import asyncio
from contextlib import suppress


class Proxy:
    """Forwards `port` to `target` until told otherwise. `late`: seconds each way; `rate`: bytes a second each way."""

    def __init__(self, target: int, late: float = 0.0, rate: float = float("inf")) -> None:
        self.target = target
        self.port = 0
        self.silent = False
        self.late = late
        self.rate = rate
        self.connections = 0
        self._refusing = False
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Proxy":
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def cut(self) -> None:
        """Close every connection and refuse new ones until `heal`."""
        self._refusing = True
        for writer in list(self._writers):
            writer.transport.abort()

    def hush(self) -> None:
        """Keep connections open and forward nothing: a half-open path."""
        self.silent = True

    def heal(self) -> None:
        """Forward again; what was hushed is dropped with its connections, as a path that came back would."""
        if self.silent:
            self.silent = False
            for writer in list(self._writers):
                writer.transport.abort()
        self._refusing = False

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self.connections += 1
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._pump(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        self._writers.add(sink)
        try:
            with suppress(OSError):
                while data := await source.read(65536 if self.rate == float("inf") else 4096):
                    await asyncio.sleep(self.late + len(data) / self.rate)
                    if not self.silent:
                        sink.write(data)
                        await sink.drain()
        finally:
            self._writers.discard(sink)
            sink.transport.abort()
