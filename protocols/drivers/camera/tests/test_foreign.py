"""Peers that are not ours: ipycam answers ONVIF and snapshots, gst-rtsp-server RTSP, and a zeep client reads our simulator by the public WSDLs."""

import asyncio
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest

from protocols.clock import SystemClock
from protocols.drivers.camera import rtsp
from protocols.drivers.camera.simulator import SimulatedCamera, simulate
from protocols.secret import Secret
from protocols.transports.soap import Login

from .conftest import Opener, value

HERE = Path(__file__).parent
SYSTEM_PYTHON = "/usr/bin/python3"


async def started(*command: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL)


async def line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()


@pytest.fixture
async def ipycam() -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    if find_spec("ipycam") is None:
        pytest.skip("ipycam is not installed")
    process = await started(sys.executable, str(HERE / "ipycam_peer.py"), "viewer", "watch")
    try:
        yield process, f"127.0.0.1:{await line(process)}"
    finally:
        process.kill()
        await process.wait()


async def test_ipycam(ipycam: tuple[asyncio.subprocess.Process, str], opener: Opener, tmp_path: Path) -> None:
    """It wants a sign-in for everything, the time included, knows few operations, and asks for Basic at its snapshot."""
    process, address = ipycam
    (tmp_path / "password").write_text("watch\n")
    session = await opener(
        address,
        real_time=True,
        user="viewer",
        password_file=str(tmp_path / "password"),
        picture_every=10,
        streams="none",
    )
    reading = await session.poll()
    assert value(reading, "camera.login.state") == 0
    assert abs(value(reading, "camera.clock.offset") or 9) < 2
    assert reading.attributes["vendor"]
    assert reading.attributes["model"]
    assert value(reading, "camera.picture.state", "1") == 0
    assert process.stdin is not None
    process.stdin.write(b"\n")
    assert await line(process) == "black"
    again = await opener(
        address, real_time=True, user="viewer", password_file=str(tmp_path / "password"), streams="none"
    )
    assert value(await again.poll(), "camera.picture.state", "1") == 1


@pytest.mark.parametrize("password", ["wrong", None])
async def test_ipycam_is_alive_without_its_password(
    ipycam: tuple[asyncio.subprocess.Process, str], opener: Opener, tmp_path: Path, password: str | None
) -> None:
    login: dict[str, object] = {}
    if password:
        (tmp_path / "password").write_text(password)
        login = {"user": "viewer", "password_file": str(tmp_path / "password")}
    reading = await (await opener(ipycam[1], real_time=True, streams="none", **login)).poll()
    assert value(reading, "camera.login.state") == (2 if password else 1)


@pytest.fixture
async def gst() -> AsyncIterator[list[str]]:
    program = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
    if (
        not Path(SYSTEM_PYTHON).exists()
        or subprocess.run((SYSTEM_PYTHON, "-c", program), capture_output=True, check=False).returncode
    ):
        pytest.skip(
            "gst-rtsp-server and its Python bindings are not installed (gir1.2-gst-rtsp-server-1.0, python3-gi)"
        )
    process = await started(SYSTEM_PYTHON, str(HERE / "rtsp_peer.py"))
    try:
        yield [f"rtsp://127.0.0.1:{port}" for port in (await line(process)).split()]
    finally:
        process.kill()
        await process.wait()


async def test_gst_rtsp_server(gst: list[str]) -> None:
    clock, right = SystemClock(), Login("viewer", Secret("watch"))
    for server, login in zip(gst, (None, right), strict=True):
        assert (await rtsp.ask(f"{server}/stream", login, clock, 20)).state == rtsp.UP
        played = await rtsp.ask(f"{server}/stream", login, clock, 20, play=True)
        assert played.state == rtsp.UP, played.reason
        assert played.first_frame is not None
        assert 0 < played.first_frame < 20
        assert (await rtsp.ask(f"{server}/none", login, clock, 20)).reason.startswith("RTSP: 404")


@pytest.mark.parametrize("login", [None, Login("viewer", Secret("wrong"))])
async def test_gst_rtsp_server_is_alive_without_its_password(gst: list[str], login: Login | None) -> None:
    assert (await rtsp.ask(f"{gst[1]}/stream", login, SystemClock(), 20)).state == rtsp.NO_CREDENTIAL


@pytest.fixture
async def recorder() -> AsyncIterator[SimulatedCamera]:
    async with simulate("127.0.0.1:0", SystemClock(), "Recorder", 2, channels=2) as running:
        yield running


@pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
async def test_a_client_of_the_public_wsdls_reads_the_simulator(recorder: SimulatedCamera) -> None:
    onvif = pytest.importorskip("onvif")
    host, _, port = recorder.address.rpartition(":")
    traits = recorder.onvif.traits
    client = onvif.ONVIFCamera(host, int(port), traits.user, traits.password)
    try:
        await client.update_xaddrs()
        device = await client.create_devicemgmt_service()
        information = await device.GetDeviceInformation()
        assert (information.SerialNumber, information.Model) == ("FBC000002", "Simulated recorder")
        assert (await device.GetSystemDateAndTime()).UTCDateTime.Date.Year >= 2025
        assert (await device.GetNetworkInterfaces())[0].Info.HwAddress == traits.mac
        assert len(await device.GetScopes()) >= 4
        assert len(await device.GetServices({"IncludeCapability": False})) == 5
        media = await client.create_media_service()
        profiles = await media.GetProfiles()
        assert [each.token for each in profiles] == ["main1", "sub1", "main2", "sub2"]
        assert profiles[0].VideoEncoderConfiguration.Resolution.Width == 1920
        setup = {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}}
        stream = await media.GetStreamUri({"StreamSetup": setup, "ProfileToken": "main2"})
        assert stream.Uri.endswith(f":{recorder.rtsp.port}/main2")
        assert "/snapshot/2" in (await media.GetSnapshotUri({"ProfileToken": "main2"})).Uri
        recording, search = await client.create_recording_service(), await client.create_search_service()
        assert [each.RecordingToken for each in await recording.GetRecordings()] == ["rec1", "rec2"]
        assert (await recording.GetRecordingJobState("job1")).State == "Active"
        assert (await search.GetRecordingInformation("rec2")).RecordingStatus == "Recording"
        manager = await client.create_pullpoint_manager(timedelta(minutes=1), lambda: None)
        messages = await manager.get_service().PullMessages({"Timeout": timedelta(seconds=1), "MessageLimit": 10})
        assert any("StorageFailure" in str(each.Topic._value_1) for each in messages.NotificationMessage)
        await manager.shutdown()
        assert recorder.onvif.subscriptions.open == 0
    finally:
        await client.close()


async def test_rtsp_over_tls_with_the_cameras_own_certificate(gst: list[str], tmp_path: Path) -> None:
    """The open gst-rtsp-server behind socat, which speaks TLS with a certificate that nobody signed."""
    if shutil.which("socat") is None or shutil.which("openssl") is None:
        pytest.skip("socat and openssl are not installed")
    pem = tmp_path / "camera.pem"
    made = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=camera")
    subprocess.run(
        (*made, "-keyout", str(pem), "-out", str(tmp_path / "c")), check=True, capture_output=True, timeout=30
    )
    pem.write_bytes(pem.read_bytes() + (tmp_path / "c").read_bytes())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    listen = f"OPENSSL-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork,verify=0,cert={pem}"
    relay = await started("socat", listen, f"TCP:{gst[0].removeprefix('rtsp://')}")
    try:
        async with asyncio.timeout(20):
            while (
                "refuses"
                in (found := await rtsp.ask(f"rtsps://127.0.0.1:{port}/stream", None, SystemClock(), 10)).reason
            ):
                await asyncio.sleep(0)
    finally:
        relay.kill()
        await relay.wait()
    assert found.state == rtsp.UP, found.reason
