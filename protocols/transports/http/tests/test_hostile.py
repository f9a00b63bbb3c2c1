"""Whatever a server does, there is an answer or one clear error, within the deadline and the limit of bytes."""

import asyncio
import gzip
import zlib

import pytest

from protocols.clock import SystemClock
from protocols.transports.http import Limits, Request, Response, StreamError, fetch

from .conftest import Talk, listening, says

CRLF = b"\r\n"
HEAD = b"HTTP/1.1 200 OK\r\n"
SMALL = Limits(5, 1000)


async def ask(talk: Talk, clock: SystemClock, limits: Limits = SMALL, method: str = "GET") -> Response:
    async with listening(talk) as port:
        return await fetch(Request(method, f"http://127.0.0.1:{port}/", limits=limits), clock)


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(HEAD + CRLF)
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


async def endless_headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD)
    while True:
        writer.write(b"X-A: " + b"b" * 1000 + CRLF)
        await writer.drain()


async def endless_informational(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
        await writer.drain()


async def tiny_chunks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write((b"1;" + b"e" * 8000 + b"\r\nx\r\n") * 8)
        await writer.drain()


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"Content-Length: 1000\r\n\r\n")
    while True:
        writer.write(b"x")
        await asyncio.sleep(0.02)


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


@pytest.mark.parametrize("talk", [endless, endless_headers, endless_informational, tiny_chunks])
async def test_what_has_no_end_ends_at_the_limit(talk: Talk, clock: SystemClock) -> None:
    with pytest.raises(StreamError) as refused:
        await ask(talk, clock)
    assert refused.value.reason in ("too much", "nonsense")


@pytest.mark.parametrize(("talk", "waited"), [(drip, "transfer"), (silent, "first byte")])
async def test_what_comes_too_slowly_ends_at_the_deadline(talk: Talk, waited: str, clock: SystemClock) -> None:
    with pytest.raises(StreamError, match=f"within 0.2 s .while it waited for: {waited}") as refused:
        await ask(talk, clock, Limits(0.2, 1000))
    assert refused.value.reason == "timeout"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x00" * 500,
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 two hundred\r\n\r\n",
        HEAD + b"Content-Length: 500\r\n\r\nshort",
        HEAD + b"Content-Length: -5\r\n\r\n",
        HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        HEAD + b"Content-Length: 99999999999999999999999999\r\n\r\nshort",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
        HEAD + b"Bad Header\r\n\r\n",
    ],
)
async def test_nonsense_is_one_clear_error(answer: bytes, clock: SystemClock) -> None:
    with pytest.raises(StreamError) as refused:
        await ask(says(answer), clock)
    assert refused.value.reason in ("nonsense", "reset", "too much")
    assert str(refused.value).startswith(("127.0.0.1:", "the answer"))


async def test_a_connection_broken_off(clock: SystemClock) -> None:
    with pytest.raises(StreamError) as refused:
        await ask(deaf, clock)
    assert refused.value.reason in ("reset", "nonsense")


async def test_more_than_is_said_is_left(clock: SystemClock) -> None:
    response = await ask(says(HEAD + b"Content-Length: 5\r\n\r\nhello and more"), clock)
    assert response.body == b"hello"


async def test_bombs_inflate_to_the_limit(clock: SystemClock) -> None:
    bomb = gzip.compress(b"\0" * 10_000_000)
    answer = HEAD + f"Content-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode() + bomb
    with pytest.raises(StreamError, match="inflates"):
        await ask(says(answer), clock, Limits(5, 20_000))
    response = await ask(says(answer), clock, Limits(5, 20_000, cut=True))
    assert response.cut
    assert len(response.body) == 20_000


@pytest.mark.parametrize("squeeze", [gzip.compress, zlib.compress])
async def test_what_came_compressed_unasked_is_read(squeeze: object, clock: SystemClock) -> None:
    body = squeeze(b"hello")  # type: ignore[operator]
    answer = HEAD + f"Content-Encoding: deflate\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    assert (await ask(says(answer), clock)).body == b"hello"


async def test_an_endless_page_can_be_cut(clock: SystemClock) -> None:
    response = await ask(endless, clock, Limits(5, 1000, cut=True))
    assert (response.body, response.cut) == (b"x" * 1000, True)


async def test_a_header_cannot_smuggle_another(clock: SystemClock) -> None:
    async with listening(says(HEAD + CRLF)) as port:
        request = Request("GET", f"http://127.0.0.1:{port}/", headers={"X-A": "b\r\nX-C: d"})
        with pytest.raises(StreamError):
            await fetch(request, clock)


async def test_strange_charsets_and_bytes_become_text(clock: SystemClock) -> None:
    for kind in (b"text/html; charset=no-such", b"text/html; charset=\xff\xfe", b"a" * 5000, b'x; charset="utf-16"'):
        answer = HEAD + b"Content-Type: " + kind + b"\r\nContent-Length: 3\r\n\r\n\xff\xfea"
        assert isinstance((await ask(says(answer), clock)).text(), str)


async def test_a_head_request_waits_for_no_body(clock: SystemClock) -> None:
    response = await ask(says(HEAD + b"Content-Length: 500\r\n\r\n"), clock, method="HEAD")
    assert (response.status, response.body) == (200, b"")


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "kind",
    ["text/html; charset=punycode", 'text/html; x="' + ";" * 30_000, "text/html; charset=unicode_escape"],
)
async def test_a_content_type_of_ill_will_costs_no_time(kind: str, clock: SystemClock) -> None:
    """Decoding a megabyte as punycode takes half a minute, reading a long row of semicolons seconds."""
    body = b"a" * 500_000 + b"-" + b"b" * 499_000
    answer = HEAD + f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    assert (await ask(says(answer), clock, Limits(5, 1_000_000))).text() == body.decode()
