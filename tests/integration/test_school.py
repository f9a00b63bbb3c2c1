"""Every scenario of the simulated school, from the simulator over its real protocol to the driver's reading."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from agent.commands.read import read_once
from deploy.school.plan import ROWS, device, role
from deploy.school.scenarios import load
from deploy.school.stage import Stage
from protocols.clock import SystemClock
from protocols.driver import Reading
from protocols.errors import DeviceError
from protocols.options import read_options
from protocols.registry import driver

SLOW = ("door-dock",)
"""A bus is listened to for seconds before each first reading: only once is enough here."""
BY_KEY = {row.key: row for row in ROWS}
SCENARIOS = load()
LOST = "lost"
TOLD: dict[str, tuple[str, str, Callable[[float], bool]]] = {
    "toner-out": ("printer-library", "printer.supply.state", lambda value: value == 3),
    "paper-jam": ("printer-office", "printer.error", lambda value: value == 1),
    "door-forced": ("doors-front", "door.alarm", lambda value: value == 1),
    "door-held": ("doors-west", "door.alarm", lambda value: value == 2),
    "door-tamper": ("door-dock", "door.tamper", lambda value: value == 1),
    "camera-covered": ("camera-1", "camera.picture.state", lambda value: value != 0),
    "isp-slow": ("isp", "probe.duration", lambda value: value > 7),
    "isp-down": ("sis", "probe.state", lambda value: value == 0),
    "dns-down": ("dns", "probe.state", lambda value: value == 0),
    "certificate-expiring": ("sis", "probe.certificate.remaining", lambda value: value < 10),
    "filter-block": ("lms", "probe.state", lambda value: value not in (1, 255)),
    "heating-and-cooling": ("ahu-1", "bacnet.value", lambda value: value == 71),
    "zone-warm": ("ahu-2", "bacnet.setpoint.deviation", lambda value: value > 4.5),
    "power-failure": ("ups", "ups.source", lambda value: value == 1),
    "poe-budget": ("switch-west", "network.poe.budget.used", lambda value: value > 90),
    "projector-lamp": ("projector", "display.error", lambda value: value == 2),
    "phase-lost": ("meter", "meter.voltage", lambda value: value < 10),
}
"""Of each scenario: a device, and a value that it tells then and not before. The others take several polls, or silence."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    made = Stage(
        [role(row) for row in ROWS if row.played], SCENARIOS, SystemClock(), tmp_path_factory.mktemp("secrets")
    )
    made.played = await made.start()  # type: ignore[attr-defined]
    yield made
    await made.stop()


async def read(stage: Any, key: str) -> Reading:
    table = device(BY_KEY[key], stage.played[key])
    assert table is not None, stage.played[key].error
    kind = driver(table["kind"])
    options = read_options(table.get("options", {}), kind.options, key)
    return await read_once(kind, table["address"], options, 20, SystemClock())


def values(reading: Reading, metric: str) -> list[float]:
    return [sample.value for sample in reading.samples if sample.metric == metric]


@pytest.mark.asyncio(loop_scope="module")
async def test_every_device_is_played_and_says_nothing_of_being_left_out(stage: Any) -> None:
    assert {key: played.error for key, played in stage.played.items() if played.error} == {}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", TOLD)
async def test_a_scenario_reaches_the_drivers_reading_and_is_healed(stage: Any, name: str) -> None:
    key, metric, matches = TOLD[name]
    assert key in SLOW or not any(map(matches, values(await read(stage, key), metric)))
    await stage.begin(name)
    try:
        assert any(map(matches, values(await read(stage, key), metric)))
    finally:
        await stage.end(name)
    assert key in SLOW or not any(map(matches, values(await read(stage, key), metric)))


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("name", "keys"),
    [("meter-lost", ["meter"]), ("switch-down", ["switch-west", "printer-art", "camera-5", "projector"])],
)
async def test_what_is_off_is_silent_and_comes_back(stage: Any, name: str, keys: list[str]) -> None:
    await stage.begin(name)
    try:
        answers = await asyncio.gather(*(read(stage, key) for key in keys), return_exceptions=True)
        assert [answer for answer in answers if not isinstance(answer, DeviceError)] == []
    finally:
        await stage.end(name)
    assert all([await read(stage, key) for key in keys])


@pytest.mark.asyncio(loop_scope="module")
async def test_the_switches_say_where_a_device_has_moved(stage: Any) -> None:
    async def place() -> list[str | None]:
        seen = (await read(stage, "switch-mdf")).neighbours
        return [each.address for each in seen if each.name == "Nurse"]

    assert await place() == ["127.20.0.26"]
    await stage.begin("printer-moved")
    try:
        assert await place() == ["127.20.0.126"]
        with pytest.raises(DeviceError):
            await read(stage, "printer-nurse")
    finally:
        await stage.end("printer-moved")
    assert await place() == ["127.20.0.26"]
    assert (await read(stage, "printer-nurse")).attributes["name"] == "Nurse"
