"""The real `firstbell-agent`: started, killed, started again, its broker killed under it; and what its commands print."""

import asyncio
import itertools
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from protocols.clock import SystemClock
from protocols.mqtt import Endpoint, MqttClient
from protocols.wire.batch import Batch
from protocols.wire.decode import decode
from protocols.wire.messages import Ack, decode_status, encode_ack
from protocols.wire.topics import data_filter, parse, status_filter, topic

HOUSE = Path(__file__).parents[2]
AGENT = [sys.executable, "-m", "agent.cli"]


@dataclass
class Peer:
    """An acknowledging collector in memory that also hears the agent's status."""

    client: MqttClient
    deaf: bool = False
    batches: dict[tuple[bytes, int], Batch] = field(default_factory=dict)
    statuses: list[dict[str, Any]] = field(default_factory=list)

    async def run(self) -> None:
        async for message in self.client.messages():
            agent, channel = parse(message.topic)
            if channel == "status":
                self.statuses.append(decode_status(message.payload))
            elif not self.deaf:
                now = SystemClock().now_ms()
                batch = decode(message.payload, agent=agent, now_ms=now, content_encoding=message.encoding)
                self.batches[batch.stream, batch.seq] = batch
                numbers = {seq for stream, seq in self.batches if stream == batch.stream}
                upto = 0
                while upto + 1 in numbers:
                    upto += 1
                self.client.publish(topic(agent, "ack"), encode_ack(Ack(batch.stream, upto, db_epoch="e")))

    def complete(self) -> bool:
        """Whether every number of every stream up to its last is here."""
        streams = {stream for stream, _ in self.batches}
        for stream in streams:
            numbers = {seq for of, seq in self.batches if of == stream}
            if numbers != set(range(1, max(numbers) + 1)):
                return False
        return bool(streams)


async def until(met: Callable[[], bool], seconds: float = 25.0) -> None:
    async with asyncio.timeout(seconds):
        while not met():
            await asyncio.sleep(0.02)


@pytest.fixture
async def listen() -> AsyncIterator[Callable[[int], Any]]:
    running: list[tuple[Peer, asyncio.Task[None]]] = []

    async def start(port: int) -> Peer:
        client = MqttClient(Endpoint("127.0.0.1", port, "collector"))
        client.subscribe(data_filter())
        client.subscribe(status_filter())
        peer = Peer(client)
        await client.start()
        running.append((peer, asyncio.create_task(peer.run())))
        await asyncio.wait_for(client.connected.wait(), 10)
        return peer

    yield start
    for peer, task in running:
        await peer.client.stop()
        await task


@pytest.fixture
def config(tmp_path: Path) -> Callable[[int], Path]:
    def write(port: int) -> Path:
        path = tmp_path / "agent.toml"
        path.write_text(
            f'[agent]\nid = "lincoln-ms"\nstate = "{tmp_path}/state"\n[collector]\nbroker = "127.0.0.1:{port}"\n'
            '[[device]]\nkind = "host"\naddress = "local"\nkey = "host"\nroom = "MDF"\ninterval = 1\n'
            "options = { updates = false, smart = false }\n"
        )
        return path

    return write


@pytest.fixture
def launch() -> Iterator[Callable[[Path], "subprocess.Popen[bytes]"]]:
    started: list[subprocess.Popen[bytes]] = []

    def start(path: Path) -> "subprocess.Popen[bytes]":
        started.append(subprocess.Popen([*AGENT, "run", "--config", path], stderr=subprocess.PIPE))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


async def ended(process: "subprocess.Popen[bytes]") -> tuple[int, str]:
    _, errors = await asyncio.to_thread(process.communicate)
    return process.returncode, errors.decode()


async def test_a_reading_of_this_machine_arrives_with_its_facts_and_status(broker, listen, config, launch) -> None:
    peer = await listen(broker)
    agent = launch(config(broker))
    await until(lambda: any(batch.times for batch in peer.batches.values()))
    await until(lambda: bool(peer.statuses))
    first = peer.batches[min(peer.batches, key=lambda key: key[1])]
    assert first.devices == [("host", "host")]
    assert first.reach[0].reachable
    assert first.facts[0].attributes["room"] == "MDF"
    assert {"reachable", "response.time", "host.memory.utilization"} <= {point.metric for point in first.points}
    assert all(time % 1000 == 0 for time in first.times)
    assert {"online", "version", "started", "config", "spool", "clock", "host", "health"} <= set(peer.statuses[0])
    agent.send_signal(signal.SIGTERM)
    code, errors = await ended(agent)
    assert code == 0, errors
    await until(lambda: peer.statuses[-1]["online"] is False)
    assert peer.statuses[-1]["leaving"] == "stopped"  # it was told to: its Last Will, and a crash, say no such thing
    assert "leaving" not in peer.statuses[0]
    _, _, shown = (HOUSE / "protocols/wire/README.md").read_text("utf-8").partition("The status")
    named = set(re.findall(r"(\w+):", shown.split("```")[1]))
    said = peer.statuses[-1]
    assert set(said) | {key for part in said.values() if isinstance(part, dict) for key in part} <= named
    assert "Traceback" not in errors


async def test_a_killed_agent_leaves_its_last_will_and_its_spool_is_delivered(broker, listen, config, launch) -> None:
    peer = await listen(broker)
    peer.deaf = True
    path = config(broker)
    agent = launch(path)
    await until(lambda: bool(peer.statuses))
    await asyncio.sleep(2)
    agent.kill()
    await until(lambda: peer.statuses[-1] == {"online": False})
    peer.deaf = False
    launch(path)
    await until(lambda: len(peer.batches) >= 2 and peer.complete())
    assert len({stream for stream, _ in peer.batches}) == 1, "a mere kill begins no new stream"


async def test_a_second_agent_on_the_same_spool_is_one_clear_line(broker, listen, config, launch) -> None:
    peer = await listen(broker)
    path = config(broker)
    first = launch(path)
    await until(lambda: bool(peer.batches))
    code, errors = await ended(launch(path))
    assert code == 1
    assert errors.splitlines()[-1].startswith("firstbell-agent: ")
    assert f"in use by another agent (process {first.pid})" in errors


async def test_a_broker_that_is_killed_and_forgets_everything_loses_nothing(
    mosquitto_program, tmp_path, listen, config, launch, new_port
) -> None:
    configuration = tmp_path / "own.conf"
    port = new_port()
    configuration.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nuser root\n")

    def begin() -> "subprocess.Popen[bytes]":
        return subprocess.Popen([mosquitto_program, "-c", configuration], stderr=subprocess.DEVNULL)

    server = begin()
    try:
        peer = await listen(port)
        launch(config(port))
        for _ in range(2):
            before = len(peer.batches)
            await until(lambda before=before: len(peer.batches) > before)
            server.kill()
            server.wait()
            await asyncio.sleep(2)
            server = begin()
        before = len(peer.batches)
        await until(lambda: len(peer.batches) > before and peer.complete(), 60)
        samples = [
            (batch.points[index].metric, batch.points[index].label, time)
            for batch in peer.batches.values()
            for index, time in zip(batch.index, batch.times, strict=True)
        ]
        assert len(samples) == len(set(samples))
        seconds = sorted(time for metric, _, time in samples if metric == "reachable")
        assert max(later - earlier for earlier, later in itertools.pairwise(seconds)) <= 3000
    finally:
        server.kill()
        server.wait()


def command(*arguments: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*AGENT, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


def test_read_prints_a_table_and_json() -> None:
    shown = command("read", "host", "local", "--option", "updates=false")
    assert shown.returncode == 0
    assert "host.memory.utilization" in shown.stdout
    body = json.loads(command("read", "host", "local", "--json", "--option", "updates=false").stdout)
    assert {"attributes", "samples", "points", "events", "kind", "neighbours"} == set(body)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["read", "bacnte", "10.0.0.1"], 2, "did you mean 'bacnet'?"),
        (["read", "host", "local", "--option", "smrt=true"], 2, "did you mean 'smart'?"),
        (["read", "host", "local", "--option", "smart"], 2, "write key=value"),
        (["run", "--config", "/nowhere/agent.toml"], 2, "/nowhere/agent.toml: no such file; write one"),
        (["check", "--config", "/nowhere/agent.toml"], 2, "no such file"),
        (["discover", "bacnte"], 2, "did you mean 'bacnet'?"),
        (["run", "--confg", "x"], 2, "unrecognized arguments: --confg x; see `firstbell-agent --help`"),
        (["read", "host"], 2, "required: address; see `firstbell-agent read --help`"),
    ],
)
def test_an_error_is_one_clear_line_and_not_zero(arguments: list[str], code: int, says: str) -> None:
    done = command(*arguments)
    assert done.returncode == code
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("firstbell-agent: ")
    assert says in line


@pytest.mark.parametrize("name", ["run", "read", "discover", "check"])
def test_every_command_has_help_with_an_example(name: str) -> None:
    done = command(name, "--help")
    assert done.returncode == 0
    assert f"example:\n  firstbell-agent {name}" in done.stdout


def test_check_says_what_works_and_what_does_not(broker: int, config: Callable[[int], Path]) -> None:
    good = command("check", "--config", config(broker))
    assert good.returncode == 0, good.stdout
    assert "takes this agent" in good.stdout
    bad = command("check", "--config", config(1))
    assert bad.returncode == 1
    assert "FAULT broker: 127.0.0.1:1" in bad.stdout
    assert bad.stderr == ""
