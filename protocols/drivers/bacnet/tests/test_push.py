"""What devices tell by themselves: changes of value and event notifications."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest
from bacpypes3.apdu import UnconfirmedEventNotificationRequest
from bacpypes3.basetypes import NotificationParameters, NotificationParametersOutOfRange, TimeStamp
from bacpypes3.pdu import Address

from protocols.errors import DeviceError


async def gather(session: Any, told: list[Any]) -> None:
    async with aclosing(session.push()) as readings:
        async for reading in readings:
            told.append(reading)  # noqa: PERF401  seen while it grows


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


def labels(told: list[Any]) -> set[str]:
    return {sample.label for reading in told for sample in reading.samples if sample.metric == "bacnet.value"}


async def test_changes_are_pushed_and_polled_seldom(simulator: Any, opener: Any) -> None:
    session, told = await opener(simulator.address, cov=True), []
    await session.poll()
    task = asyncio.create_task(gather(session, told))
    await until(lambda: len(labels(told)) == 24)  # each subscription is answered with the value
    told.clear()
    simulator.force.value("analog-input,11", 30.0)
    simulator.force.flag("analog-input,12", "fault", True)
    await until(lambda: len(told) >= 2)
    samples = [sample for reading in told for sample in reading.samples]
    assert ("bacnet.value", "analog-input,11", 30.0) in [sample[:3] for sample in samples]
    assert ("bacnet.status", "analog-input,12.fault", 1.0) in [sample[:3] for sample in samples]
    assert "AHU 1 Zone 1" in {sample.label for sample in samples if sample.metric == "bacnet.setpoint.deviation"}
    quiet = [await session.poll() for _ in range(9)]
    assert not any(labels([reading]) for reading in quiet)
    assert len(labels([await session.poll()])) == 24  # the safety poll
    await session.close()
    await asyncio.wait_for(task, 5)
    assert not any(d.cov_subscriptions for d in simulator._application._cov_detections.values())


async def test_subscriptions_are_renewed_before_they_end(simulator: Any, opener: Any, clock: Any) -> None:
    session = await opener(simulator.address, cov=True, cov_lifetime=60, include=["analog-input,1"])
    await session.poll()
    task = asyncio.create_task(gather(session, []))
    await until(lambda: session._subscription and session._subscription.accepted)
    await asyncio.sleep(0.02)
    before = simulator.requests
    await clock.advance(31)
    await until(lambda: simulator.requests > before)
    assert simulator.requests == before + 1
    await session.close()
    await task


async def test_refused_subscriptions_leave_everything_polled(simulator: Any, opener: Any) -> None:
    simulator.faults.no_cov = True
    session, told = await opener(simulator.address, cov=True), []
    await session.poll()
    before = simulator.requests
    task = asyncio.create_task(gather(session, told))
    await until(lambda: simulator.requests == before + 3)  # asked three times, not twenty-four
    assert len(labels([await session.poll()])) == 24
    await session.close()
    await task
    assert not told


async def test_a_device_that_stops_answering_ends_the_push(simulator: Any, opener: Any, clock: Any) -> None:
    session = await opener(simulator.address, cov=True, cov_lifetime=60, include=["analog-input,1"])
    await session.poll()
    task = asyncio.create_task(gather(session, []))
    await until(lambda: session._subscription and session._subscription.accepted)
    await asyncio.sleep(0.02)
    session._client.timeout = 0.25
    simulator.faults.silent = True
    await clock.advance(31)
    with pytest.raises(DeviceError):
        await asyncio.wait_for(task, 10)


async def test_event_notifications_are_pushed_even_without_cov(simulator: Any, opener: Any) -> None:
    session, told = await opener(simulator.address), []
    await session.poll()
    task = asyncio.create_task(gather(session, told))
    await asyncio.sleep(0.02)
    notification = UnconfirmedEventNotificationRequest(
        destination=Address(f"127.0.0.1:{session._network.port}"),
        processIdentifier=1,
        initiatingDeviceIdentifier=("device", 1001),
        eventObjectIdentifier=("analog-input", 1),
        timeStamp=TimeStamp(sequenceNumber=1),
        notificationClass=1,
        priority=100,
        eventType="out-of-range",
        notifyType="alarm",
        ackRequired=False,
        fromState="normal",
        toState="high-limit",
        eventValues=NotificationParameters(
            outOfRange=NotificationParametersOutOfRange(
                exceedingValue=30.0, statusFlags=[1, 0, 0, 0], deadband=1.0, exceededLimit=25.0
            )
        ),
    )
    await simulator._application.request(notification)
    await until(lambda: told)
    (event,) = told[0].events
    assert (event.kind, event.detail["name"], event.detail["state"]) == ("bacnet.alarm", "AHU 1 SA-T", "high-limit")
    await session.close()
    await task
