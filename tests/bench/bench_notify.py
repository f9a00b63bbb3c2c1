"""From a sample committed to the message at its channel, and to an open page: a door is forced and closed, then the next.

Database, problem loop, notifier and hub run as in the house (each woken by the one before, not by its tick) beside 2,000 devices that
say something twice a minute; the channel is a web server on this machine. Wall time, from the return of the commit to the whole request
read: what the receiver itself takes is in it.
"""

import asyncio
import contextlib
import json
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np

from collector.ingest.committed import Committed
from collector.live import Hub
from collector.notify.guard import allowed_of
from collector.notify.notifier import Notifier
from collector.problems.loop.loop import ProblemLoop
from collector.secrets import Secrets
from collector.store import channels
from collector.store.channels import NewChannel
from collector.store.database import Database
from collector.store.migrate import migrate
from collector.store.samples import write_samples
from deploy.postgres import EmbeddedPostgres
from protocols.clock import SystemClock, utc

OCCURRENCES, DEVICES = 40, 2_000
PATIENCE_S = 20.0
_FLEET = (
    "insert into building (name) values ('Lincoln MS')",
    "insert into agent (id, building_id, name, online, last_seen) values ('lincoln', 1, 'Lincoln agent', true, now())",
    "insert into device (agent_id, key, building_id, kind, name, reachable, state, state_since)"
    " select 'lincoln', 'd' || n, 1, 'door', 'Door ' || n, true, 'ok', now() from generate_series(1, %(devices)s) n",
    "insert into point (device_id, metric, label, unit) select id, 'door.alarm', 'east', '1' from device",
    "insert into point_last select id, now() - interval '1 s', 0 from point",
)


class Receiver:
    """A web server that notes when each message was there."""

    def __init__(self) -> None:
        self.came: asyncio.Queue[tuple[float, str]] = asyncio.Queue()
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """Its port."""
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        body = json.loads(await reader.readexactly(length))
        self.came.put_nowait((time.perf_counter(), body["title"]))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()


class House:
    """What is needed of the house: the database, the loop and the notifier, wired as there."""

    def __init__(self, database: Database, folder: Path, port: int) -> None:
        self.database, self.hub, self._clock = database, Hub(), SystemClock()
        self._secrets, self._port = Secrets(folder), port
        self.loop = ProblemLoop(database, self.hub, self._clock)
        self._notifier = Notifier(database, self._clock, self._secrets, None, allowed_of("127.0.0.1"))
        self.loop.told = self._notifier.woken

    async def furnish(self) -> None:
        for statement in _FLEET:
            await self.database.execute(statement, {"devices": DEVICES})
        url = self._secrets.encrypt(f"json://127.0.0.1:{self._port}")
        await channels.add(self.database, NewChannel("hook", url, "json", "major"))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(run()) for run in (self.loop.run, self._notifier.run, self._bustle)]
        try:
            async with asyncio.timeout(PATIENCE_S):
                while self.loop.engine is None:
                    await asyncio.sleep(0.05)
            yield
        finally:
            for task in tasks:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def commit(self, points: list[int], value: float) -> float:
        """Samples, committed and told to the loop as ingest does; when that was."""
        now = self._clock.now_ms()
        ids, times = np.array(points, np.int32), np.full(len(points), now, np.int64)
        values = np.full(len(points), value)
        async with self.database.transaction() as connection:
            await write_samples(connection, ids, times, values)
            await connection.execute("update agent set last_seen = %s, online = true", [utc(now)])
        committed = time.perf_counter()
        self.loop.on_committed(Committed(now, ids, times, values, agents={"lincoln"}))
        return committed

    async def _bustle(self) -> None:
        """A sixtieth of the others says that it is well, twice a second."""
        others, turn = list(range(OCCURRENCES, DEVICES + 1)), 0
        while True:
            await self.commit(others[turn % 60 :: 60], 0.0)
            turn += 1
            await asyncio.sleep(0.5)


async def _shown(hub: Hub, came: asyncio.Queue[float]) -> None:
    async for _ in hub.subscribe(lambda event: event.kind == "problem"):
        came.put_nowait(time.perf_counter())


async def measure() -> dict[str, float | None]:
    """Seconds from the commit to the message (median, p95) and to the open page (p95)."""
    receiver = Receiver()
    port = await receiver.start()
    told, shown = [], []
    async with _database() as (database, folder):
        house = House(database, folder, port)
        await house.furnish()
        pages: asyncio.Queue[float] = asyncio.Queue()
        page = asyncio.create_task(_shown(house.hub, pages))
        async with house.running():
            await asyncio.sleep(2)
            for number in range(OCCURRENCES):
                await asyncio.sleep(0.3 + number * 0.137 % 1.0)  # at any moment of the loop's second
                began = await house.commit([1 + number // 2], 1.0 if number % 2 == 0 else 0.0)
                async with asyncio.timeout(PATIENCE_S):
                    shown.append(await pages.get() - began)
                    at, title = await receiver.came.get()
                assert ("Resolved" in title) == (number % 2 == 1), title
                told.append(at - began)
        page.cancel()
    await receiver.stop()
    return {"told.p50_s": _share(told, 0.5), "told.p95_s": _share(told, 0.95), "shown.p95_s": _share(shown, 0.95)}


def _share(seconds: list[float], share: float) -> float:
    return round(sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * share))], 3)


@asynccontextmanager
async def _database() -> AsyncIterator[tuple[Database, Path]]:
    folder = Path(tempfile.mkdtemp(prefix="firstbell-bench-"))
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder / "database")
    server.data.mkdir()
    await server.start()
    database = Database(server.dsn)
    await database.open()
    try:
        await migrate(database)
        yield database, folder
    finally:
        await database.close()
        await server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    print(asyncio.run(measure()))
