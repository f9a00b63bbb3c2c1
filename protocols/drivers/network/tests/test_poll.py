"""Polls of a simulated switch: what comes out, what it costs, and that nothing that happens to counters makes a peak."""

from typing import Any

import pytest

from protocols.clock import ManualClock
from protocols.drivers.network.simulator import SimulatedSwitch, Wiring, simulate
from protocols.drivers.network.tests.conftest import Opener, values
from protocols.errors import DeviceError, OptionError

UPLINK = "13"


async def test_the_first_poll_says_what_it_is(switch: SimulatedSwitch, opener: Opener) -> None:
    reading = await (await opener(switch.address)).poll()
    assert reading.kind == "switch"
    assert reading.attributes == {
        "name": "sw-mdf",
        "vendor": "HPE",
        "model": "JL256A",
        "serial": "SG0073772D",
        "firmware": "WC.16.11.0012",
        "location": "MDF",
        "mac": "02:5c:00:73:77:2d",
        "description": "Aruba JL256A 2930F-48G-PoE+-4SFP+ Switch, revision WC.16.11.0012, ROM WC.16.01.0010",
    }
    states = values(reading, "network.interface.state")
    assert states == {str(n): 1.0 if n <= 9 or n == 13 else 0.0 for n in range(1, 17)}
    assert values(reading, "network.uplink.state") == {UPLINK: 1.0}
    assert values(reading, "network.temperature") == {"Inlet temperature": 41.5}
    assert values(reading, "network.uptime") == {None: 40 * 86400.0}
    assert values(reading, "network.interface.in.rate") == {}
    assert [point.name for point in reading.points] == [f"{UPLINK}: Uplink to sw-core"] * 4


async def test_the_second_poll_has_rates(switch: SimulatedSwitch, opener: Opener, clock: ManualClock) -> None:
    session = await opener(switch.address)
    await session.poll()
    await clock.advance(60)
    reading = await session.poll()
    assert values(reading, "network.interface.in.rate")[UPLINK] == pytest.approx(100e6)
    assert values(reading, "network.interface.out.rate")[UPLINK] == pytest.approx(40e6)
    assert values(reading, "network.interface.utilization")[UPLINK] == pytest.approx(1.0)
    assert values(reading, "network.interface.in.rate")["1"] == pytest.approx(320e3)
    assert values(reading, "network.interface.errors.rate") == {}
    assert reading.attributes == {}
    assert reading.neighbours == []


async def test_neighbours_are_told_with_the_slow_tables(
    switch: SimulatedSwitch, opener: Opener, clock: ManualClock
) -> None:
    session = await opener(switch.address)
    first = (await session.poll()).neighbours
    assert ("13", "lldp", "02:5c:00:00:c0:1e", "sw-core", "10.20.0.2") in [tuple(row) for row in first]
    assert ("4", "fdb", "02:5c:01:00:00:04", None, None) in [tuple(row) for row in first]
    await clock.advance(60)
    assert (await session.poll()).neighbours == []
    await clock.advance(240)
    assert (await session.poll()).neighbours == first


async def test_a_forty_eight_port_switch_costs_few_requests(opener: Opener, clock: ManualClock) -> None:
    async with simulate("127.0.0.1:0", clock, ports=48) as big:
        session = await opener(big.address)
        await session.poll()
        first = big.agent.requests.total()
        await clock.advance(60)
        reading = await session.poll()
        assert len(values(reading, "network.interface.in.rate")) == 37
        assert first <= 110
        assert big.agent.requests.total() - first <= 34


FAULTS = {
    "uplink-down": ("network.uplink.state", UPLINK, 0.0),
    "port-down": ("network.interface.state", "1", 0.0),
    "errors": ("network.interface.errors.rate", UPLINK, 40.0),
    "half-duplex": ("network.interface.duplex", UPLINK, 0.0),
    "busy": ("network.interface.utilization", UPLINK, 97.0),
    "poe-fault": ("network.poe.state", "6", 3.0),
    "poe-budget": ("network.poe.state", "1", 5.0),
    "hot": ("network.temperature", "Inlet temperature", 92.0),
    "fan": ("network.part.state", "Fan Sensor", 2.0),
    "loop": ("network.interface.broadcast.rate", "1", 60_000.0),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_shows_and_goes(switch: SimulatedSwitch, opener: Opener, clock: ManualClock, fault: str) -> None:
    metric, label, value = FAULTS[fault]
    session = await opener(switch.address, slow_every=30.0)
    await session.poll()
    await clock.advance(30)
    before = values(await session.poll(), metric).get(label)
    await switch.fault(fault)
    await clock.advance(30)
    assert values(await session.poll(), metric)[label] == pytest.approx(value, rel=1e-3)
    assert before != value
    await switch.heal()
    await clock.advance(330)  # a refusal of power is told for five minutes
    await session.poll()
    await clock.advance(30)
    healed = values(await session.poll(), metric)
    assert healed.get(label, 0.0) == pytest.approx(before or 0.0, abs=0.5)


async def test_the_poe_budget_and_the_power_of_a_port(
    switch: SimulatedSwitch, opener: Opener, clock: ManualClock
) -> None:
    session = await opener(switch.address)
    assert values(await session.poll(), "network.poe.power") == {"6": 6.5}
    await switch.fault("poe-budget")
    await clock.advance(60)
    assert values(await session.poll(), "network.poe.budget.used")["1"] == pytest.approx(98.9, abs=0.5)


async def test_a_restart_is_an_event_and_no_peak_though_interfaces_are_numbered_anew(
    switch: SimulatedSwitch, opener: Opener, clock: ManualClock
) -> None:
    session = await opener(switch.address)
    await session.poll()
    await clock.advance(60)
    await switch.fault("reboot")
    await clock.advance(30)
    reading = await session.poll()
    assert [(event.kind, event.detail["uptime"]) for event in reading.events] == [("network.restarted", 30.0)]
    assert values(reading, "network.interface.in.rate") == {}
    assert values(reading, "network.interface.state")[UPLINK] == 1.0
    await clock.advance(60)
    reading = await session.poll()
    assert values(reading, "network.interface.in.rate")[UPLINK] == pytest.approx(100e6)
    assert values(reading, "network.interface.flaps") == {}


async def test_32_bit_counters_wrap_without_a_peak(switch: SimulatedSwitch, opener: Opener, clock: ManualClock) -> None:
    await switch.fault("counter-wrap")
    session = await opener(switch.address)
    await session.poll()
    await clock.advance(20)
    reading = await session.poll()
    rates = values(reading, "network.interface.in.rate")
    assert rates["1"] == pytest.approx(320e3)
    assert switch.device.ports[0].counters["received"].now() > 2**32 - 1_000_000
    assert UPLINK not in rates  # 10 Gbit/s may wrap 32 bits twice within 20 s: nobody can know
    await clock.advance(20)
    assert values(await session.poll(), "network.interface.in.rate")["1"] == pytest.approx(320e3)


async def test_a_port_that_comes_and_goes_is_counted(
    switch: SimulatedSwitch, opener: Opener, clock: ManualClock
) -> None:
    session = await opener(switch.address)
    await session.poll()
    await switch.fault("flapping")
    for _ in range(6):
        await clock.advance(20)
        reading = await session.poll()
    assert values(reading, "network.interface.flaps")[UPLINK] >= 5


async def test_an_access_port_that_goes_down_is_no_uplink(
    switch: SimulatedSwitch, opener: Opener, clock: ManualClock
) -> None:
    session = await opener(switch.address)
    await session.poll()
    await switch.fault("port-down")
    await clock.advance(60)
    assert set(values(await session.poll(), "network.uplink.state")) == {UPLINK}


async def test_a_port_is_an_uplink_still_when_its_neighbour_is_gone(opener: Opener, clock: ManualClock) -> None:
    """Learnt from LLDP alone: no description says so."""
    async with simulate("127.0.0.1:0", clock, ports=12) as switch:
        for port in switch.device.ports:
            port.alias = ""
        session = await opener(switch.address)
        await session.poll()
        await switch.fault("uplink-down")
        for _ in range(10):
            await clock.advance(300)
            reading = await session.poll()
        assert values(reading, "network.uplink.state") == {UPLINK: 0.0}
        switch.device.ports[12].admin = False
        await clock.advance(60)
        assert values(await session.poll(), "network.uplink.state") == {UPLINK: 2.0}


async def test_a_firewall_tells_its_sessions(opener: Opener, clock: ManualClock) -> None:
    async with simulate("127.0.0.1:0", clock, model="fortigate", ports=8, wiring=Wiring()) as firewall:
        reading = await (await opener(firewall.address)).poll()
        assert reading.kind == "firewall"
        assert values(reading, "network.sessions") == {None: 8200.0}
        assert values(reading, "network.memory.utilization") == {None: 46.0}


async def test_a_silent_device_is_an_error_and_comes_back(
    switch: SimulatedSwitch, opener: Opener, clock: ManualClock
) -> None:
    session = await opener(switch.address, timeout=0.1)
    await session.poll()
    await switch.fault("silent")
    with pytest.raises(DeviceError, match=r"no answer within 0\.1 s"):
        await session.poll()
    await switch.heal()
    await clock.advance(600)
    assert values(await session.poll(), "network.interface.in.rate")[UPLINK] == pytest.approx(100e6)


async def test_interfaces_can_be_chosen(switch: SimulatedSwitch, opener: Opener) -> None:
    reading = await (await opener(switch.address, interfaces="none", more_interfaces=("*sw-core", "2"))).poll()
    assert set(values(reading, "network.interface.state")) == {"2", UPLINK}
    reading = await (await opener(switch.address, ignore_interfaces=("1*",))).poll()
    assert set(values(reading, "network.interface.state")) == set("23456789")


async def test_a_wrong_address_or_profile_is_told_at_open(opener: Opener) -> None:
    with pytest.raises(OptionError, match="write a host"):
        await opener("a switch")
    with pytest.raises(OptionError, match=r"profiles: .*cannot be read"):
        await opener("10.0.0.1", profiles=("/nowhere/acme.toml",))


async def test_tables_that_take_long_do_not_bend_the_rates(
    switch: SimulatedSwitch, opener: Opener, clock: ManualClock
) -> None:
    """Names and tables before and after the counters take half a minute at every second poll."""
    session = await opener(switch.address, inventory_every=120.0, slow_every=120.0)
    walk = session._client.walk

    async def slowly(columns: Any, most: int = 5000) -> Any:
        await clock.advance(1)
        return await walk(columns, most)

    session._client.walk = slowly
    await session.poll()
    for _ in range(4):
        await clock.advance(60)
        reading = await session.poll()
        assert values(reading, "network.interface.in.rate")[UPLINK] == pytest.approx(100e6)
        assert reading.events == []


async def test_tables_that_are_never_answered_do_not_make_the_device_unreachable(
    switch: SimulatedSwitch, opener: Opener, clock: ManualClock
) -> None:
    session = await opener(switch.address)
    walk, refused = session._client.walk, []

    async def stubborn(columns: Any, most: int = 5000) -> Any:
        if any(
            not column.startswith("1.3.6.1.2.1.2") and not column.startswith("1.3.6.1.2.1.31") for column in columns
        ):
            refused.append(columns)
            raise DeviceError("no answer")
        return await walk(columns, most)

    session._client.walk = stubborn
    assert values(await session.poll(), "network.interface.state")[UPLINK] == 1.0
    assert len(refused) == 3
    await switch.fault("silent")
    with pytest.raises(DeviceError):
        await session.poll()


async def test_neighbours_that_were_not_read_to_the_end_are_not_told_and_come_first_next_time(
    switch: SimulatedSwitch, opener: Opener, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is told are all neighbours: half of them would look as if the others were gone."""
    session = await opener(switch.address)
    read = session._neighbours

    async def hangs(memory: Any, columns: Any) -> None:
        await read(memory, columns)
        raise TimeoutError

    monkeypatch.setattr(session, "_neighbours", hangs)
    reading = await session.poll()
    assert reading.neighbours == []
    assert values(reading, "network.temperature") == {"Inlet temperature": 41.5}
    monkeypatch.setattr(session, "_neighbours", read)
    await clock.advance(300)
    monkeypatch.setattr(session, "_sensors", hangs)
    assert len((await session.poll()).neighbours) > 3


async def test_after_a_restart_it_is_asked_anew_what_it_is(
    switch: SimulatedSwitch, opener: Opener, clock: ManualClock
) -> None:
    """Though it numbers its interfaces as before, and does not say that their table changed."""
    session = await opener(switch.address)
    await session.poll()
    await clock.advance(60)
    switch.device.restart()
    await clock.advance(30)
    assert [event.kind for event in (await session.poll()).events] == ["network.restarted"]
    await clock.advance(60)
    assert (await session.poll()).attributes["firmware"] == "WC.16.11.0012"
    await clock.advance(60)
    assert (await session.poll()).attributes == {}


async def test_interfaces_that_come_and_go_all_the_time_are_not_named_at_each_poll(
    switch: SimulatedSwitch, opener: Opener, clock: ManualClock
) -> None:
    session = await opener(switch.address)
    scalars, turn = session._client.scalars, iter(range(1000))

    async def restless(wanted: Any) -> Any:
        return {**await scalars(wanted), "1.3.6.1.2.1.31.1.5": {"0": next(turn)}}

    session._client.scalars = restless
    named = []
    for _ in range(11):
        named.append(bool((await session.poll()).attributes))
        await clock.advance(60)
    assert [index for index, each in enumerate(named) if each] == [0, 5, 10]
