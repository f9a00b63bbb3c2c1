"""After an outage: what the device's trend logs recorded meanwhile, once, and at its own times."""

import asyncio
import itertools
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from bacpypes3.basetypes import DeviceObjectPropertyReference

from protocols.driver import Sample, Target
from protocols.drivers.bacnet import DRIVER
from protocols.drivers.bacnet.backfill import SETTLED, TRIES
from protocols.drivers.bacnet.options import Options
from protocols.drivers.bacnet.simulator.air_handler import air, zone
from protocols.drivers.bacnet.simulator.trend_log import BUFFER, INTERVAL_MS, Entry
from protocols.errors import DeviceError

HOUR = 3_600_000
SUPPLY = "analog-input,1"


async def outage(session: Any, simulator: Any, clock: Any, milliseconds: int) -> tuple[int, int]:
    """The device is polled, cannot be reached for a while, and is back: when it was last heard and when again (ms)."""
    await session.poll()
    before = clock.now_ms()
    session._client.timeout = 0.1
    simulator.faults.silent = True
    with pytest.raises(DeviceError):
        await session.poll()
    simulator.faults.silent = False
    session._client.timeout = 2.0
    clock.step(milliseconds)
    return before, clock.now_ms()


async def settle(session: Any, polls: int = SETTLED + 1) -> list[Sample]:
    """So many polls, each after what was begun has ended; the samples that are of another time than their poll's."""
    told: list[Sample] = []
    for _ in range(polls):
        told += [sample for sample in (await session.poll()).samples if sample.time is not None]
        if session._backfill._reading is not None:
            await asyncio.wait((session._backfill._reading,), timeout=10)
    return told


def times(told: list[Sample], label: str = SUPPLY) -> list[int]:
    return sorted(sample.time for sample in told if sample.label == label)


def moments(after: int, before: int) -> list[int]:
    """When a log records between two moments (ms)."""
    return [at for at in range(after // INTERVAL_MS * INTERVAL_MS, before, INTERVAL_MS) if at > after]


async def test_what_an_outage_missed_comes_from_the_logs(simulator: Any, opener: Any, clock: Any) -> None:
    session = await opener(simulator.address)
    before, after = await outage(session, simulator, clock, 8 * HOUR)
    told = await settle(session)
    assert {sample.label for sample in told} == {SUPPLY, "analog-input,11", "analog-input,12", "analog-input,13"}
    assert times(told) == moments(before, after)
    assert len(times(told)) == 96
    expected = {at: round(air(at).supply, 2) for at in moments(before, after)}
    supply = [sample for sample in told if sample.label == SUPPLY]
    assert {sample.time: sample.value for sample in supply} == pytest.approx(expected, abs=1e-5)
    assert {(sample.metric, sample.unit) for sample in told} == {("bacnet.value", "Cel")}
    zones = {sample.time: sample.value for sample in told if sample.label == "analog-input,12"}
    assert zones == pytest.approx({at: round(zone(at, 2).temperature, 2) for at in zones}, abs=1e-5)
    assert await settle(session) == []


async def test_polls_do_not_wait_for_logs(simulator: Any, opener: Any, clock: Any) -> None:
    session = await opener(simulator.address)
    await outage(session, simulator, clock, HOUR)
    first = [await session.poll() for _ in range(SETTLED)]
    assert all(sum(s.metric == "bacnet.value" for s in reading.samples) == 24 for reading in first)
    assert not [sample for reading in first for sample in reading.samples if sample.time is not None]


async def test_without_an_outage_logs_are_left_alone(simulator: Any, opener: Any) -> None:
    session = await opener(simulator.address)
    assert await settle(session, 6) == []
    assert session._backfill._reading is None


async def test_the_option_switches_it_off(simulator: Any, opener: Any, clock: Any) -> None:
    session = await opener(simulator.address, trends=False)
    await outage(session, simulator, clock, HOUR)
    assert await settle(session) == []
    assert session._backfill._reading is None


@pytest.mark.parametrize(("heard", "filled"), [(2 * HOUR, 24), (None, 0), (-HOUR, 0)])
async def test_an_agent_that_was_down_says_until_when_it_heard(
    simulator: Any, clock: Any, heard: int | None, filled: int
) -> None:
    since = None if heard is None else clock.now_ms() - heard
    session = await DRIVER.open(Target("ahu", simulator.address, since), Options(), clock)
    assert len(times(await settle(session))) == filled
    await session.close()


async def test_a_clock_that_is_set_after_the_start(simulator: Any, clock: Any) -> None:
    """A Raspberry Pi has no clock of its own: after a power cut it goes on where it stopped, until it asks the network."""
    heard = clock.now_ms()
    simulator.faults.clock_ahead = 5 * 3600.0
    session = await DRIVER.open(Target("ahu", simulator.address, heard), Options(), clock)
    await session.poll()
    simulator.faults.clock_ahead = 0.0
    clock.step(5 * HOUR)
    assert times(await settle(session)) == moments(heard, clock.now_ms())
    await session.close()


@pytest.mark.parametrize("ahead", [86_400.0, -7200.0, 0.21, -3.4])
async def test_a_device_whose_clock_is_wrong(simulator: Any, opener: Any, clock: Any, ahead: float) -> None:
    simulator.faults.clock_ahead = ahead
    session = await opener(simulator.address)
    before, after = await outage(session, simulator, clock, 3 * HOUR)
    told = times(await settle(session))
    assert told == pytest.approx(moments(before, after), abs=500)
    assert all(at % 1000 == round(ahead * 1000) % 1000 for at in told)  # its own grid, moved by whole seconds


async def test_a_buffer_that_was_overwritten_gives_what_is_left(simulator: Any, opener: Any, clock: Any) -> None:
    session = await opener(simulator.address)
    _, after = await outage(session, simulator, clock, 48 * HOUR)
    assert times(await settle(session)) == moments(after - BUFFER * INTERVAL_MS, after)


async def test_a_log_that_goes_on_while_it_is_read(simulator: Any, opener: Any, clock: Any) -> None:
    """Its buffer is full: each new record moves every other one place down."""
    simulator.faults.most_records = 20
    session = await opener(simulator.address)
    before, after = await outage(session, simulator, clock, 20 * HOUR)
    for number in range(1, 5):
        log = simulator.object(f"trend-log,{number}")
        log._entries = partial(_moving, log._entries(), itertools.count())
    told = await settle(session)
    assert times(told) == moments(before, after)


def _moving(entries: list[Entry], asked: Iterator[int]) -> list[Entry]:
    """The buffer after as many new records as there were questions before."""
    moved = next(asked)
    fresh = [Entry(entries[-1].at + n * INTERVAL_MS, {"realValue": 0.0}) for n in range(1, moved + 1)]
    return [*entries, *fresh][moved:]


@pytest.mark.parametrize(
    "faults", [{"most_records": 7}, {"abort_records": 10}, {"swallow_records": 3}, {"abort_records": 1}]
)
async def test_a_device_that_takes_few_records_at_once(
    simulator: Any, opener: Any, clock: Any, faults: dict[str, int]
) -> None:
    for name, value in faults.items():
        setattr(simulator.faults, name, value)
    session = await opener(simulator.address)
    before, after = await outage(session, simulator, clock, 3 * HOUR)
    session._client.timeout = 0.2
    assert times(await settle(session)) == moments(before, after)


async def test_a_device_without_read_range_is_asked_once(simulator: Any, opener: Any, clock: Any) -> None:
    simulator.faults.no_range = True
    session = await opener(simulator.address)
    await outage(session, simulator, clock, HOUR)
    assert await settle(session) == []
    before = simulator.requests
    assert await settle(session, 1) == []
    assert simulator.requests - before <= 3


async def test_a_device_that_ignores_read_range_is_asked_a_few_times(
    simulator: Any, opener: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Patience is short for what is met with silence however long one waits, and long for the polls between."""
    simulator.faults.swallow_records = 0
    session = await opener(simulator.address)
    await outage(session, simulator, clock, HOUR)
    client, ask, met = session._client, session._client.records, simulator.unanswered
    client.timeout, sizes = 10.0, []

    async def impatient(log: Any, first: int, count: int) -> Any:
        sizes.append(count)
        client.timeout = 0.01
        try:
            return await ask(log, first, count)
        finally:
            client.timeout = 10.0
            async with asyncio.timeout(10):
                while simulator.unanswered < met + len(sizes):
                    await asyncio.sleep(0)

    monkeypatch.setattr(client, "records", impatient)
    assert await settle(session, SETTLED + TRIES + 1) == []
    assert session._backfill._owed == {}
    assert sizes[3:] == [1] * TRIES, "less each time, and then one record a try"
    assert simulator.unanswered - met == len(sizes)
    done = session._backfill._reading
    await settle(session, 1)
    assert session._backfill._reading is done


async def test_lost_again_while_logs_are_read(simulator: Any, opener: Any, clock: Any) -> None:
    """What was read is not read again, what was not is, and the second outage is filled as well."""
    simulator.faults.most_records = 3
    session = await opener(simulator.address)
    before, between = await outage(session, simulator, clock, HOUR)
    session._client.timeout = 0.3
    for _ in range(SETTLED):
        await session.poll()
    async with asyncio.timeout(10):
        while not session._backfill._read:
            await asyncio.sleep(0)
    again, after = await outage_after(session, simulator, clock, HOUR)
    told = await settle(session)
    assert times(told) == moments(before, between) + moments(again, after)
    assert times(told, "analog-input,13") == times(told)


async def outage_after(session: Any, simulator: Any, clock: Any, milliseconds: int) -> tuple[int, int]:
    """Another outage, without a poll before it."""
    before = clock.now_ms()
    session._client.timeout = 0.1
    simulator.faults.silent = True
    with pytest.raises(DeviceError):
        await session.poll()
    simulator.faults.silent = False
    session._client.timeout = 2.0
    clock.step(milliseconds)
    return before, clock.now_ms()


def _disable(log: Any) -> None:
    log.enable = False


def _another(**changes: Any) -> Any:
    def change(log: Any) -> None:
        said = {"objectIdentifier": SUPPLY, "propertyIdentifier": 85, **changes}
        log.logDeviceObjectProperty = DeviceObjectPropertyReference(**said)

    return change


@pytest.mark.parametrize(
    ("change", "is_taken"),
    [
        (_another(), True),
        (_another(deviceIdentifier="device,1001"), True),
        (_another(deviceIdentifier="device,2002"), False),
        (_another(propertyIdentifier=103), False),
        (_another(propertyIdentifier=87, propertyArrayIndex=8), False),
        (_another(objectIdentifier="analog-input,4000"), False),
        (_another(objectIdentifier="device,1001"), False),
        (_disable, False),
    ],
)
async def test_logs_of_something_else_are_left_alone(
    simulator: Any, opener: Any, clock: Any, change: Any, is_taken: bool
) -> None:
    change(simulator.object("trend-log,1"))
    session = await opener(simulator.address)
    await outage(session, simulator, clock, HOUR)
    told = await settle(session)
    assert bool(times(told)) is is_taken
    assert times(told, "analog-input,11")


async def test_records_that_hold_no_value_are_left_out(simulator: Any, opener: Any, clock: Any) -> None:
    session = await opener(simulator.address)
    before, after = await outage(session, simulator, clock, HOUR)
    data: list[dict[str, Any]] = [
        {"realValue": 1.5},
        {"logStatus": [0, 0, 1]},
        {"realValue": float("nan")},
        {"enumValue": 2},
        {"nullValue": ()},
        {"failure": {"errorClass": "object", "errorCode": "unknown-object"}},
        {"unsignedValue": 3},
        {"signedValue": -4},
        {"bitstringValue": [1, 0]},
        {"booleanValue": True},
    ]
    simulator.force.log(SUPPLY, [Entry(before + (n + 1) * 60_000, datum) for n, datum in enumerate(data)])
    told = sorted((s.time, s.value) for s in await settle(session) if s.label == SUPPLY)
    assert told == [
        (before + (n + 1) * 60_000, value) for n, value in ((0, 1.5), (3, 2.0), (6, 3.0), (7, -4.0), (9, 1.0))
    ]
    assert before < told[0][0] < told[-1][0] < after


async def test_a_switch_of_daylight_saving_in_the_outage_is_not_guessed_at(
    simulator: Any, opener: Any, clock: Any
) -> None:
    session = await opener(simulator.address)
    await outage(session, simulator, clock, HOUR)
    simulator.object("device,1001").daylightSavingsStatus = True
    assert await settle(session) == []


async def test_closing_while_logs_are_read(simulator: Any, opener: Any, clock: Any) -> None:
    simulator.faults.most_records = 1
    session = await opener(simulator.address)
    await outage(session, simulator, clock, 8 * HOUR)
    for _ in range(SETTLED):
        await session.poll()
    reading = session._backfill._reading
    await session.close()
    assert reading.cancelled()
