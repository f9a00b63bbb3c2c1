"""The whole product as a person starts it, `firstbell up`, to be killed part by part; and what it should have kept."""

import asyncio
import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from array import array
from collections import Counter
from pathlib import Path

import psutil
import psycopg

from agent.spool.payload import Body, unpack
from deploy.postgres import EmbeddedPostgres

PARTS = {"agent": "agent.cli", "collector": "deploy.cli", "broker": "mosquitto", "database": "postgres"}
"""Name of a part and a word of its command line."""
ACKNOWLEDGED = 2
IMPATIENT = """import sys
from deploy import cli
from deploy.up import supervisor
supervisor.LONGEST_PAUSE = supervisor.FIRST_PAUSE
sys.exit(cli.main())"""
"""`firstbell` as installed, except that a part which is killed again and again is not left alone for longer and longer."""
Sample = tuple[str, str, str | None, int, float]
"""Device key, metric, label, stamp in ms, value."""


def free_port() -> int:
    """A TCP port on loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class House:
    """`firstbell up` on a data directory of its own, with an agent that reads this machine many times a second."""

    def __init__(self, data: Path, devices: int = 10, broker: str | None = None) -> None:
        self.data = data
        self.http = f"127.0.0.1:{free_port()}"
        self.mqtt = f"127.0.0.1:{free_port()}"
        self._broker = broker
        self._process: subprocess.Popen[str] | None = None
        self.spool = data / "agent" / "spool.db"
        self._write_agent(devices)

    def _write_agent(self, devices: int) -> None:
        folder = self.data / "agent"
        folder.mkdir(parents=True)
        rows = [f'[agent]\nid = "this-machine"\nstate = "{folder}"\n']
        rows += [
            f'[[device]]\nkind = "host"\naddress = "local"\nkey = "host-{number}"\ninterval = 1\n'
            "options = { updates = false, smart = false }\n"
            for number in range(devices)
        ]
        (folder / "agent.toml").write_text("\n".join(rows))

    def command(self) -> list[str]:
        """The command line that starts it."""
        command = [sys.executable, "-c", IMPATIENT, "up", "--data", str(self.data), "--http", self.http]
        return command + (["--broker", self._broker] if self._broker else ["--mqtt", self.mqtt])

    async def start(self) -> None:
        """Start it and wait for its one line. Raises AssertionError with what it said instead."""
        self.log = (self.data / "up.log").open("a")
        self._process = subprocess.Popen(self.command(), stdout=subprocess.PIPE, stderr=self.log, text=True)
        assert self._process.stdout is not None
        line = await asyncio.to_thread(self._process.stdout.readline)
        assert "/sign-in?link=" in line, (line, (self.data / "up.log").read_text()[-2000:])
        self.line = line

    async def stop(self) -> int:
        """Ctrl-C; its exit status. Safe when it is not running (0)."""
        process, self._process = self._process, None
        if process is None:
            return 0
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        try:
            status = await asyncio.to_thread(process.wait, 60)
        finally:
            left = [member for member in family if member.is_running() and member.status() != psutil.STATUS_ZOMBIE]
            for member in left:  # nothing stays behind, whatever failed
                with contextlib.suppress(psutil.Error):
                    member.kill()
            process.kill()
            assert process.stdout is not None
            process.stdout.close()
            self.log.close()
        assert not left, f"left behind after its end: {left}"
        return status

    async def __aenter__(self) -> "House":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def part(self, name: str) -> psutil.Process | None:
        """The process of one of `PARTS`, None while it is not running."""
        assert self._process is not None
        for child in psutil.Process(self._process.pid).children():
            with contextlib.suppress(psutil.Error):
                if any(PARTS[name] in word for word in child.cmdline()):
                    return child
        return None

    async def kill(self, name: str) -> None:
        """kill -9 of one part, as soon as it runs."""
        async with asyncio.timeout(60):
            while (process := self.part(name)) is None:
                await asyncio.sleep(0.05)
        with contextlib.suppress(psutil.NoSuchProcess):
            os.kill(process.pid, signal.SIGKILL)

    async def drained(self, seconds: float = 120) -> None:
        """Wait until everything that the agent has stored by now (at least one batch) is acknowledged."""
        async with asyncio.timeout(seconds):
            while not (last := self._newest()):
                await asyncio.sleep(0.1)
            while self._open_up_to(last):
                await asyncio.sleep(0.2)

    def _newest(self) -> int:
        if not self.spool.exists():
            return 0
        with contextlib.closing(sqlite3.connect(f"file:{self.spool}?mode=ro", uri=True)) as spool:
            return int(spool.execute("select coalesce(max(id), 0) from batch").fetchone()[0])

    def _open_up_to(self, newest: int) -> int:
        query = "select count(*) from batch where state <> ? and id <= ?"
        with contextlib.closing(sqlite3.connect(f"file:{self.spool}?mode=ro", uri=True)) as spool:
            return int(spool.execute(query, [ACKNOWLEDGED, newest]).fetchone()[0])

    def stored(self, state: int | None = ACKNOWLEDGED) -> Counter[Sample]:
        """Every sample that the agent's spool holds in acknowledged batches (kept for 72 hours); None: in any."""
        found: Counter[Sample] = Counter()
        query = "select payload, encoding from batch where state = coalesce(?, state)"
        with contextlib.closing(sqlite3.connect(f"file:{self.spool}?mode=ro", uri=True)) as spool:
            for payload, encoding in spool.execute(query, [state]):
                found.update(samples(unpack(payload, encoding)))
        return found

    def holes(self) -> list[tuple[str, int, int]]:
        """Streams, as hex, of which not every number up to the last is in the spool: how many are, and the last."""
        query = "select hex(stream), count(*), max(seq) from batch group by stream having count(*) <> max(seq)"
        with contextlib.closing(sqlite3.connect(f"file:{self.spool}?mode=ro", uri=True)) as spool:
            return spool.execute(query).fetchall()

    async def arrived(self) -> Counter[Sample]:
        """Every sample in the database, read after everything was stopped."""
        server = EmbeddedPostgres(self.data)
        await server.start()
        try:
            return await asyncio.to_thread(read_samples, server.dsn)
        finally:
            await server.stop()


def read_samples(dsn: str) -> Counter[Sample]:
    """Every sample in a database, as `samples` gives them."""
    query = """
        select d.key, p.metric, p.label, round(extract(epoch from s.time) * 1000)::bigint, s.value
        from sample s join point p on p.id = s.point_id join device d on d.id = p.device_id
    """
    with psycopg.connect(dsn) as connection:
        return Counter(connection.execute(query).fetchall())


def samples(body: Body) -> list[Sample]:
    """The samples of one batch."""
    index = array("H" if len(body["i"]) * 4 == len(body["t"]) else "I", body["i"])
    times, values = array("q", body["t"]), array("d", body["x"])
    named = [(body["devices"][device][0], metric, label) for device, metric, label, _ in body["points"]]
    return [(*named[i], time, value) for i, time, value in zip(index, times, values, strict=True)]
