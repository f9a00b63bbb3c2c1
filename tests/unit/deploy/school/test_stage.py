"""The running school: devices played, broken, healed, moved, left out; and the socket through which it is asked."""

import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from deploy.commands.school import listed
from deploy.school import control
from deploy.school.play import Part
from deploy.school.scenarios import Scenario, Step
from deploy.school.stage import Role, Stage
from protocols.clock import SystemClock
from protocols.driver import Reading, Target
from protocols.drivers.display import DRIVER
from protocols.drivers.display.options import DisplayOptions
from protocols.errors import DeviceError, OptionError, StartError

ROLES = [
    Role(Part("a", "display", "127.20.7.1:0", {"identity": {"name": "Room 1"}})),
    Role(Part("b", "display", "127.20.7.2:0", {"identity": {"name": "Room 2"}}), "a", ["fan-failed"]),
    Role(Part("c", "no-such-driver", "127.20.7.3:0")),
    Role(Part("d", "display", "127.20.7.4:0", {"no-such-trait": 1})),
]
SCENARIOS = [
    Scenario("lamp", "The lamp fails", "it is told", [Step(device="b", fault="lamp-failed")]),
    Scenario("down", "All is off", "silence", [Step(device="a", behind="a", off=True)]),
    Scenario("moved", "It moves", "it is found", [Step(device="a", move="127.20.7.9:0")]),
    Scenario("gone", "What is not here", "nothing", [Step(device="c", off=True)]),
]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    made = Stage(ROLES, {each.name: each for each in SCENARIOS}, SystemClock(), tmp_path)
    made.played = await made.start()  # type: ignore[attr-defined]
    yield made
    await made.stop()


async def read(address: str) -> Reading:
    session = await DRIVER.open(Target("x", address), DisplayOptions(), SystemClock())
    try:
        return await session.poll()
    finally:
        await session.close()


async def errors(address: str) -> set[str]:
    reading = await read(address)
    return {str(each.label) for each in reading.samples if each.metric == "display.error" and each.value == 2}


async def test_what_cannot_be_played_is_left_out_and_said(stage: Any) -> None:
    assert [key for key, played in stage.played.items() if not played.error] == ["a", "b"]
    assert stage.played["c"].error == "protocols.drivers.no-such-driver is not installed"
    assert "no-such-trait" in stage.played["d"].error


async def test_a_fault_comes_and_goes_and_what_was_wrong_before_stays(stage: Any) -> None:
    where = stage.played["b"].address
    assert await errors(where) == {"fan"}
    await stage.begin("lamp")
    assert await errors(where) == {"fan", "lamp"}
    assert await stage.end("lamp") == ["lamp"]
    assert await errors(where) == {"fan"}
    assert await stage.end(None) == []


async def test_what_is_off_is_silent_and_comes_back_as_it_was(stage: Any) -> None:
    where = stage.played["b"].address
    await stage.begin("lamp")
    await stage.begin("down")
    for key in ("a", "b"):
        with pytest.raises(DeviceError):
            await read(stage.played[key].address)
    await stage.end("down")
    assert await errors(where) == {"fan", "lamp"}


async def test_a_device_moves_and_comes_back(stage: Any) -> None:
    where = stage.played["a"].address
    await stage.begin("moved")
    with pytest.raises(DeviceError):
        await read(where)
    assert stage._players["a"].simulated.address.startswith("127.20.7.9:")
    await stage.end("moved")
    assert (await read(where)).attributes["name"] == "Room 1"


async def test_a_scenario_of_a_device_that_is_left_out_is_refused(stage: Any) -> None:
    with pytest.raises(OptionError, match="gone: needs c, which this school does not have"):
        await stage.begin("gone")


@pytest.mark.parametrize("deep", [False, True])
async def test_it_is_asked_through_a_socket_of_the_owners(stage: Any, tmp_path: Path, deep: bool) -> None:
    path = tmp_path / ("x" * 120 if deep else "data") / "school" / "control"

    async def ask(*arguments: Any) -> dict[str, Any]:
        return await asyncio.to_thread(control.ask, path, *arguments)

    with pytest.raises(
        StartError, match=r"no simulated school runs with --data .*: start it with `firstbell up --school`"
    ):
        await ask("list")
    async with control.listening(path, stage):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert [each["on"] for each in (await ask("break", "lamp"))["scenarios"]] == [True, False, False, False]
        text = listed((await ask("list"))["scenarios"])
        assert text.splitlines()[0] == "ON lamp   The lamp fails"
        assert text.splitlines()[3] == "   gone   What is not here (needs c)"
        with pytest.raises(OptionError, match="no scenario is called 'nonsense'; `firstbell school break` lists them"):
            await ask("break", "nonsense")
        assert (await ask("heal"))["ended"] == ["lamp"]
    assert not path.exists()
