"""Commands to a real agent through a Mosquitto with First Bell's own access list: asked, polled at once, answered; late and unknown ones."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collector.fleet import authority
from collector.fleet.asking import Asking
from collector.store import commands
from collector.store.database import Database
from deploy.broker import Mosquitto, TlsListener
from protocols.clock import SystemClock, utc
from protocols.mqtt import Endpoint, MqttClient, Tls
from protocols.wire.topics import status_filter

NOW = datetime(2026, 11, 2, tzinfo=UTC)
LOOPBACK = "127.0.0.1"


@pytest.fixture
async def asking(
    database: Database, mosquitto_program: str, tmp_path: Path, new_port: Callable[[], int]
) -> AsyncIterator[Asking]:
    """The collector's side and an agent's process, each with its certificate; the agent polls once an hour."""
    ca, folder, port = authority.load(tmp_path, NOW), tmp_path / "authority", new_port()
    files = {
        "broker": ca.serve([LOOPBACK], NOW),
        "collector": ca.client("collector", NOW),
        "oak": ca.client("oak", NOW),
    }
    for name, (certificate, key) in files.items():
        (folder / f"{name}.pem").write_bytes(certificate)
        (folder / f"{name}.key").write_bytes(key)
        (folder / f"{name}.key").chmod(0o600)
    tls = TlsListener(LOOPBACK, port, folder / "ca.pem", folder / "broker.pem", folder / "broker.key")
    broker = Mosquitto(tmp_path, LOOPBACK, new_port(), tls)
    await broker.start()
    config = tmp_path / "agent.toml"
    config.write_text(
        f'[agent]\nid = "oak"\nstate = "{tmp_path}/state"\n[collector]\nbroker = "{LOOPBACK}:{port}"\nca = "{folder}/ca.pem"\n'
        f'certificate = "{folder}/oak.pem"\nkey = "{folder}/oak.key"\n[[device]]\nkind = "host"\naddress = "local"\n'
        'key = "host"\ninterval = 3600\noptions = { updates = false, smart = false }\n'
    )
    await database.execute("insert into building (name) values ('Oak')")
    await database.execute("insert into agent (id, building_id, name) values ('oak', 1, 'Oak')")
    await database.execute(
        "insert into device (agent_id, key, building_id, kind, name) values ('oak', 'host', 1, 'host', 'host')"
    )
    ours = Tls(folder / "ca.pem", folder / "collector.pem", folder / "collector.key")
    made = Asking(database, Endpoint(LOOPBACK, port, "collector", tls=ours), SystemClock())
    heard = MqttClient(Endpoint(LOOPBACK, broker.port, "watch"))
    heard.subscribe(status_filter())
    await heard.start()
    running = asyncio.create_task(made.run())
    agent = subprocess.Popen([sys.executable, "-m", "agent.cli", "run", "--config", config], stderr=subprocess.PIPE)
    try:
        await asyncio.wait_for(anext(aiter(heard.messages())), 60)
        yield made
    finally:
        agent.kill()
        _, said = await asyncio.to_thread(agent.communicate)
        print(said.decode())
        running.cancel()
        await asyncio.wait([running])
        await heard.stop()
        await broker.stop()


async def asked(database: Database, name: str, args: dict[str, Any]) -> dict[str, Any]:
    """Ask, and wait for what became of it."""
    async with database.transaction() as connection:
        row = await commands.ask(connection, "oak", name, args, "kim", utc(SystemClock().now_ms()))
    return await answered(database, row["id"])


async def answered(database: Database, identity: str) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while True:
            row = await commands.command(database, "oak", identity)
            assert row is not None
            if row["answered_at"] is not None:
                return dict(row)
            await asyncio.sleep(0.05)


@pytest.mark.timeout(120)
async def test_an_agent_does_at_once_what_it_is_asked_and_says_so(asking: Asking, database: Database) -> None:
    async with database.transaction() as connection:
        late = await commands.ask(connection, "oak", "poll", {"devices": ["host"]}, "kim", NOW)
    polled = await asked(database, "poll", {"devices": ["host"]})
    assert (polled["ok"], polled["answer"]["host"]["reachable"]) == (True, True)
    read = await asked(database, "read", {"device": "host"})
    assert read["ok"]
    assert "host.cpu" in str(read["answer"])
    unknown = await asked(database, "poll", {"devices": ["host", "nobody"]})
    assert not unknown["ok"]
    assert "nobody" in str(unknown["answer"])

    row = await database.row("select id from device where key = 'host'")
    assert row is not None
    await commands.ask_polls(database, [row["id"]], utc(SystemClock().now_ms()))  # as the problem loop does for parents
    mine = await database.row("select id::text from agent_command where asked_by = ''")
    assert mine is not None
    assert (await answered(database, mine["id"]))["answer"]["host"]["reachable"] is True

    never = await commands.command(database, "oak", late["id"])
    assert never is not None
    assert (never["sent_at"], never["answered_at"]) == (None, None)
