"""Name servers: a real one (dnsmasq), one that fails, one that answers another question, one that is silent."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from protocols.address import Place
from protocols.clock import SystemClock
from protocols.drivers.lan import dns


@pytest.mark.skipif(shutil.which("dnsmasq") is None, reason="needs dnsmasq (dnsmasq-base)")
async def test_dnsmasq_answers_and_is_timed(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ("dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", f"--port={port}",
               "--listen-address=127.0.0.1", "--bind-interfaces", f"--log-facility={tmp_path}/log", "--pid-file=")  # fmt: skip
    with (tmp_path / "stderr").open("wb") as said:  # as root it gives its log to nobody: that must not be /dev/null
        process = await asyncio.create_subprocess_exec(*command, stderr=said)
    try:
        async with asyncio.timeout(20):
            while (answer := await dns.timed(Place("127.0.0.1", port), SystemClock())).state != dns.ANSWERS:
                await asyncio.sleep(0.02)
    finally:
        process.kill()
        await process.wait()
    assert answer.server == f"127.0.0.1:{port}"
    assert answer.seconds is not None
    assert 0 < answer.seconds < dns.PATIENCE


class _Server(asyncio.DatagramProtocol):
    def __init__(self, answer: Callable[[bytes], bytes | None]) -> None:
        self.answer = answer

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        said = self.answer(data)
        if said is not None:
            self.transport.sendto(said, addr)


@pytest.fixture
async def serving() -> AsyncIterator[Any]:
    opened: list[Any] = []

    async def start(answer: Callable[[bytes], bytes | None]) -> Place:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Server(answer), local_addr=("127.0.0.1", 0)
        )
        opened.append(transport)
        return Place("127.0.0.1", transport.get_extra_info("sockname")[1])

    yield start
    for transport in opened:
        transport.close()


ANSWERED = {
    "refused is an answer": (lambda asked: asked[:2] + b"\x81\x85" + asked[4:6] + bytes(6), dns.ANSWERS),
    "failed": (lambda asked: asked[:2] + b"\x81\x82" + asked[4:6] + bytes(6), dns.FAILS),
    "another's": (lambda asked: bytes((asked[0] ^ 1,)) + asked[1:2] + b"\x81\x80" + bytes(8), dns.NO_ANSWER),
    "a question back": (lambda asked: asked, dns.NO_ANSWER),
    "cut off": (lambda asked: asked[:2] + b"\x81", dns.NO_ANSWER),
    "silence": (lambda asked: None, dns.NO_ANSWER),
}


@pytest.mark.parametrize("name", ANSWERED)
async def test_an_answer(serving: Any, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    answer, state = ANSWERED[name]
    monkeypatch.setattr(dns, "PATIENCE", 0.1 if state == dns.NO_ANSWER else 5.0)
    assert (await dns.timed(await serving(answer), SystemClock())).state == state


async def test_nobody_there() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        place = Place("127.0.0.1", free.getsockname()[1])
    assert (await dns.timed(place, SystemClock())).state == dns.NO_ANSWER
