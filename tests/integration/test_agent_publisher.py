"""The publisher against a real broker and a collector that speaks the real wire, while acknowledgements and brokers are lost."""

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.draft import Draft
from agent.publisher import Publisher
from agent.spool import Spool
from agent.timekeeper import Timekeeper
from protocols.clock import SystemClock
from protocols.mqtt import Endpoint, Message, MqttClient
from protocols.wire.batch import Batch
from protocols.wire.decode import decode
from protocols.wire.inflate import inflate
from protocols.wire.messages import Ack, encode_ack
from protocols.wire.topics import DATA_CONTENT_TYPE, data_filter, parse, topic

BOOT = bytes(range(16))
AGENT = "lincoln-ms"


@dataclass
class Peer:
    """A collector in memory: decodes, keeps the ledger, acknowledges as `answer` says."""

    client: MqttClient
    epoch: str = "epoch-1"
    answer: Callable[[int], int] = lambda number: 1
    """How often the ack of the n-th message is sent: 0 loses it, 2 doubles it."""
    refuse: dict[int, str] = field(default_factory=dict)
    batches: dict[tuple[bytes, int], Batch] = field(default_factory=dict)
    digests: dict[tuple[bytes, int], bytes] = field(default_factory=dict)
    arrived: list[int] = field(default_factory=list)
    conflicts: int = 0

    async def run(self) -> None:
        async for message in self.client.messages():
            ack = self._take(message)
            for _ in range(self.answer(len(self.arrived))):
                self.client.publish(topic(AGENT, "ack"), encode_ack(ack))

    def _take(self, message: Message) -> Ack:
        agent, _ = parse(message.topic)
        now = SystemClock().now_ms()
        batch = decode(message.payload, agent=agent, now_ms=now, content_encoding=message.encoding)
        key = (batch.stream, batch.seq)
        digest = hashlib.sha256(inflate(message.payload, message.encoding)).digest()
        self.conflicts += self.digests.setdefault(key, digest) != digest
        self.arrived.append(batch.seq)
        if batch.seq not in self.refuse:
            self.batches[key] = batch
        return self.ack(batch.stream)

    def ack(self, stream: bytes) -> Ack:
        numbers = {seq for of, seq in self.batches if of == stream} | set(self.refuse)
        upto = 0
        while upto + 1 in numbers:
            upto += 1
        return Ack(stream, upto, [(seq, seq) for seq in sorted(numbers) if seq > upto], dict(self.refuse), self.epoch)

    def values(self) -> list[float]:
        return sorted(value for batch in self.batches.values() for value in batch.values)


@dataclass
class House:
    """An agent's half: spool and publisher, running."""

    spool: Spool
    publisher: Publisher
    stored: int = 0

    async def store(self, count: int, samples: int = 1) -> None:
        """Store batches whose samples have the values 0, 1, 2, …"""
        clock = self.publisher.time.clock
        for _ in range(count):
            draft = Draft(self.publisher.time.state())
            for _ in range(samples):
                assert draft.put_sample(
                    ("ahu", "hvac"), ("bacnet.value", "a", "Cel"), clock.now_ms(), float(self.stored)
                )
                self.stored += 1
            await self.spool.store([draft])
        self.publisher.wake()


async def until(met: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait until it is so; fails when it does not come to be."""
    async with asyncio.timeout(seconds):
        while not met():
            await asyncio.sleep(0.01)


@pytest.fixture
async def peer(broker: int) -> AsyncIterator[Peer]:
    client = MqttClient(Endpoint("127.0.0.1", broker, "collector"))
    client.subscribe(data_filter())
    await client.start()
    found = Peer(client)
    task = asyncio.create_task(found.run())
    await asyncio.wait_for(client.connected.wait(), 10)
    yield found
    await client.stop()
    await task


@pytest.fixture
async def begin(broker: int, tmp_path: Path) -> AsyncIterator[Callable[[], Awaitable[House]]]:
    running: list[tuple[House, list[asyncio.Task[None]]]] = []

    async def stop() -> None:
        while running:
            house, tasks = running.pop()
            await house.publisher.client.stop()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await house.spool.close()

    async def start() -> House:
        await stop()
        time = Timekeeper(SystemClock(), BOOT, lambda: True)
        spool = Spool(tmp_path / "spool.db", AGENT, time.clock, BOOT)
        await spool.open()
        client = MqttClient(Endpoint("127.0.0.1", broker, AGENT))
        publisher = Publisher(client, spool, time)
        publisher.window.patience = 0.3
        await client.start()

        async def receive() -> None:
            async for message in client.messages():
                await publisher.receive(message)

        house = House(spool, publisher)
        running.append((house, [asyncio.create_task(publisher.run()), asyncio.create_task(receive())]))
        return house

    yield start
    await stop()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resends come after fractions of a second instead of many."""
    monkeypatch.setattr("agent.window.RESEND_S", 0.3)
    monkeypatch.setattr("agent.window.RESEND_MOST_S", 0.6)


async def empty(house: House) -> None:
    """Wait until the collector has everything."""
    async with asyncio.timeout(20):
        while (await house.spool.state()).batches:
            await asyncio.sleep(0.02)


async def test_everything_arrives_once_and_leaves_the_spool(begin, peer: Peer) -> None:
    house = await begin()
    await house.store(100, samples=20)
    await empty(house)
    assert peer.values() == [float(number) for number in range(2000)]
    assert peer.conflicts == 0
    assert (await house.spool.state()).oldest is None


async def test_lost_and_doubled_acknowledgements_cost_resends_and_nothing_else(begin, peer: Peer) -> None:
    source = random.Random(3)
    peer.answer = lambda number: source.choice((0, 0, 1, 2))
    house = await begin()
    await house.store(40)
    await empty(house)
    assert peer.values() == [float(number) for number in range(40)]
    assert peer.conflicts == 0
    assert len(peer.arrived) >= 40


async def test_never_more_than_eight_are_unacknowledged(begin, peer: Peer) -> None:
    peer.answer = lambda number: 0
    house = await begin()
    await house.store(30)
    await until(lambda: len(set(peer.arrived)) == 8)
    await until(lambda: len(peer.arrived) > 20)
    assert len(set(peer.arrived)) == 8
    peer.answer = lambda number: 1
    await empty(house)
    assert len(peer.values()) == 30


async def test_the_newest_arrives_while_a_backlog_flows(begin, peer: Peer) -> None:
    peer.answer = lambda number: 0
    house = await begin()
    await house.publisher.client.stop()
    await house.store(300)
    house = await begin()
    await house.store(1)
    await until(lambda: len(peer.arrived) >= 8)
    assert 301 in peer.arrived[:10], "the newest is not behind the backlog"
    peer.answer = lambda number: 1
    await empty(house)
    assert len(peer.batches) == 301


async def test_a_refused_batch_is_counted_and_the_rest_goes_on(begin, peer: Peer) -> None:
    peer.refuse = {2: "shape"}
    house = await begin()
    await house.store(4)
    await empty(house)
    assert peer.values() == [0.0, 2.0, 3.0]
    assert house.publisher.refused >= 1
    assert peer.arrived.count(2) <= 2


async def test_a_restored_database_is_refilled(begin, peer: Peer) -> None:
    house = await begin()
    told: list[bool] = []
    house.publisher.restored = lambda: told.append(True)
    await house.store(50)
    await empty(house)
    for key in [key for key in peer.batches if key[1] > 20]:
        del peer.batches[key]
    peer.epoch = "epoch-2"
    await house.store(1)
    await until(lambda: len(peer.batches) == 51)
    await empty(house)
    assert peer.values() == [float(number) for number in range(51)]
    assert told == [True]
    assert peer.conflicts == 0


async def test_an_agent_that_starts_again_sends_what_was_not_acknowledged_byte_for_byte(begin, peer: Peer) -> None:
    peer.answer = lambda number: 0
    house = await begin()
    await house.store(12)
    await until(lambda: len(set(peer.arrived)) == 8)
    house = await begin()
    peer.answer = lambda number: 1
    await empty(house)
    assert peer.values() == [float(number) for number in range(12)]
    assert peer.conflicts == 0


async def test_unreadable_acknowledgements_are_passed_over(begin, peer: Peer) -> None:
    house = await begin()
    await asyncio.wait_for(house.publisher.client.connected.wait(), 10)
    for payload in (b"", b"\xff" * 50, b"\x80", encode_ack(Ack(bytes(16), 10**9, [(5, 2)], {7: "shape"}, "epoch-1"))):
        peer.client.publish(topic(AGENT, "ack"), payload)
    await house.store(3)
    await empty(house)
    assert peer.values() == [0.0, 1.0, 2.0]


async def test_nothing_leaves_while_the_clock_is_not_believed(begin, peer: Peer) -> None:
    house = await begin()
    await house.store(1)
    await empty(house)
    house.publisher.time.synchronised = lambda: False
    house.spool.confirmed_ms += 2 * 3_600_000
    await house.store(2)
    await until(lambda: house.publisher.held)
    assert len(peer.arrived) == 1
    house.publisher.time.synchronised = lambda: True
    house.publisher.wake()
    await empty(house)
    assert len(peer.values()) == 3


async def test_the_content_type_names_the_schema_and_large_batches_are_deflated(begin, peer: Peer) -> None:
    seen: list[str | None] = []
    whole = peer._take
    peer._take = lambda message: (seen.append(message.encoding), whole(message))[1]
    house = await begin()
    await house.store(1)
    await house.store(1, samples=500)
    await empty(house)
    assert sorted(seen, key=str) == [None, "zlib"]
    assert DATA_CONTENT_TYPE.endswith("+msgpack")
