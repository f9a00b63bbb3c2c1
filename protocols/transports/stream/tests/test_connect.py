"""Several addresses of one name, and what failures are called."""

import asyncio
import errno
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from protocols.address import Place
from protocols.clock import ManualClock, SystemClock
from protocols.errors import OptionError
from protocols.transports.stream import Stopwatch, StreamError, Tls, connect, open_stream
from protocols.transports.stream.failure import REASONS, failed
from protocols.transports.stream.lookup import MOST_WAITING, Endpoint, _waiting, lookup
from protocols.transports.stream.tls import trusting

PLACE = Place("sis.example", 443)


@pytest.fixture
def good() -> Iterator[Endpoint]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield Endpoint(socket.AF_INET, server.getsockname())


@pytest.fixture
def refusing() -> Endpoint:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return Endpoint(socket.AF_INET, server.getsockname())


@pytest.fixture
def hanging() -> Iterator[Endpoint]:
    """An address that takes no connection and refuses none: its queue is full."""
    with ExitStack() as held:
        server = held.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            made = held.enter_context(socket.socket())
            made.setblocking(False)
            made.connect_ex(server.getsockname())
        yield Endpoint(socket.AF_INET, server.getsockname())


async def connected(endpoints: list[Endpoint]) -> object:
    with await connect._connect(endpoints, PLACE) as made:
        return made.getpeername()


async def test_the_next_address_when_one_refuses(good: Endpoint, refusing: Endpoint) -> None:
    assert await connected([refusing, good]) == good.address


async def test_the_next_address_when_one_hangs(good: Endpoint, hanging: Endpoint) -> None:
    assert await asyncio.wait_for(connected([hanging, good]), 10) == good.address


async def test_all_refuse(refusing: Endpoint) -> None:
    with pytest.raises(StreamError, match="nothing listens at port 443"):
        await connected([refusing] * 3)


async def test_a_deadline_leaves_no_socket_behind(hanging: Endpoint) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.4):
            await connected([hanging, hanging])


async def test_numeric_places_are_not_looked_up() -> None:
    assert await lookup(Place("10.1.2.3", 80)) == [Endpoint(socket.AF_INET, ("10.1.2.3", 80))]
    assert await lookup(Place("2001:db8::1", 80)) == [Endpoint(socket.AF_INET6, ("2001:db8::1", 80, 0, 0))]


async def test_families_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(socket.AF_INET6, 1, 6, "", (f"2001:db8::{each}", 80, 0, 0)) for each in (1, 2, 3)]
    rows += [(socket.AF_INET, 1, 6, "", ("192.0.2.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: rows + rows)
    found = await lookup(Place("sis.example", 80))
    assert [each.address[0] for each in found] == ["2001:db8::1", "192.0.2.1", "2001:db8::2", "2001:db8::3"]


async def test_a_dead_resolver_does_not_pile_up_threads() -> None:
    taken = [_waiting.acquire(blocking=False) for _ in range(MOST_WAITING)]
    try:
        with pytest.raises(StreamError, match="no resolver answers") as refused:
            await lookup(PLACE)
        assert refused.value.reason == "lookup"
    finally:
        for each in taken:
            if each:
                _waiting.release()


@pytest.mark.parametrize(
    ("name", "error", "reason"),
    [
        ("no-such.example", socket.gaierror(socket.EAI_NONAME, "x"), "no name"),
        ("sis.example", socket.gaierror(socket.EAI_AGAIN, "x"), "lookup"),
        ("a..b", UnicodeError("label empty"), "no name"),
    ],
)
async def test_names_that_lead_nowhere(
    name: str, error: Exception, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(StreamError) as refused:
        await lookup(Place(name, 80))
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConnectionRefusedError(), "refused"),
        (ConnectionResetError(), "reset"),
        (BrokenPipeError(), "reset"),
        (TimeoutError(), "timeout"),
        (OSError(errno.ENETUNREACH, "x"), "no route"),
        (OSError(errno.EHOSTUNREACH, "x"), "unreachable"),
        (OSError(errno.EMFILE, "Too many open files"), "exhausted"),
        (ssl.SSLError(1, "x"), "tls"),
    ],
)
def test_failures_in_words(error: OSError, reason: str) -> None:
    found = failed(error, PLACE)
    assert (found.reason, found.reason in REASONS) == (reason, True)
    assert str(found).startswith("sis.example:443: ")
    assert str(failed(error, Place("sis.example", 0))).startswith("sis.example: ")


async def test_the_phases_are_told_apart(good: Endpoint) -> None:
    watch = Stopwatch(SystemClock())
    stream = await open_stream(Place("127.0.0.1", int(good.address[1])), None, watch)
    stream.close()
    assert set(watch.stop()) == {"lookup", "connect", "total"}


async def test_a_phase_that_is_entered_again_adds_up() -> None:
    clock = ManualClock()
    watch = Stopwatch(clock)
    for phase, seconds in (("connect", 1), ("tls", 2), ("connect", 3)):
        watch.enter(phase)
        await clock.advance(seconds)
    assert watch.stop() == {"connect": 4, "tls": 2, "total": 6}


def test_a_ca_file_that_is_none(tmp_path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    for name in ("ca.pem", "missing.pem"):
        with pytest.raises(OptionError, match=r"PEM certificates"):
            trusting(Tls(True, str(tmp_path / name)))
