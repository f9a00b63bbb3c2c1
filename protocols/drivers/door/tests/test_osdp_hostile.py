"""What goes wrong on a bus: noise, endless octets, wrong checks, strangers, silence, a line that breaks; and two readers on one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.clock import SystemClock
from protocols.drivers.door.osdp import bus as bus_module
from protocols.drivers.door.osdp import frame as wire
from protocols.drivers.door.osdp.bus import _buses
from protocols.drivers.door.osdp.decode import Wiring, attributes, samples
from protocols.drivers.door.osdp.frame import Frame, Heard
from protocols.drivers.door.osdp.reader import ASKED, Reader
from protocols.drivers.door.simulator.peripheral import Peripheral
from protocols.drivers.door.simulator.simulator import simulate
from protocols.errors import DeviceError

pytestmark = pytest.mark.usefixtures("brisk")
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def converter(handler: Handler) -> AsyncIterator[str]:
    """Something behind a converter."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        except OSError:
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"osdp+tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}/1"
    finally:
        server.close()


def answering(change: Callable[[bytes], bytes], device: Peripheral | None = None) -> Handler:
    """A device whose answers are changed on their way."""
    device = device or Peripheral(1, None)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = Heard()
        while octets := await reader.read(1000):
            for frame in heard.feed(octets):
                if frame.address == device.address and not frame.reply:
                    writer.write(change(device.answer(frame)))

    return handle


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"\x53\x81\xa0\x05\x04" * 1000)
        await writer.drain()


async def endless_once_asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    await endless(reader, writer)


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    while True:
        writer.write(b"\x53\x81")
        await asyncio.sleep(0.02)


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)


@pytest.mark.parametrize(
    ("handler", "message"),
    [
        (
            endless,
            r"the line is not silent .* at 9600 baud\): another panel at another speed, or noise; nothing was sent",
        ),
        (endless_once_asked, "no whole answer .* is baud right"),
        (drip, "no whole answer|no answer"),
        (hang_up, "the line was closed"),
        (answering(lambda said: said[:-1] + bytes((said[-1] ^ 0x40,))), "wrong checks"),
        (answering(lambda said: said[:4]), "no whole answer|no answer"),
        (answering(lambda said: b""), "no answer: is it powered"),
        (
            answering(lambda said: wire.close(wire.start(9 | wire.REPLY, 0, b"\x45" + bytes(12)))),
            "address 9 answers on this bus",
        ),
        (
            answering(lambda said: wire.close(wire.start(1 | wire.REPLY, 0, b"\x41\x06"))),
            "over a secure channel only: set key_file",
        ),
        (answering(lambda said: wire.close(wire.start(1 | wire.REPLY, 0, b"\x45short"))), "no answer"),
        (answering(lambda said: wire.close(wire.start(1 | wire.REPLY, 0, b"\x79"))), "no answer"),
    ],
)
async def test_one_clear_error(handler: Handler, message: str, opened: Any) -> None:
    async with converter(handler) as address, opened(address, listen=0.1) as session:
        async with asyncio.timeout(10):
            with pytest.raises(DeviceError, match=message):
                await session.poll()


async def test_an_adapter_that_hears_itself_is_no_other_master(opened: Any) -> None:
    device = Peripheral(1, None)

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = Heard()
        while octets := await reader.read(1000):
            writer.write(octets)
            for frame in heard.feed(octets):
                writer.write(device.answer(frame))

    async with converter(echo) as address, opened(address) as session:
        assert (await session.poll()).samples


async def test_the_same_question_heard_twice_is_another_masters(opened: Any) -> None:
    async def twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while octets := await reader.read(1000):
            writer.write(octets + octets)

    async with converter(twice) as address, opened(address) as session:
        with pytest.raises(DeviceError, match="another control panel drives this bus: it asks address 1"):
            await session.poll()


async def test_answers_that_nobody_asked_for_prove_a_master(opened: Any) -> None:
    async def overheard(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(wire.close(wire.start(5 | wire.REPLY, 1, b"\x40")))
        assert await reader.read(1) == b""

    async with converter(overheard) as address, opened(address, listen=5) as session:
        with pytest.raises(
            DeviceError, match=r"another control panel drives this bus: a device \(address 5\) answers it"
        ):
            await session.poll()


async def test_nothing_is_sent_while_it_listens(opened: Any, until: Any) -> None:
    sent = bytearray()

    async def listening(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.set()
        while octets := await reader.read(1000):
            sent.extend(octets)

    connected = asyncio.Event()
    async with converter(listening) as address, opened(address, listen=0.4) as session:
        loop = asyncio.get_running_loop()
        poll = asyncio.create_task(session.poll())
        await connected.wait()
        began = loop.time()
        await until(lambda: sent)
        assert loop.time() - began >= 0.35
        poll.cancel()
        await asyncio.gather(poll, return_exceptions=True)


async def test_two_readers_share_a_bus_and_one_that_is_silent_does_not_hold_the_other_up(opened: Any) -> None:
    async with simulate("osdp+tcp://127.0.0.1:0/1", SystemClock(), secure=False) as simulated:
        other = simulated.address[:-1] + "2"
        async with opened(simulated.address) as first, opened(other) as second:
            assert (await first.poll()).samples
            assert len(_buses) == 1
            with pytest.raises(DeviceError, match="no answer"):
                await second.poll()
            assert (await first.poll()).samples
        assert _buses == {}


async def test_two_devices_of_one_address_or_of_two_speeds_are_refused(opened: Any) -> None:
    async with simulate("osdp+tcp://127.0.0.1:0/1", SystemClock(), secure=False) as simulated:
        async with opened(simulated.address) as first, opened(simulated.address) as twin:
            await first.poll()
            with pytest.raises(DeviceError, match="address 1 is read by two devices"):
                await twin.poll()
        async with opened(simulated.address) as first, opened(simulated.address[:-1] + "2", baud=19200) as fast:
            await first.poll()
            with pytest.raises(DeviceError, match="differ in baud or listen"):
                await fast.poll()


async def test_a_device_that_falls_silent_tells_nothing_stale_and_comes_back(opened: Any) -> None:
    async with (
        simulate("osdp+tcp://127.0.0.1:0/1", SystemClock()) as simulated,
        opened(simulated.address, **simulated.options) as session,
    ):
        assert (await session.poll()).samples
        await simulated.fault("silent")
        with pytest.raises(DeviceError, match="answers no more"):
            await session.poll()
        await simulated.heal()
        again = await session.poll()
        assert ("door.position", "door", 0.0) in [sample[:3] for sample in again.samples]


async def test_a_serial_port_that_is_missing_or_no_port_is_said(opened: Any, tmp_path: Any) -> None:
    (tmp_path / "file").write_text("no port")
    for path, message in ((tmp_path / "none", "is the adapter plugged in"), (tmp_path / "file", "is no serial port")):
        async with opened(f"osdp://{path}/1") as session:
            with pytest.raises(DeviceError, match=message):
                await session.poll()


async def test_a_device_that_wants_a_key_says_so(opened: Any) -> None:
    async with simulate("osdp+tcp://127.0.0.1:0/1", SystemClock()) as simulated, opened(simulated.address) as session:
        with pytest.raises(DeviceError, match="over a secure channel only: set key_file"):
            await session.poll()


async def test_an_old_device_without_a_secure_channel_is_not_read_in_the_clear(opened: Any, key_file: str) -> None:
    async with simulate("osdp+tcp://127.0.0.1:0/1", SystemClock(), secure=False) as simulated:
        async with opened(simulated.address, key_file=key_file) as session:
            with pytest.raises(DeviceError, match="no secure channel, although key_file is set"):
                await session.poll()
        assert simulated.device.commands
        assert set(simulated.device.commands) <= {wire.ID, wire.CAP}


class Scripted:
    """A line whose answers are given."""

    def __init__(self, answers: list[Frame | None]) -> None:
        self.answers = answers

    async def exchange(self, request: bytes, address: int, sequence: int) -> Frame | None:
        return self.answers.pop(0) if self.answers else None


CODES = st.sampled_from(
    [wire.ACK, wire.NAK, wire.PDID, wire.PDCAP, *ASKED.values(), wire.RAW, wire.CCRYPT, wire.RMAC_I, wire.BUSY, 0x99]
)
FRAMES = st.builds(
    Frame,
    st.just(1),
    st.just(True),
    st.integers(0, 3),
    CODES,
    st.binary(max_size=40),
    st.booleans(),
    st.sampled_from([b"", b"\x12\x01", b"\x14\x01", b"\x16", b"\x18"]),
    st.sampled_from([b"", b"signed"]),
    st.sampled_from([b"", b"mac4"]),
)


@given(st.lists(st.one_of(st.none(), FRAMES), max_size=40), st.booleans())
def test_whatever_a_device_answers_its_reader_lives(answers: list[Frame | None], secure: bool) -> None:
    reader = Reader(1, bytes(16) if secure else None, lambda: None)

    async def talk() -> None:
        line = Scripted(answers)
        for _ in range(30):
            reader.ask()
            await reader.turn(line)
            assert not secure or not reader.online or reader.secure
            assert all(sample.value >= 0 for sample in samples(reader.states, Wiring("door", 1, True)))
            if reader.identity is not None:
                attributes(reader.identity)

    asyncio.run(talk())


async def test_a_state_that_is_told_no_more_is_unknown_while_all_else_is_answered(
    opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_module, "OVER_NETWORK_S", 0.0)
    async with simulate("osdp+tcp://127.0.0.1:0/1", SystemClock(), secure=False) as simulated:
        device = simulated.device
        async with opened(simulated.address, position_input=1) as session:
            told = {sample.metric: sample.value for sample in (await session.poll()).samples}
            assert told["door.position"] == 0
            answer = device.answer
            device.answer = lambda asked: b"" if asked.code == wire.ISTAT else answer(asked)
            reading = await session.poll()
    told = {sample.metric: sample.value for sample in reading.samples}
    assert told["door.position"] == 2, "closed it was; nobody knows now"
    assert told["door.tamper"] == 0
    assert "door.input" not in told
