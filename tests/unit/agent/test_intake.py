"""From readings to a real spool: what the disk takes, what it refuses, and what is told when memory could not hold it."""

import asyncio
import random
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from agent.config import Device
from agent.draft import Clocking
from agent.intake import RETRY_S, Intake
from agent.parents import Place
from agent.spool import Spool
from agent.timekeeper import Timekeeper
from protocols.clock import ManualClock
from protocols.driver import DeviceEvent, Driver, Neighbour, PointInfo, Reading, Sample
from protocols.wire import limits
from protocols.wire.batch import Batch
from protocols.wire.decode import decode

NOW = 1_760_000_000_000
BOOT = bytes(range(16))


class Options(msgspec.Struct):
    """None."""


async def unopened(target: object, options: object, clock: object) -> None:
    raise AssertionError


DRIVER = Driver("bacnet", "hvac", "bacnet", 60.0, Options, (), unopened)
AHU = Device("ahu-1", "10.1.2.3", DRIVER, Options(), 60.0, 10.0, {"name": "AHU 1", "address": "10.1.2.3"})


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
async def spool(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Spool]:
    opened = Spool(tmp_path / "spool.db", "lincoln-ms", clock, BOOT)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def woken() -> list[bool]:
    return []


@pytest.fixture
def intake(spool: Spool, clock: ManualClock, woken: list[bool]) -> Intake:
    return Intake(spool, Timekeeper(clock, BOOT, lambda: True), lambda: woken.append(True))


async def batches(spool: Spool) -> list[Batch]:
    parcels = await spool.take([], 1000, 0, Clocking(True, BOOT, 0))
    return [
        decode(parcel.payload, agent="lincoln-ms", now_ms=NOW + 10**9, content_encoding=parcel.encoding)
        for parcel in parcels
    ]


async def test_a_reading_is_on_disk_with_its_facts_and_the_publisher_is_woken(intake, spool, woken) -> None:
    points = [PointInfo("bacnet.value", "ai,1", "Supply air")]
    intake.reading(
        AHU, NOW, Reading([Sample("bacnet.value", "ai,1", 18.5, "Cel")], {"model": "X", "name": "dev"}, points)
    )
    await intake.flush(force=True)
    (batch,) = await batches(spool)
    assert batch.devices == [("ahu-1", "hvac")]
    assert batch.facts[0].attributes == {
        "model": "X",
        "name": "AHU 1",
        "address": "10.1.2.3",
        "point.name/bacnet.value/ai,1": "Supply air",
    }
    assert woken == [True]


async def test_an_event_is_on_disk_at_once_and_quiet_readings_wait(intake, spool, clock) -> None:
    intake.reading(AHU, NOW, Reading([Sample("reachable", None, 1.0)]))
    assert await intake.flush() == pytest.approx(0.25)
    await clock.advance(0.3)
    assert await intake.flush() is None
    intake.reading(AHU, NOW, Reading([Sample("reachable", None, 1.0)]))
    assert await intake.flush() == pytest.approx(10.0)
    intake.reading(AHU, NOW, Reading(events=[DeviceEvent("alarm", "major", {})]))
    assert await intake.flush() is None
    assert [len(batch.events) for batch in await batches(spool)] == [0, 1]


async def test_what_a_full_disk_refuses_waits_in_memory_and_is_stored_later(intake, spool, woken) -> None:
    limit(spool, 0)
    for number in range(200):
        intake.samples(AHU, NOW + number, [Sample("bacnet.value", str(point), 0.1 * point) for point in range(200)])
    await intake.flush(force=True)
    assert "full" in intake.disk
    stored = len(woken)
    limit(spool, 100_000)
    await intake.flush(force=True)
    assert intake.disk is None
    assert len(woken) == stored + 1
    assert sum(len(batch.times) for batch in await batches(spool)) == 200 * 200


async def test_a_disk_that_refuses_is_not_asked_at_each_reading(intake, spool, clock, monkeypatch) -> None:
    connection = spool.file.store.connection
    connection.execute("create temp trigger full before insert on main.batch begin select raise(abort, 'full'); end")
    asked: list[int] = []
    store = spool.store
    monkeypatch.setattr(spool, "store", lambda drafts: asked.append(len(drafts)) or store(drafts))
    for number in range(4 * round(RETRY_S)):
        intake.reading(AHU, NOW + number, Reading(events=[DeviceEvent("alarm", "major", {})]))
        assert await intake.flush() <= RETRY_S
        await clock.advance(0.5)
    assert len(asked) == 2
    connection.execute("drop trigger full")
    await intake.flush()
    assert intake.disk is None
    assert sum(len(batch.events) for batch in await batches(spool)) == 4 * RETRY_S


async def test_what_memory_could_not_hold_is_told_as_a_gap(intake, spool, monkeypatch) -> None:
    monkeypatch.setattr("agent.intake.WAITING_BYTES", 150_000)
    limit(spool, 0)
    for number in range(20):
        intake.samples(
            AHU, NOW + number * 1000, [Sample("bacnet.value", str(point), float(point)) for point in range(1000)]
        )
        await intake.flush(force=True)
    limit(spool, 100_000)
    await intake.flush(force=True)
    await intake.flush(force=True)
    arrived = await batches(spool)
    samples = sum(len(batch.times) for batch in arrived)
    (told,) = [event for batch in arrived for event in batch.events]
    assert told.kind == "agent.gap"
    assert samples + told.detail["samples"] == 20_000
    assert told.detail["since"] == NOW
    assert told.detail["until"] == min(time for batch in arrived for time in batch.times) - 1000
    assert 0 < samples < 20_000


async def test_events_and_facts_that_memory_could_not_hold_are_counted_and_the_facts_told_again(
    intake, spool, monkeypatch
) -> None:
    monkeypatch.setattr("agent.intake.WAITING_BYTES", 1)
    limit(spool, 0)
    facts = {f"attribute {number}": random.Random(number).randbytes(200).hex() for number in range(100)}
    intake.reading(AHU, NOW, Reading([], facts, events=[DeviceEvent("alarm", "major", {})]))
    await intake.flush(force=True)
    intake.reading(AHU, NOW + 1000, Reading(events=[DeviceEvent("alarm", "major", facts)]))
    await intake.flush(force=True)
    limit(spool, 100_000)
    intake.reading(AHU, NOW + 2000, Reading())
    await intake.flush(force=True)
    await intake.flush(force=True)
    arrived = await batches(spool)
    lost = 1 + -(-len(facts | AHU.facts) // limits.MAP_ENTRIES)
    (gap,) = [event for batch in arrived for event in batch.events if event.kind == "agent.gap"]
    assert (gap.detail["since"], gap.detail["until"], gap.detail["samples"]) == (NOW, NOW, lost)
    told = {name for batch in arrived for fact in batch.facts for name in fact.attributes}
    assert facts.keys() <= told


async def test_an_error_while_shrinking_does_not_store_anything_twice(intake, spool) -> None:
    for number in range(30):
        intake.samples(
            AHU, NOW + number * 1000, [Sample("bacnet.value", str(point), 0.1 * point) for point in range(300)]
        )
        await intake.flush(force=True)
    spool.most_bytes = 10_000
    spool.file.store.connection.execute(
        "create trigger full before update on batch begin select raise(abort, 'full'); end"
    )
    intake.samples(AHU, NOW, [Sample("bacnet.value", "last", 1.0)])
    await intake.flush(force=True)
    await intake.flush(force=True)
    assert intake.disk is None
    spool.file.store.connection.execute("drop trigger full")
    labels = [batch.points[index].label for batch in await batches(spool) for index in batch.index]
    assert labels.count("last") == 1


async def test_a_stop_while_the_disk_is_busy_stores_nothing_twice(intake, spool) -> None:
    """The disk's thread is not cancelled with the loop that waits for it: what it stores meanwhile is not stored again."""
    writing, release = threading.Event(), threading.Event()
    connection = spool.file.store.connection
    connection.create_function("slow", 0, lambda: writing.set() or release.wait(10))
    connection.execute("create temp trigger slow after insert on main.batch begin select slow(); end")
    intake.reading(AHU, NOW, Reading(events=[DeviceEvent("alarm", "major", {})]))
    running = asyncio.create_task(intake.run())
    await asyncio.to_thread(writing.wait)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    last = asyncio.create_task(intake.flush(force=True))
    await asyncio.sleep(0)
    release.set()
    await last
    assert [len(batch.events) for batch in await batches(spool)] == [1]


def limit(spool: Spool, pages: int) -> None:
    """Let the disk hold so many more pages and no more, as a full one does."""
    connection = spool.file.store.connection
    (count,) = connection.execute("pragma page_count").fetchone()
    connection.execute(f"pragma max_page_count = {count + pages}")


SWITCH = Device("sw-1", "10.1.0.2", DRIVER, Options(), 60.0, 10.0, {"address": "10.1.0.2"})


async def test_what_a_device_turned_out_to_be_is_remembered(intake, spool) -> None:
    intake.reading(SWITCH, NOW, Reading([Sample("network.uptime", None, 5.0)], kind="switch"))
    intake.reach(SWITCH, NOW, False, "gone")
    await intake.flush(force=True)
    (batch,) = await batches(spool)
    assert batch.devices == [("sw-1", "switch")]


async def test_a_parent_follows_from_neighbours_and_is_told_of_a_silent_device_too(intake, spool, clock) -> None:
    intake.place = lambda: Place(table={"10.1.2.3": "02:00:00:00:00:09"})
    intake.reach(AHU, NOW, False, "no answer")
    for _ in range(4):
        intake.reading(SWITCH, NOW, Reading(neighbours=[Neighbour("7", "fdb", "02:00:00:00:00:09")]))
        await clock.advance(60)
    await intake.flush(force=True)
    told = [
        fact.attributes
        for batch in await batches(spool)
        for fact in batch.facts
        if batch.devices[fact.device][0] == "ahu-1"
    ]
    assert told[-1] == {"parent": "sw-1", "parent.port": "7"}
