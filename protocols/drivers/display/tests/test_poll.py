"""Polls against the simulated projector: what each fault looks like, and what the session remembers."""

from pathlib import Path
from typing import Any

import pytest

from protocols.clock import ManualClock
from protocols.driver import Reading, Target
from protocols.drivers.display import DRIVER
from protocols.drivers.display.options import DisplayOptions
from protocols.drivers.display.session import SELDOM
from protocols.drivers.display.simulator import FAULTS, Identity, Simulator, simulate
from protocols.errors import DeviceError, OptionError


def values(reading: Reading) -> dict[tuple[str, str | None], float]:
    return {(sample.metric, sample.label): sample.value for sample in reading.samples}


async def test_a_projector_that_is_on(simulator: Simulator, opener: Any) -> None:
    reading = await (await opener(simulator.address)).poll()
    said = values(reading)
    assert (said["display.power", None], said["display.lamp.hours", "1"], said["display.input", None]) == (1, 1240, 31)
    assert reading.attributes["serial"] == "FB00000012"
    (info,) = reading.points
    assert info.states == {11: "RGB 1", 31: "digital 1", 32: "digital 2", 51: "network 1", 255: "unknown"}


EXPECTED = {
    "off": ("display.power", None, 0.0),
    "lamp-old": ("display.error", "lamp", 1.0),
    "lamp-failed": ("display.lamp.state", "1", 0.0),
    "overheating": ("display.error", "temperature", 2.0),
    "fan-failed": ("display.error", "fan", 2.0),
    "filter-clogged": ("display.error", "filter", 1.0),
    "cover-open": ("display.error", "cover", 2.0),
    "no-signal": ("display.signal", None, 0.0),
    "failure": ("display.failure", None, 1.0),
    "busy": ("display.power", None, 255.0),
    "mute": ("display.mute", None, 1.0),
}


@pytest.mark.parametrize("fault", sorted(EXPECTED))
async def test_a_fault_is_seen_and_healed(simulator: Simulator, opener: Any, fault: str) -> None:
    session = await opener(simulator.address)
    metric, label, value = EXPECTED[fault]
    healthy = values(await session.poll())
    await simulator.fault(fault)
    assert values(await session.poll())[metric, label] == value != healthy[metric, label]
    await simulator.heal()
    assert values(await session.poll()) == healthy


def test_every_fault_is_tested() -> None:
    assert set(FAULTS) == {*EXPECTED, "password-changed", "unreachable"}


async def test_no_point_falls_silent_in_standby_and_hours_stay(simulator: Simulator, opener: Any) -> None:
    session = await opener(simulator.address)
    on = values(await session.poll())
    await simulator.fault("busy")
    busy = values(await session.poll())
    assert set(busy) == set(on)
    assert busy["display.lamp.hours", "1"] == on["display.lamp.hours", "1"]
    assert busy["display.signal", None] == 255


async def test_hours_grow_with_the_clock(clock: ManualClock, opener: Any) -> None:
    async with simulate("127.0.0.1:0", clock, Identity(lamps=(1000.0, 20.0))) as simulator:
        session = await opener(simulator.address)
        await session.poll()
        await clock.advance(2 * 3600)
        said = values(await session.poll())
    assert (said["display.lamp.hours", "1"], said["display.lamp.hours", "2"]) == (1002, 22)


async def test_identity_is_asked_seldom_and_what_could_not_be_told_again(simulator: Simulator, opener: Any) -> None:
    session = await opener(simulator.address)
    simulator.projector.overrides["SNUM"] = "ERR3"
    assert "serial" not in (await session.poll()).attributes
    del simulator.projector.overrides["SNUM"]
    assert (await session.poll()).attributes == {"serial": "FB00000012"}
    assert (await session.poll()).attributes == {}
    for _ in range(3, SELDOM):
        await session.poll()
    assert (await session.poll()).attributes["name"] == "Room 12"


async def test_class_1_is_asked_nothing_of_class_2(clock: ManualClock, opener: Any) -> None:
    async with simulate("127.0.0.1:0", clock, level=1) as simulator:
        reading = await (await opener(simulator.address)).poll()
    assert values(reading)["display.power", None] == 1
    assert [line for line in simulator.projector.queries if line[1] == "2"] == []


async def test_inputs_are_asked_in_the_display_s_own_class(
    simulator: Simulator, clock: ManualClock, opener: Any
) -> None:
    simulator.projector.overrides["INPT"] = "3B"
    assert values(await (await opener(simulator.address)).poll())["display.input", None] == 311
    assert {"%2INPT ?", "%2INST ?"} <= set(simulator.projector.queries)
    async with simulate("127.0.0.1:0", clock, level=1) as older:
        await (await opener(older.address)).poll()
    assert {"%1INPT ?", "%1INST ?"} <= set(older.projector.queries)


async def test_a_question_it_does_not_know_is_not_asked_again(simulator: Simulator, opener: Any) -> None:
    session = await opener(simulator.address)
    simulator.projector.overrides["FREZ"] = "ERR1"
    await session.poll()
    simulator.projector.queries.clear()
    assert ("display.freeze", None) not in values(await session.poll())
    assert "%2FREZ ?" not in simulator.projector.queries


async def test_a_display_that_falls_silent_at_class_2_still_gives_class_1(opener: Any, serving: Any) -> None:
    """Some drop what they do not know instead of ERR1."""

    async def answer(reader: Any, writer: Any) -> None:
        writer.write(b"PJLINK 0\r")
        while True:
            line = await reader.readuntil(b"\r")
            if line[1:2] == b"1":
                writer.write(line[:6] + {b"CLSS": b"=2\r", b"POWR": b"=1\r"}.get(line[2:6], b"=ERR1\r"))

    session = await opener(await serving(answer), timeout=0.5)
    for _ in range(3):
        assert values(await session.poll())["display.power", None] == 1
    assert session._inputs_1 == {"INPT", "INST"}
    assert len(session._missing & {"IRES", "FREZ", "FILT", "SNUM"}) == 1


async def test_password(clock: ManualClock, tmp_path: Path, opener: Any) -> None:
    file, wrong = tmp_path / "password", tmp_path / "wrong"
    file.write_text("JBMIAProjectorLink\n")
    wrong.write_text("guess\n")
    async with simulate("127.0.0.1:0", clock, password_file=str(file)) as simulator:
        assert simulator.options == {"password_file": str(file)}
        session = await opener(simulator.address, **simulator.options)
        assert values(await session.poll())["display.power", None] == 1
        with pytest.raises(DeviceError, match="wants a password: set password_file"):
            await (await opener(simulator.address)).poll()
        with pytest.raises(DeviceError, match="refuses the password: set password_file") as caught:
            await (await opener(simulator.address, password_file=str(wrong))).poll()
        assert "guess" not in str(caught.value)
        await simulator.fault("password-changed")
        with pytest.raises(DeviceError, match="refuses the password"):
            await session.poll()
        await simulator.heal()
        await session.poll()


async def test_unreachable_is_an_error_unless_it_sleeps_with_its_network(simulator: Simulator, opener: Any) -> None:
    session = await opener(simulator.address)
    sleeper = await opener(simulator.address, standby_unreachable=True)
    await session.poll()
    awake = values(await sleeper.poll())
    await simulator.fault("unreachable")
    with pytest.raises(DeviceError, match="cannot be reached"):
        await session.poll()
    asleep = values(await sleeper.poll())
    assert set(asleep) == set(awake)
    assert asleep["display.power", None] == asleep["display.error", "lamp"] == asleep["display.lamp.state", "1"] == 255
    assert asleep["display.lamp.hours", "1"] == 1240
    await simulator.heal()
    assert values(await session.poll())["display.power", None] == 1
    assert values(await sleeper.poll())["display.power", None] == 1


async def test_wrong_options_are_refused_at_open(opener: Any) -> None:
    with pytest.raises(OptionError, match="port"):
        await opener("10.1.2.3:99999")
    with pytest.raises(OptionError, match="password_file"):
        await DRIVER.open(Target("d", "10.1.2.3"), DisplayOptions(password_file="/no/such"), ManualClock())
