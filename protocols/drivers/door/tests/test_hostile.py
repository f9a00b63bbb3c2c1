"""Controllers that answer with hostile texts, bombs, nonsense, drips and without end: text stays text, one clear error, bounded."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.clock import SystemClock
from protocols.drivers.door.decode import door, door_samples, labels, page
from protocols.drivers.door.events import Memory
from protocols.drivers.door.simulator import simulate
from protocols.errors import DeviceError
from protocols.transports.onvif import Notice
from protocols.transports.onvif.simulated import Traits
from protocols.transports.soap.xml import parse

CORPUS = (
    "<script>alert(1)</script>", '=HYPERLINK("http://x")', "\x1b[31mred\x07", "\u202egnp.exe", "x" * 1_000_000,
    "a\x00b", "]]>&amp;<![CDATA[", "\ud800", "'; DROP TABLE door; --", "  ", "ﷺ" * 5000,
)  # fmt: skip


@pytest.mark.parametrize("said", CORPUS, ids=range(len(CORPUS)))
async def test_hostile_texts_in_every_field_stay_short_text(said: str, opened: Any) -> None:
    safe = said.encode("utf-8", "replace").decode()
    traits = Traits(name=safe, vendor=safe, model=safe, serial=safe, firmware=safe, location=safe, mac="zz", user="")
    async with simulate("127.0.0.1:0", SystemClock(), names=(safe, "Hall"), traits=traits) as simulated:
        simulated.device.doors["door-1"].parts |= dict.fromkeys(
            ("DoorPhysicalState", "Alarm", "DoorMode", "Tamper"), safe[:9000]
        )
        async with opened(simulated.address) as session:
            reading = await session.poll()
    for text in [*(sample.label or "" for sample in reading.samples), *map(str, reading.attributes.values())]:
        assert len(text) <= 300
        assert text.isprintable()
    told = {sample.metric: sample.value for sample in reading.samples if sample.label != "Hall"}
    assert (told["door.position"], told["door.alarm"], told["door.mode"], told["door.tamper"]) == (2, 255, 255, 2)


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\n"
BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
DEEP = b"<a>" * 100_000
WIDE = b"<x>" + b"<a/>" * 200_000 + b"</x>"


def saying(body: bytes) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()

    return handle


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(65536)
    writer.write(HEAD + b"\r\n<x>")
    while True:
        writer.write(b"<a>more</a>" * 1000)
        await writer.drain()


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(65536)
    while True:
        writer.write(b"H")
        await asyncio.sleep(0.02)


@asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        except OSError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@pytest.mark.parametrize(
    ("handler", "message"),
    [
        (saying(BOMB), "document type or entities: refused"),
        (saying(DEEP), "levels|not XML"),
        (saying(WIDE), "elements|longer"),
        (saying(b"\x00\xff garbage"), "not XML"),
        (saying(b"<x/>"), "no SOAP"),
        (endless, "longer|more than|too"),
        (drip, "no answer within"),
    ],
)
async def test_one_clear_error_in_bounded_time_and_memory(handler: Handler, message: str, opened: Any) -> None:
    async with served(handler) as address, opened(address, protocol="onvif", timeout=0.5) as session:
        tracemalloc.start()
        try:
            async with asyncio.timeout(10):
                with pytest.raises(DeviceError, match=message):
                    await session.poll()
            assert tracemalloc.get_traced_memory()[1] < 40_000_000
        finally:
            tracemalloc.stop()


async def test_a_list_that_turns_in_circles_ends(opened: Any) -> None:
    async with simulate("127.0.0.1:0", SystemClock(), names=("A", "B", "C", "D", "E", "F")) as simulated:
        device = simulated.device
        listed = device.operations["tdc:GetDoorInfoList"]
        device.operations["tdc:GetDoorInfoList"] = lambda asked: (
            "<tdc:NextStartReference>door-1</tdc:NextStartReference>"
            + str(listed(asked)).partition("</tdc:NextStartReference>")[2]
        )
        async with opened(simulated.address, **simulated.options) as session:
            assert len({s.label for s in (await session.poll()).samples if s.metric == "door.mode"}) == 4
        assert device.requests.count("tdc:GetDoorInfoList") == 2


TEXT = st.text(max_size=30)
WORD = st.one_of(TEXT, st.sampled_from(["Open", "Closed", "Locked", "true", "DoorForcedOpen"]))
TOPIC = st.sampled_from(
    ["Door/State/DoorAlarm", "Door/State/DoorPhysicalState", "AccessControl/Denied/Credential", "AccessControl/Duress",
     "Configuration/Door/Removed", "Device/HardwareFailure/PowerSupplyFailure", "Door/Status/BatteryAlarm", "AccessPoint/State/Enabled", "x"]
)  # fmt: skip
ITEMS = st.dictionaries(
    st.one_of(TEXT, st.sampled_from(["DoorToken", "AccessPointToken", "State", "Failed"])), WORD, max_size=4
)


@given(st.lists(st.builds(Notice, TOPIC, TEXT, ITEMS, ITEMS, st.one_of(st.none(), st.integers())), max_size=20))
def test_any_notice_makes_samples_of_known_doors_or_none(notices: list[Notice]) -> None:
    memory = Memory(doors={"a": "A"}, readers={"r": "R"})
    for notice in notices:
        source = notice.source | ({"DoorToken": "a", "AccessPointToken": "r"} if notice.time else {})
        reading = memory.told([notice._replace(source=source)])
        assert {sample.label for sample in reading.samples} <= {"A", "R", "A (double lock)", "controller"}


@given(st.binary(max_size=300))
def test_any_answer_that_is_xml_is_read_or_has_nothing(body: bytes) -> None:
    try:
        root = parse(b"<x xmlns:tdc='http://www.onvif.org/ver10/doorcontrol/wsdl'>" + body + b"</x>")
    except DeviceError:
        return
    labels(page(root).entities, {})
    door_samples("A", door(root))
