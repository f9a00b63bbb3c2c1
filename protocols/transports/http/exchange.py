"""One request and its answer on an open connection: h11 reads, the limits bound it."""

import zlib
from typing import NamedTuple

import h11

from protocols.address import Place
from protocols.transports.http.request import Limits
from protocols.transports.http.response import Response
from protocols.transports.http.url import Url
from protocols.transports.stream import Stopwatch, Stream, StreamError
from protocols.transports.stream.failure import failed

MOST_HEAD = 65536
"""Bytes of a status line and headers, and of a chunk's head."""
MOST_HEADERS = 256
SPARE = 262144
"""Bytes on the wire beyond twice the body's limit, for heads and chunks: chunks of one byte must end, too."""
READ = 65536


class Sent(NamedTuple):
    """A request as it goes out."""

    method: str
    url: Url
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Exchange:
    """Requests one after another on one connection; `reusable` says whether another may follow."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self._machine = h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST_HEAD)
        self.received = 0
        """Bytes of this answer so far."""
        self.used = False

    @property
    def reusable(self) -> bool:
        """Whether both sides have said all, and the peer keeps the connection."""
        return self._machine.our_state is h11.IDLE and not self.stream.reader.at_eof()

    async def ask(self, sent: Sent, limits: Limits, watch: Stopwatch) -> Response:
        """The answer; its phases are left to the caller. Raises `StreamError`; the caller sets the deadline."""
        self.received = 0
        watch.enter("first byte")
        try:
            await self._send(sent)
            answer = await self._head(limits, watch)
            body, size, cut = await self._body(limits, watch)
            body, cut = _inflated(answer, body, cut, limits, self.stream.place)
            if self._machine.our_state is self._machine.their_state is h11.DONE and not self._machine.trailing_data[0]:
                self._machine.start_next_cycle()
        except (h11.RemoteProtocolError, h11.LocalProtocolError, zlib.error) as error:
            raise StreamError("nonsense", f"{self.stream.place}: answers no HTTP that makes sense: {error}") from error
        except OSError as error:
            raise failed(error, self.stream.place) from error
        finally:
            self.used = True
        headers = tuple((key.decode("ascii"), value.decode("latin-1")) for key, value in answer.headers)
        reason = bytes(answer.reason).decode("latin-1")
        stream = self.stream
        return Response(
            answer.status_code, reason, headers, body, size, cut, str(sent.url), stream.peer, stream.certificate, {}
        )

    async def _send(self, sent: Sent) -> None:
        head = h11.Request(method=sent.method, target=sent.url.target, headers=sent.headers)
        pieces = [self._machine.send(head)]
        if sent.body:
            pieces.append(self._machine.send(h11.Data(data=sent.body)))
        pieces.append(self._machine.send(h11.EndOfMessage()))
        writer = self.stream.writer
        writer.write(b"".join(piece for piece in pieces if piece))
        try:
            await writer.drain()
        except ConnectionError:
            return  # a server may refuse before it has read all, and its answer then waits to be read

    async def _head(self, limits: Limits, watch: Stopwatch) -> h11.Response:
        while True:
            event = await self._event(limits, watch)
            if isinstance(event, h11.Response):
                if len(event.headers) > MOST_HEADERS:
                    raise StreamError("too much", f"{self.stream.place}: answers with more than {MOST_HEADERS} headers")
                return event
            if not isinstance(event, h11.InformationalResponse):
                raise StreamError("reset", f"{self.stream.place}: closes the connection without an answer")

    async def _body(self, limits: Limits, watch: Stopwatch) -> tuple[bytes, int, bool]:
        """The body or the part of it that is kept, how much came, and whether it goes on."""
        pieces, size = bytearray(), 0
        while True:
            event = await self._event(limits, watch)
            if isinstance(event, h11.Data):
                size += len(event.data)
                if limits.keep:
                    pieces += event.data
                if size > limits.bytes:
                    if limits.cut:
                        return bytes(pieces[: limits.bytes]), size, True
                    raise StreamError("too much", f"{self.stream.place}: answers with more than {limits.bytes} bytes")
            elif isinstance(event, h11.EndOfMessage):
                return bytes(pieces), size, False
            else:
                raise StreamError("reset", f"{self.stream.place}: closes the connection in the middle of its answer")

    async def _event(self, limits: Limits, watch: Stopwatch) -> object:
        while (event := self._machine.next_event()) is h11.NEED_DATA:
            data = await self.stream.reader.read(READ)
            if watch.phase == "first byte" and data:
                watch.enter("transfer")
            self.received += len(data)
            if self.received > 2 * limits.bytes + SPARE:
                raise StreamError("too much", f"{self.stream.place}: goes on for more than {self.received} bytes")
            if not data:
                return self._end()
            self._machine.receive_data(data)
        return event

    def _end(self) -> object:
        """The event that the end of the connection is: the end of a body without length, else an error."""
        try:
            self._machine.receive_data(b"")
            return self._machine.next_event()
        except h11.RemoteProtocolError as error:
            when = "in the middle of its answer" if self.received else "without an answer"
            raise StreamError("reset", f"{self.stream.place}: closes the connection {when}") from error


def _inflated(answer: h11.Response, body: bytes, cut: bool, limits: Limits, place: Place) -> tuple[bytes, bool]:
    """The body as it was meant, where a server compresses it unasked."""
    named = [value for key, value in answer.headers if key == b"content-encoding"]
    if not body or not named or named[0].strip().lower() not in (b"gzip", b"x-gzip", b"deflate"):
        return body, cut
    machine = zlib.decompressobj(47)
    plain = machine.decompress(body, limits.bytes + 1)
    if len(plain) > limits.bytes:
        if not limits.cut:
            raise StreamError("too much", f"{place}: the answer inflates to more than {limits.bytes} bytes")
        return plain[: limits.bytes], True
    return plain, cut
