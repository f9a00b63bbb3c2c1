"""The RTSP server of the simulated camera: describes its streams, asks for Digest, and plays packets that hold no picture."""

import asyncio
import contextlib

from protocols.transports.onvif.simulated.gate import Gate
from protocols.transports.onvif.simulated.http import Question

_SDP = (
    "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=stream\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\n"
    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:trackID=1\r\n"
)


class RtspServer:
    """Streams `main1`, `sub1`, …; `missing` makes them unknown. `requests` keeps every method."""

    def __init__(self, gate: Gate, channels: int) -> None:
        self._gate = gate
        self._names = {f"{stream}{number}" for number in range(1, channels + 1) for stream in ("main", "sub")}
        self.port = 0
        self.missing = False
        self.requests: list[str] = []
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def start(self, host: str) -> None:
        """Listen at a free port."""
        self._server = await asyncio.start_server(self._accept, host, 0)
        self.port = self._server.sockets[0].getsockname()[1]

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
        try:
            with contextlib.suppress(OSError, EOFError, asyncio.LimitOverrunError, ValueError):
                while True:
                    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                    method, target, _ = head[0].split(" ", 2)
                    pairs = (line.partition(":") for line in head[1:] if line)
                    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
                    self.requests.append(method)
                    writer.write(self._answer(Question(method, target, headers, b"")))
                    await writer.drain()
        finally:
            writer.transport.abort()

    def _answer(self, question: Question) -> bytes:
        path = question.target.partition("://")[2].partition("/")[2]
        headers, body, status = {"CSeq": question.headers.get("cseq", "0")}, "", "200 OK"
        if question.method == "OPTIONS":
            headers["Public"] = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN"
        elif not self._gate.http(question):
            status = "401 Unauthorized"
            headers |= self._gate.challenge()
        elif path.split("/")[0] not in self._names or self.missing:
            status = "404 Not Found"
        elif question.method == "DESCRIBE":
            headers |= {"Content-Type": "application/sdp", "Content-Base": question.target + "/"}
            body = _SDP
        elif question.method in ("SETUP", "PLAY", "TEARDOWN"):
            headers |= {"Session": "1;timeout=60", "Transport": "RTP/AVP/TCP;unicast;interleaved=0-1"}
        else:
            status = "405 Method Not Allowed"
        if body:
            headers["Content-Length"] = str(len(body))
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        packet = b"$\x00\x00\x20" + bytes(32) if question.method == "PLAY" and status == "200 OK" else b""
        return f"RTSP/1.0 {status}\r\n{lines}\r\n{body}".encode() + packet
