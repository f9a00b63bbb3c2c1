"""The agent: memory and processor share of a real `firstbell-agent run` that reads 1,500 points a minute, and how soon it is heard.

It watches this machine under many keys (each a full reading of the host driver) and publishes to a real Mosquitto; an
acknowledging peer stands in for the collector. Bars: RSS ≤ 60 MB, ≤ 3 % of one core, first acknowledgement ≤ 3 s.
"""

import asyncio
import os
import shutil
import socket
import sys
import tempfile
from pathlib import Path

from protocols.clock import SystemClock
from protocols.mqtt import Endpoint, MqttClient
from protocols.wire.decode import decode
from protocols.wire.messages import Ack, encode_ack
from protocols.wire.topics import data_filter, parse, topic

DEVICES = 17
INTERVAL = 15
SETTLE_S = 5.0
WINDOW_S = 20.0
TICKS = os.sysconf("SC_CLK_TCK")


class Peer:
    """Acknowledges every batch; knows when the first samples were acknowledged and how many there were, and how many polls."""

    def __init__(self, port: int) -> None:
        self.client = MqttClient(Endpoint("127.0.0.1", port, "collector"))
        self.client.subscribe(data_filter())
        self.first = asyncio.Event()
        self.samples = self.polls = 0
        self._numbers: set[int] = set()

    async def run(self) -> None:
        async for message in self.client.messages():
            agent, _ = parse(message.topic)
            batch = decode(
                message.payload, agent=agent, now_ms=SystemClock().now_ms(), content_encoding=message.encoding
            )
            self._numbers.add(batch.seq)
            upto = 0
            while upto + 1 in self._numbers:
                upto += 1
            self.client.publish(topic(agent, "ack"), encode_ack(Ack(batch.stream, upto, db_epoch="bench")))
            self.samples += len(batch.times)
            self.polls += sum(batch.points[index].metric == "reachable" for index in batch.index)
            if batch.times:
                self.first.set()


async def measure() -> dict[str, float]:
    """RSS in MB, share of one core in %, samples a minute, seconds from start to the first acknowledged sample."""
    folder = Path(tempfile.mkdtemp(prefix="firstbell-bench-"))
    port = _free_port()
    mosquitto = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if mosquitto is None:
        return {}
    broker = await asyncio.create_subprocess_exec(mosquitto, "-p", str(port), stderr=asyncio.subprocess.DEVNULL)
    peer = Peer(port)
    await peer.client.start()
    task = asyncio.create_task(peer.run())
    try:
        await asyncio.wait_for(peer.client.connected.wait(), 10)
        return await _watch(peer, _config(folder, port))
    finally:
        await peer.client.stop()
        await task
        broker.terminate()
        await broker.wait()
        shutil.rmtree(folder, ignore_errors=True)


async def _watch(peer: Peer, config: Path) -> dict[str, float]:
    clock = SystemClock()
    began = clock.monotonic()
    agent = await asyncio.create_subprocess_exec(sys.executable, "-m", "agent.cli", "run", "--config", str(config))
    try:
        await asyncio.wait_for(peer.first.wait(), 30)
        first = clock.monotonic() - began
        await asyncio.sleep(SETTLE_S)
        at, used, samples = clock.monotonic(), _processor_seconds(agent.pid), peer.samples
        await asyncio.sleep(WINDOW_S)
        elapsed = clock.monotonic() - at
        return {
            "agent.rss_mb": _rss_mb(agent.pid),
            "agent.cpu_percent": 100 * (_processor_seconds(agent.pid) - used) / elapsed,
            "agent.samples_per_minute": 60 * (peer.samples - samples) / elapsed,
            "agent.first_acknowledged_s": first,
        }
    finally:
        agent.terminate()
        await agent.wait()


def _config(folder: Path, port: int) -> Path:
    lines = [
        "[agent]",
        'id = "bench"',
        f'state = "{folder}"',
        'log = "warning"',
        "[collector]",
        f'broker = "127.0.0.1:{port}"',
    ]
    for number in range(DEVICES):
        lines += [
            "[[device]]",
            'kind = "host"',
            'address = "local"',
            f'key = "host-{number}"',
            f"interval = {INTERVAL}",
        ]
        lines += ["options = { updates = false, smart = false }"]
    path = folder / "agent.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


def _rss_mb(pid: int) -> float:
    rows = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith("VmRSS:")) / 1024


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    print(asyncio.run(measure()))
