"""The poller on a clock that stands still until told: spread, stamps, backoff, and drivers that misbehave in every way."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from agent.config import Device
from agent.poller import Poller
from protocols.clock import ManualClock
from protocols.driver import Driver, Reading, Sample
from protocols.errors import DeviceError

START = 1_760_000_000_000


class Options(msgspec.Struct):
    """None."""


@dataclass
class Book:
    """A receiver that writes everything down."""

    readings: list[tuple[str, int, Reading]] = field(default_factory=list)
    pushed: list[tuple[str, int, Reading]] = field(default_factory=list)
    reaches: list[tuple[str, bool, str]] = field(default_factory=list)
    own: list[tuple[str, int, Sample]] = field(default_factory=list)

    def reading(self, device: Device, stamp: int, reading: Reading, *, pushed: bool = False) -> None:
        for _ in reading.samples:
            pass
        (self.pushed if pushed else self.readings).append((device.key, stamp, reading))

    def reach(self, device: Device, stamp: int, reachable: bool, detail: str) -> None:
        self.reaches.append((device.key, reachable, detail))

    def samples(self, device: Device, stamp: int, samples: list[Sample]) -> None:
        self.own += [(device.key, stamp, sample) for sample in samples]

    def stamps(self, key: str) -> list[int]:
        return [stamp for name, stamp, _ in self.readings if name == key]


@dataclass
class Fake:
    """A session whose poll does what the test says, and knows whether calls overlap."""

    poll_with: Callable[[], Awaitable[Any]]
    closed: int = 0

    async def poll(self) -> Any:
        return await self.poll_with()

    async def close(self) -> None:
        self.closed += 1


@dataclass
class Pushing(Fake):
    """A session that pushes what is put on its queue; an exception on the queue is raised."""

    queue: "asyncio.Queue[Any]" = field(default_factory=asyncio.Queue)

    async def push(self) -> AsyncIterator[Reading]:
        while True:
            item = await self.queue.get()
            if isinstance(item, Exception):
                raise item
            yield item


async def answer() -> Reading:
    return Reading([Sample("host.load", "1m", 1.0)])


def device(key: str, session: Any, interval: float = 60.0, concurrency: int = 8, address: str = "") -> Device:
    async def open_it(target: Any, options: Any, clock: Any) -> Any:
        if isinstance(session, Exception):
            raise session
        return session

    driver = Driver(f"kind-{concurrency}", "host", "agent", 60.0, Options, (), open_it, concurrency=concurrency)
    return Device(key, address or key, driver, Options(), interval, 10.0, {})


@dataclass
class House:
    """A poller that runs."""

    book: Book
    clock: ManualClock
    poller: Poller


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
async def start(clock: ManualClock) -> AsyncIterator[Callable[..., Awaitable[House]]]:
    tasks: list[asyncio.Task[None]] = []
    houses: list[House] = []

    async def begin(*devices: Device) -> House:
        book = Book()
        house = House(book, clock, Poller(devices, book, clock))
        tasks.append(asyncio.create_task(house.poller.run()))
        houses.append(house)
        await clock.advance(0.001)
        return house

    yield begin
    for task in tasks:
        assert not task.done(), "the poller must never end by itself"
        task.cancel()
    stopping = asyncio.gather(*tasks, return_exceptions=True)
    for house in houses:
        for _ in range(5):
            await house.clock.advance(3.0)
    await stopping


async def test_a_lone_device_is_polled_at_once_and_then_on_its_grid(start) -> None:
    house = await start(device("host", Fake(answer)))
    assert len(house.book.readings) == 1
    assert house.book.reaches == [("host", True, "")]
    await house.clock.advance(300)
    first, *grid = house.book.stamps("host")
    assert first == START
    assert [later - earlier for earlier, later in itertools.pairwise(grid)] == [60_000] * (len(grid) - 1)
    assert len(grid) == 5
    assert [sample.metric for _, _, sample in house.book.own[:2]] == ["reachable", "response.time"]


async def test_a_slow_answer_is_stamped_with_the_schedule_and_timed(start, clock) -> None:
    async def slow() -> Reading:
        await clock.sleep(1.5)
        return Reading()

    house = await start(device("slow", Fake(slow)))
    await house.clock.advance(2)
    (took,) = [sample.value for _, _, sample in house.book.own if sample.metric == "response.time"]
    assert took == pytest.approx(1.5, abs=0.01)
    assert house.book.stamps("slow") == [START]


async def test_a_device_that_fails_is_asked_less_often_logged_once_and_logged_when_back(start, clock, caplog) -> None:
    caplog.set_level(logging.INFO)
    broken, polls = True, []

    async def flaky() -> Reading:
        polls.append(clock.now_ms() - START)
        if broken:
            raise DeviceError("no answer from 10.1.2.3")
        return Reading()

    house = await start(device("ahu", Fake(flaky), interval=10))
    await house.clock.advance(600)
    gaps = [later - earlier for earlier, later in itertools.pairwise(polls)]
    assert max(gaps) <= 100_000
    assert gaps[-1] == 100_000
    assert len(polls) < 15
    assert [record.message for record in caplog.records if "ahu" in record.message] == [
        "ahu is lost: no answer from 10.1.2.3"
    ]
    assert house.book.reaches == [("ahu", False, "no answer from 10.1.2.3")]
    assert house.poller.unreachable() == ["ahu"]
    broken = False
    await house.clock.advance(200)
    assert house.book.reaches[1:] == [("ahu", True, "")]
    assert sum("is back" in record.message for record in caplog.records) == 1
    assert [later - earlier for earlier, later in zip(polls[-4:], polls[-3:], strict=False)] == [10_000] * 3


async def never() -> Reading:
    await asyncio.Event().wait()
    raise AssertionError


async def never_even_when_cancelled() -> Reading:
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if stubborn_may_end.is_set():
                raise


stubborn_may_end = asyncio.Event()


async def raises() -> Reading:
    raise ZeroDivisionError("a bug")


async def cancels_itself() -> Reading:
    raise asyncio.CancelledError


async def garbage() -> Any:
    return {"samples": "none"}


async def garbage_samples() -> Any:
    return Reading(samples=7)


@pytest.mark.parametrize("misbehave", [never, raises, cancels_itself, garbage, garbage_samples])
async def test_whatever_one_driver_does_the_others_are_polled_on_time(start, misbehave) -> None:
    bad, good = Fake(misbehave), Fake(answer)
    house = await start(device("bad", bad), device("good", good))
    await house.clock.advance(600)
    stamps = house.book.stamps("good")
    assert len(stamps) >= 10
    assert all(later - earlier == 60_000 for earlier, later in itertools.pairwise(stamps[1:]))
    assert house.poller.unreachable() == ["bad"]
    assert [reach[:2] for reach in house.book.reaches if reach[0] == "bad"] == [("bad", False)]
    assert bad.closed >= 1


async def test_a_session_is_told_until_when_the_device_was_heard(clock) -> None:
    """By an earlier run of the agent at first; by this one when a driver's bug cost the session."""
    heard: list[int | None] = []
    polls = iter([answer, raises, answer])

    async def poll() -> Any:
        return await next(polls, answer)()

    async def open_it(target: Any, options: Any, clock: Any) -> Any:
        heard.append(target.heard)
        return Fake(poll)

    driver = Driver("kind", "host", "agent", 60.0, Options, (), open_it)
    poller = Poller([Device("ahu", "10.1.2.3", driver, Options(), 60.0, 10.0, {})], Book(), clock)
    poller.resume(START - 3_600_000)
    task = asyncio.create_task(poller.run())
    await clock.advance(0.001)
    await clock.advance(300)
    assert heard == [START - 3_600_000, START]
    task.cancel()
    await asyncio.wait((task,))


async def test_a_call_that_will_not_stop_is_left_behind_once(start) -> None:
    stubborn_may_end.clear()
    calls: list[int] = []

    async def stubborn() -> Reading:
        calls.append(1)
        return await never_even_when_cancelled()

    house = await start(device("bad", Fake(stubborn)), device("good", Fake(answer)))
    await house.clock.advance(900)
    assert len(calls) == 1, "no second call while the first still runs"
    assert house.poller.stuck() == 1
    assert len(house.book.stamps("good")) >= 14
    stubborn_may_end.set()
    for task in asyncio.all_tasks():
        if "stubborn" in repr(task.get_coro()) or "Fake.poll" in repr(task.get_coro()):
            task.cancel()
    await house.clock.advance(0.1)
    assert house.poller.stuck() == 0


async def test_a_device_that_cannot_be_opened_is_lost_not_fatal(start) -> None:
    house = await start(device("bad", DeviceError("no such interface")), device("good", Fake(answer)))
    await house.clock.advance(120)
    assert ("bad", False, "no such interface") in house.book.reaches
    assert len(house.book.stamps("good")) >= 2


async def test_at_most_so_many_devices_of_a_kind_and_behind_one_address_are_asked_at_once(start, clock) -> None:
    now, most = {"kind": 0, "host": 0}, {"kind": 0, "host": 0}

    def counting(what: str) -> Fake:
        async def count() -> Reading:
            now[what] += 1
            most[what] = max(most[what], now[what])
            await clock.sleep(0.5)
            now[what] -= 1
            return Reading()

        return Fake(count)

    kinds = [device(f"k{number}", counting("kind"), concurrency=3) for number in range(12)]
    hosts = [device(f"h{number}", counting("host"), address=f"10.0.0.1:{number}") for number in range(8)]
    house = await start(*kinds, *hosts)
    await house.clock.advance(30)
    assert most == {"kind": 3, "host": 2}
    assert len(house.book.readings) >= 20


async def test_pushed_readings_keep_their_own_time_and_a_lost_subscription_is_renewed(start) -> None:
    session = Pushing(answer)
    house = await start(device("door", session))
    await house.clock.advance(0.25)
    session.queue.put_nowait(Reading([Sample("bacnet.value", "door", 1.0)]))
    await house.clock.advance(0)
    assert [stamp for _, stamp, _ in house.book.pushed] == [START + 251]
    session.queue.put_nowait(DeviceError("subscription refused"))
    session.queue.put_nowait(RuntimeError("a bug"))
    session.queue.put_nowait(Reading())
    await house.clock.advance(0)
    await house.clock.advance(5.5)
    assert len(house.book.pushed) == 1
    await house.clock.advance(11)
    assert len(house.book.pushed) == 2
    assert house.book.reaches == [("door", True, "")], "a lost subscription is not a lost device"


async def test_a_step_of_the_wall_clock_delays_no_poll_beyond_an_interval(start) -> None:
    house = await start(device("host", Fake(answer)))
    await house.clock.advance(60)
    before = len(house.book.readings)
    house.clock.step(-3_600_000)
    await house.clock.advance(130)
    assert len(house.book.readings) >= before + 2


async def test_close_ends_subscriptions_and_sessions() -> None:
    session, book, clock = Pushing(answer), Book(), ManualClock(START)
    poller = Poller([device("door", session)], book, clock)
    task = asyncio.create_task(poller.run())
    await clock.advance(1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await poller.close()
    await poller.close()
    assert session.closed == 1
