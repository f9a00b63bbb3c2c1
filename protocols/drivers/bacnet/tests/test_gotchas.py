"""Each way in which controllers, the network and the library misbehave, met over a real socket."""

import asyncio
import dataclasses
import socket
from typing import Any

import pytest

from protocols.driver import Reading, Target
from protocols.drivers.bacnet import DRIVER
from protocols.drivers.bacnet.network import Local, acquire, bind_socket, release
from protocols.drivers.bacnet.options import Options
from protocols.errors import DeviceError, OptionError
from protocols.options import read_options


def count(reading: Any) -> int:
    return sum(sample.metric == "bacnet.value" for sample in reading.samples)


@pytest.mark.parametrize("with_errors", [False, True])
async def test_no_read_property_multiple_falls_back_and_remembers(
    simulator: Any, opener: Any, with_errors: bool
) -> None:
    simulator.faults.no_multiple, simulator.faults.with_errors = True, with_errors
    session = await opener(simulator.address)
    assert count(await session.poll()) == 24
    before = simulator.requests
    assert count(await session.poll()) == 24
    assert simulator.requests - before == 6 + 24 * 4 + 1  # never tried together again


@pytest.mark.parametrize(("most", "with_errors"), [(1, False), (5, False), (5, True)])
async def test_segmentation_not_supported_asks_for_less_and_remembers(
    simulator: Any, opener: Any, most: int, with_errors: bool
) -> None:
    simulator.faults.most_objects, simulator.faults.with_errors = most, with_errors
    session = await opener(simulator.address)
    assert count(await session.poll()) == 24
    before = simulator.requests
    assert count(await session.poll()) == 24
    taken = simulator.requests - before
    assert taken <= 2 + 24 * (2 if most == 1 else 1)


async def test_dropped_requests_that_are_too_long(simulator: Any, opener: Any) -> None:
    simulator.faults.swallow_objects = 12
    session = await opener(simulator.address, timeout=0.5)
    assert count(await session.poll()) == 24


async def test_an_object_list_too_long_for_one_answer_is_read_by_index(simulator: Any, opener: Any) -> None:
    """Some devices stay silent instead of saying that it does not fit."""
    simulator.faults.swallow_list = True
    assert count(await (await opener(simulator.address, timeout=0.5)).poll()) == 24


async def test_one_lost_answer_does_not_make_the_device_small(simulator: Any, opener: Any) -> None:
    session = await opener(simulator.address)
    await session.poll()
    session._client.timeout = 0.5
    before = dataclasses.replace(session._client.limits)
    simulator.faults.swallow_objects = 12
    poll = asyncio.create_task(session.poll())
    async with asyncio.timeout(10):
        while not simulator.unanswered:
            await asyncio.sleep(0.01)
    simulator.faults.swallow_objects = None
    assert count(await poll) == 24
    assert session._client.limits == before


async def test_a_dead_device_fails_in_bounded_time(simulator: Any, opener: Any) -> None:
    simulator.faults.silent = True
    session = await opener(simulator.address, timeout=0.2, retries=1)
    with pytest.raises(DeviceError, match=r"no answer .* within 0\.2 s \(2 attempts\)"):
        async with asyncio.timeout(10):  # the library's own limits would be 12 s
            await session.poll()
    assert simulator.unanswered == 2
    simulator.faults.silent = False
    session._client.timeout = 2.0
    assert count(await session.poll()) == 24


async def test_nobody_at_the_address(opener: Any) -> None:
    with bind_socket("127.0.0.1:0") as nobody, pytest.raises(DeviceError, match=r"\(1 attempt\); is it on"):
        await (await opener(f"127.0.0.1:{nobody.getsockname()[1]}", timeout=0.2)).poll()


async def test_a_device_that_dies_later_costs_two_silences_at_most(simulator: Any, opener: Any) -> None:
    session = await opener(simulator.address)
    await session.poll()
    session._client.timeout = 0.25
    simulator.faults.silent = True
    loop = asyncio.get_running_loop()
    start = loop.time()
    with pytest.raises(DeviceError):
        await session.poll()
    assert loop.time() - start < 3


async def test_garbage_is_no_answer(simulator: Any, opener: Any) -> None:
    simulator.faults.garbage = True
    session = await opener(simulator.address, timeout=0.25)
    with pytest.raises(DeviceError, match="makes sense"):
        await session.poll()
    simulator.faults.garbage = False
    session._client.timeout = 2.0
    assert count(await session.poll()) == 24


async def test_garbage_from_anybody_harms_nobody(simulator: Any, opener: Any) -> None:
    session = await opener(simulator.address)
    await session.poll()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for junk in (
            b"",
            b"\x81",
            b"\x81\x0a\x00\x05\x01",
            b"\x81\x0a\x00\x0c\x01\x00\x30\x01\x0e\x0c\xff\xff",
            bytes(1400),
        ):
            stranger.sendto(junk, ("127.0.0.1", session._network.port))
    assert count(await session.poll()) == 24


async def test_another_objects_value_is_not_taken(simulator: Any, opener: Any) -> None:
    simulator.faults.stale = True
    simulator.faults.no_multiple = True
    with pytest.raises(DeviceError, match=r"object 0,4000 .*not asked for"):
        await (await opener(simulator.address, instance=1001)).poll()


async def test_a_slow_device_is_waited_for(simulator: Any, opener: Any) -> None:
    simulator.faults.delay = 0.03
    assert count(await (await opener(simulator.address)).poll()) == 24


async def test_a_device_too_slow_for_one_poll_is_read_in_turns(simulator: Any, opener: Any) -> None:
    simulator.faults.most_objects = 5
    session = await opener(simulator.address, alarms=False)
    assert count(await session.poll()) == 24
    simulator.faults.delay = 0.03
    session.options = Options(patience=0.05, alarms=False)
    told: list[str] = []
    polls = 0
    while len(set(told)) < 24:
        polls += 1
        reading = await session.poll()
        assert 0 < count(reading) < 24
        told += [sample.label for sample in reading.samples if sample.metric == "bacnet.value"]
    assert len(told) <= 24 + polls  # round and round; at most the object where a poll stopped comes twice


async def test_a_large_device_is_listed_over_several_polls(simulator: Any, opener: Any) -> None:
    simulator.faults.no_multiple = True
    session = await opener(simulator.address, patience=0.01)
    assert (await session.poll()) == Reading()
    async with asyncio.timeout(5):
        while not (reading := await session.poll()).points:
            assert not reading.samples
    assert reading.attributes["name"] == "AHU 1"


async def test_closing_while_a_device_is_listed(simulator: Any, opener: Any) -> None:
    simulator.faults.delay = 0.1
    session = await opener(simulator.address, patience=0.01)
    await session.poll()
    await session.close()


async def test_no_event_information(simulator: Any, opener: Any) -> None:
    simulator.faults.no_events = True
    session = await opener(simulator.address)
    reading = await session.poll()
    assert "bacnet.alarms" not in {sample.metric for sample in reading.samples}
    before = simulator.requests
    await session.poll()
    assert simulator.requests - before == 2


async def test_a_port_in_use_is_said(opener: Any) -> None:
    with bind_socket("127.0.0.1:0") as taken:
        port = taken.getsockname()[1]
        session = await opener("127.0.0.1:9", local_address="127.0.0.1", local_port=port)
        with pytest.raises(DeviceError, match=f"cannot use UDP port {port} of 127.0.0.1: Address already in use"):
            await session.poll()


async def test_any_loopback_address_on_the_own_port_is_self(opener: Any) -> None:
    with bind_socket("127.0.0.1:0") as free:
        port = free.getsockname()[1]
    session = await opener(f"127.0.0.9:{port}", local_address="127.0.0.1", local_port=port)
    with pytest.raises(DeviceError, match="own port") as caught:
        await session.poll()
    assert caught.value.permanent


@pytest.mark.parametrize(
    "address", ["", "ahu-1", "10.1.2", "10.1.2.3:x", "2:*", "*:*", "2:5@ahu", "10.1.2.3/24", "10.1.2.3:99999"]
)
async def test_addresses_that_are_none(address: str, clock: Any) -> None:
    with pytest.raises(DeviceError, match="address") as caught:
        await DRIVER.open(Target("x", address), Options(), clock)
    assert caught.value.permanent


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"instance": 4_194_303}, "instance"),
        ({"timeout": 12}, "timeout"),
        ({"retrys": 1}, "did you mean 'retries'"),
        ({"bbmd": "nowhere"}, "nowhere"),
        ({"local_address": "eth0"}, "eth0"),
        ({"ede": "/nowhere.csv"}, "No such file"),
    ],
)
async def test_wrong_options_stop_before_anything_is_sent(options: dict[str, Any], said: str, clock: Any) -> None:
    with pytest.raises(OptionError, match=said):
        await DRIVER.open(Target("x", "10.1.2.3"), read_options(options, Options, "agent.toml"), clock)


async def test_routed_device_is_asked_through_its_router(opener: Any) -> None:
    """The request leaves to the router with network 2 and station 5 as its destination (135-2020 6.2.2)."""
    loop = asyncio.get_running_loop()
    with bind_socket("127.0.0.1:0") as router:
        session = await opener(f"2:5@127.0.0.1:{router.getsockname()[1]}", timeout=0.2)
        poll = asyncio.create_task(session.poll())
        packet = await asyncio.wait_for(loop.sock_recv(router, 1500), 1)
        with pytest.raises(DeviceError):
            await poll
    assert packet[4:6] == b"\x01\x24"  # version 1; a destination follows, a reply is expected
    assert packet[6:10] == b"\x00\x02\x01\x05"


async def test_foreign_device_registers_at_the_bbmd_and_leaves(opener: Any) -> None:
    loop = asyncio.get_running_loop()
    with bind_socket("127.0.0.1:0") as bbmd:
        network = await acquire(Local(bbmd=f"127.0.0.1:{bbmd.getsockname()[1]}"))
        packet, agent = await asyncio.wait_for(loop.sock_recvfrom(bbmd, 1500), 1)
        assert packet == b"\x81\x05\x00\x06\x01\x2c"  # Register-Foreign-Device for 300 s (135-2020 J.2.6)
        await loop.sock_sendto(bbmd, b"\x81\x00\x00\x06\x00\x00", agent)
        await asyncio.sleep(0.02)
        await release(network)
