"""From a batch on the broker to a message at the channel, every part real."""

import asyncio
import contextlib
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.ingest.ingest import Ingest
from collector.live import Hub
from collector.notify.guard import allowed_of
from collector.notify.notifier import Notifier
from collector.problems.loop.loop import ProblemLoop
from collector.problems.rules import BUILT_IN, load
from collector.secrets import Secrets
from collector.store import channels
from collector.store.channels import NewChannel
from collector.store.database import Database
from protocols.clock import SystemClock
from protocols.mqtt import Endpoint, MqttClient
from protocols.wire.batch import Batch, Fact, PointKey
from protocols.wire.encode import encode
from protocols.wire.topics import topic
from tests.receiver import Request, receiving

RULE = """
[[rule]]
name = "door.forced"
metric = "door.alarm"
is = [1]
severity = "critical"
title = "{point} at {device} is {state}"
advice = "Look at the camera."
"""


@pytest.fixture
def hook() -> Iterator[tuple[int, list[dict[str, Any]]]]:
    got: list[dict[str, Any]] = []

    def take(request: Request) -> None:
        got.append(request.json())

    with receiving(take) as port:
        yield port, got


def door(seq: int, state: float) -> bytes:
    now = SystemClock().now_ms()
    batch = Batch(bytes(range(16)), seq, "lincoln", now, True, bytes(16), devices=[("gate", "door")])
    batch.points = [PointKey(0, "door.alarm", "east", "1")]
    batch.index, batch.times, batch.values = array("H", [0]), array("q", [now]), array("d", [state])
    named = {"name": "Gate", "point.name/door.alarm/east": "East door"}
    batch.facts = [Fact(0, now, {**named, "point.states/door.alarm/east": "0=normal\n1=forced"})]
    return encode(batch)


async def heard(got: list[dict[str, Any]], count: int) -> None:
    async with asyncio.timeout(30):
        while len(got) < count:
            await asyncio.sleep(0.02)


async def test_a_forced_door_is_told_and_told_resolved(
    database: Database, broker: int, hook: tuple[int, list[dict[str, Any]]], tmp_path: Path
) -> None:
    port, got = hook
    path = tmp_path / "rules.toml"
    path.write_text(RULE)
    await database.execute("insert into building (name) values ('Lincoln MS')")
    await database.execute("insert into agent (id, building_id, name) values ('lincoln', 1, 'Lincoln')")
    secrets, clock, hub = Secrets(tmp_path), SystemClock(), Hub()
    await channels.add(database, NewChannel("hook", secrets.encrypt(f"json://127.0.0.1:{port}"), "json", "major"))
    ingest = Ingest(database, hub, Endpoint("127.0.0.1", broker, "collector"), clock)
    loop = ProblemLoop(database, hub, clock, book=load([BUILT_IN, path]))
    ingest.subscribe(loop.on_committed)
    parts = [
        asyncio.create_task(run())
        for run in (ingest.run, loop.run, Notifier(database, clock, secrets, None, allowed_of("127.0.0.1")).run)
    ]
    agent = MqttClient(Endpoint("127.0.0.1", broker, "lincoln"))
    await agent.start()
    try:
        await asyncio.wait_for(agent.connected.wait(), 10)
        async with asyncio.timeout(20):
            while not ingest.health().ok:
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)
        agent.publish(topic("lincoln", "data"), door(1, 1.0))
        await heard(got, 1)
        agent.publish(topic("lincoln", "data"), door(2, 0.0))
        await heard(got, 2)
    finally:
        await agent.stop()
        for part in parts:
            part.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await part
    assert [one["title"] for one in got] == [
        "Problem: Lincoln MS: East door at Gate is forced",
        "Resolved: Lincoln MS: East door at Gate is forced",
    ]
    assert {"reading", "problem", "device"} <= {event.kind for event in hub._kept}
