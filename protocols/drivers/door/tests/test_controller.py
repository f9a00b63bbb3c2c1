"""A Profile C controller, polled and pushed: figures, faults, doubles, pages, and what is not told."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from protocols.clock import SystemClock
from protocols.driver import Reading, Target
from protocols.drivers.door import DRIVER
from protocols.drivers.door.decode import MOST, MOST_LABELS, Entity, labels
from protocols.drivers.door.simulator import FAULTS, simulate
from protocols.drivers.door.simulator.simulator import NAMES, SimulatedController
from protocols.errors import DeviceError
from protocols.options import read_options
from protocols.transports.onvif.simulated import Traits

FIRST = NAMES[0]


def values(reading: Reading) -> dict[tuple[str, str | None], float]:
    return {(sample.metric, sample.label): sample.value for sample in reading.samples}


@pytest.fixture
async def simulated() -> AsyncIterator[Any]:
    async with simulate("127.0.0.1:0", SystemClock()) as made:
        yield made


@pytest.fixture
async def session(simulated: Any, opened: Any) -> AsyncIterator[Any]:
    async with opened(simulated.address, **simulated.options) as made:
        yield made


async def test_one_poll_tells_every_door_and_who_it_is(session: Any) -> None:
    reading = await session.poll()
    told = values(reading)
    assert len(told) == len(reading.samples) == len(NAMES) * 8 + 1, "and whether the credential is accepted"
    for name in NAMES:
        for metric in ("position", "lock", "secured", "alarm", "tamper", "fault", "mode"):
            assert told[f"door.{metric}", name] == 0
        assert told["door.reader", f"{name} reader"] == 0
    assert reading.attributes["serial"] == "FBD0000001"
    assert reading.attributes["doors"] == reading.attributes["access_points"] == 6
    assert (await session.poll()).attributes == {}


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("forced", {"door.position": 1, "door.alarm": 1, "door.secured": 1, "door.lock": 0}),
        ("held", {"door.position": 1, "door.alarm": 2, "door.secured": 1}),
        ("tamper", {"door.tamper": 1, "door.alarm": 0, "door.secured": 0}),
        ("fault", {"door.fault": 1, "door.position": 2, "door.secured": 2}),
        ("unknown", {"door.position": 2, "door.lock": 2, "door.mode": 255, "door.secured": 2}),
        ("lockdown", {"door.mode": 4, "door.secured": 0}),
    ],
)
async def test_a_fault_is_polled_and_heals(fault: str, expected: dict[str, int], session: Any, simulated: Any) -> None:
    await session.poll()
    await simulated.fault(fault)
    told = values(await session.poll())
    assert {metric: told[metric, FIRST] for metric in expected} == expected
    await simulated.heal()
    assert {value for (_, label), value in values(await session.poll()).items() if label == FIRST} == {0}


async def test_every_fault_can_be_made_and_no_other(simulated: Any) -> None:
    for name in FAULTS:
        if name not in ("silent", "wrong-key"):
            await simulated.fault(name)
    with pytest.raises(KeyError):
        await simulated.fault("meteor")


async def test_changes_come_by_themselves_with_events(session: Any, simulated: Any, pushed: Any, until: Any) -> None:
    await session.poll()
    told = pushed(session)
    await until(lambda: simulated.device.subscriptions.open)
    await simulated.fault("forced")
    await until(lambda: [event for reading in told for event in reading.events])
    await simulated.fault("tamper")
    await simulated.fault("power-failing")
    await simulated.fault("battery-low")
    await until(lambda: any(("door.battery", FIRST) in values(reading) for reading in told))
    together = {key: value for reading in told for key, value in values(reading).items()}
    assert together["door.alarm", FIRST] == together["door.secured", FIRST] == together["door.tamper", FIRST] == 1
    assert together["door.power", "controller"] == together["door.battery", FIRST] == 1
    events = [(event.kind, event.severity, dict(event.detail)) for reading in told for event in reading.events]
    assert events == [("door.forced", "critical", {"door": FIRST}), ("door.tampered", "major", {"door": FIRST})]
    assert values(await session.poll())["door.power", "controller"] == 1
    simulated.device.subscriptions.drop()
    await until(lambda: session._controller._memory.supplies["door.power", "controller"] == 2)


async def test_an_alarm_is_told_as_an_event_by_the_poll_where_no_notice_came(session: Any, simulated: Any) -> None:
    await session.poll()
    await simulated.fault("held")
    assert [event.kind for event in (await session.poll()).events] == ["door.held"]
    assert (await session.poll()).events == []


async def test_what_stood_before_the_subscription_is_no_event(
    session: Any, simulated: Any, pushed: Any, until: Any
) -> None:
    await simulated.fault("forced")
    await session.poll()
    told = pushed(session)
    await until(lambda: any(("door.alarm", FIRST) in values(reading) for reading in told))
    assert [event for reading in told for event in reading.events] == []


def test_labels_of_doors_that_are_gone_are_bounded() -> None:
    """A controller that names other doors each time must not fill the memory."""
    kept: dict[str, str] = {}
    for number in range(50):
        kept = labels([Entity("a", "Front"), *(Entity(f"{number}-{each}", "Side") for each in range(MOST - 1))], kept)
    assert len(kept) <= MOST_LABELS + MOST
    assert kept["a"] == "Front"


def login(reading: Reading) -> float:
    [state] = [each.value for each in reading.samples if each.metric == "door.login.state"]
    return state


async def test_a_wrong_password_is_spared_by_every_session(simulated: Any) -> None:
    """The poller opens a session anew after two failures: the account must not be locked."""
    clock = SystemClock()
    options = read_options(simulated.options, DRIVER.options, "test")
    simulated.device.gate.changed = True
    for _ in range(8):
        session = await DRIVER.open(Target("door", simulated.address), options, clock)
        for _ in range(2):
            assert login(await session.poll()) == 2
        await session.close()
    assert simulated.device.gate.attempts == 1


async def test_a_password_that_is_changed_is_sent_by_events_no_more_than_by_polls(simulated: Any, session: Any) -> None:
    await session.poll()
    simulated.device.gate.changed = True
    for _ in range(8):
        with pytest.raises(DeviceError, match="refuses the credential"):
            await anext(session.push())
        assert login(await session.poll()) == 2
    assert simulated.device.gate.attempts <= 2


async def test_what_is_not_listened_to_is_not_counted_as_none(
    session: Any, simulated: Any, pushed: Any, until: Any
) -> None:
    assert "door.events" not in {metric for metric, _ in values(await session.poll())}
    pushed(session)
    await until(lambda: simulated.device.subscriptions.open)
    await until(lambda: session._controller._memory.has_listened)
    assert values(await session.poll())["door.events", f"{FIRST} reader"] == 0


async def test_access_is_counted_and_names_nobody(
    session: Any, simulated: Any, pushed: Any, until: Any, caplog: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    await session.poll()
    told = pushed(session)
    await until(lambda: simulated.device.subscriptions.open)
    for granted in (True, False, True):
        simulated.device.present("ap-2", granted)
    reader = f"{NAMES[1]} reader"
    await until(lambda: any(values(reading).get(("door.events", reader)) == 3 for reading in told))
    reading = await session.poll()
    assert values(reading)["door.events", reader] == 3
    assert values(reading)["door.denied", reader] == 1
    assert values(reading)["door.events", f"{FIRST} reader"] == 0
    shown = repr(told) + repr(reading) + caplog.text + repr(vars(session)) + repr(session._controller._memory)
    assert "Jane Roe" not in shown
    assert "credential-4711" not in shown


async def test_a_controller_that_vanishes_tells_nothing(session: Any, simulated: Any) -> None:
    await session.poll()
    await simulated.fault("power-failing")
    await simulated.fault("silent")
    with pytest.raises(DeviceError, match="refuses the connection"):
        await session.poll()
    assert session._controller._memory.words == {}
    await simulated.heal()
    assert values(await session.poll())["door.position", FIRST] == 0


async def test_a_changed_password_is_said_with_its_fix_and_not_tried_again(session: Any, simulated: Any) -> None:
    """It is alive, and what it said of its doors is worth nothing."""
    before = await session.poll()
    assert login(before) == 0
    await simulated.fault("wrong-password")
    reading = await session.poll()
    assert login(reading) == 2
    assert str(reading.attributes["login"]).startswith(
        "answers but refuses the credential: set a user and password_file"
    )
    told = {each.label for each in before.samples if each.metric == "door.position"}
    now = {each.label: each.value for each in reading.samples if each.metric == "door.position"}
    assert now == dict.fromkeys(told, 2)
    assert reading.events == []
    for _ in range(2):
        assert login(await session.poll()) == 2
    assert simulated.device.gate.attempts < 4


async def test_without_a_credential_it_says_what_to_set(simulated: Any, opened: Any) -> None:
    async with opened(simulated.address) as session:
        reading = await session.poll()
        assert login(reading) == 1
        assert "set user and password_file" in str(reading.attributes["login"])


async def test_doors_of_one_name_are_told_apart_and_a_door_without_one_has_its_token(opened: Any) -> None:
    async with (
        simulate("127.0.0.1:0", SystemClock(), names=("Exit", "Exit", "", "Hall")) as simulated,
        opened(simulated.address, **simulated.options) as session,
    ):
        told = {label for metric, label in values(await session.poll()) if metric == "door.position"}
    assert told == {"Exit (door-1)", "Exit (door-2)", "(door-3)", "Hall"}


def test_a_label_stays_when_another_door_takes_the_name() -> None:
    before = labels([Entity("a", "Exit")], {})
    assert before == {"a": "Exit"}
    assert labels([Entity("b", "Exit"), Entity("a", "Exit")], before) == {"a": "Exit", "b": "Exit (b)"}
    assert labels([Entity("b", "Exit")], before)["b"] == "Exit (b)"


async def test_a_door_that_is_gone_is_unknown_and_then_absent(session: Any, simulated: Any) -> None:
    await session.poll()
    del simulated.device.doors["door-1"]
    told = values(await session.poll())
    assert told["door.position", FIRST] == told["door.lock", FIRST] == told["door.secured", FIRST] == 2
    assert ("door.position", FIRST) not in values(await session.poll())


async def test_a_door_without_monitors_has_a_mode_and_no_guess(session: Any, simulated: Any) -> None:
    simulated.device.doors["door-1"].parts = {"DoorMode": "Locked"}
    told = values(await session.poll())
    assert [metric for metric, label in told if label == FIRST] == ["door.mode"]


async def test_a_reader_that_is_disabled(session: Any, simulated: Any) -> None:
    await simulated.fault("reader-disabled")
    assert values(await session.poll())["door.reader", f"{FIRST} reader"] == 1


async def test_a_camera_is_said_to_be_one(opened: Any) -> None:
    async with simulate("127.0.0.1:0", SystemClock(), traits=Traits(user="")) as simulated:
        del simulated.device.paths["tdc"]
        async with opened(simulated.address) as session:
            with pytest.raises(DeviceError, match="offers no door control: is it a camera"):
                await session.poll()


async def test_a_subscription_that_is_lost_is_an_error_of_the_push(session: Any, simulated: Any, until: Any) -> None:
    await session.poll()
    told: list[Reading] = []

    async def take() -> None:
        async for reading in session.push():
            told.append(reading)  # noqa: PERF401  (as they come)

    task = asyncio.create_task(take())
    await until(lambda: simulated.device.subscriptions.open)
    simulated.device.subscriptions.drop()
    with pytest.raises(DeviceError):
        await task


async def test_events_off_subscribes_to_nothing(simulated: SimulatedController, opened: Any, pushed: Any) -> None:
    async with opened(simulated.address, events=False, **simulated.options) as session:
        await session.poll()
        pushed(session)
        await session.poll()
    assert "tev:CreatePullPointSubscription" not in simulated.device.requests


async def test_a_device_that_went_and_came_is_read_with_the_options_it_had(opened: Any) -> None:
    async with simulate("127.0.0.1:0", SystemClock()) as first:
        address, options = first.address, first.options
    async with simulate(address, SystemClock()), opened(address, **options) as session:
        assert (await session.poll()).samples
