"""A building that is cut off tells by itself, to real receivers; the collector that is back tells nobody a second time."""

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiosmtpd.controller import Controller

from agent.config import AgentOptions, CollectorOptions, Config, Device
from agent.edge.options import EdgeConfig
from agent.edge.rules import load
from agent.edge.times import night
from agent.edge.ways.mail import MailWay
from agent.edge.ways.ntfy import NtfyWay
from agent.run import Agent
from collector.ingest.ingest import Ingest
from collector.live import Hub
from collector.notify.guard import allowed_of
from collector.notify.notifier import Notifier
from collector.problems.loop.loop import ProblemLoop
from collector.secrets import Secrets
from collector.store import channels
from collector.store.channels import NewChannel
from collector.store.database import Database
from protocols.address import Place
from protocols.clock import Clock, SystemClock
from protocols.driver import DeviceEvent, Driver, Reading, Sample, Session, Target
from protocols.mqtt import Endpoint
from tests.faults.building import AGENT, drained, enrol, until
from tests.faults.proxy import Proxy
from tests.receiver import Request, receiving

AFTER_MS = 1500
OUT, FORCED = "cannot reach the collector", "was forced open"


@dataclass
class Town:
    """Who is told: mails of the building, pushes of the building (ntfy), and what the collector's channel got."""

    smtp: int = 0
    http: int = 0
    mails: list[Message] = field(default_factory=list)
    pushes: list[dict[str, Any]] = field(default_factory=list)
    channel: list[str] = field(default_factory=list)

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802  (aiosmtpd's name)
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 taken"

    @property
    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails]


@pytest.fixture
def town(new_port: Callable[[], int]) -> Iterator[Town]:
    town = Town()

    def take(request: Request) -> None:
        if request.path == "/collector":
            town.channel.append(request.json()["title"])
        else:
            town.pushes.append(request.json())

    relay = Controller(town, hostname="127.0.0.1", port=new_port())
    relay.start()
    assert relay.server is not None
    town.smtp = relay.server.sockets[0].getsockname()[1]
    with receiving(take) as town.http:
        yield town
    relay.stop()


class NoOptions(msgspec.Struct):
    """A door takes none."""


@dataclass
class Door:
    """An access door that is polled every second."""

    state: float = 0.0
    events: list[DeviceEvent] = field(default_factory=list)

    async def poll(self) -> Reading:
        told, self.events = self.events, []
        samples = [Sample("door.alarm", "east", self.state), Sample("door.position", "east", self.state)]
        return Reading(samples, events=told)

    async def close(self) -> None:
        pass

    def device(self) -> Device:
        async def open_session(_target: Target, _options: msgspec.Struct, _clock: Clock) -> Session:
            return self

        return Device(
            "gate",
            "",
            Driver("door", "door", "test", 1.0, NoOptions, (), open_session),
            NoOptions(),
            1.0,
            10.0,
            {"name": "Gate"},
        )


@contextlib.asynccontextmanager
async def building(folder: Path, port: int, door: Door, town: Town, after: int = AFTER_MS) -> AsyncIterator[Agent]:
    """An agent with `[edge]`, whose patience is a second and a half."""
    ways = (
        MailWay(Place("127.0.0.1", town.smtp), "none", "bell@school.example", ("kim@school.example",)),
        NtfyWay(f"http://127.0.0.1:{town.http}/", "bell"),
    )
    edge = EdgeConfig(after, ways, load(), night("UTC", ""))
    config = Config(
        AgentOptions(AGENT, str(folder)), CollectorOptions(f"127.0.0.1:{port}"), (door.device(),), "test", edge
    )
    agent = Agent(config, SystemClock())
    agent.time.synchronised = lambda: True
    await agent.start()
    stopping = asyncio.Event()
    task = asyncio.create_task(agent.run(stopping))
    try:
        yield agent
        stopping.set()
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await agent.stop()


@contextlib.asynccontextmanager
async def collecting(database: Database, port: int, folder: Path) -> AsyncIterator[ProblemLoop]:
    """Ingest, problem loop and sender, as in the collector."""
    hub, clock = Hub(), SystemClock()
    ingest = Ingest(database, hub, Endpoint("127.0.0.1", port, "collector"), clock)
    loop = ProblemLoop(database, hub, clock)
    ingest.subscribe(loop.on_committed)
    parts = [
        asyncio.create_task(run())
        for run in (ingest.run, loop.run, Notifier(database, clock, Secrets(folder), None, allowed_of("127.0.0.1")).run)
    ]
    try:
        await until(lambda: ingest.health().ok)
        yield loop
    finally:
        for part in parts:
            part.cancel()
        await asyncio.gather(*parts, return_exceptions=True)


@pytest.fixture
async def house(database: Database, town: Town, tmp_path: Path) -> Database:
    await enrol(database)
    url = Secrets(tmp_path).encrypt(f"json://127.0.0.1:{town.http}/collector")
    await channels.add(database, NewChannel("hook", url, "json", "major"))
    return database


def about(town: Town, words: str) -> Counter[str]:
    """Per receiver how many messages say so, by their first word."""
    pushed = [str(push["title"]) for push in town.pushes]
    rows = [("mail", town.subjects), ("ntfy", pushed), ("collector", town.channel)]
    return Counter(f"{who} {title.partition(':')[0]}" for who, titles in rows for title in titles if words in title)


async def judged(loop: ProblemLoop) -> None:
    """The problem loop has looked twice: once at least from beginning to end after this was asked."""
    for _ in range(2):
        before = loop.alive_at
        loop.woken.ring()
        await until(lambda: loop.alive_at > before)  # noqa: B023


async def open_doors(database: Database) -> list[dict[str, Any]]:
    return await database.rows("select id, told, state from problem where rule = 'door.forced'")


async def test_what_holds_when_the_way_is_back_was_told_by_the_building_and_its_end_by_the_collector(
    house: Database, broker: int, town: Town, tmp_path: Path
) -> None:
    door = Door()
    async with (
        Proxy(broker) as proxy,
        collecting(house, broker, tmp_path),
        building(tmp_path, proxy.port, door, town) as agent,
    ):
        await until(lambda: agent.publisher.acknowledged > 0)
        await drained(agent)
        proxy.cut()
        await until(lambda: not agent.client.connected.is_set())
        door.state = 1.0
        await until(lambda: about(town, FORCED).total() == 2 and about(town, OUT).total() == 2)
        proxy.heal()
        await until(agent.client.connected.is_set)
        await until(lambda: about(town, "reaches the collector again").total() == 2)
        await drained(agent)

        async def told() -> bool:
            return [(row["told"], row["state"]) for row in await open_doors(house)] == [(True, "open")]

        await until(told)
        door.state = 0.0
        await until(lambda: about(town, FORCED)["collector Resolved"] == 1)
    assert about(town, FORCED) == {"mail Problem": 1, "ntfy Problem": 1, "collector Resolved": 1}
    (row,) = await house.rows("select note from problem_event where note like 'told by the building itself at __:__'")
    assert row
    assert {mail["To"] for mail in town.mails} == {"kim@school.example"}
    (push,) = [push for push in town.pushes if FORCED in push["title"]]
    assert (push["topic"], push["priority"], push["title"]) == (
        "bell",
        5,
        "Problem: lincoln: Gate: east was forced open",
    )


async def test_what_came_and_went_while_cut_off_is_told_by_the_building_alone(
    house: Database, broker: int, town: Town, tmp_path: Path
) -> None:
    """The collector dies, the broker lives: nothing acknowledges what is handed over."""
    door = Door()
    async with building(tmp_path, broker, door, town) as agent:
        async with collecting(house, broker, tmp_path):
            await until(lambda: agent.publisher.acknowledged > 0)
            await drained(agent)
        door.state = 1.0
        await until(lambda: about(town, FORCED).total() == 2)
        assert agent.client.connected.is_set()
        door.state = 0.0
        await until(lambda: about(town, FORCED).total() == 4)
        async with collecting(house, broker, tmp_path) as loop:
            await until(lambda: not agent.publisher.first)
            await drained(agent)
            await until(lambda: about(town, "reaches the collector again").total() == 2)
            await judged(loop)
    assert about(town, FORCED) == {"mail Problem": 1, "ntfy Problem": 1, "mail Resolved": 1, "ntfy Resolved": 1}
    rows = await house.rows(
        "select detail->>'change' as change from event where kind = 'edge.told' and detail->>'rule' = 'door.forced' order by id"
    )
    assert [row["change"] for row in rows] == ["opened", "resolved"]


async def test_what_the_collector_told_before_the_cut_is_not_told_by_the_building(
    house: Database, broker: int, town: Town, tmp_path: Path
) -> None:
    door = Door(state=1.0)
    async with (
        Proxy(broker) as proxy,
        collecting(house, broker, tmp_path),
        building(tmp_path, proxy.port, door, town) as agent,
    ):
        await until(lambda: about(town, FORCED)["collector Problem"] == 1)
        await until(lambda: any(c.owner == "collector" for c in agent.edge.book.conditions))
        proxy.cut()
        await until(lambda: about(town, OUT).total() == 2)
        await asyncio.sleep(1.5)
        assert about(town, FORCED) == {"collector Problem": 1}
        proxy.heal()
        await until(lambda: about(town, "reaches the collector again").total() == 2)
    assert about(town, FORCED) == {"collector Problem": 1}


async def test_duress_while_cut_off_is_told_once_by_the_building_and_after_its_restart(
    house: Database, broker: int, town: Town, tmp_path: Path
) -> None:
    """An event comes once and no poll says it again: the agent that is restarted before it could tell knows of it still."""
    door, words = Door(), "duress at east"
    async with Proxy(broker) as proxy, collecting(house, broker, tmp_path) as loop:
        async with building(tmp_path, proxy.port, door, town, after=6_000) as agent:
            await until(lambda: agent.publisher.acknowledged > 0)
            await drained(agent)
            proxy.cut()
            await until(lambda: not agent.client.connected.is_set())
            door.events.append(DeviceEvent("door.duress", "critical", {"reader": "east"}, None))
            await until(lambda: bool(agent.edge.book.events))
            await asyncio.sleep(1.5)
            assert about(town, words).total() == 0
        async with building(tmp_path, proxy.port, door, town) as agent:
            await until(lambda: about(town, words).total() == 2)
            proxy.heal()
            await until(lambda: agent.client.connected.is_set() and not agent.publisher.first)
            await drained(agent)

            async def told() -> bool:
                rows = await house.rows("select told, state from problem where rule = 'door.duress'")
                return [(row["told"], row["state"]) for row in rows] == [(True, "open")]

            await until(told)
            await judged(loop)
    assert about(town, words) == {"mail Problem": 1, "ntfy Problem": 1}


async def test_a_short_restart_of_the_collector_sends_nothing(
    house: Database, broker: int, town: Town, tmp_path: Path
) -> None:
    door = Door()
    async with building(tmp_path, broker, door, town, after=6_000) as agent:
        async with collecting(house, broker, tmp_path):
            await until(lambda: agent.publisher.acknowledged > 0)
            await drained(agent)
        door.state = 1.0
        await asyncio.sleep(2)
        async with collecting(house, broker, tmp_path):
            await until(lambda: about(town, FORCED)["collector Problem"] == 1)
            await drained(agent)
    assert (town.mails, town.pushes) == ([], [])
    assert about(town, FORCED) == {"collector Problem": 1}


PROGRAM = """
import os, signal, sys
from agent import cli
from agent.edge import book, edge
from agent.edge.ways.mail import MailWay
from agent.spool.spool import Spool

place = sys.argv[2]
wired, wrote, sent = edge.Edge.__post_init__, book.write, MailWay.tell

def impatient(self):
    wired(self)
    self.contact.after_ms = 500

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

async def tell(self, notice):
    await sent(self, notice)
    if "memory" in notice.title:
        die()

def write(path, body):
    if b'"told":null' in body:
        die()
    wrote(path, body)

edge.Edge.__post_init__ = impatient
if place == "before it is kept":
    book.write = write
if place == "before it is noted":
    MailWay.tell = tell
if place == "before it is recorded":
    Spool.put = die
sys.exit(cli.main(["run", "--config", sys.argv[1]]))
"""
OWN = """
[[rule]]
name = "memory.used"
metric = "host.memory.utilization"
above = 0
severity = "critical"
title = "{device}: memory {value}"
"""


@pytest.mark.soak
@pytest.mark.parametrize(
    ("place", "sent"), [("before it is kept", 1), ("before it is noted", 2), ("before it is recorded", 1)]
)
async def test_killed_at_any_step_nothing_is_lost_and_only_one_step_repeats(
    house: Database, broker: int, town: Town, tmp_path: Path, new_port: Any, place: str, sent: int
) -> None:
    (tmp_path / "own.toml").write_text(OWN)
    config = tmp_path / "agent.toml"
    port = new_port()
    text = (
        f'[agent]\nid = "lincoln"\nstate = "{tmp_path}/state"\n[collector]\nbroker = "127.0.0.1:{{}}"\n'
        f'[edge]\nsmtp = "127.0.0.1:{town.smtp}"\nsmtp_security = "none"\nmail_from = "a@b.example"\n'
        f'mail_to = ["c@d.example"]\nrules = "{tmp_path}/own.toml"\n'
        '[[device]]\nkind = "host"\naddress = "local"\nkey = "host"\ninterval = 1\noptions = {{ updates = false, smart = false }}\n'
    )
    config.write_text(text.format(port))

    def launch(how: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, "-c", PROGRAM, config, how], stderr=subprocess.DEVNULL)

    first = launch(place)
    assert await asyncio.to_thread(first.wait, 30) == -signal.SIGKILL
    second = launch("nowhere")
    try:
        await until(lambda: sum("memory" in subject for subject in town.subjects) == sent)
        await until(lambda: any(OUT in subject for subject in town.subjects))
        await asyncio.sleep(2)
        assert not any("again" in subject for subject in town.subjects)
    finally:
        second.kill()
        await asyncio.to_thread(second.wait)
    mails = [mail for mail in town.mails if "memory" in str(mail["Subject"])]
    assert len(mails) == sent
    assert len({mail["Message-ID"] for mail in mails}) == 1
    config.write_text(text.format(broker))  # the broker is there: what was told is said to the collector, first
    third = launch("nowhere")
    try:
        async with collecting(house, broker, tmp_path):
            await until(lambda: any("again" in subject for subject in town.subjects))
            query = "select detail->>'rule' as rule, detail->>'change' as change from event where kind = 'edge.told'"
            rows = await house.rows(query)
    finally:
        third.kill()
        await asyncio.to_thread(third.wait)
    assert [(row["rule"], row["change"]) for row in rows] == [("memory.used", "opened")]
    assert sum("memory" in subject for subject in town.subjects) == sent
