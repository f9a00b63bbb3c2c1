"""Whatever a peer says, a check ends: in time, in memory, with one state and one sentence of plain text."""

import asyncio
import contextlib
import json
import struct
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.drivers.probe import dns, judge
from protocols.drivers.probe.decode import MOST_TEXT, plain
from protocols.drivers.probe.judge import DOWN, UNKNOWN, UP, WRONG
from protocols.drivers.probe.options import ProbeOptions
from protocols.drivers.probe.target import Aim, read_aim
from protocols.errors import OptionError

from .conftest import Prober, Talk, answering, listening, state

CORPUS = [
    "<script>alert(1)</script>",
    '=HYPERLINK("http://x","y")',
    "\x1b[31mred\x1b]0;title\x07",
    "\u202egnp.exe\u200f",
    "x" * 1_000_000,
    "\x00\x01\x7f",
    "%s%n{device}",
]


def sent(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass") + b"\xff\xfe"


def assert_tame(text: object) -> None:
    assert isinstance(text, str)
    assert text.isprintable()
    assert len(text) <= MOST_TEXT
    json.dumps(text).encode()


@pytest.mark.parametrize("sign", ["&#" + "1" * 5000 + ";", "&#x" + "f" * 5000, "&#0;&#1114112;&#99999999", "&" * 5000])
def test_a_page_of_signs_that_there_are_not(sign: str) -> None:
    assert not judge.holds(f"<p>{sign}</p>", "maintenance")
    assert judge.holds(f"<p>{sign} caf&#233; &amp; bar</p>", "café & bar")


@pytest.mark.parametrize("text", CORPUS)
async def test_strings_of_a_web_server(text: str, probe: Prober) -> None:
    line = sent(text).replace(b"\n", b"").replace(b"\r", b"").replace(b"\0", b"")[:30_000]

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = sent(text)
        writer.write(b"HTTP/1.1 500 " + line.replace(b"\x1b", b"").replace(b"\x07", b"") + b"\r\nServer: " + b"s\r\n")
        writer.write(b"X-A: " + line + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()

    async with listening(talk) as port:
        reading = await probe(f"http://127.0.0.1:{port}/", lacks=("no such text",))
    assert state(reading) == WRONG
    assert_tame(reading.attributes["answer"])


@pytest.mark.parametrize("text", CORPUS)
async def test_strings_of_a_mail_server(text: str, probe: Prober) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 " + sent(text).replace(b"\n", b" ") + b"\r\n")
        await writer.drain()
        await reader.readuntil(b"\n")
        writer.write(b"250 " + sent(text).replace(b"\n", b" ")[:1000] + b"\r\n")
        await writer.drain()
        await reader.read()

    async with listening(talk) as port:
        reading = await probe(f"smtp://127.0.0.1:{port}")
    assert state(reading) in (UP, WRONG)
    assert_tame(reading.attributes["answer"])
    assert_tame(reading.attributes.get("server") or "")


@given(st.text(max_size=5000))
def test_plain(text: str) -> None:
    assert_tame(plain(text))


async def endless_lines(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"220-more\r\n" * 1000)
        await writer.drain()


async def endless_line(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 ")
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"2")
        await asyncio.sleep(0.02)


async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(bytes(range(256)) * 100)
    await writer.drain()
    await reader.read()


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("scheme", ["smtp", "http", "https", "tls"])
@pytest.mark.parametrize("talk", [endless_lines, endless_line, drip, garbage, silent])
async def test_every_tcp_check_ends(scheme: str, talk: Talk, probe: Prober) -> None:
    async with listening(talk) as port:
        tracemalloc.start()
        try:
            reading = await asyncio.wait_for(probe(f"{scheme}://127.0.0.1:{port}", timeout=0.4), 5)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert state(reading) in (DOWN, WRONG)
    assert_tame(reading.attributes["answer"])
    assert peak < 12_000_000


ANSWERS = {
    "nothing": [],
    "empty": [b""],
    "garbage": [bytes(range(256))],
    "its own question back": None,
    "one byte short": [b"\0" * 11],
    "large": [b"\xff" * 65000],
    "a flood": [b"x" * 500] * 500,
}


@pytest.mark.parametrize("scheme", ["dns", "ntp"])
@pytest.mark.parametrize("name", ANSWERS)
async def test_every_udp_check_ends(scheme: str, name: str, probe: Prober) -> None:
    said = ANSWERS[name]
    async with answering(lambda data: [data] if said is None else said) as port:
        reading = await asyncio.wait_for(probe(f"{scheme}://127.0.0.1:{port}", timeout=0.3), 5)
    assert state(reading) in (DOWN, WRONG)
    assert_tame(reading.attributes["answer"])


async def test_an_answer_of_another_question_is_left_alone(probe: Prober) -> None:
    """What forgers send: the right form, another identifier."""
    from protocols.drivers.probe.simulator.dns import reply

    def forged(data: bytes) -> list[bytes]:
        other = bytes([data[0] ^ 1]) + data[1:]
        return [each for each in (reply(other, "203.0.113.9", ()), reply(data, "192.0.2.10", ())) if each]

    async with answering(forged) as port:
        reading = await probe(f"dns://127.0.0.1:{port}/sis.example", answers=("192.0.2.10",))
    assert state(reading) == UP


@given(st.binary(max_size=300))
def test_any_dns_message(data: bytes) -> None:
    understand(data)


@given(st.integers(0, 120), st.integers(0, 255), st.integers(0, 60))
def test_a_dns_answer_with_a_byte_changed_and_an_end_cut(place: int, byte: int, cut: int) -> None:
    valid = bytearray(valid_answer())
    valid[2 + place % (len(valid) - 2)] = byte
    understand(bytes(valid[: len(valid) - cut]))


def test_a_name_that_points_at_itself() -> None:
    head = struct.pack("!6H", 7, 0x8180, 1, 1, 0, 0)
    understand(head + b"\xc0\x0c\0\1\0\1" + b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4abcd")


def question() -> object:
    from dns.message import make_query

    made = make_query("sis.example.", "A")
    made.id = 7
    return made


def valid_answer() -> bytes:
    from protocols.drivers.probe.simulator.dns import reply

    made = reply(question().to_wire(), "192.0.2.10", ())  # type: ignore[attr-defined]
    assert made is not None
    return made


def understand(data: bytes) -> None:
    from protocols.transports.stream import StreamError

    aim = read_aim("dns://192.0.2.53/sis.example", "x")
    answer = dns._answer(question(), data)  # type: ignore[arg-type]
    if answer is not None:
        try:
            said = dns._said(answer, aim, {"total": 0.0})
        except StreamError:
            return
        assert judge.judge(said, aim, ProbeOptions()).state in (UP, WRONG)


@given(st.text(max_size=80))
def test_any_address_is_read_or_refused(text: str) -> None:
    for address in (text, *(f"{scheme}://{text}" for scheme in ("dns", "http", "tcp", "ntp"))):
        with contextlib.suppress(OptionError):
            assert isinstance(read_aim(address, "x"), Aim)


async def test_offline_is_unknown(probe: Prober, monkeypatch: pytest.MonkeyPatch) -> None:
    from protocols.drivers.probe import network

    monkeypatch.setattr(network, "has_way_to", lambda host: False)
    async with listening(silent) as port:
        for options in ({}, {"must_be_blocked": True}):
            reading = await probe(f"http://127.0.0.1:{port}", timeout=0.2, **options)
            assert state(reading) == UNKNOWN
            assert "no network itself" in str(reading.attributes["answer"])
