"""A server that is not ours: rusty-bacnet."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import rusty_bacnet as peer

from protocols.clock import ManualClock, SystemClock
from protocols.driver import Found, Target
from protocols.drivers.bacnet import DRIVER
from protocols.drivers.bacnet.backfill import SETTLED
from protocols.drivers.bacnet.discover import PATIENCE, discover
from protocols.drivers.bacnet.options import Options

OBJECTS = 40


@pytest.fixture
async def server() -> AsyncIterator[Any]:
    """A device with forty inputs, an output, and states."""
    made = peer.BACnetServer(
        device_instance=1234, device_name="Rusty", interface="127.0.0.1", port=0, broadcast_address="127.0.0.1"
    )
    for number in range(1, OBJECTS + 1):
        made.add_analog_input(number, f"Zone {number} Temp", units=62, present_value=20 + number / 10)
        made.add_analog_value(number, f"Zone {number} Setpoint", units=62)
    made.add_analog_output(1, "Valve", units=98)
    made.add_binary_input(1, "Fan")
    made.add_multistate_value(1, "Mode", 4)
    made.add_access_door(1, "Front door")
    await made.start()
    yield made
    await made.stop()


async def test_poll(server: Any, opener: Any) -> None:
    session = await opener(await server.local_address())
    reading = await session.poll()
    told = {sample.label: sample for sample in reading.samples if sample.metric == "bacnet.value"}
    assert len(told) == 2 * OBJECTS + 3
    assert told["analog-input,7"][2:4] == (20.7, "Cel")
    assert told["analog-output,1"].unit == "%"
    assert reading.attributes["vendor"] == "Rusty BACnet"
    priorities = {s.label: s.value for s in reading.samples if s.metric == "bacnet.override.priority"}
    assert priorities["analog-output,1"] == 0.0
    deviations = {s.label: s.value for s in reading.samples if s.metric == "bacnet.setpoint.deviation"}
    assert deviations["Zone 7"] == pytest.approx(20.7)
    assert session._client.limits.multiple


async def test_override_is_seen(server: Any, opener: Any) -> None:
    await server.write_property_local(
        peer.ObjectIdentifier(peer.ObjectType.ANALOG_OUTPUT, 1),
        peer.PropertyIdentifier.PRESENT_VALUE,
        peer.PropertyValue.real(75.0),
        priority=8,
        source_object=peer.ObjectIdentifier(peer.ObjectType.DEVICE, 1234),
    )
    reading = await (await opener(await server.local_address())).poll()
    samples = {(s.metric, s.label): s.value for s in reading.samples}
    assert samples["bacnet.override.priority", "analog-output,1"] == 8.0
    assert samples["bacnet.value", "analog-output,1"] == 75.0


async def test_changes_are_pushed(server: Any, opener: Any) -> None:
    session = await opener(await server.local_address(), cov=True, include=["analog-input,*"])
    await session.poll()
    seen: dict[str | None, float] = {}

    async def gather() -> None:
        async for reading in session.push():
            seen.update({s.label: s.value for s in reading.samples if s.metric == "bacnet.value"})

    task = asyncio.create_task(gather())
    async with asyncio.timeout(10):
        while len(seen) < OBJECTS:
            await asyncio.sleep(0.01)
        item = peer.ObjectIdentifier(peer.ObjectType.ANALOG_INPUT, 3)
        await server.set_present_value_local(item, peer.PropertyValue.real(30.5))
        while seen["analog-input,3"] != 30.5:
            await asyncio.sleep(0.01)
    await session.close()
    await task
    assert (await server.cov_counters())["subscriptions_cancelled"] == OBJECTS


async def test_an_outage_is_filled_from_trend_logs() -> None:
    """Changes are logged by the device itself; an agent that was down for an hour reads them from there."""
    made = peer.BACnetServer(
        device_instance=1234, device_name="Rusty", interface="127.0.0.1", port=0, broadcast_address="127.0.0.1"
    )
    made.add_analog_input(1, "Zone Temp", units=62, present_value=20.0)
    item = peer.ObjectIdentifier(peer.ObjectType.ANALOG_INPUT, 1)
    value, log = peer.PropertyIdentifier.PRESENT_VALUE, peer.ObjectIdentifier(peer.ObjectType.TREND_LOG, 1)
    made.add_trend_log(1, "Trend", 3, reference=(item, value), logging_type="cov", client_cov_increment=0.1)
    made.add_trend_log(2, "Never", 3, reference=(item, peer.PropertyIdentifier.RELIABILITY), logging_type="cov")
    await made.start()
    now = SystemClock().now_ms()
    session = await DRIVER.open(Target("ahu", await made.local_address(), now - 3_600_000), Options(), SystemClock())
    try:
        async with asyncio.timeout(10):
            for logged in range(1, 6):  # the buffer holds three: the oldest are overwritten
                count = (await made.read_property(log, peer.PropertyIdentifier.TOTAL_RECORD_COUNT)).value
                await made.set_present_value_local(item, peer.PropertyValue.real(20.0 + logged))
                while (await made.read_property(log, peer.PropertyIdentifier.TOTAL_RECORD_COUNT)).value == count:
                    await asyncio.sleep(0.02)
        assert not [s for _ in range(SETTLED) for s in (await session.poll()).samples if s.time is not None]
        await asyncio.wait_for(session._backfill._reading, 10)
        told = sorted((s.time, s.value) for s in (await session.poll()).samples if s.time is not None)
        assert [v for _, v in told] == [23.0, 24.0, 25.0]
        assert now - 1000 <= told[0][0] < told[-1][0] <= SystemClock().now_ms()
    finally:
        await session.close()
        await made.stop()


async def found_at(network: str, clock: ManualClock) -> list[Found]:
    """Discover while the manual clock runs fast."""

    async def gather() -> list[Found]:
        return [found async for found in discover(network, clock)]

    task = asyncio.create_task(gather())
    while not task.done():
        await asyncio.sleep(0.05)
        await clock.advance(PATIENCE)
    return await task


async def test_discovery_by_a_directed_who_is(server: Any, clock: ManualClock) -> None:
    address = await server.local_address()
    (found,) = await found_at(f"{address}#1000-2000", clock)
    assert (found.address, found.name, found.options["instance"]) == (address, "Rusty", 1234)
    assert found.attributes["vendor"] == "Rusty BACnet"


async def test_discovery_through_a_bbmd(clock: ManualClock) -> None:
    bbmd = peer.BACnetServer(
        device_instance=77,
        device_name="Other subnet",
        interface="127.0.0.1",
        port=0,
        broadcast_address="127.0.0.1",
        bbmd=peer.Bbmd(accept_foreign_devices=True, alone_on_subnet=True),
    )
    await bbmd.start()
    try:
        (found,) = await found_at(f"bbmd {await bbmd.local_address()}#0-100", clock)
    finally:
        await bbmd.stop()
    assert (found.name, found.options["instance"]) == ("Other subnet", 77)
