"""A PullPoint over a real connection: what the device grants, a device that never ends to tell, and one that is gone."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from protocols.address import read_place
from protocols.clock import ManualClock
from protocols.secret import Secret
from protocols.transports.onvif import OnvifOptions, PullPoint
from protocols.transports.onvif import events as module
from protocols.transports.onvif.events import BURST, LIFETIME, granted
from protocols.transports.onvif.simulated import SimulatedOnvif, Traits
from protocols.transports.soap import Login
from protocols.transports.soap.envelope import envelope, opened
from protocols.transports.soap.xml import tag

TOPIC = "tns1:VideoSource/MotionAlarm"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def device(clock: ManualClock) -> AsyncIterator[SimulatedOnvif]:
    made = SimulatedOnvif(Traits(), clock)
    await made.start("127.0.0.1", 0)
    yield made
    await made.stop()


@pytest.fixture
async def points(device: SimulatedOnvif, clock: ManualClock) -> AsyncIterator[PullPoint]:
    login = Login("viewer", Secret("watch"))
    made = PullPoint(read_place(device.address, 80, "test"), OnvifOptions(), login, clock, "device x")
    yield made
    await made.end()


async def count(points: PullPoint, told: list[int]) -> None:
    async for notices in points.notices():
        told.append(len(notices))  # noqa: PERF401  (as they come)


@pytest.mark.parametrize("most", [30.0, 3600.0])
async def test_it_is_renewed_within_what_the_device_grants(
    points: PullPoint, device: SimulatedOnvif, clock: ManualClock, most: float
) -> None:
    device.subscriptions.most_seconds = most
    listening = asyncio.create_task(count(points, []))
    async with asyncio.timeout(10):
        while device.requests.count("wsnt:Renew") < 5:
            await clock.advance(1)
            assert not listening.done(), listening.result()
    assert device.requests.count("tev:CreatePullPointSubscription") == device.subscriptions.open == 1
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def test_a_device_that_always_has_something_to_tell_is_not_asked_without_pause(
    points: PullPoint, device: SimulatedOnvif, clock: ManualClock
) -> None:
    pull = device.operations["tev:PullMessages"]

    async def flood(sent: object) -> str:
        device.subscriptions.notify(TOPIC, {"Source": "1"}, {"State": "true"}, standing=False)
        answered = pull(sent)  # type: ignore[arg-type]
        return answered if isinstance(answered, str) else await answered

    device.operations["tev:PullMessages"] = flood
    told: list[int] = []
    listening = asyncio.create_task(count(points, told))
    async with asyncio.timeout(10):
        while not clock._sleepers:
            await asyncio.sleep(0)
        assert device.requests.count("tev:PullMessages") == BURST + 1
        while device.requests.count("tev:PullMessages") < BURST + 2:
            await clock.advance(1)
    assert len(told) >= BURST + 2
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def test_its_end_does_not_wait_for_a_device_that_is_gone(
    points: PullPoint, device: SimulatedOnvif, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await anext(points.notices()) == []
    asked = asyncio.Event()

    async def never(sent: object) -> str:
        asked.set()
        await asyncio.Event().wait()
        return ""

    device.operations["wsnt:Unsubscribe"] = never
    monkeypatch.setattr(module, "FAREWELL", 0.05)
    async with asyncio.timeout(5):
        await points.end()
    assert asked.is_set()


@pytest.mark.parametrize(
    ("now", "ends", "seconds"),
    [
        ("2025-10-09T12:00:00Z", "2025-10-09T12:01:00Z", 60),
        ("2025-10-09T12:00:00Z", "2025-10-09T14:00:00+01:00", LIFETIME),
        ("2025-10-09T12:00:00Z", "2025-10-09T11:00:00Z", LIFETIME),
        ("", "2025-10-09T11:00:00Z", LIFETIME),
    ],
)
def test_what_is_granted(now: str, ends: str, seconds: float) -> None:
    times = tag("wsnt:CurrentTime", now) + tag("wsnt:TerminationTime", ends)
    assert granted(opened(envelope(tag("wsnt:RenewResponse", times)))) == seconds
