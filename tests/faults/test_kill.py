"""kill -9 of agent, collector, broker and database in random order: lost = 0, doubled = 0."""

import asyncio
import random
import re
import secrets
import subprocess

import pytest

from tests.faults.house import PARTS, House

pytestmark = pytest.mark.timeout(600)


async def _rounds(house: House, rounds: int) -> None:
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    async with house:
        await asyncio.sleep(2)
        for _ in range(rounds):
            await house.kill(chance.choice(list(PARTS)))
            await asyncio.sleep(chance.uniform(0.1, 2.0))
        await house.drained()
        assert await house.stop() == 0
    stored, everything, arrived = house.stored(), house.stored(None), await house.arrived()
    lost, doubled = stored - arrived, [sample for sample, times in arrived.items() if times > 1]
    strange = arrived - everything
    figures = f"seed {seed}: {len(stored)} acknowledged, {len(arrived)} arrived"
    assert len(stored) > 20 * rounds, figures
    assert not lost, f"{figures}, {len(lost)} lost, such as {list(lost)[:3]}"
    assert not doubled, f"{figures}, {len(doubled)} doubled, such as {doubled[:3]}"
    assert not strange, f"{figures}, {len(strange)} that no batch holds, such as {list(strange)[:3]}"
    assert house.holes() == [], "numbers that the spool gave out and no longer holds"
    print(figures)


@pytest.mark.usefixtures("mosquitto_program")
async def test_ten_kills_lose_and_double_nothing(open_folder):
    await _rounds(House(open_folder / "ten"), 10)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.usefixtures("mosquitto_program")
async def test_a_hundred_kills_lose_and_double_nothing(open_folder):
    await _rounds(House(open_folder / "hundred"), 100)


@pytest.mark.usefixtures("mosquitto_program")
async def test_stop_and_start_keeps_everything(open_folder):
    house = House(open_folder / "again", devices=2)
    for _ in range(2):
        async with house:
            await asyncio.sleep(1)
            await house.drained()
            assert await house.stop() == 0
    stored, arrived = house.stored(), await house.arrived()
    assert len({time for *_, time, _ in stored}) >= 2
    assert not stored - arrived
    assert max(arrived.values()) == 1


@pytest.mark.usefixtures("mosquitto_program")
async def test_one_data_directory_has_one_owner(open_folder):
    house = House(open_folder / "owned", devices=1)
    async with house:
        refused = subprocess.run(house.command(), capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert re.fullmatch(r"firstbell: --data \S+ is in use by process \d+; .*another --data DIR\n", refused.stderr)
