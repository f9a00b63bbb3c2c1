"""The driver has no way to change a camera, and no picture leaves it."""

import asyncio
import logging
import re
from pathlib import Path

import pytest

from protocols.clock import ManualClock, SystemClock
from protocols.driver import Reading
from protocols.drivers.camera import rtsp
from protocols.drivers.camera.discover import discover
from protocols.drivers.camera.simulator import SimulatedCamera
from protocols.errors import DeviceError
from protocols.transports.onvif.simulated import Answer

from .conftest import Opener, value

FOLDER = Path(__file__).parents[1]
READ = re.compile(
    r"(t\w+:Get\w+|tev:PullMessages|tev:CreatePullPointSubscription|wsnt:Renew|wsnt:Unsubscribe|GET /snapshot/\d+)$"
)


async def everything(camera: SimulatedCamera, opener: Opener, clock: ManualClock, **options: object) -> list[Reading]:
    """Polls, pushes and faults until every request that there is has been sent."""
    session = await opener(camera, **options)
    readings = [await session.poll()]
    pushing = session.push()
    readings.append(await anext(pushing))
    readings.append(await anext(pushing))
    await clock.advance(4000)
    readings.append(await session.poll())
    await session.close()
    return readings


async def test_every_request_reads(recorder: SimulatedCamera, opener: Opener, clock: ManualClock) -> None:
    await everything(recorder, opener, clock, streams="all")
    assert {"tse:GetRecordingInformation", "wsnt:Unsubscribe", "GET /snapshot/3"} <= set(recorder.onvif.requests)
    assert [each for each in recorder.onvif.requests if READ.match(each) is None] == []
    assert set(recorder.rtsp.requests) == {"OPTIONS", "DESCRIBE"}, "nothing is played unless it is allowed"


async def test_playing_where_it_is_allowed_ends_what_it_began(
    camera: SimulatedCamera, opener: Opener, clock: ManualClock
) -> None:
    await everything(camera, opener, clock, first_frame=True)
    assert set(camera.rtsp.requests) == {"OPTIONS", "DESCRIBE", "SETUP", "PLAY", "TEARDOWN"}
    assert camera.rtsp.requests.count("PLAY") == camera.rtsp.requests.count("TEARDOWN")


@pytest.mark.parametrize(
    "body",
    [
        "<tds:SystemReboot/>",
        "<tds:SetSystemDateAndTime/>",
        "<trt:CreateProfile/>",
        "<tds:DeleteUsers/>",
        "<trc:SetRecordingJobMode/>",
    ],
)
async def test_whatever_else_is_refused_before_it_is_sent(recorder: SimulatedCamera, opener: Opener, body: str) -> None:
    session = await opener(recorder)
    await session.poll()
    before = len(recorder.onvif.requests)
    with pytest.raises(DeviceError, match="never sent"):
        await session._camera.onvif.ask(body)
    assert len(recorder.onvif.requests) == before


def test_no_source_names_a_writing_operation() -> None:
    writing = re.compile(
        r"<t\w+:(?!Get|Find|PullMessages)[A-Z]\w*(Reboot|Set|Create(?!PullPoint)|Delete|Start|Stop|Add|Remove)|GET_PARAMETER|SET_PARAMETER|\"RECORD\""
    )
    sources = [*FOLDER.glob("*.py")]
    assert len(sources) > 10
    assert [path.name for path in sources if writing.search(path.read_text())] == []


async def test_no_picture_is_stored_sent_or_logged(
    recorder: SimulatedCamera,
    opener: Opener,
    clock: ManualClock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Files that are opened for writing while everything is read: none. Readings hold numbers and short texts alone."""
    opened: list[tuple[object, ...]] = []
    real = Path.open

    def watched(path: Path, mode: str = "r", *args: object, **named: object) -> object:
        opened.append((path, mode))
        return real(path, mode, *args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "open", watched)
    monkeypatch.setattr("builtins.open", lambda *args, **named: pytest.fail(f"opens {args}"))
    caplog.set_level(logging.DEBUG)
    readings = await everything(recorder, opener, clock)
    assert [path for path, mode in opened if mode != "rb"] == []
    for reading in readings:
        texts = [str(each) for each in (*reading.attributes.values(), *reading.points, *reading.events)]
        assert all(len(text) < 1000 for text in texts)
        assert all(isinstance(sample.value, float | int) for sample in reading.samples)
    logged = [record.getMessage() for record in caplog.records if record.name.startswith(("protocols", "agent", "PIL"))]
    assert all("\xff\xd8" not in text and "JFIF" not in text for text in logged)


async def test_discovery_sends_probes_alone() -> None:
    heard: list[bytes] = []

    class Listener(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: object) -> None:
            heard.append(data)

    loop = asyncio.get_running_loop()
    clock = ManualClock()
    transport, _ = await loop.create_datagram_endpoint(Listener, ("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    found = asyncio.create_task(anext(discover(f"127.0.0.1:{port}", clock), None))
    async with asyncio.timeout(5):
        while len(heard) < 2:
            await asyncio.sleep(0)
    await clock.advance(5)
    assert await found is None
    transport.close()
    assert len(heard) == 2
    assert all(b"discovery/Probe</a:Action>" in each for each in heard)


async def test_a_stream_elsewhere_is_not_followed(camera: SimulatedCamera, opener: Opener) -> None:
    """A camera cannot send the agent, and its credential, to another host."""
    session = await opener(camera)
    await session.poll()
    assert session._camera._here("rtsp://10.9.9.9:8554/x?y=1") == "rtsp://127.0.0.1:8554/x?y=1"
    assert session._camera._here("http://10.9.9.9/x") == ""
    assert session._camera.onvif.url("http://10.9.9.9:81/snap?x=1") == f"http://{camera.address}/snap?x=1"
    assert (await rtsp.ask("http://10.9.9.9/", None, SystemClock(), 1)).state == rtsp.DOWN


async def test_a_snapshot_that_leads_elsewhere_is_asked_at_the_camera(camera: SimulatedCamera, opener: Opener) -> None:
    """A redirect must not have the agent ask another machine for anything."""
    asked: list[bytes] = []

    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.read(1000))
        writer.close()

    server = await asyncio.start_server(other, "127.0.0.1", 0)
    elsewhere = f"http://localhost:{server.sockets[0].getsockname()[1]}/moved?user=x"
    session = await opener(camera)
    page, path = camera.onvif.pages["/snapshot/1"], "/snapshot/1"
    camera.onvif.pages[path] = lambda: Answer(status=302, headers={"Location": elsewhere})
    camera.onvif.pages["/moved"] = page
    reading = await session.poll()
    server.close()
    assert asked == []
    assert camera.onvif.requests[-1] == "GET /moved"
    assert value(reading, "camera.picture.state", "1") == 0
