"""What the camera tells by itself, over a real PullPoint."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from protocols.clock import ManualClock
from protocols.driver import PushSession, Reading
from protocols.drivers.camera.simulator import SimulatedCamera
from protocols.errors import DeviceError

from .conftest import Opener, value


async def told(pushing: AsyncIterator[Reading], metric: str, label: str, wanted: float) -> Reading:
    """The first reading that leaves the point at this value."""
    async with asyncio.timeout(10):
        async for reading in pushing:
            values = [sample.value for sample in reading.samples if (sample.metric, sample.label) == (metric, label)]
            if values[-1:] == [wanted]:
                return reading
    raise AssertionError("the push ended")


async def test_tamper_signal_loss_storage_and_motion(camera: SimulatedCamera, opener: Opener) -> None:
    session = await opener(camera)
    assert isinstance(session, PushSession)
    await session.poll()
    pushing = session.push()
    first = await told(pushing, "camera.tamper", "1", 0)
    assert value(first, "camera.storage.state", "disk-1") == 0
    assert first.events == [], "how things stand is no event"
    for fault, metric, label in (
        ("tamper", "camera.tamper", "1"),
        ("signal-loss", "camera.signal.lost", "1"),
        ("storage-failure", "camera.storage.state", "disk-1"),
    ):
        await camera.fault(fault)
        reading = await told(pushing, metric, label, 1)
        assert [event.kind for event in reading.events] == [f"camera.{fault}".replace("loss", "lost")]
    camera.move()
    camera.move()
    await told(pushing, "camera.motion", "1", 2)
    standing = await session.poll()
    assert value(standing, "camera.tamper", "1") == 1
    assert value(standing, "camera.motion", "1") == 2
    await camera.heal()
    await told(pushing, "camera.tamper", "1", 0)


async def test_the_subscription_ends_with_the_session(camera: SimulatedCamera, opener: Opener) -> None:
    session = await opener(camera)
    await session.poll()
    pushing = session.push()
    await anext(pushing)
    assert camera.onvif.subscriptions.open == 1
    await session.close()
    assert camera.onvif.subscriptions.open == 0


async def test_reference_parameters_are_carried(camera: SimulatedCamera, opener: Opener) -> None:
    camera.onvif.subscriptions.by_parameters = True
    session = await opener(camera)
    await session.poll()
    await told(session.push(), "camera.tamper", "1", 0)


async def test_it_is_renewed_before_it_ends(camera: SimulatedCamera, opener: Opener, clock: ManualClock) -> None:
    session = await opener(camera)
    await session.poll()
    pushing = session.push()
    await told(pushing, "camera.tamper", "1", 0)
    waiting = asyncio.create_task(told(pushing, "camera.tamper", "1", 1))
    async with asyncio.timeout(10):
        while camera.onvif.requests.count("wsnt:Renew") < 4:
            await clock.advance(1)
            await asyncio.sleep(0)
    await camera.fault("tamper")
    await waiting


async def test_a_lost_subscription_is_an_error_and_what_stood_is_not_known(
    camera: SimulatedCamera, opener: Opener
) -> None:
    session = await opener(camera)
    await session.poll()
    pushing = session.push()
    await told(pushing, "camera.tamper", "1", 0)
    camera.onvif.subscriptions.drop()
    with pytest.raises(DeviceError, match="ResourceUnknown"):
        await told(pushing, "camera.tamper", "1", 1)
    assert value(await session.poll(), "camera.tamper", "1") is None


async def test_a_camera_without_events_is_no_error(camera: SimulatedCamera, opener: Opener) -> None:
    del camera.onvif.paths["tev"]
    session = await opener(camera)
    await session.poll()
    camera.onvif.requests.clear()
    waiting = asyncio.create_task(anext(session.push(), None))
    async with asyncio.timeout(5):
        while "tds:GetServices" not in camera.onvif.requests:
            await asyncio.sleep(0)
    await session.close()
    assert await asyncio.wait_for(waiting, 5) is None


async def test_nothing_is_subscribed_with_a_credential_that_is_refused(camera: SimulatedCamera, opener: Opener) -> None:
    await camera.fault("password-wrong")
    session = await opener(camera)
    waiting = asyncio.create_task(anext(session.push(), None))
    await session.poll()
    for _ in range(100):
        await asyncio.sleep(0)
    assert camera.onvif.gate.attempts <= 1
    assert not waiting.done()
    await camera.heal()
    session._camera.onvif.soap._standing._refused.clear()
    await session.poll()
    assert await asyncio.wait_for(waiting, 5) is not None
