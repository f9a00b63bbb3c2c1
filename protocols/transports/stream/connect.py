"""A connection, plain or TLS: both IP families raced (RFC 8305), certificates judged or told."""

import asyncio
import contextlib
import ssl
from dataclasses import dataclass
from hashlib import sha256
from socket import SOCK_STREAM, socket

from protocols.address import Place
from protocols.transports.stream.failure import StreamError, failed
from protocols.transports.stream.lookup import Endpoint, lookup
from protocols.transports.stream.stopwatch import Stopwatch
from protocols.transports.stream.tls import Certificate, Tls, accepting, problem, trusting

STAGGER = 0.25
"""Seconds that one address has before the next is tried beside it (RFC 8305, 5)."""
MOST_ADDRESSES = 8
MOST_KNOWN = 256
KNOWN_FOR = 3600.0
"""Seconds that what is wrong with an accepted certificate is believed without another handshake."""
_known: dict[tuple[Place, Tls], tuple[bytes, str, float]] = {}


@dataclass(slots=True)
class Stream:
    """An open connection. `certificate` is None where no TLS is spoken; `peer` the address that answered."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    peer: str
    certificate: Certificate | None
    place: Place

    def close(self) -> None:
        """At once, without waiting for the peer."""
        self.writer.transport.abort()


async def open_stream(place: Place, tls: Tls | None, watch: Stopwatch) -> Stream:
    """A connection to `place`; phases `lookup`, `connect`, `tls`. Raises `StreamError`; the caller sets the deadline."""
    watch.enter("lookup")
    endpoints = await lookup(place)
    watch.enter("connect")
    raw = await _connect(endpoints, place)
    if tls is None:
        reader, writer = await asyncio.open_connection(sock=raw)
        return Stream(reader, writer, _peer(writer), None, place)
    watch.enter("tls")
    if tls.verify:
        return await _verified(raw, place, tls)
    return await _accepted(raw, place, tls, watch)


async def start_tls(stream: Stream, tls: Tls) -> None:
    """TLS on an open plain connection (STARTTLS); any certificate does where `tls.verify` is False. Raises `StreamError`."""
    context = trusting(tls) if tls.verify else accepting()
    try:
        await stream.writer.start_tls(context, server_hostname=tls.server_name or stream.place.host)
    except ssl.SSLCertVerificationError as error:
        raise _mistrust(error, stream.place) from error
    except OSError as error:
        raise failed(error, stream.place) from error
    stream.certificate = _shown(stream.writer, None)


async def _verified(raw: socket, place: Place, tls: Tls) -> Stream:
    try:
        return await _handshake(raw, place, trusting(tls), tls.server_name)
    except ssl.SSLCertVerificationError as error:
        raise _mistrust(error, place) from error
    except OSError as error:
        raise failed(error, place) from error


def _mistrust(error: ssl.SSLCertVerificationError, place: Place) -> StreamError:
    return StreamError("certificate", f"{place}: the certificate {problem(error)}", problem(error))


async def _accepted(raw: socket, place: Place, tls: Tls, watch: Stopwatch) -> Stream:
    """Verified where it can be; else accepted, with the problem told. A problem that is known spares the second handshake."""
    known = _known.get((place, tls))
    now = watch.now()
    if known is not None and now - known[2] < KNOWN_FOR:
        stream = await _unverified(raw, place, tls, known[1])
        if stream.certificate is not None and sha256(stream.certificate.der).digest() == known[0]:
            return stream
        stream.close()
        raw = await _connect(await lookup(place), place)
    try:
        return await _handshake(raw, place, trusting(tls), tls.server_name)
    except ssl.SSLCertVerificationError as error:
        wrong = problem(error)
    except OSError:
        wrong = "is not trusted (its TLS is too old)"
    stream = await _unverified(await _connect(await lookup(place), place), place, tls, wrong)
    if stream.certificate is not None:
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        _known[place, tls] = (sha256(stream.certificate.der).digest(), wrong, now)
    return stream


async def _unverified(raw: socket, place: Place, tls: Tls, wrong: str) -> Stream:
    try:
        return await _handshake(raw, place, accepting(), tls.server_name, wrong)
    except OSError as error:
        raise failed(error, place) from error


async def _handshake(raw: socket, place: Place, context: ssl.SSLContext, name: str, wrong: str | None = None) -> Stream:
    asked = (name or place.host).partition("%")[0]
    reader, writer = await asyncio.open_connection(sock=raw, ssl=context, server_hostname=asked)
    return Stream(reader, writer, _peer(writer), _shown(writer, wrong), place)


def _peer(writer: asyncio.StreamWriter) -> str:
    name = writer.get_extra_info("peername")
    return str(name[0]) if name else ""


def _shown(writer: asyncio.StreamWriter, wrong: str | None) -> Certificate | None:
    spoken: ssl.SSLObject | None = writer.get_extra_info("ssl_object")
    der = spoken.getpeercert(binary_form=True) if spoken is not None else None
    return Certificate(der, wrong, spoken.version() or "") if spoken is not None and der is not None else None


async def _connect(endpoints: list[Endpoint], place: Place) -> socket:
    """The first address that answers; the next is tried when one fails or is slow."""
    failures: list[OSError] = []
    waiting = endpoints[:MOST_ADDRESSES]
    running: set[asyncio.Task[socket]] = set()
    try:
        while waiting or running:
            if waiting:
                running.add(asyncio.create_task(_try(waiting.pop(0))))
            pause = STAGGER if waiting else None
            done, _ = await asyncio.wait(running, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                running.discard(task)
                error = task.exception()
                if error is None:
                    return task.result()
                if not isinstance(error, OSError):
                    raise error
                failures.append(error)
    finally:
        await _give_up(running)
    raise failed(failures[0], place) from failures[0]


async def _give_up(running: set[asyncio.Task[socket]]) -> None:
    for task in running:
        task.cancel()
    for late in await asyncio.gather(*running, return_exceptions=True):
        if isinstance(late, socket):
            late.close()


async def _try(endpoint: Endpoint) -> socket:
    raw = socket(endpoint.family, SOCK_STREAM)
    try:
        raw.setblocking(False)
        await asyncio.get_running_loop().sock_connect(raw, endpoint.address)
    except BaseException:
        with contextlib.suppress(OSError):
            raw.close()
        raise
    return raw
