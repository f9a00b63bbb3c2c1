"""The driver against the simulated camera, healthy and with each fault."""

import pytest

from protocols.clock import ManualClock
from protocols.drivers.camera.simulator import FAULTS, SimulatedCamera
from protocols.errors import DeviceError, OptionError
from protocols.transports.onvif.simulated.gate import Gate

from .conftest import Opener, value

STATE = "camera.picture.state"


async def test_a_healthy_camera(camera: SimulatedCamera, opener: Opener) -> None:
    session = await opener(camera)
    reading = await session.poll()
    assert value(reading, "camera.login.state") == 0
    assert value(reading, "camera.stream.state", "main") == 1
    assert value(reading, STATE, "1") == 0
    assert abs(value(reading, "camera.clock.offset") or 9) <= 1
    assert reading.attributes["serial"] == "FBC000001"
    assert reading.attributes["mac"] == "02:00:00:00:ca:01"
    assert reading.attributes["uuid"] == camera.onvif.traits.uuid
    assert ("camera.stream.state", "main", "main H264 1920×1080") in [info[:3] for info in reading.points]


async def test_the_second_poll_tells_no_attributes_and_the_change(
    camera: SimulatedCamera, opener: Opener, clock: ManualClock
) -> None:
    session = await opener(camera)
    await session.poll()
    await clock.advance(60)
    reading = await session.poll()
    assert reading.attributes == {}
    assert (value(reading, "camera.picture.change", "1") or 0) > 0


@pytest.mark.parametrize(("fault", "state"), [("black", 1), ("covered", 4), ("blurred", 3), ("no-picture", 255)])
async def test_a_picture_that_is_wrong(camera: SimulatedCamera, opener: Opener, fault: str, state: int) -> None:
    await camera.fault(fault)
    reading = await (await opener(camera)).poll()
    assert value(reading, STATE, "1") == state


@pytest.mark.parametrize("fault", ["frozen", "frozen-ticking"])
async def test_a_camera_that_answers_and_shows_yesterday(
    camera: SimulatedCamera, opener: Opener, clock: ManualClock, fault: str
) -> None:
    session = await opener(camera)
    await session.poll()
    await camera.fault(fault)
    states = []
    for _ in range(13):
        await clock.advance(60)
        reading = await session.poll()
        states.append(value(reading, STATE, "1"))
        assert value(reading, "camera.stream.state", "main") == 1
    assert states[-1] == 2
    await camera.heal()
    await clock.advance(60)
    assert value(await session.poll(), STATE, "1") == 0


async def test_a_wrong_clock_is_told_and_does_not_hinder_the_login(camera: SimulatedCamera, opener: Opener) -> None:
    await camera.fault("clock-wrong")
    reading = await (await opener(camera)).poll()
    assert value(reading, "camera.clock.offset") == pytest.approx(-86_400, abs=1)
    assert value(reading, "camera.login.state") == 0


async def test_a_stream_that_is_not_there_says_why_once(
    camera: SimulatedCamera, opener: Opener, clock: ManualClock
) -> None:
    await camera.fault("stream-down")
    session = await opener(camera)
    reading = await session.poll()
    assert value(reading, "camera.stream.state", "main") == 0
    assert reading.attributes["stream.main"] == "RTSP: 404 Not Found"
    assert "stream.main" not in (await session.poll()).attributes
    await camera.heal()
    assert (await session.poll()).attributes["stream.main"] is None


async def test_a_stream_that_moved_is_found_again(camera: SimulatedCamera, opener: Opener) -> None:
    session = await opener(camera)
    assert value(await session.poll(), "camera.stream.state", "main") == 1
    camera.rtsp._names = {f"{name}-new" for name in camera.rtsp._names}
    assert value(await session.poll(), "camera.stream.state", "main") == 0
    camera.onvif.operations["trt:GetStreamUri"] = lambda asked: (
        f"<trt:MediaUri><tt:Uri>rtsp://127.0.0.1:{camera.rtsp.port}/main1-new</tt:Uri></trt:MediaUri>"
    )
    assert value(await session.poll(), "camera.stream.state", "main") == 1


async def test_a_stream_that_refuses_says_so_while_the_credential_is_spared(
    camera: SimulatedCamera, opener: Opener
) -> None:
    camera.rtsp._gate = Gate(camera.onvif.traits)
    camera.rtsp._gate.changed = True
    session = await opener(camera)
    told = {}
    for _ in range(5):
        reading = await session.poll()
        assert value(reading, "camera.stream.state", "main") == 2
        told |= reading.attributes
    assert told["stream.main"] == "RTSP: answers but refuses the credential"
    assert camera.rtsp._gate.attempts == 1


async def test_without_a_credential_it_goes_as_far_as_it_can(camera: SimulatedCamera, opener: Opener) -> None:
    session = await opener(camera.address, rtsp_port=camera.rtsp.port)
    reading = await session.poll()
    assert value(reading, "camera.clock.offset") is not None
    assert value(reading, "camera.login.state") == 1
    assert value(reading, "camera.stream.state", "rtsp") == 2
    assert value(reading, STATE, "1") == 255
    assert reading.attributes["login"] == "answers but refuses without a credential: set user and password_file"


async def test_a_wrong_password_is_tried_once_in_fifteen_minutes(
    camera: SimulatedCamera, opener: Opener, clock: ManualClock
) -> None:
    await camera.fault("password-wrong")
    session = await opener(camera, rtsp_port=camera.rtsp.port)
    for _ in range(10):
        reading = await session.poll()
        assert value(reading, "camera.login.state") == 2
        await clock.advance(60)
    attempts = camera.onvif.gate.attempts
    assert attempts <= 2, "the account is locked after five"
    await camera.heal()
    await clock.advance(600)
    assert value(await session.poll(), "camera.login.state") == 0


async def test_a_password_that_is_changed_under_way(
    camera: SimulatedCamera, opener: Opener, clock: ManualClock
) -> None:
    session = await opener(camera)
    assert value(await session.poll(), "camera.login.state") == 0
    await camera.fault("password-wrong")
    before = camera.onvif.gate.attempts
    for _ in range(70):
        await clock.advance(60)
        await session.poll()
    assert camera.onvif.gate.attempts - before <= 5 * 3


async def test_http_digest_in_the_place_of_tokens(camera: SimulatedCamera, opener: Opener) -> None:
    camera.onvif.http_digest = True
    assert value(await (await opener(camera)).poll(), STATE, "1") == 0


async def test_the_first_frame_is_timed_where_it_is_allowed(camera: SimulatedCamera, opener: Opener) -> None:
    reading = await (await opener(camera, first_frame=True)).poll()
    assert value(reading, "camera.stream.first.frame", "main") is not None
    assert "TEARDOWN" in camera.rtsp.requests


async def test_a_camera_that_names_no_snapshot(camera: SimulatedCamera, opener: Opener) -> None:
    del camera.onvif.operations["trt:GetSnapshotUri"]
    reading = await (await opener(camera)).poll()
    assert value(reading, STATE, "1") == 255
    assert "picture.1" in reading.attributes
    other = await opener(camera, snapshot_path="/snapshot/{channel}")
    assert value(await other.poll(), STATE, "1") == 0


async def test_a_recording_service_that_talks_nonsense_costs_only_itself(
    recorder: SimulatedCamera, opener: Opener
) -> None:
    recorder.onvif.operations["trc:GetRecordings"] = lambda asked: "<"
    reading = await (await opener(recorder)).poll()
    assert value(reading, STATE, "3") == 0
    assert "not XML" in str(reading.attributes["recordings"])


async def test_a_recorder(recorder: SimulatedCamera, opener: Opener, clock: ManualClock) -> None:
    session = await opener(recorder, streams="all")
    reading = await session.poll()
    assert [value(reading, STATE, label) for label in "123"] == [0, 0, 0]
    assert value(reading, "camera.stream.state", "Camera 3 sub") == 1
    assert value(reading, "camera.recording.state", "Camera 2") == 0
    assert value(reading, "camera.recording.span", "Camera 2") == pytest.approx(30)
    await recorder.fault("storage-failure")
    await clock.advance(300)
    await session.poll()
    await clock.advance(3600)
    reading = await session.poll()
    assert value(reading, "camera.recording.state", "Camera 2") == 2
    assert value(reading, "camera.recording.age", "Camera 2") == pytest.approx(3600, abs=2)


async def test_a_slow_recorder_goes_on_where_it_was(
    recorder: SimulatedCamera, opener: Opener, clock: ManualClock
) -> None:
    """Each snapshot takes ten seconds; a poll reads for twenty."""
    for number in range(1, 4):
        page = recorder.onvif.pages[f"/snapshot/{number}"]

        def slow(page: object = page) -> object:
            clock._move(clock.monotonic() + 12)
            return page()  # type: ignore[operator]

        recorder.onvif.pages[f"/snapshot/{number}"] = slow  # type: ignore[assignment]
    session = await opener(recorder)
    seen = []
    for _ in range(3):
        reading = await session.poll()
        seen.append([s.label for s in reading.samples if s.metric == STATE])
        await clock.advance(60)
    assert seen == [["1", "2"], ["3", "1"], ["2", "3"]]


async def test_an_absent_camera_is_a_devices_error_at_poll(camera: SimulatedCamera, opener: Opener) -> None:
    session = await opener(camera)
    await camera.stop()
    with pytest.raises(DeviceError, match="refuses the connection"):
        await session.poll()


async def test_addresses_and_options_are_checked_at_open(opener: Opener, tmp_path: object) -> None:
    with pytest.raises(OptionError, match="write a host or host:port"):
        await opener("10.1.2.3/onvif")
    with pytest.raises(OptionError, match="password_file is missing"):
        await opener("10.1.2.3", user="viewer")
    with pytest.raises(OptionError, match="cannot be read"):
        await opener("10.1.2.3", user="viewer", password_file=f"{tmp_path}/none")


async def test_every_fault_can_be_told_from_health(camera: SimulatedCamera, opener: Opener, clock: ManualClock) -> None:
    for name in FAULTS:
        await camera.fault(name)
    with pytest.raises(KeyError):
        await camera.fault("no such fault")
    await camera.heal()
    assert camera.broken == set()
