"""One HTTP request to an address that was resolved, checked and pinned: no redirect, a bounded answer, TLS by the host's name."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

import h11

from collector.notify.guard import Allowed, refusal
from protocols.errors import ChannelError

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
TIMEOUT_S = 15.0
MOST_BYTES = 64 * 1024


class Request(NamedTuple):
    """`url` without credentials; `tls` None: the system's authorities."""

    method: str
    url: str
    headers: Mapping[str, str] = {}
    body: bytes = b""
    tls: ssl.SSLContext | None = None


class Answer(NamedTuple):
    """Its status and the beginning of its text."""

    status: int
    text: str


async def system_resolver(host: str, port: int) -> list[str]:
    """The host's addresses as this machine knows them. Raises `ChannelError`."""
    try:
        rows = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ChannelError(f"{host}: no such host is known here ({error})") from error
    return [str(row[4][0]) for row in rows]


async def send(request: Request, allowed: Allowed, resolver: Resolver = system_resolver) -> Answer:
    """Send it and read the answer. Raises `ChannelError` with the reason: address refused, not reached, no HTTP, too long."""
    parts = urlsplit(request.url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    context = (request.tls or ssl.create_default_context()) if secure else None
    try:
        async with asyncio.timeout(TIMEOUT_S):
            address = await _checked(host, port, allowed, resolver)
            reader, writer = await asyncio.open_connection(
                address, port, ssl=context, server_hostname=host if secure else None
            )
            try:
                return await _exchange(request, reader, writer)
            finally:
                writer.close()
    except TimeoutError as error:
        raise ChannelError(f"{host}: no answer in {TIMEOUT_S:.0f} s") from error
    except (OSError, ssl.SSLError) as error:
        raise ChannelError(f"{host}: not reached: {error.strerror or error}") from error
    except h11.ProtocolError as error:
        raise ChannelError(f"{host}: what it answered is no HTTP: {error}") from error


async def _checked(host: str, port: int, allowed: Allowed, resolver: Resolver) -> str:
    """The first address of the host; all of them must be allowed: who mixes inner ones in has something in mind."""
    addresses = await resolver(host, port)
    if not addresses:
        raise ChannelError(f"{host}: no such host is known here")
    for address in addresses:
        why = refusal(address, host, allowed)
        if why is not None:
            raise ChannelError(why)
    return addresses[0]


async def _exchange(request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Answer:
    parts = urlsplit(request.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2]
    headers = [
        ("Host", host),
        ("Connection", "close"),
        ("Content-Length", str(len(request.body))),
        *request.headers.items(),
    ]
    peer = h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST_BYTES)
    for event in (
        h11.Request(method=request.method, target=target, headers=headers),
        h11.Data(data=request.body),
        h11.EndOfMessage(),
    ):
        writer.write(peer.send(event) or b"")
    await writer.drain()
    status, text = 0, b""
    while True:
        came = peer.next_event()
        if came is h11.NEED_DATA:
            peer.receive_data(await reader.read(8192))
        elif isinstance(came, h11.Response):
            status = came.status_code
        elif isinstance(came, h11.Data):
            text += came.data
            if len(text) > MOST_BYTES:
                return Answer(status, text[:MOST_BYTES].decode(errors="replace"))
        elif isinstance(came, h11.EndOfMessage | h11.ConnectionClosed):
            if not status:
                raise ChannelError(f"{host}: it closed the connection without an answer")
            return Answer(status, text.decode(errors="replace"))
