"""Polls against simulated meters: every map, every fault, and what the session remembers."""

import asyncio
from typing import Any

import pytest

from protocols.clock import ManualClock
from protocols.driver import Reading, Sample
from protocols.drivers.meter.register_map import names
from protocols.drivers.meter.session import SELDOM
from protocols.drivers.meter.simulator import FAULTS, Simulator, simulate
from protocols.drivers.meter.simulator.figures import energy
from protocols.drivers.meter.watching import Phases
from protocols.errors import DeviceError, OptionError


def values(reading: Reading) -> dict[tuple[str, str | None], float]:
    return {(sample.metric, sample.label): sample.value for sample in reading.samples}


@pytest.mark.parametrize("name", names())
async def test_every_map_reads_what_its_simulated_meter_measures(clock: ManualClock, opener: Any, name: str) -> None:
    async with simulate("127.0.0.1:0", clock, name) as simulator:
        session = await opener(simulator.address, **simulator.options)
        said = values(await session.poll())
        await clock.advance(3600)
        later = values(await session.poll())
    assert said["meter.voltage", "L1"] == pytest.approx(277, abs=1)
    assert said["meter.frequency", None] == pytest.approx(60, abs=0.1)
    assert 9_000 < said["meter.power", "total"] < 45_000
    assert said["meter.energy", "import"] == pytest.approx(128_400, rel=1e-6)
    grown = energy(clock.now_ms() - 3_600_000, clock.now_ms(), 45_000)
    assert later["meter.energy", "import"] - said["meter.energy", "import"] == pytest.approx(grown, abs=0.2)


async def test_requests_are_few_and_only_what_is_needed_after_the_first(simulator: Simulator, opener: Any) -> None:
    session = await opener(simulator.address, **simulator.options)
    await session.poll()
    assert simulator.meter.functions == [(4, 0, 76), (4, 342, 2)]


async def test_sunspec_is_walked_once_and_then_read_in_one_request(clock: ManualClock, opener: Any) -> None:
    async with simulate("127.0.0.1:0", clock) as simulator:
        session = await opener(simulator.address)
        first = await session.poll()
        simulator.meter.functions.clear()
        second = await session.poll()
        assert len(simulator.meter.functions) == 1
        assert (first.attributes["vendor"], first.attributes["serial"]) == ("First Bell", "FBM000203")
        assert second.attributes == {}
        for _ in range(2, SELDOM):
            await session.poll()
        assert (await session.poll()).attributes["serial"] == "FBM000203"


async def test_a_phase_that_is_lost_is_missing_and_one_that_never_was_is_not(clock: ManualClock, opener: Any) -> None:
    async with simulate("127.0.0.1:0", clock, "eastron-sdm630") as simulator:
        await simulator.fault("phase-lost")
        session = await opener(simulator.address, **simulator.options)
        assert ("meter.phase", "L2") not in values(await session.poll())
        await simulator.heal()
        assert values(await session.poll())["meter.phase", "L2"] == 1
        await simulator.fault("phase-lost")
        assert values(await session.poll())["meter.phase", "L2"] == 0
        await simulator.fault("not-available")
        assert values(await session.poll())["meter.phase", "L2"] == 255


def test_a_supply_that_is_switched_off_misses_no_phase() -> None:
    """A panel that is off in summer; and a meter of one phase."""

    def look(phases: Phases, *volts: float) -> list[float]:
        told = [Sample("meter.voltage", f"L{number}", value) for number, value in enumerate(volts, 1)]
        return [sample.value for sample in phases.look(told)]

    three, one = Phases(), Phases()
    assert look(three, 277, 277, 277) == [1, 1, 1]
    assert look(three, 277, 0, 277) == [1, 0, 1]
    assert look(three, 0, 0, 0) == [2, 2, 2]
    assert look(three, 277, 277, 0) == [1, 1, 0]
    assert (look(one, 230), look(one, 0)) == ([1], [2])


async def test_a_counter_that_reads_0_once_is_no_spike(simulator: Simulator, opener: Any) -> None:
    session = await opener(simulator.address, **simulator.options)
    before = values(await session.poll())["meter.energy", "import"]
    await simulator.fault("glitch")
    assert ("meter.energy", "import") not in values(await session.poll())
    assert values(await session.poll())["meter.energy", "import"] == before


async def test_a_rollover_is_told_when_it_stays(simulator: Simulator, opener: Any, clock: ManualClock) -> None:
    session = await opener(simulator.address, **simulator.options)
    await session.poll()
    await simulator.fault("rollover")
    assert ("meter.energy", "import") not in values(await session.poll())
    await clock.advance(60)
    after = values(await session.poll())["meter.energy", "import"]
    assert 0 < after < 1000
    assert values(await session.poll())["meter.energy", "import"] == after


async def test_what_is_refused_is_left_out_and_the_rest_read(simulator: Simulator, opener: Any) -> None:
    await simulator.fault("register-refused")
    session = await opener(simulator.address, **simulator.options)
    said = values(await session.poll())
    assert ("meter.frequency", None) not in said
    assert said["meter.energy", "import"] > 0
    assert len(said) == 22
    simulator.meter.functions.clear()
    assert set(values(await session.poll())) == set(said)
    refused = [start for _, start, count in simulator.meter.functions if start <= 0x46 < start + count]
    assert refused == []
    await simulator.heal()
    for _ in range(2, SELDOM + 1):
        reading = await session.poll()
    assert ("meter.frequency", None) in values(reading)


async def test_a_meter_that_gives_little_at_a_time_is_read_in_small_requests(simulator: Simulator, opener: Any) -> None:
    session = await opener(simulator.address, **simulator.options)
    whole = set(values(await session.poll()))
    await simulator.fault("small-requests")
    assert set(values(await session.poll())) == whole
    simulator.meter.functions.clear()
    await session.poll()
    assert max(count for _, _, count in simulator.meter.functions) <= 10


EXPECTED = {
    "unreachable": "cannot be reached",
    "no-answer": "no complete answer within",
    "gateway": "gateway that gets no answer from unit 7",
    "busy": "busy with another controller",
    "another-unit": "the answer to another request",
    "garbage": "does not speak Modbus TCP",
}


@pytest.mark.parametrize("fault", sorted(EXPECTED))
async def test_a_fault_is_one_clear_error_and_heals(simulator: Simulator, opener: Any, fault: str) -> None:
    session = await opener(simulator.address, **{**simulator.options, "timeout": 0.5})
    await session.poll()
    await simulator.fault(fault)
    with pytest.raises(DeviceError, match=EXPECTED[fault]):
        await session.poll()
    await simulator.heal()
    await session.poll()


def test_every_fault_is_tested() -> None:
    here = {"phase-lost", "glitch", "rollover", "register-refused", "small-requests", "not-available"}
    assert set(FAULTS) == here | set(EXPECTED)


async def test_what_is_not_available_is_no_value(clock: ManualClock, opener: Any) -> None:
    for name in names():
        async with simulate("127.0.0.1:0", clock, name) as simulator:
            await simulator.fault("not-available")
            said = values(await (await opener(simulator.address, **simulator.options)).poll())
            assert {key: value for key, value in said.items() if value} == {}, name


async def test_a_map_of_another_meter_is_said(simulator: Simulator, opener: Any) -> None:
    with pytest.raises(DeviceError, match="does not know function 3: this map is of another meter"):
        await (await opener(simulator.address, map="abb-b-series", unit=7)).poll()
    with pytest.raises(DeviceError, match="refuses every register of the map"):
        await (await opener(simulator.address, map="shelly-pro-3em", unit=7)).poll()


async def test_meters_behind_one_gateway_wait_for_each_other(simulator: Simulator, opener: Any) -> None:
    sessions = [await opener(simulator.address, **simulator.options) for _ in range(4)]
    most = 0

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, len(simulator._open))
            await asyncio.sleep(0)

    watching = asyncio.create_task(watch())
    readings = await asyncio.gather(*(session.poll() for session in sessions))
    watching.cancel()
    assert len(readings) == 4
    assert most < 4  # those before may still be closing


async def test_wrong_options_are_refused_at_open(opener: Any) -> None:
    with pytest.raises(OptionError, match="map = 'none'"):
        await opener("10.1.2.3", map="none")
    with pytest.raises(OptionError, match="address"):
        await opener("http://10.1.2.3")
