"""A network where things change their addresses, and an agent that keeps them apart: poller and seeker on a clock that stands still."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agent.config import Device
from agent.identity import file
from agent.identity.arp import Neighbours
from agent.identity.gate import Gate
from agent.identity.memory import Memory
from agent.identity.seeker import Seeker
from agent.poller import Poller
from protocols.clock import ManualClock
from protocols.driver import DeviceEvent, Driver, Found, Neighbour, Reading, Sample
from protocols.errors import DeviceError
from tests.unit.agent.test_poller import Book, Options

START = 1_760_000_000_000
HOUR = 3600.0


class Network:
    """Which thing (serial) answers at which address; a silent address answers nothing."""

    def __init__(self, **things: str) -> None:
        self.at = {address.replace("_", "."): serial for address, serial in things.items()}
        self.discoveries = 0
        self.opened: list[str] = []
        self.sees: list[Neighbour] = []

    async def open(self, target: Any, options: Any, clock: Any) -> "Talk":
        self.opened.append(target.address)
        return Talk(self, target.address)

    async def discover(self, network: str | None, clock: Any) -> AsyncIterator[Found]:
        self.discoveries += 1
        for address, serial in self.at.items():
            yield Found("printer", address, None, {}, {"serial": serial})


class Talk:
    def __init__(self, network: Network, address: str) -> None:
        self.network, self.address = network, address

    async def poll(self) -> Reading:
        serial = self.network.at.get(self.address)
        if serial is None:
            raise DeviceError(f"{self.address} does not answer")
        attributes = {"serial": serial} if serial else {}
        return Reading(
            [Sample("printer.pages", None, float(len(serial)))], dict(attributes), neighbours=list(self.network.sees)
        )

    async def push(self) -> AsyncIterator[Reading]:
        while True:
            await asyncio.sleep(0)
            yield Reading(events=[DeviceEvent("pushed", "info", {"by": self.network.at.get(self.address, "")})])
            await asyncio.Event().wait()

    async def close(self) -> None:
        """Nothing is held."""


class House:
    """An agent that watches `p-1` at 10.1.2.3 on `network`."""

    def __init__(
        self,
        network: Network,
        clock: ManualClock,
        path: Path | None = None,
        configured: str = "10.1.2.3",
        hours: float = 24.0,
    ) -> None:
        driver = Driver("printer", "printer", "printer", 60.0, Options, (), network.open, network.discover)
        device = Device("p-1", configured, driver, Options(), 60.0, 10.0, {"address": configured})
        self.network, self.clock, self.book = network, clock, Book()
        gate = Gate(Memory(path, ["p-1"]), Neighbours(clock, Path("/nonexistent")), hours)
        self.poller = Poller([device], self.book, clock, gate)
        self.seeker = Seeker(self.poller.watched, gate, clock, self.poller.around.addresses)
        self.tasks = [asyncio.create_task(loop()) for loop in (self.poller.run, self.seeker.run)]

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.poller.close()

    async def run(self, seconds: float) -> None:
        for _ in range(round(seconds / 30)):
            await self.clock.advance(30)
            await asyncio.sleep(0)
            while self.seeker.gate.memory._busy.locked():  # the thread that keeps devices.db
                await asyncio.sleep(0.001)
            await self.clock.advance(0)

    @property
    def stored(self) -> list[float]:
        """The values stored under the device, in order, repeats as one."""
        values = [sample.value for _, _, reading in self.book.readings for sample in reading.samples]
        return [value for value, _ in itertools.groupby(values)]

    @property
    def events(self) -> list[str]:
        return [event.kind for _, _, reading in self.book.readings for event in reading.events]


@pytest.fixture
async def houses() -> AsyncIterator[Any]:
    made: list[House] = []

    def make(*arguments: Any, **more: Any) -> House:
        made.append(House(*arguments, **more))
        return made[-1]

    yield make
    for house in made:
        await house.stop()


async def test_another_things_values_are_not_stored_and_it_is_said_who_answers(houses: Any) -> None:
    house = houses(Network(**{"10_1_2_3": "OLD1"}), ManualClock(START))
    await house.run(180)
    house.network.at["10.1.2.3"] = "ANOTHER"
    await house.run(600)
    assert house.stored == [4.0]
    assert house.events == ["device.other"]
    [_, (_, reachable, detail)] = house.book.reaches
    assert not reachable
    assert detail.startswith("another device answers at this address: serial ANOTHER, expected serial OLD1; ")


async def test_it_is_the_replacement_when_it_stays(houses: Any) -> None:
    house = houses(Network(**{"10_1_2_3": "OLD1"}), ManualClock(START), hours=1.0)
    await house.run(120)
    house.network.at["10.1.2.3"] = "ANOTHER"
    await house.run(0.8 * HOUR)
    assert house.stored == [4.0]
    await house.run(0.4 * HOUR)
    assert house.stored == [4.0, 7.0]
    assert house.events == ["device.other", "device.replaced"]


async def test_it_is_the_device_at_once_when_a_person_says_forget(houses: Any, tmp_path: Path) -> None:
    path = tmp_path / "devices.db"
    house = houses(Network(**{"10_1_2_3": "OLD1"}), ManualClock(START), path)
    await house.run(120)
    house.network.at["10.1.2.3"] = "ANOTHER"
    await house.run(300)
    assert house.stored == [4.0]
    assert file.forget(path, "p-1")
    await house.run(240)
    assert house.stored == [4.0, 7.0]
    assert house.poller.unreachable() == []


async def test_a_device_that_discovery_sees_elsewhere_is_read_there_under_its_key(houses: Any) -> None:
    network = Network(**{"10_1_2_3": "OLD1"})
    house = houses(network, ManualClock(START))
    await house.run(120)
    network.at = {"10.1.2.3": "ANOTHER", "10.1.2.9": "OLD1"}
    await house.run(300)
    assert house.stored == [4.0]
    assert house.events == ["device.other", "device.moved"]
    [moved] = [
        event for _, _, reading in house.book.readings for event in reading.events if event.kind == "device.moved"
    ]
    assert dict(moved.detail) == {"from": "10.1.2.3", "to": "10.1.2.9", "by": "discovery"}
    assert house.poller.watched[0].device.facts["address"] == "10.1.2.9"
    assert house.poller.unreachable() == []


async def test_discovery_is_gentle_while_nothing_is_found(houses: Any) -> None:
    network = Network(**{"10_1_2_3": "OLD1"})
    house = houses(network, ManualClock(START))
    await house.run(120)
    network.at = {}
    await house.run(2 * HOUR)
    assert network.discoveries == 4


async def test_what_only_looks_like_it_is_not_believed(houses: Any) -> None:
    """A switch's table is old: the address it names is another printer's by now."""
    network = Network(**{"10_1_2_3": "OLD1"})
    network.sees = [Neighbour("1", "arp", "00:1b:a9:11:22:33", address="10.1.2.9")]
    house = houses(network, ManualClock(START))
    await house.run(90)
    known = house.seeker.gate.memory.known("p-1")
    house.seeker.gate.memory.put("p-1", type(known)(known.identity, near="00:1b:a9:11:22:33"))
    network.at = {"10.1.2.9": "ANOTHER"}
    await house.run(300)
    assert "10.1.2.9" in network.opened
    assert house.stored == [4.0]
    assert house.poller.watched[0].device.address == "10.1.2.3"


async def test_a_restart_goes_on_where_it_was_found_until_the_file_says_otherwise(houses: Any, tmp_path: Path) -> None:
    network, path = Network(**{"10_1_2_3": "OLD1"}), tmp_path / "devices.db"
    house = houses(network, ManualClock(START), path)
    await house.run(120)
    network.at = {"10.1.2.9": "OLD1"}
    await house.run(600)
    assert house.events == ["device.moved"]
    await house.stop()

    network.opened.clear()
    house = houses(network, ManualClock(START), path)
    await house.run(60)
    assert set(network.opened) == {"10.1.2.9"}
    await house.stop()

    network.opened.clear()
    network.at = {"10.1.2.5": "OLD1"}
    house = houses(network, ManualClock(START), path, configured="10.1.2.5")
    await house.run(60)
    assert set(network.opened) == {"10.1.2.5"}


async def test_a_device_that_comes_back_to_its_old_address_is_read_there_again(houses: Any) -> None:
    network = Network(**{"10_1_2_3": "OLD1"})
    house = houses(network, ManualClock(START))
    await house.run(120)
    network.at = {"10.1.2.9": "OLD1"}
    await house.run(600)
    network.at = {"10.1.2.3": "OLD1"}
    await house.run(600)
    assert house.events == ["device.moved", "device.moved"]
    assert house.poller.unreachable() == []
    assert house.poller.watched[0].device == house.poller.watched[0].configured


async def test_what_a_stranger_pushes_is_not_taken(houses: Any) -> None:
    network = Network(**{"10_1_2_3": "OLD1"})
    house = houses(network, ManualClock(START))
    await house.run(60)
    assert {event.detail["by"] for _, _, reading in house.book.pushed for event in reading.events} == {"OLD1"}
    network.at = {"10.1.2.3": "ANOTHER"}
    await house.run(600)
    assert {event.detail["by"] for _, _, reading in house.book.pushed for event in reading.events} == {"OLD1"}
