"""The way between agent and broker is cut, goes silent, is slow, and the broker forgets: lost = 0, doubled = 0."""

import asyncio
import random
import subprocess

import pytest

from tests.faults.building import Meter, compare, drained, enrol, ingesting, told, until, watching
from tests.faults.proxy import Proxy


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resends come after a second instead of five, reconnects at once."""
    monkeypatch.setattr("agent.window.RESEND_S", 1.0)
    monkeypatch.setattr("agent.window.RESEND_MOST_S", 2.0)


@pytest.fixture
async def enrolled(database):
    await enrol(database)
    return database


async def _cuts(database, broker, folder, count: int) -> None:
    chance, meter = random.Random(11), Meter()
    async with Proxy(broker) as proxy, ingesting(database, broker):
        async with watching(folder, proxy.port, meter.device()) as agent:
            for _ in range(count):
                await until(agent.client.connected.is_set)
                await asyncio.sleep(chance.uniform(0, 0.8))
                proxy.cut()
                await until(lambda: not agent.client.connected.is_set())
                proxy.heal()
            await drained(agent)
        assert proxy.connections > count
        async with watching(folder, broker) as agent:
            await drained(agent)
    assert await compare(database, meter) > 20 * count


async def test_connections_cut_again_and_again(enrolled, broker, tmp_path):
    await _cuts(enrolled, broker, tmp_path, 6)


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_connections_cut_two_hundred_times(enrolled, broker, tmp_path):
    await _cuts(enrolled, broker, tmp_path, 200)


async def test_the_way_to_the_collector_is_cut_and_acknowledgements_with_it(enrolled, broker, tmp_path):
    meter = Meter()
    async with Proxy(broker) as proxy, ingesting(enrolled, proxy.port) as ingest:
        async with watching(tmp_path, broker, meter.device()) as agent:
            for _ in range(3):
                await until(lambda: ingest.health().ok)
                await told(meter, 60)
                proxy.cut()
                await told(meter, 40)
                proxy.heal()
            await drained(agent)
        await _rest(tmp_path, broker)
    assert await compare(enrolled, meter) > 300


async def _rest(folder, port) -> None:
    """What a stopping agent stored last goes out at its next start."""
    async with watching(folder, port) as agent:
        await drained(agent)


@pytest.mark.parametrize("side", ["agent", "collector"])
async def test_a_half_open_path(enrolled, broker, tmp_path, side):
    """Nothing is told by TCP: sockets look open while nothing passes."""
    meter = Meter()
    async with Proxy(broker) as proxy:
        ports = {"agent": broker, "collector": broker} | {side: proxy.port}
        async with ingesting(enrolled, ports["collector"]):
            async with watching(tmp_path, ports["agent"], meter.device()) as agent:
                await told(meter, 100)
                await drained(agent)
                proxy.hush()
                acknowledged = agent.publisher.acknowledged
                await told(meter, 200)
                assert agent.publisher.acknowledged <= acknowledged + 1
                assert (await agent.spool.state()).batches > 0
                proxy.heal()
                await drained(agent)
            await _rest(tmp_path, broker)
    assert await compare(enrolled, meter) > 300


async def _partition(database, broker, folder, values: int) -> None:
    """Cut off for as long as it takes to tell so many values: 80 a second, half a second to a batch."""
    meter = Meter()
    async with Proxy(broker) as proxy, ingesting(database, broker):
        async with watching(folder, proxy.port, meter.device()) as agent:
            await told(meter, 40)
            proxy.cut()
            await told(meter, values, values / 10)
            waiting = (await agent.spool.state()).batches
            assert waiting >= values / 80, "what is read goes to disk meanwhile"
            proxy.heal()
            await drained(agent, 60)
        await _rest(folder, broker)
    assert await compare(database, meter) > values


async def test_a_partition(enrolled, broker, tmp_path):
    await _partition(enrolled, broker, tmp_path, 320)


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_a_partition_of_ten_minutes(enrolled, broker, tmp_path):
    await _partition(enrolled, broker, tmp_path, 600 * 80)


async def test_a_late_and_narrow_path(enrolled, broker, tmp_path):
    """A school's worst line: 150 ms each way and 16 kB/s."""
    meter = Meter(points=40)
    async with Proxy(broker, late=0.15, rate=16_000) as proxy, ingesting(enrolled, broker):
        async with watching(tmp_path, proxy.port, meter.device()) as agent:
            await told(meter, 4000)
            proxy.rate, proxy.late = float("inf"), 0.0
            await drained(agent)
        await _rest(tmp_path, broker)
    assert await compare(enrolled, meter) >= 4000


async def test_a_collector_ten_times_too_slow(enrolled, broker, tmp_path):
    """Back-pressure: eight batches are in flight, the rest waits on the agent's disk and not in the broker or in memory."""
    meter = Meter(points=200)
    async with Proxy(broker, rate=3_000) as proxy, ingesting(enrolled, proxy.port):
        async with watching(tmp_path, broker, meter.device()) as agent:
            await until(lambda: len(agent.publisher.window.sent) == 8, 60)
            await told(meter, 6000)
            assert len(agent.publisher.window.sent) <= 8
            assert (await agent.spool.state()).batches > 8
            proxy.rate = float("inf")
            await drained(agent)
        await _rest(tmp_path, broker)
    assert await compare(enrolled, meter) >= 6000


async def test_a_broker_that_is_killed_and_forgets(enrolled, mosquitto_program, new_port, tmp_path):
    port, meter = new_port(), Meter()
    configuration = tmp_path / "mosquitto.conf"
    configuration.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nuser root\n")

    def begin() -> "subprocess.Popen[bytes]":
        return subprocess.Popen([mosquitto_program, "-c", configuration], stderr=subprocess.DEVNULL)

    server = begin()
    try:
        async with ingesting(enrolled, port) as ingest:
            async with watching(tmp_path, port, meter.device()) as agent:
                for _ in range(3):
                    await until(lambda: agent.client.connected.is_set() and ingest.health().ok)
                    await told(meter, 60)
                    server.kill()
                    server.wait()
                    await told(meter, 20)
                    server = begin()
                await drained(agent)
            await _rest(tmp_path, port)
    finally:
        server.kill()
        server.wait()
    assert await compare(enrolled, meter) > 240
