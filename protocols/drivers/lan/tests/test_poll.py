"""Polls against the simulated network: what each fault looks like, and what is remembered."""

import asyncio
from typing import Any

import pytest

from protocols.clock import ManualClock
from protocols.drivers.lan.simulator import FAULTS, Simulator, advertisement
from protocols.drivers.lan.tests.conftest import Watcher
from protocols.errors import DeviceError, OptionError


async def test_a_quiet_network(watcher: Watcher) -> None:
    said = await watcher.look()
    assert (said["lan.device.count"], said["lan.device.new"], said["lan.address.duplicate"]) == (25, 0, 0)
    assert (
        said["lan.dhcp.servers"],
        said["lan.dhcp.rogue"],
        said["lan.router.advertisers"],
        said["lan.router.rogue"],
    ) == (1, 0, 1, 0)
    assert (said["lan.dns.state"], said["lan.broadcast.share"] > 50, said["lan.broadcast.rate"] < 100) == (
        1,
        True,
        True,
    )
    assert watcher.events == []


EXPECTED = {
    "rogue-dhcp": ("lan.dhcp.rogue", 1.0, "lan.dhcp.rogue"),
    "dhcp-down": ("lan.dhcp.servers", 0.0, None),
    "duplicate-address": ("lan.address.duplicate", 1.0, "lan.address.duplicate"),
    "new-devices": ("lan.device.new", 12.0, "lan.device.new"),
    "rogue-router": ("lan.router.rogue", 1.0, "lan.router.rogue"),
}


@pytest.mark.parametrize("fault", sorted(EXPECTED))
async def test_a_fault_is_seen_and_told_once(watcher: Watcher, fault: str) -> None:
    metric, value, event = EXPECTED[fault]
    before = (await watcher.look(60))[metric]
    await watcher.simulator.fault(fault)
    assert (await watcher.look(60))[metric] == value != before
    assert (await watcher.look(60))[metric] == value
    told = [each.kind for each in watcher.events if each.kind != "lan.device.new" or event == "lan.device.new"]
    assert told == ([event] if event else [])


def test_every_fault_is_tested() -> None:
    assert set(FAULTS) == {*EXPECTED, "storm", "dns-down", "unreachable"}


async def test_a_lost_dhcp_question_is_asked_again_soon(simulator: Simulator, opener: Any, clock: ManualClock) -> None:
    options = {**simulator.options, "dhcp_every": 3600.0, "dns": False}
    watching = Watcher(await opener(simulator.address, **options), simulator, clock)
    await simulator.fault("dhcp-down")
    assert (await watching.poll())["lan.dhcp.servers"] == 0
    await simulator.heal()
    assert (await watching.look(60))["lan.dhcp.servers"] == 1
    asked = len(simulator.network.sent)
    await watching.look(60)
    assert len(simulator.network.sent) == asked


async def test_a_poll_that_is_cancelled_loses_no_event(watcher: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    began, free = asyncio.Event(), asyncio.Event()
    to_thread = asyncio.to_thread

    async def slow(*asked: Any) -> Any:
        began.set()
        await free.wait()
        return await to_thread(*asked)

    await watcher.simulator.fault("new-devices")
    await watcher.clock.advance(10)
    await watcher.settle()
    monkeypatch.setattr("protocols.drivers.lan.readings.asyncio.to_thread", slow)
    task = asyncio.create_task(watcher.session.poll())
    await began.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    free.set()
    await watcher.poll()
    assert [(event.kind, event.detail["count"]) for event in watcher.events] == [("lan.device.new", 12)]


async def test_a_flood_of_routers_is_told_in_few_events(watcher: Watcher) -> None:
    for host in range(0x100, 0x180):
        watcher.session._heard(advertisement(bytes.fromhex("14cc20000bad"), host, 1800))
    assert (await watcher.poll())["lan.router.rogue"] == 128
    await watcher.poll()
    assert [event.kind for event in watcher.events] == ["lan.device.new", *["lan.router.rogue"] * 5]


async def test_a_burst_of_new_devices_is_one_event_that_counts_and_names_makers(watcher: Watcher) -> None:
    await watcher.simulator.fault("new-devices")
    await watcher.look()
    (event,) = watcher.events
    assert event.detail["count"] == 12
    assert event.detail["makers"]
    await watcher.simulator.heal()
    watcher.clock.step(86_500_000)
    assert (await watcher.look())["lan.device.new"] == 0


async def test_what_is_known_outlives_the_session(
    watcher: Watcher, opener: Any, simulator: Simulator, clock: ManualClock
) -> None:
    await watcher.simulator.fault("new-devices")
    await watcher.look()
    await watcher.session.close()
    again = Watcher(await opener(simulator.address, **simulator.options), simulator, clock)
    assert (await again.look())["lan.device.new"] == 12
    assert again.events == []


async def test_a_storm_is_counted_and_costs_a_bounded_look(watcher: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = 0
    heard = watcher.session._heard

    def count(frame: bytes) -> None:
        nonlocal looked
        looked += 1
        heard(frame)

    watcher.session._heard = count
    monkeypatch.setattr("protocols.drivers.lan.datagram.MOST_FRAMES", 50)
    await watcher.simulator.fault("storm")
    await watcher.poll()
    looked = 0
    said = await watcher.look(30)
    assert 0 < looked <= 2 * 50
    assert said["lan.broadcast.rate"] == pytest.approx(2000, rel=0.5)
    assert said["lan.arp.rate"] == pytest.approx(2000, rel=0.5)


async def test_a_name_server_that_is_silent(watcher: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("protocols.drivers.lan.dns.PATIENCE", 0.1)
    await watcher.simulator.fault("dns-down")
    assert (await watcher.poll())["lan.dns.state"] == 0
    await watcher.simulator.heal()
    assert (await watcher.poll())["lan.dns.state"] == 1


async def test_a_network_that_is_gone_is_an_error(watcher: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("protocols.drivers.lan.datagram.PATIENCE", 0.1)
    await watcher.simulator.fault("unreachable")
    with pytest.raises(DeviceError, match="sends no frames"):
        await watcher.session.poll()
    await watcher.simulator.heal()
    await watcher.poll()


async def test_servers_and_routers_that_are_named_are_expected_and_no_other(
    simulator: Simulator, opener: Any, clock: ManualClock
) -> None:
    options = {**simulator.options, "dhcp_servers": ["14:CC:20:00:0B:AD"], "routers": ["fe80::bad"]}
    watching = Watcher(await opener(simulator.address, **options), simulator, clock)
    await simulator.fault("rogue-dhcp")
    await simulator.fault("rogue-router")
    said = await watching.look()
    assert (said["lan.dhcp.servers"], said["lan.dhcp.rogue"]) == (2, 1)
    assert (said["lan.router.advertisers"], said["lan.router.rogue"]) == (2, 1)
    told = {(each.kind, each.detail["address"]) for each in watching.events}
    assert told == {("lan.dhcp.rogue", "10.20.0.2"), ("lan.router.rogue", "fe80::1")}


async def test_with_the_defaults_nothing_is_opened(simulator: Simulator, opener: Any) -> None:
    session = await opener(simulator.address, dns=False)
    assert [sample.metric for sample in (await session.poll()).samples] == [
        "lan.device.count", "lan.device.random", "lan.device.new", "lan.address.duplicate",
    ]  # fmt: skip
    assert simulator.network._listeners == {}


async def test_wrong_addresses_are_refused_at_open(opener: Any) -> None:
    for address in ("", "eth0/1", "a name", "much-too-long-for-linux"):
        with pytest.raises(OptionError, match="auto or an interface's name"):
            await opener(address)


async def test_an_interface_that_is_missing_or_down_is_said(opener: Any) -> None:
    with pytest.raises(DeviceError, match="no interface 'eth99'; this machine has"):
        await (await opener("eth99", dns=False)).poll()
