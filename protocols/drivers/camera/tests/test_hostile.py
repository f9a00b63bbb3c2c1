"""Whatever a camera answers, there is a reading or one clear error, bounded in time and memory, and all texts stay text."""

import asyncio
import gzip
import struct
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.clock import ManualClock, SystemClock
from protocols.driver import Reading
from protocols.drivers.camera import media, recorder, rtsp
from protocols.drivers.camera.alarms import Alarms
from protocols.drivers.camera.simulator import SimulatedCamera
from protocols.drivers.camera.simulator.pictures import Shot, jpeg
from protocols.drivers.camera.simulator.simulator import simulate
from protocols.drivers.camera.thumbnail import look_at
from protocols.drivers.camera.timestamps import is_stale
from protocols.errors import DeviceError
from protocols.transports.onvif.events import notices
from protocols.transports.onvif.simulated import Answer, Traits
from protocols.transports.soap import NAMESPACES
from protocols.transports.soap.xml import parse

from .conftest import Opener, value

CORPUS = [
    "<script>alert(1)</script>",
    '=HYPERLINK("http://x","y")',
    "\x1b[31mred\x1b]0;title\x07",
    "\u202egnp.exe\u2066",
    "x" * 300_000,
    "nul\x00inside",
    "a\r\nb",
    "'; DROP TABLE device; --",
]
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def texts(reading: Reading) -> list[str]:
    found = [str(each) for each in reading.attributes.values()]
    found += [sample.label or "" for sample in reading.samples]
    return found + [f"{info.name} {info.label}" for info in reading.points]


@pytest.mark.parametrize("text", CORPUS)
async def test_hostile_texts_stay_short_plain_text(clock: ManualClock, opener: Opener, text: str) -> None:
    traits = Traits(name=text[:5000], vendor=text, model=text, serial=text, firmware=text, location=text[:5000])
    camera = SimulatedCamera(clock, traits, size=(320, 180))
    await camera.start("127.0.0.1:0")
    try:
        reading = await (await opener(camera)).poll()
    finally:
        await camera.stop()
    assert reading.attributes["vendor"]
    for said in texts(reading):
        assert len(said) <= 400
        assert said.isprintable()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"garbage \xff\xfe",
        b"<html><body>router login</body></html>",
        b"<?xml version='1.0'?><s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'/>",
        b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>]><s:Envelope/>",
        b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'><x/>",
        b"<a>" * 200_000,
        b"<r>" + b"<a/>" * 400_000 + b"</r>",
        b"<?xml version='1.0' encoding='no-such'?><x/>",
        b"\xff\xfe<\x00x\x00",
    ],
)
async def test_an_answer_that_is_not_soap_is_one_clear_error(
    camera: SimulatedCamera, opener: Opener, body: bytes
) -> None:
    async def answer(question: object) -> Answer:
        return Answer(body)

    camera.onvif._server._handler = answer
    session = await opener(camera)
    with pytest.raises(DeviceError, match=f"camera {camera.address}: |HTTP status"):
        await session.poll()


async def test_a_compressed_bomb_is_refused(camera: SimulatedCamera, opener: Opener) -> None:
    squeezed = gzip.compress(b"<a>" + bytes(30_000_000), 1)

    async def answer(question: object) -> Answer:
        return Answer(squeezed, headers={"Content-Encoding": "gzip"})

    camera.onvif._server._handler = answer
    with pytest.raises(DeviceError, match="inflates to more than"):
        await (await opener(camera)).poll()


@pytest.mark.parametrize(("size", "scans"), [((8000, 4000), 1), ((64, 64), 2000)])
def test_a_progressive_picture_that_would_be_held_whole_is_not_read(size: tuple[int, int], scans: int) -> None:
    """One of 64 million pixels fits into 400 kB and takes 180 MB; one of many scans takes minutes."""
    from PIL import Image

    made = BytesIO()
    Image.new("L", size, 90).save(made, "JPEG", progressive=True)
    whole = made.getvalue()
    assert whole.count(b"\xff\xda") < 32, "what encoders make is read"
    last = whole.rindex(b"\xff\xda")
    with pytest.raises(DeviceError, match=f"{size[0]}×{size[1]} pixels in .* progressive scans: not read"):
        look_at(whole[:last] + whole[last:-2] * scans + whole[-2:])


def test_a_progressive_picture_of_a_4k_camera_is_read() -> None:
    from PIL import Image

    made = BytesIO()
    Image.new("L", (3840, 2160), 90).save(made, "JPEG", progressive=True)
    assert round(look_at(made.getvalue()).brightness) == 90


def bomb() -> bytes:
    """A well-formed JPEG head of 65,500×65,500 pixels."""
    good = bytearray(jpeg(Shot(size=(64, 64), noise=0)))
    at = good.index(b"\xff\xc0")
    good[at + 5 : at + 9] = struct.pack(">HH", 65_500, 65_500)
    return bytes(good)


PICTURES = {
    "empty": b"",
    "not a JPEG": b"GIF89a" + bytes(100),
    "PNG bomb": b"\x89PNG\r\n\x1a\n" + zlib.compress(bytes(1_000_000)),
    "magic alone": b"\xff\xd8\xff",
    "pixel bomb": bomb(),
    "cut": jpeg(Shot(size=(640, 360)))[:4000],
    "a web page": b"<html>login</html>",
}


@pytest.mark.parametrize("name", PICTURES)
async def test_a_snapshot_that_is_no_picture_is_unknown_and_says_why(
    camera: SimulatedCamera, opener: Opener, name: str
) -> None:
    camera.onvif.pages["/snapshot/1"] = lambda: Answer(PICTURES[name], "image/jpeg")
    reading = await (await opener(camera)).poll()
    assert value(reading, "camera.picture.state", "1") == 255
    assert "snapshot" in str(reading.attributes["picture.1"])
    assert value(reading, "camera.stream.state", "main") == 1


def test_a_pixel_bomb_costs_no_memory() -> None:
    tracemalloc.start()
    with pytest.raises(DeviceError, match="pixels"):
        look_at(bomb())
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_a_picture_too_thin_to_be_cut_into_tiles_is_looked_at() -> None:
    assert look_at(jpeg(Shot(size=(16, 6000)))).brightness >= 0


@given(st.integers(2, 8000), st.integers(0, 255), st.integers(0, 60))
@settings(deadline=None, max_examples=60)
def test_a_damaged_picture_is_a_look_or_an_error(place: int, byte: int, cut: int) -> None:
    good = GOOD
    place %= len(good)
    damaged = good[:place] + bytes((byte,)) + good[place + 1 :]
    try:
        look = look_at(damaged[: len(damaged) - cut * 50])
    except DeviceError:
        return
    assert 0 <= look.brightness <= 255


GOOD = jpeg(Shot(size=(160, 96)))


@asynccontextmanager
async def speaking(talk: Talk) -> AsyncIterator[str]:
    tasks: set[asyncio.Task[None]] = set()

    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            tasks.discard(task)
            writer.transport.abort()

    server = await asyncio.start_server(met, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A byte now and then, for ever."""
    while True:
        writer.write(b"R")
        await writer.drain()
        await asyncio.sleep(0.05)


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"RTSP/1.0 200 OK\r\nX: " + b"y" * 65536)
        await writer.drain()


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def packets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"$\x00\xff\xff" + bytes(65535))
        await writer.drain()


@pytest.mark.parametrize("talk", [drip, endless, silence, packets])
async def test_a_stream_that_never_ends_is_down_in_time(talk: Talk) -> None:
    async with speaking(talk) as address, asyncio.timeout(20):
        found = await rtsp.ask(f"rtsp://{address}/x", None, SystemClock(), 0.3)
    assert found.state == rtsp.DOWN
    assert found.reason


@pytest.mark.parametrize(
    "answer",
    [
        b"\x00\x01garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        b"RTSP/1.0 999 \xff\xff\r\n\r\n",
        b"",
    ],
)
async def test_rtsp_nonsense_is_down_with_a_reason(answer: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()

    async with speaking(talk) as address:
        found = await rtsp.ask(f"rtsp://{address}/x", None, SystemClock(), 0.5)
    assert found.state == rtsp.DOWN
    assert found.reason.isprintable()
    assert len(found.reason) < 300


@pytest.mark.parametrize("talk", [drip, endless, silence])
async def test_a_device_service_that_never_ends_is_an_error_in_time(talk: Talk, opener: Opener) -> None:
    async with speaking(talk) as address, asyncio.timeout(20):
        session = await opener(address, real_time=True, timeout=0.5)
        with pytest.raises(DeviceError):
            await session.poll()


ELEMENTS = [
    "trt:Profiles",
    "tt:VideoSourceConfiguration",
    "tt:SourceToken",
    "tt:Resolution",
    "tt:Width",
    "trc:RecordingItem",
    "tt:RecordingToken",
    "wsnt:NotificationMessage",
    "wsnt:Topic",
    "wsnt:Message",
    "tt:Message",
    "tt:Data",
    "tt:SimpleItem",
    "tt:Source",
    "tse:RecordingInformation",
    "tt:LatestRecording",
    "tt:EarliestRecording",
    "tt:RecordingStatus",
]
DATES = [
    "",
    "Wed, 08 Oct 2025 11:00:00 GMT",
    "Wed, 08 Oct 2025 11:00:00",
    "Wed, 31 Feb 9999 99:99:99 +9999",
    "08 Oct 99999999999",
]
XML = st.recursive(
    st.text("abc&lt; 0123456789-:TZ", max_size=20),
    lambda inner: st.builds(
        lambda name, parts: f"<{name} token='t' Name='State' Value='true'>{''.join(parts)}</{name}>",
        st.sampled_from(
            ELEMENTS,
        ),
        st.lists(inner, max_size=4),
    ),
    max_leaves=20,
)
SPACES = " ".join(f"xmlns:{prefix}='{space}'" for prefix, space in NAMESPACES.items())


@given(XML)
@settings(deadline=None)
def test_any_tree_is_read_without_a_fall(content: str) -> None:
    root = parse(f"<x {SPACES}>{content.replace('&', '&amp;')}</x>".encode())
    media.uri(root)
    media.read_profiles(root, 8)
    found = recorder.read_recordings(root, 8)
    recorder.samples([recorder.informed(each, root) for each in found], 1_760_000_000_000)
    Alarms().hear(notices(root))


@given(st.binary(max_size=80).map(lambda raw: raw.decode("latin-1")), st.sampled_from(DATES))
def test_any_dates(one: str, other: str) -> None:
    assert is_stale(one, other) in (True, False)
    assert is_stale(other, one + other) in (True, False)


async def test_a_recorder_of_a_thousand_profiles_is_read_within_its_bounds(clock: ManualClock, opener: Opener) -> None:
    async with simulate("127.0.0.1:0", clock, channels=400) as camera:
        session = await opener(camera, pictures=False, recordings=False, channels=10)
        reading = await session.poll()
    assert sum(sample.metric == "camera.stream.state" for sample in reading.samples) == 10
