"""The addresses of a name, by the system's resolver, which blocks: in a thread of its own, a bounded number at a time."""

import asyncio
import contextlib
import ipaddress
import socket
import threading
from typing import NamedTuple

from protocols.address import Place
from protocols.transports.stream.failure import StreamError

MOST_WAITING = 16
"""A dead resolver holds each lookup for up to half a minute: more than these would only pile up threads."""
_NAMELESS = (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))
_waiting = threading.Semaphore(MOST_WAITING)


class Endpoint(NamedTuple):
    """An address family and a socket address of it."""

    family: int
    address: tuple[str | int | bytes, ...]


async def lookup(place: Place) -> list[Endpoint]:
    """Where `place` is: at least one, IPv6 and IPv4 by turns as the system prefers them. Raises `StreamError`."""
    numeric = _numeric(place)
    if numeric is not None:
        return [numeric]
    found = await _ask(place)
    firsts = [each for each in found if each.family == found[0].family]
    others = [each for each in found if each.family != found[0].family]
    turns = [each for pair in zip(firsts, others, strict=False) for each in pair]
    shorter = min(len(firsts), len(others))
    return turns + firsts[shorter:] + others[shorter:]


def _numeric(place: Place) -> Endpoint | None:
    try:
        address = ipaddress.ip_address(place.host)
    except ValueError:
        return None
    if address.version == 4:
        return Endpoint(socket.AF_INET, (place.host, place.port))
    if "%" in place.host:
        return None  # the zone's number is the system's to know
    return Endpoint(socket.AF_INET6, (place.host, place.port, 0, 0))


async def _ask(place: Place) -> list[Endpoint]:
    if not _waiting.acquire(blocking=False):
        raise StreamError(
            "lookup", f"{place.host}: {MOST_WAITING} names are being looked up already: no resolver answers"
        )
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[Endpoint]] = loop.create_future()
    # A daemon: the program must be able to end while a dead resolver is waited for.
    thread = threading.Thread(target=_resolve, args=(place, loop, answer), name="lookup", daemon=True)
    try:
        thread.start()
    except RuntimeError as error:
        _waiting.release()
        raise StreamError("exhausted", f"{place.host}: this machine cannot ask: {error}") from error
    return await answer


def _resolve(place: Place, loop: asyncio.AbstractEventLoop, answer: "asyncio.Future[list[Endpoint]]") -> None:
    found: list[Endpoint] | StreamError
    try:
        rows = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
        found = list(dict.fromkeys(Endpoint(row[0], row[4]) for row in rows))
    except (OSError, UnicodeError) as error:
        found = _refusal(error, place)
    finally:
        _waiting.release()
    with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
        loop.call_soon_threadsafe(_give, answer, found)


def _give(answer: "asyncio.Future[list[Endpoint]]", found: list[Endpoint] | StreamError) -> None:
    if answer.done():
        return
    if isinstance(found, StreamError):
        answer.set_exception(found)
    else:
        answer.set_result(found)


def _refusal(error: OSError | UnicodeError, place: Place) -> StreamError:
    if isinstance(error, UnicodeError) or error.errno in _NAMELESS:
        return StreamError("no name", f"{place.host}: no such name: check how it is written, and the resolver")
    return StreamError("lookup", f"{place.host}: its address cannot be looked up: the resolver does not answer")
