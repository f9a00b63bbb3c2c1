"""Servers and agents that answer anything: one error or clean text, in bounded time and memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from protocols.clock import SystemClock
from protocols.drivers.ups.simulator import simulate
from protocols.drivers.ups.tests.conftest import polled
from protocols.errors import DeviceError
from protocols.transports.snmp.agent import Access

CORPUS = [
    "<script>alert(1)</script>",
    '=HYPERLINK("http://x")',
    "\x1b[2J\x1b]0;owned\x07",
    "\u202egnp.exe",
    "x" * 3000,
    "nul\0nul",
    "\udcff\udcfe",
]


@pytest.mark.parametrize("said", CORPUS)
async def test_strings_of_an_agent_become_clean_text(said: str) -> None:
    async with simulate("127.0.0.1:0", SystemClock(), access=Access(most_size=65_000)) as ups:
        assert ups.agent is not None
        texts = [oid for oid, value in ups.agent.values.items() if isinstance(value, str)]
        assert len(texts) > 10
        for oid in texts:
            ups.agent.values[oid] = said.encode("utf-8", "surrogateescape")
        check((await polled(ups.address)).attributes)


async def test_a_megabyte_of_strings_is_asked_for_in_parts_or_refused() -> None:
    async with simulate("127.0.0.1:0", SystemClock(), access=Access(most_size=65_000)) as ups:
        assert ups.agent is not None
        for oid in [oid for oid, value in ups.agent.values.items() if isinstance(value, str)]:
            ups.agent.values[oid] = b"\xff" * 40_000
        check((await polled(ups.address)).attributes)


@pytest.mark.parametrize("said", CORPUS)
async def test_strings_of_a_nut_server_become_clean_text(said: str) -> None:
    async with simulate("nut://127.0.0.1:0/school", SystemClock()) as ups:
        assert ups.server is not None
        ups.server.changes = dict.fromkeys(ups.server.variables(), said.replace("\n", " "))
        check((await polled(ups.address)).attributes)


def check(attributes) -> None:  # type: ignore[no-untyped-def]
    assert attributes
    for value in attributes.values():
        assert value is None or (str(value).isprintable() and len(str(value)) <= 200)


@asynccontextmanager
async def server(answer: bytes, *, forever: bool = False, drip: bool = False) -> AsyncIterator[str]:
    """A TCP server that says this, whatever it is asked."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readline()
            for _ in range(10**6 if forever else 1):
                for piece in [answer[at : at + 1] for at in range(len(answer))] if drip else [answer]:
                    writer.write(piece)
                    await writer.drain()
                    if drip:
                        await asyncio.sleep(0.01)
            await reader.read()
        except OSError:
            pass
        finally:
            writer.close()

    running = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"nut://127.0.0.1:{running.sockets[0].getsockname()[1]}/school"
    finally:
        running.close()


@pytest.mark.parametrize(
    ("answer", "how", "message"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", {}, "no NUT server: it begins with 'SSH-2.0"),
        (b"\x00\xff\xfe\n", {}, "no NUT server"),
        (b"BEGIN LIST VAR school\n", {}, "no complete answer within 0.3 s"),
        (b"", {}, "no complete answer within 0.3 s"),
        (b"ERR\n", {}, "see the log of upsd"),
        (b"x" * 100_000, {}, "makes no sense"),
        (b"BEGIN LIST VAR school\n" + b"VAR school a \"1\"\n" * 3000, {}, "more than 2000 lines"),
        (b"x" * 5000, {"forever": True}, "makes no sense"),
        (b"BEGIN LIST VAR school\n" + b"y" * 1000, {"drip": True}, "no complete answer within 0.3 s"),
    ],
)  # fmt: skip
async def test_a_server_that_answers_anything_is_one_clear_error(
    answer: bytes, how: dict[str, bool], message: str
) -> None:
    async with server(answer, **how) as address:
        with pytest.raises(DeviceError, match=message):
            await polled(address, timeout=0.3)


@pytest.mark.parametrize("fault", ["garbage", "truncated", "other-id", "endless"])
async def test_an_agent_that_answers_anything_is_one_clear_error_or_a_reading(fault: str) -> None:
    async with simulate("127.0.0.1:0", SystemClock(), apc=False) as ups:
        assert ups.agent is not None
        await ups.fault("on-battery")
        ups.agent.faults = {fault}
        if fault == "endless":
            assert (await polled(ups.address)).samples
        else:
            with pytest.raises(DeviceError, match="makes no sense"):
                await polled(ups.address, timeout=0.1, protocol="snmp")
