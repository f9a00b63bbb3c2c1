"""Ingest from broker to committed rows against a bare COPY of the same rows."""

import asyncio
import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from collector.ingest.ingest import Ingest
from collector.live import Hub
from collector.store.database import Database
from collector.store.migrate import migrate
from collector.store.samples import encode_copy
from deploy.postgres import EmbeddedPostgres
from protocols.clock import SystemClock
from protocols.mqtt import Endpoint, MqttClient
from protocols.wire.batch import Batch, PointKey
from protocols.wire.encode import deflate, encode
from protocols.wire.messages import decode_ack
from protocols.wire.topics import topic

AGENTS, POINTS, BATCH = 4, 2_000, 5_000
BATCHES = 40
"""Of each agent: 800,000 samples in all."""
WINDOW = 8
"""Unacknowledged batches of an agent, as its publisher keeps it."""
ROUNDS = 3


async def measure() -> dict[str, Any]:
    """Medians of `ROUNDS` rounds, bare COPY and ingest by turns: rows/s of each, their ratio (bar 0.6)."""
    folder = Path(tempfile.mkdtemp(prefix="firstbell-bench-"))
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder / "database")
    server.data.mkdir()
    try:
        await server.start()
        database = Database(server.dsn)
        await database.open()
        await migrate(database)
        with _broker(folder) as port:
            bare, through = await _rounds(database, port)
        await database.close()
    finally:
        await server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    ratios = sorted(t / b for b, t in zip(bare, through, strict=True))
    return {
        "ingest.rows_per_second": round(sorted(through)[ROUNDS // 2]),
        "ingest.bare_copy.rows_per_second": round(sorted(bare)[ROUNDS // 2]),
        "ingest.ratio": round(ratios[ROUNDS // 2], 3),
    }


async def _rounds(database: Database, port: int) -> tuple[list[float], list[float]]:
    await database.execute("insert into building (name) values ('bench')")
    for agent in range(AGENTS):
        await database.execute("insert into agent (id, building_id, name) values (%s, 1, 'bench')", [f"agent-{agent}"])
    await database.execute("create table bare (like sample including indexes)")
    ingest = Ingest(database, Hub(), Endpoint("127.0.0.1", port, "collector"), SystemClock())
    task = asyncio.create_task(ingest.run())
    bare, through = [], []
    base = SystemClock().now_ms() - 3_600_000
    for turn in range(ROUNDS + 1):  # the first warms up: points are made, partitions too
        start = base + turn * BATCHES * BATCH // POINTS * 1_000
        through.append(await _through(port, start, turn))
        bare.append(await _bare(database, start))
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    return bare[1:], through[1:]


async def _bare(database: Database, start: int) -> float:
    columns = [_columns(number, start) for number in range(BATCHES)]
    await database.execute("checkpoint")
    began = time.perf_counter()
    for number in range(BATCHES):
        index, times, values = columns[number]
        points = np.concatenate([index.astype(np.int32) + 1 + agent * POINTS for agent in range(AGENTS)])
        payload = encode_copy(points, np.tile(times, AGENTS), np.tile(values, AGENTS))
        async with (
            database.transaction() as connection,
            connection.cursor().copy("copy bare from stdin with (format binary)") as copy,
        ):
            await copy.write(payload)
    return AGENTS * BATCHES * BATCH / (time.perf_counter() - began)


async def _through(port: int, start: int, turn: int) -> float:
    """Rows a second from the first publish to the last acknowledgement, agents with their window of batches."""
    loads = [[_payload(agent, number, start, turn) for number in range(BATCHES)] for agent in range(AGENTS)]
    clients = [MqttClient(Endpoint("127.0.0.1", port, f"agent-{agent}")) for agent in range(AGENTS)]
    for agent, client in enumerate(clients):
        client.subscribe(topic(f"agent-{agent}", "ack"))
        await client.start()
        await asyncio.wait_for(client.connected.wait(), 10)
    await asyncio.sleep(0.5)
    began = time.perf_counter()
    await asyncio.gather(*(_publish(client, f"agent-{a}", loads[a]) for a, client in enumerate(clients)))
    rate = AGENTS * BATCHES * BATCH / (time.perf_counter() - began)
    for client in clients:
        await client.stop()
    return rate


async def _publish(client: MqttClient, agent: str, load: list[tuple[bytes, str | None]]) -> None:
    sent, upto = 0, 0
    messages = client.messages()
    while upto < len(load):
        while sent < min(upto + WINDOW, len(load)):
            payload, encoding = load[sent]
            client.publish(topic(agent, "data"), payload, encoding=encoding)
            sent += 1
        upto = max(upto, decode_ack((await anext(messages)).payload).upto)


def _columns(number: int, start: int) -> tuple[Any, Any, Any]:
    index = np.arange(BATCH, dtype=np.uint16) % POINTS
    times = start + (number * BATCH + np.arange(BATCH)) // POINTS * 1_000
    values = 20 + np.random.default_rng(number).normal(size=BATCH).round(2)
    return index, times.astype(np.int64), values


def _payload(agent: int, number: int, start: int, turn: int) -> tuple[bytes, str | None]:
    index, times, values = _columns(number, start)
    batch = Batch(bytes([turn, agent] * 8), number + 1, f"agent-{agent}", start, True, bytes(16))
    batch.devices = [(f"device-{device}", "bacnet") for device in range(POINTS // 100)]
    batch.points = [PointKey(point // 100, "bacnet.value", f"ai:{point}", "Cel") for point in range(POINTS)]
    batch.index, batch.times = array("H", index.tobytes()), array("q", times.tobytes())
    batch.values = array("d", values.tobytes())
    return deflate(encode(batch))


@contextlib.contextmanager
def _broker(folder: Path) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nuser root\n")
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin") or "mosquitto"
    process = subprocess.Popen([program, "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(10)


if __name__ == "__main__":
    print(asyncio.run(measure()))
