"""Ingest with a real broker and a real database: what is acknowledged is stored, once, whatever else arrives."""

import asyncio
import contextlib
import os
import random
import shutil
import subprocess
from array import array
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from collector.ingest.committed import Committed
from collector.ingest.ingest import Ingest
from collector.ingest.membership import KEPT_S, Membership
from collector.live import Hub
from collector.store.database import Database
from collector.store.liveness import write_status
from collector.store.quarantine import Refusal, bound, keep
from collector.store.watched import agents
from protocols.clock import ManualClock, SystemClock, utc
from protocols.mqtt import Endpoint, MqttClient
from protocols.wire.batch import Batch, Event, PointKey, Reach
from protocols.wire.encode import deflate, encode
from protocols.wire.inflate import digest
from protocols.wire.messages import Ack, decode_ack, encode_status
from protocols.wire.topics import topic

NOW = SystemClock().now_ms()  # the collectors' wall clock too (`StandingClock`), however late in the run a test comes
STREAM = bytes(range(16))


class StandingClock(SystemClock):
    """Time passes, but the wall clock stands at NOW: what was measured just before NOW never turns late."""

    def now_ms(self) -> int:
        return NOW


def batch(seq: int, *, agent: str = "lincoln", stream: bytes = STREAM, samples: int = 3, at: int = NOW) -> Batch:
    """A batch of one air handler; its values are those of its number."""
    made = Batch(stream, seq, agent, NOW, True, bytes(16), devices=[("ahu-1", "bacnet")])
    made.points = [PointKey(0, "bacnet.value", "ai:1", "Cel")]
    made.index = array("H", [0] * samples)
    made.times = array("q", [at - 60_000 + seq * 100 + place for place in range(samples)])
    made.values = array("d", [seq + place / 10 for place in range(samples)])
    return made


@dataclass
class Peer:
    """An agent on the wire: publishes, and gathers the acknowledgements."""

    client: MqttClient
    name: str
    acks: list[Ack] = field(default_factory=list)

    def send(self, *batches: Batch) -> None:
        for one in batches:
            self.raw(encode(one))

    def raw(self, payload: bytes) -> None:
        body, encoding = deflate(payload)
        assert self.client.publish(topic(self.name, "data"), body, encoding=encoding)

    async def acknowledged(self, upto: int) -> None:
        await until(lambda: any(ack.upto >= upto for ack in self.acks))

    async def refused(self, seq: int) -> str:
        await until(lambda: any(seq in ack.refused for ack in self.acks))
        return next(ack.refused[seq] for ack in self.acks if seq in ack.refused)

    async def gather(self) -> None:
        async for message in self.client.messages():
            self.acks.append(decode_ack(message.payload))


async def until(true: Callable[[], bool | Awaitable[bool]], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while True:
            found = true()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def running(database: Database, port: int, name: str | None = None) -> AsyncIterator[Ingest]:
    """A collector; with a `name`, one of several."""
    shared = name is not None
    ingest = Ingest(database, Hub(), Endpoint("127.0.0.1", port, name or "collector"), StandingClock(), shared=shared)
    task = asyncio.create_task(ingest.run())
    await until(lambda: ingest.health().ok or ingest.health().detail.startswith("database"))
    await asyncio.sleep(0.05)  # subscriptions are sent, the broker takes them
    yield ingest
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@contextlib.asynccontextmanager
async def connected(port: int, name: str = "lincoln") -> AsyncIterator[Peer]:
    peer = Peer(MqttClient(Endpoint("127.0.0.1", port, name)), name)
    peer.client.subscribe(topic(name, "ack"))
    await peer.client.start()
    await asyncio.wait_for(peer.client.connected.wait(), 10)
    await asyncio.sleep(0.05)
    task = asyncio.create_task(peer.gather())
    yield peer
    await peer.client.stop()
    await task


@pytest.fixture
async def enrolled(database: Database) -> Database:
    await database.execute("insert into building (name) values ('Lincoln MS')")
    await database.execute("insert into agent (id, building_id, name) select 'lincoln', id, 'Lincoln' from building")
    await database.execute("insert into agent (id, building_id, name) select 'harbor', id, 'Harbor' from building")
    return database


async def count(database: Database, table: str = "sample") -> int:
    row = await database.row(f"select count(*) as n from {table}")
    assert row is not None
    return int(row["n"])


async def test_a_batch_is_stored_acknowledged_and_told(enrolled: Database, broker: int) -> None:
    async with running(enrolled, broker) as ingest, connected(broker) as peer:
        told: list[Committed] = []
        ingest.subscribe(told.append)
        one = batch(1)
        one.reach = [Reach(0, NOW - 1000, True, "")]
        one.events = [Event(0, NOW - 1000, "bacnet.alarm", "minor", {"object": "ai:1"})]
        peer.send(one)
        await peer.acknowledged(1)
    assert await count(enrolled) == 3
    assert await count(enrolled, "event") == 1
    assert [len(committed.times) for committed in told] == [3]
    assert told[0].reach[0].reachable
    assert told[0].events[0].kind == "bacnet.alarm"
    assert told[0].agents == {"lincoln"}
    assert not told[0].late.any()
    row = await enrolled.row("select last_seen, complete_upto from agent where id = 'lincoln'")
    assert row is not None
    assert row["last_seen"] is not None
    assert row["complete_upto"] is not None


async def test_every_batch_five_times_shuffled_is_stored_once(enrolled: Database, broker: int) -> None:
    sent = [batch(seq) for seq in range(1, 41)] * 5
    random.Random(7).shuffle(sent)
    async with running(enrolled, broker) as ingest, connected(broker) as peer:
        peer.send(*sent)
        await peer.acknowledged(40)
        await until(lambda: ingest.counters.committed_batches + ingest.counters.duplicates == 200)
        assert ingest.counters.committed_batches == 40
    row = await enrolled.row("select count(*) as n, count(distinct (point_id, time)) as d, sum(value) as s from sample")
    assert row is not None
    assert (row["n"], row["d"]) == (120, 120)
    assert row["s"] == pytest.approx(sum(sum(batch(seq).values) for seq in range(1, 41)))


async def test_two_collectors_divide_the_batches_and_store_each_once(enrolled: Database, broker: int) -> None:
    """Duplicates of one batch reach both at the same time: the ledger's row is what they wait for."""
    sent = [batch(seq) for seq in range(1, 41)] * 5
    random.Random(8).shuffle(sent)
    async with running(enrolled, broker, "one") as one, running(enrolled, broker, "two") as two:
        async with connected(broker) as peer:
            peer.send(*sent)
            await peer.acknowledged(40)
            both = (one.counters, two.counters)
            await until(lambda: sum(each.committed_batches + each.duplicates for each in both) == 200)
        assert sum(each.committed_batches for each in both) == 40
        assert all(each.received for each in both)
    row = await enrolled.row("select count(*) as n, count(distinct (point_id, time)) as d from sample")
    assert row == {"n": 120, "d": 120}


async def test_a_duplicate_after_commit_is_acknowledged_again(enrolled: Database, broker: int) -> None:
    async with running(enrolled, broker), connected(broker) as peer:
        peer.send(batch(1))
        await peer.acknowledged(1)
        peer.acks.clear()
        peer.send(batch(1))
        await peer.acknowledged(1)
        assert not peer.acks[0].refused
    assert await count(enrolled) == 3


async def test_poison_is_quarantined_and_holds_nobody_back(enrolled: Database, broker: int) -> None:
    future = batch(2, at=NOW + 3_600_000)
    async with running(enrolled, broker), connected(broker) as peer:
        peer.raw(b"\xc1 not msgpack")
        peer.send(batch(1), future, batch(3))
        assert await peer.refused(2) == "time"
        await peer.acknowledged(3)
        peer.acks.clear()
        peer.send(future)  # its sender asks once more: told again, kept once
        assert await peer.refused(2) == "time"
    rows = await enrolled.rows("select reason, seq from quarantine order by id")
    assert [row["seq"] for row in rows] == [None, 2]
    assert rows[1]["reason"] == "time"
    assert await count(enrolled) == 6


async def test_what_the_database_refuses_is_found_and_put_aside(enrolled: Database, broker: int) -> None:
    await enrolled.execute("alter table event add constraint odd check (kind <> 'poison')")
    bad = batch(2)
    bad.events = [Event(0, NOW, "poison", "minor", {})]
    async with running(enrolled, broker), connected(broker) as peer:
        peer.send(batch(1), bad, batch(3), batch(4))
        assert await peer.refused(2) == "store"
        await peer.acknowledged(4)
    assert await count(enrolled) == 9
    row = await enrolled.row("select reason, detail from quarantine")
    assert row is not None
    assert "odd" in row["detail"]


async def test_unknown_and_revoked_agents_write_nothing(enrolled: Database, broker: int) -> None:
    await enrolled.execute("update agent set active = false where id = 'harbor'")
    async with running(enrolled, broker), connected(broker, "harbor") as harbor, connected(broker, "nobody") as nobody:
        harbor.send(batch(1, agent="harbor"))
        nobody.send(batch(1, agent="nobody"))
        assert await harbor.refused(1) == "revoked"
        assert await nobody.refused(1) == "unknown"
        harbor.acks.clear()
        harbor.send(batch(1, agent="harbor"))  # as it does for as long as it runs: told again, kept once
        assert await harbor.refused(1) == "revoked"
    assert await count(enrolled) == 0
    assert await count(enrolled, "delivery") == 0
    assert await count(enrolled, "quarantine") == 2


async def test_a_copied_disk_is_seen_and_loses_nothing_silently(enrolled: Database, broker: int) -> None:
    async with running(enrolled, broker) as ingest, connected(broker) as peer, connected(broker, "harbor") as harbor:
        told: list[Committed] = []
        ingest.subscribe(told.append)
        peer.send(batch(1))
        await peer.acknowledged(1)
        peer.send(batch(1, samples=4))
        assert await peer.refused(1) == f"conflict {digest(encode(batch(1, samples=4)), None).hex()}"
        harbor.send(batch(2, agent="harbor"))
        assert (await harbor.refused(2)).startswith("conflict")
        assert harbor.acks[0].upto == 0
    assert set.union(*(committed.conflicts for committed in told)) == {"lincoln", "harbor"}
    assert await count(enrolled) == 3
    assert await count(enrolled, "quarantine") == 2


async def test_a_gap_the_agent_tells_of_is_recorded_and_is_no_device(enrolled: Database, broker: int) -> None:
    one = batch(1)
    one.devices += [("agent", "agent")] * 2  # twice costs nothing but bytes
    detail = {"since": NOW - 7_200_000, "until": NOW - 3_600_000, "reason": "spool full", "samples": 900}
    one.events = [Event(1, NOW, "agent.gap", "minor", detail), Event(2, NOW, "agent.gap", "minor", detail)]
    async with running(enrolled, broker), connected(broker) as peer:
        peer.send(one)
        await peer.acknowledged(1)
    rows = await enrolled.rows("select reason, samples from gap")
    assert rows == [{"reason": "spool full", "samples": 900}] * 2
    assert await count(enrolled, "device") == 1
    assert await count(enrolled, "event") == 0


async def test_status_is_kept_and_a_retained_one_is_no_sign_of_life(enrolled: Database, broker: int) -> None:
    async with connected(broker) as peer:
        peer.client.publish(topic("lincoln", "status"), encode_status({"online": True, "version": "1"}), retain=True)
        async with running(enrolled, broker):

            async def status() -> dict[str, object]:
                return dict(
                    await enrolled.row("select online, version, last_seen from agent where id = 'lincoln'") or {}
                )

            async def online() -> bool:
                return bool((await status())["online"])

            await until(online)
            assert (await status())["last_seen"] is None
            peer.client.publish(topic("lincoln", "status"), encode_status({"online": False}), retain=True)

            async def offline() -> bool:
                return not await online()

            await until(offline)
            assert (await status())["version"] == "1"


async def test_a_goodbye_holds_until_the_agent_is_heard_of_again(enrolled: Database) -> None:
    async def left(**said: object) -> bool:
        await write_status(enrolled, "lincoln", said, None)
        return {row["id"]: row["left"] for row in await agents(enrolled)}["lincoln"]

    assert not await left(online=True, version="1")
    assert await left(online=False, leaving="stopped", version="1")
    assert not await left(online=True, version="1")
    assert not await left(online=False)  # a Last Will
    assert await enrolled.rows("select version, status ->> 'version' as said from agent where id = 'lincoln'") == [
        {"version": "1", "said": "1"}
    ]


async def test_ingest_can_be_run_again(enrolled: Database, broker: int) -> None:
    ingest = Ingest(enrolled, Hub(), Endpoint("127.0.0.1", broker, "collector"), StandingClock())
    async with connected(broker) as peer:
        for seq in (1, 2):
            task = asyncio.create_task(ingest.run())
            await until(lambda: ingest.health().ok)
            await asyncio.sleep(0.05)
            peer.send(batch(seq))
            await peer.acknowledged(seq)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            assert not ingest.health().ok
    assert await count(enrolled) == 6


class Line:
    """The way to the database: a link to its socket that can be cut, with every connection over it."""

    def __init__(self, dsn: str, folder: Path) -> None:
        self._dsn = dsn
        place = conninfo_to_dict(dsn)
        self._socket = Path(str(place["host"])) / f".s.PGSQL.{place.get('port') or 5432}"
        self._link = folder / self._socket.name
        self.dsn = make_conninfo(dsn, host=str(folder))
        self.mend()

    def mend(self) -> None:
        self._link.symlink_to(self._socket)

    async def cut(self) -> None:
        self._link.unlink()
        async with await psycopg.AsyncConnection.connect(self._dsn) as connection:
            await connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                " and pid <> pg_backend_pid()"
            )


async def test_a_database_that_is_away_costs_time_and_nothing_else(
    enrolled: Database, dsn: str, broker: int, tmp_path: Path
) -> None:
    line = Line(dsn, tmp_path)
    through = Database(line.dsn, wait=0.2)
    await through.open()
    async with running(through, broker) as ingest, connected(broker) as peer:
        peer.send(batch(1))
        await peer.acknowledged(1)
        await line.cut()
        peer.send(*(batch(seq) for seq in range(2, 30)))
        await until(lambda: ingest.counters.retries > 0)
        assert not ingest.health().ok
        assert max(ack.upto for ack in peer.acks) == 1
        line.mend()
        await peer.acknowledged(29)
        assert ingest.health().ok
        assert ingest.counters.refused.total() == 0
    await through.close()
    async with await psycopg.AsyncConnection.connect(dsn) as connection:
        rows = await connection.execute("select count(*), count(distinct (point_id, time)) from sample")
        assert await rows.fetchone() == (87, 87)


@pytest.fixture
async def small_disk(enrolled: Database, dsn: str, open_folder: Path) -> AsyncIterator[Path]:
    """A disk of 2 MB on which new connections keep new tables: the days of samples."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk takes root")
    folder = open_folder / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        owner = await enrolled.row("select setting from pg_settings where name = 'data_directory'")
        assert owner is not None
        shutil.chown(folder, Path(owner["setting"]).stat().st_uid)
        async with enrolled.outside() as connection:
            await connection.execute(f"create tablespace small location '{folder}'")
        name = conninfo_to_dict(dsn)["dbname"]
        await enrolled.execute(f"alter database {name} set default_tablespace = small")
        yield folder
        await enrolled.execute("drop table sample cascade")
        async with enrolled.outside() as connection:
            await connection.execute("drop tablespace small")
    finally:
        subprocess.run(["umount", folder], check=True)
        folder.rmdir()


async def test_a_full_disk_at_the_database_is_told_and_loses_nothing(
    enrolled: Database, dsn: str, broker: int, small_disk: Path
) -> None:
    through = Database(dsn)
    await through.open()
    async with running(through, broker) as ingest, connected(broker) as peer:
        peer.send(batch(1))
        await peer.acknowledged(1)
        for seq in range(2, 10):
            peer.send(batch(seq, samples=8_000))
        await until(lambda: ingest.counters.retries > 0)
        assert "No space left on device" in ingest.health().detail
        kept = max(ack.upto for ack in peer.acks)
        assert kept < 9
        subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
        await peer.acknowledged(9)
        assert ingest.health().ok
        assert ingest.counters.refused.total() == 0
    await through.close()
    assert await count(enrolled) == 3 + 8 * 8_000


async def test_a_database_that_became_another_unnoticed_is_told_with_the_next_batch(
    enrolled: Database, broker: int
) -> None:
    """As after a failover while nothing arrived: no commit ever failed here."""
    async with running(enrolled, broker), connected(broker) as peer:
        peer.send(batch(1))
        await peer.acknowledged(1)
        await enrolled.execute("update meta set value = 'another' where key = 'epoch'")
        peer.send(batch(2))
        await peer.acknowledged(2)
        assert len({ack.db_epoch for ack in peer.acks}) == 2


async def test_what_the_database_lacks_is_no_batchs_fault(enrolled: Database, broker: int) -> None:
    """A table or a right that is missing would fail each batch alike: they wait, and a person can see why."""
    async with running(enrolled, broker) as ingest, connected(broker) as peer:
        await enrolled.execute("alter table sample rename to misplaced")
        peer.send(batch(1), batch(2))
        await until(lambda: ingest.counters.retries > 1)
        assert "sample" in ingest.health().detail
        await enrolled.execute("alter table misplaced rename to sample")
        await peer.acknowledged(2)
        assert ingest.health().ok
    assert await count(enrolled) == 6
    assert await count(enrolled, "quarantine") == 0


async def test_a_revoked_agent_stops_within_five_seconds(enrolled: Database) -> None:
    clock = ManualClock()
    membership = Membership(enrolled, clock)
    assert await membership.refusals(["lincoln", "nobody"]) == {"nobody": "unknown"}
    await enrolled.execute("update agent set active = false where id = 'lincoln'")
    await clock.advance(KEPT_S + 0.1)
    assert await membership.refusals(["lincoln"]) == {"lincoln": "revoked"}


async def test_quarantine_is_bounded(enrolled: Database) -> None:
    rows = [Refusal("x", None, None, "shape", "nul \x00 and \udcff", bytes(100))] * 30
    async with enrolled.transaction() as connection:
        await keep(connection, rows, utc(NOW))
    assert await bound(enrolled, rows=20) == 10
    assert await bound(enrolled, size=1_000) > 0
    row = await enrolled.row("select sum(length(payload)) as size, min(id) as first from quarantine")
    assert row is not None
    assert row["size"] <= 1_000
    assert row["first"] > 20
