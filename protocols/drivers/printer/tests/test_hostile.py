"""Whatever a printer, or what stands at its address, answers: a reading or one clear error, in bounded time and memory."""

import asyncio
import unicodedata
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocols.clock import SystemClock
from protocols.driver import Reading
from protocols.drivers.printer import from_ipp, from_mib, ipp, ipp_message, oids
from protocols.drivers.printer.client import Answers
from protocols.drivers.printer.decode import decode
from protocols.drivers.printer.ipp import IppAnswer
from protocols.drivers.printer.ipp_message import MessageError
from protocols.drivers.printer.merge import Memory
from protocols.drivers.printer.simulator import SimulatedPrinter
from protocols.drivers.printer.simulator.ipp import attributes, message
from protocols.drivers.printer.simulator.state import State, Traits
from protocols.errors import DeviceError
from protocols.transports.http import Limits

from .conftest import Opener, values

CORPUS = (
    "<script>alert(1)</script>", '=HYPERLINK("http://x","y")', "\x1b[31mred\x1b]0;title\x07", "\u202egnp.exe", "x" * 60_000,
    b"\xff\xfe\x00broken", b"nul\x00inside", "a\r\nb: c", "\u2028line", "",
)  # fmt: skip
FIELDS = (
    "name",
    "location",
    "model",
    "serial",
    "description",
    "supply",
    "tray",
    "alert",
    "display",
    "firmware",
    "reason",
)


def check(reading: Reading) -> None:
    """All text is one clean short line."""
    texts = [str(value) for value in reading.attributes.values() if value is not None]
    texts += [sample.label for sample in reading.samples if sample.label is not None]
    texts += [str(value) for event in reading.events for value in event.detail.values()]
    for said in texts:
        assert len(said) <= 200
        assert [sign for sign in said if unicodedata.category(sign)[0] == "C"] == []
        said.encode()
    keys = [(sample.metric, sample.label) for sample in reading.samples]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("words", CORPUS, ids=range(len(CORPUS)))
@pytest.mark.parametrize("sources", ["snmp", "ipp"])
async def test_hostile_words_in_every_field(
    printer: SimulatedPrinter, opener: Opener, words: str | bytes, sources: str
) -> None:
    """SNMP's answers do not carry 60,000 bytes in one datagram's frame: there the device answers tooBig, which is left out."""
    most = 1_000 if sources == "snmp" else 30_000
    printer.state.says = dict.fromkeys(FIELDS, words[:most])
    await printer.fault("jam")
    await printer.fault("toner-low")
    session = await opener(printer.options, sources=sources)
    for _ in range(2):
        reading = await session.poll()
        check(reading)
        found = values(reading)
        assert found["printer.pages", None] == 48_213
        assert len([key for key in found if key[0] == "printer.supply.state"]) == 6


PLAIN = message(0, bytes((2, 0, 0, 11, 0, 0, 0, 1)), attributes(State(Traits(), SystemClock())))


@given(st.binary(max_size=400))
def test_any_bytes_are_an_answer_or_an_error(data: bytes) -> None:
    try:
        ipp_message.answer(data)
    except MessageError:
        return


@given(st.integers(0, len(PLAIN) - 1), st.integers(0, 255), st.integers(0, len(PLAIN)))
def test_a_valid_answer_with_a_byte_changed_and_its_end_cut(place: int, byte: int, cut: int) -> None:
    changed = (PLAIN[:place] + bytes((byte,)) + PLAIN[place + 1 :])[: len(PLAIN) - cut]
    try:
        answer = ipp_message.answer(changed)
    except MessageError:
        return
    check(decode(Answers(None, IppAnswer(answer.attributes, None), {}), Memory(), 10.0, 0, None))


@pytest.mark.parametrize("cut", [1, 5, 100, len(PLAIN) - 9])
def test_a_cut_answer_is_an_error(cut: int) -> None:
    with pytest.raises(MessageError):
        ipp_message.answer(PLAIN[:-cut])


def field(tag: int, name: bytes, value: bytes) -> bytes:
    return bytes((tag,)) + len(name).to_bytes(2, "big") + name + len(value).to_bytes(2, "big") + value


HEAD = b"\x02\x00\x00\x00\x00\x00\x00\x01\x04"


def test_bombs_are_refused() -> None:
    deep = HEAD + field(0x34, b"a", b"") + (field(0x4A, b"", b"b") + field(0x34, b"", b"")) * 50
    with pytest.raises(MessageError, match="too deep"):
        ipp_message.answer(deep)
    with pytest.raises(MessageError, match="more than 20000 values"):
        ipp_message.answer(HEAD + field(0x21, b"a", bytes(4)) + field(0x21, b"", bytes(4)) * 20_000 + b"\x03")
    with pytest.raises(MessageError, match="is in no group"):
        ipp_message.answer(HEAD[:8] + field(0x21, b"a", bytes(4)) + b"\x03")
    with pytest.raises(MessageError, match="has no name"):
        ipp_message.answer(HEAD + field(0x21, b"", bytes(4)) + b"\x03")


def test_values_of_every_type() -> None:
    rows = [
        field(0x21, b"i", (-3 & 0xFFFFFFFF).to_bytes(4, "big")),
        field(0x21, b"short", b"\x01"),
        field(0x22, b"b", b"\x01"),
        field(0x10, b"none", b""),
        field(0x35, b"t", b"\x00\x02en\x00\x03abc"),
        field(0x36, b"broken", b"\x00\x09en\x00\x03abc"),
        field(0x30, b"o", b"\xff"),
        field(0x34, b"c", b"") + field(0x4A, b"", b"m") + field(0x21, b"", bytes(3) + b"\x07") + field(0x37, b"", b""),
        field(0x44, b"k", b"one") + field(0x44, b"", b"two"),
    ]
    assert ipp_message.answer(HEAD + b"".join(rows) + b"\x03").attributes == {
        "i": [-3], "short": [], "b": [True], "none": [], "t": ["abc"], "broken": [], "o": [b"\xff"],
        "c": [{"m": [7]}], "k": ["one", "two"],
    }  # fmt: skip


def test_attributes_of_other_groups_are_not_the_printers() -> None:
    job = b"\x02" + field(0x42, b"job-name", b"exam for J. Smith")
    assert ipp_message.answer(
        HEAD[:8] + job + b"\x04" + field(0x23, b"printer-state", bytes(3) + b"\x03") + b"\x03"
    ).attributes == {"printer-state": [3]}


WILD = st.one_of(
    st.integers(-(2**63), 2**64), st.binary(max_size=12), st.text(max_size=12), st.booleans(), st.floats(allow_nan=True)
)
COLUMNS = st.sampled_from([*oids.COLUMNS, *oids.IDENTITY, oids.ALERT_CODE, *oids.ALERT_DETAIL])
ROWS = st.sampled_from(["", ".1", ".1.1", ".1.2", ".1.1.1", ".2.1", ".1.1.2", ".4294967295.1"])
MIB = st.dictionaries(st.builds(str.__add__, COLUMNS, ROWS) | st.sampled_from(oids.SYSTEM), WILD, max_size=40)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # a busy machine draws large mappings slowly
@given(MIB)
def test_whatever_values_an_agent_has(mib: dict[str, object]) -> None:
    known = {oid: value for oid, value in mib.items() if not isinstance(value, bool)}
    memory = Memory()
    for _ in range(2):
        check(decode(Answers(known, None, {}), memory, 10.0, 1_760_000_000_000, None))  # type: ignore[arg-type]


LEAVES = st.one_of(st.integers(-(2**31), 2**31), st.binary(max_size=30), st.text(max_size=30), st.booleans())
ANY = st.lists(LEAVES | st.dictionaries(st.text(max_size=8), st.lists(LEAVES, max_size=2), max_size=3), max_size=4)
SUPPLY = st.lists(
    st.sampled_from(["index=1;type=toner;level=5;maxcapacity=0", "level=99999999999", "level=--3;index=x", ";;=", "="])
)


@given(st.dictionaries(st.sampled_from(ipp.ASKED), ANY | SUPPLY))
def test_whatever_attributes_a_printer_has(said: dict[str, list[object]]) -> None:
    memory = Memory()
    for _ in range(2):
        check(decode(Answers(None, IppAnswer(said, None), {}), memory, 10.0, 0, None))  # type: ignore[arg-type]


def test_a_thousand_supplies_are_some() -> None:
    mib = {f"{oids.SUPPLY_LEVEL}.1.{row}": 5 for row in range(1, 1000)}
    assert len(from_mib.seen(mib, 10.0).supplies) == from_mib.MOST_ROWS
    assert len(from_ipp.seen({"printer-supply": ["level=1;"] * 1000}, 10.0).supplies) == from_mib.MOST_ROWS


def test_names_that_change_with_every_poll_do_not_fill_the_memory() -> None:
    memory = Memory()
    for poll in range(2_000):
        mib = {f"{oids.SUPPLY_LEVEL}.1.1": 5, f"{oids.SUPPLY_DESCRIPTION}.1.1": f"Toner {poll}".encode()}
        decode(Answers(mib, None, {}), memory, 10.0, 0, None)
    assert len(memory.supply_labels) <= 600


@pytest.mark.parametrize("fault", ["garbage", "truncated", "endless", "other-id", "no-bulk"])
async def test_an_agent_that_goes_wrong(printer: SimulatedPrinter, opener: Opener, fault: str) -> None:
    session = await opener(printer.options, sources="snmp", timeout=0.2)
    printer.agent.faults.add(fault)
    async with asyncio.timeout(20):
        if fault in ("endless", "no-bulk"):
            check(await session.poll())
        else:
            with pytest.raises(DeviceError, match=r"^snmp 127"):
                await session.poll()
    printer.agent.faults.clear()
    assert values(await session.poll())["printer.status", None] == 0


ANSWERS = {
    "nothing": b"",
    "garbage": bytes(range(256)) * 4,
    "a web page": b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>",
    "not found": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    "too long": b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + bytes(600_000),
    "cut off": b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n\x02\x00\x00\x00",
    "an empty answer": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n\x02\x00\x00\x00\x00\x00\x00\x01\x03",
    "busy": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n\x02\x00\x05\x07\x00\x00\x00\x01\x03",
}


@pytest.mark.parametrize("said", ANSWERS)
async def test_what_is_no_ipp_is_one_clear_error(printer: SimulatedPrinter, opener: Opener, said: str) -> None:
    printer.server.raw = ANSWERS[said]
    session = await opener(printer.options, sources="ipp")
    with pytest.raises(DeviceError, match=r"^ipp 127"):
        await session.poll()
    printer.server.raw = None
    assert values(await session.poll())["printer.status", None] == 0
    printer.server.raw = ANSWERS[said]
    both = await opener(printer.options)
    assert values(await both.poll())["printer.pages", None] == 48_213  # SNMP goes on


@asynccontextmanager
async def serving(part: Callable[[], bytes]) -> AsyncIterator[int]:
    """A server that sends the part again and again, as fast as it is taken, whatever is asked."""

    conversations: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversations.add(asyncio.current_task())
        try:
            while not writer.is_closing():
                writer.write(part())
                await writer.drain()
                await SystemClock().sleep(0.005)
        except OSError:
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.gather(*[task for task in conversations if task is not None])


@pytest.mark.parametrize("part", [b"H", b"x" * 65536], ids=["slow drip", "endless"])
async def test_an_answer_that_does_not_end(opener: Opener, part: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ipp, "LIMITS", Limits(seconds=0.3, bytes=500_000))
    async with serving(lambda: part) as port:
        session = await opener({"ipp_port": port, "sources": "ipp"})
        async with asyncio.timeout(10):
            with pytest.raises(DeviceError, match=r"^ipp 127"):
                await session.poll()


async def test_a_slow_web_server_does_not_cost_what_snmp_says(
    printer: SimulatedPrinter, opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The poller would give the whole poll up, and the next, and the next."""
    monkeypatch.setattr(ipp, "PATIENCE", 0.2)
    async with serving(lambda: b"H") as port:
        session = await opener({**printer.options, "ipp_port": port})
        async with asyncio.timeout(5):
            reading = await session.poll()
    assert ("printer.pages", None) in values(reading)
    assert "too slowly" in str(reading.attributes["ipp.problem"])
