"""All that leaves the driver, as its peers hear it: questions, never a change."""

import asyncio

import pytest

from protocols.clock import SystemClock
from protocols.drivers.probe.judge import UP
from protocols.drivers.probe.ntp import PACKET
from protocols.drivers.probe.simulator import simulate, web

from .conftest import Prober, listening, state


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_http_asks_for_a_page_and_no_more(method: str, probe: Prober) -> None:
    heard: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        heard.append(head)
        again = asyncio.StreamReader()
        again.feed_data(head)
        again.feed_eof()
        try:
            await web.talk(again, writer, "Gradebook", ())
        except asyncio.IncompleteReadError:
            heard.append(await reader.read())

    async with listening(talk) as port:
        assert state(await probe(f"http://127.0.0.1:{port}/x", method=method)) == UP
        await asyncio.sleep(0)
    assert heard[0].startswith(f"{method} /x HTTP/1.1\r\n".encode())
    assert b"".join(heard[1:]) == b""


async def test_mail_says_hello_and_goodbye(probe: Prober) -> None:
    heard: list[bytes] = []
    done = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mx\r\n")
        while line := await reader.readline():
            heard.append(line)
            writer.write(b"250-mx\r\n250 STARTTLS\r\n" if line.startswith(b"EHLO") else b"454 not now\r\n")
        done.set()

    async with listening(talk) as port:
        assert state(await probe(f"smtp://127.0.0.1:{port}")) == UP
        await asyncio.wait_for(done.wait(), 5)
    assert heard == [b"EHLO [127.0.0.1]\r\n", b"STARTTLS\r\n", b"QUIT\r\n"]


async def test_dns_and_ntp_ask(probe: Prober) -> None:
    clock = SystemClock()
    async with simulate("dns://127.0.0.1:0/sis.example", clock) as service:
        await probe(service.address)
        (query,) = service.heard
    assert query[2] & 0xF8 == 0  # a question, of opcode QUERY
    async with simulate("ntp://127.0.0.1:0", clock) as service:
        await probe(service.address)
        (packet,) = service.heard
    assert packet[0] & 7 == 3  # a client's, which no server changes anything for
    assert len(packet) == PACKET.size


@pytest.mark.parametrize("scheme", ["tcp", "tls"])
async def test_tcp_and_tls_say_nothing(scheme: str, probe: Prober) -> None:
    heard: list[bytes] = []
    done = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1))
        done.set()

    async with listening(talk) as port:
        await probe(f"{scheme}://127.0.0.1:{port}", timeout=0.5)
        await asyncio.wait_for(done.wait(), 5)
    assert set(heard) == ({b""} if scheme == "tcp" else {b"\x16"})  # 22: a TLS handshake
