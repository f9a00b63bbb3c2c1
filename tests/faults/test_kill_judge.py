"""kill -9 of the collector while problems are pending, open, escalating, silenced and flapping: none is lost, nothing is told twice."""

import asyncio
import random
import secrets
import sys
from array import array
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from collector.secrets import Secrets
from collector.store import channels, routes, rule_settings, silences
from collector.store.channels import NewChannel
from collector.store.database import Database
from protocols.clock import SystemClock, utc
from protocols.mqtt import Endpoint, MqttClient
from protocols.wire.batch import Batch, Fact, PointKey
from protocols.wire.encode import encode
from protocols.wire.topics import topic
from tests.receiver import Request, receiving

HOUSE = Path(__file__).parents[2]
DOORS = ("open", "flapping", "silenced", "pending", "late")
"""Each a device with one alarm point, by what becomes of it. The last two are forced under a rule that waits."""
_RULE = {
    "name": "gate.open",
    "metric": "door.alarm",
    "is": [2],
    "severity": "critical",
    "title": "{device} stands open",
}
"""Critical: what is less waits minutes for more of its kind."""
WAITS_S = 6
KILLS = 2
"""And one more at the end."""


@pytest.fixture
def hook() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A URL, and of each message the key and the title."""
    got: list[tuple[str, str]] = []

    def take(request: Request) -> None:
        got.append((request.headers["idempotency-key"], f"{request.path[1:]}: {request.json()['title']}"))

    with receiving(take) as port:
        yield f"http://127.0.0.1:{port}", got


class Building:
    """An agent as the collector hears it: what it says of its doors is in the next batch, and every second again."""

    def __init__(self, broker: int) -> None:
        self._client = MqttClient(Endpoint("127.0.0.1", broker, "lincoln"))
        self._seq = 0
        self._stream = secrets.token_bytes(16)
        self.doors = dict.fromkeys(DOORS, 0.0)

    @asynccontextmanager
    async def speaking(self) -> AsyncIterator[None]:
        await self._client.start()
        await asyncio.wait_for(self._client.connected.wait(), 20)
        talking = asyncio.create_task(self._talk())
        try:
            yield
        finally:
            talking.cancel()
            await asyncio.wait([talking])
            await self._client.stop()

    async def _talk(self) -> None:
        while True:
            self._client.publish(topic("lincoln", "data"), self._batch())
            await asyncio.sleep(1)

    def _batch(self) -> bytes:
        now = SystemClock().now_ms()
        self._seq += 1
        batch = Batch(self._stream, self._seq, "lincoln", now, True, bytes(16), devices=[(d, "door") for d in DOORS])
        batch.points = [PointKey(n, "door.alarm", "east", "1") for n in range(len(DOORS))]
        batch.index, batch.times = array("H", range(len(DOORS))), array("q", [now] * len(DOORS))
        batch.values = array("d", self.doors.values())
        batch.facts = [
            Fact(n, now, {"name": door, "point.states/door.alarm/east": "0=normal\n1=forced\n2=open"})
            for n, door in enumerate(DOORS)
        ]
        return encode(batch)


class Collector:
    """`firstbell collector` as a process."""

    def __init__(self, dsn: str, broker: int, http: str, data: Path) -> None:
        self.http = http
        where = ("--data", str(data), "--database", dsn, "--http", http, "--broker", f"127.0.0.1:{broker}")
        self._command = (sys.executable, "-m", "deploy.cli", "collector", *where)
        self.log = data / "collector.log"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(*self._command, stderr=log, cwd=HOUSE)
        async with asyncio.timeout(60), httpx.AsyncClient(base_url=f"http://{self.http}") as client:
            while True:
                try:
                    if (await client.get("/readyz")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


async def becomes(what: Callable[[], Awaitable[Any]], wanted: Any) -> None:
    """Wait until it is so; fails saying what it was instead."""
    found = None
    for _ in range(300):
        if (found := await what()) == wanted:
            return
        await asyncio.sleep(0.1)
    assert found == wanted


async def live(database: Database) -> dict[str, str]:
    rows = await database.rows(
        "select d.name, p.state from problem p join device d on d.id = p.device_id where p.state <> 'resolved'"
        " and p.rule in ('door.forced', 'gate.open')"
    )
    return {row["name"]: row["state"] for row in rows}


async def prepare(database: Database, url: str, data: Path) -> None:
    """Two channels, a route that escalates from the first to the second, a rule that waits, a silence of one door."""
    now = utc(SystemClock().now_ms())
    await database.execute("insert into building (name) values ('Lincoln MS')")
    await database.execute("insert into agent (id, building_id, name) values ('lincoln', 1, 'Lincoln')")
    await database.execute(
        "insert into device (agent_id, key, building_id, kind, name) select 'lincoln', d, 1, 'door', d"
        " from unnest(%s::text[]) with ordinality as u (d, n) order by n",
        [list(DOORS)],
    )
    seal = Secrets(data).encrypt
    ids = [
        await channels.add(database, NewChannel(name, seal(f"{url}/{name}"), "http", "minor"))
        for name in ("first", "second")
    ]
    step: dict[str, Any] = {"after_min": 0, "school": False, "people": [], "channels": ids[:1]}
    route: dict[str, Any] = {"name": "all", "severities": [], "buildings": [], "kinds": [], "during": "always"}
    steps = [step, step | {"after_min": 1, "channels": ids[1:]}]
    async with database.transaction() as connection:
        await routes.set_routes(connection, [route | {"tell": "now", "go_on": False, "steps": steps}])
    await rule_settings.put_own_rule(database, "gate.open", _RULE | {"for": f"{WAITS_S}s"}, "kim", now)
    silenced = await database.row("select id from device where name = 'silenced'")
    assert silenced is not None
    hour = timedelta(hours=1)
    await silences.begin(database, silences.NewSilence("painters", "kim", now, now + hour, device=silenced["id"]), now)


@pytest.mark.soak
@pytest.mark.timeout(240)
async def test_a_collector_killed_at_any_moment_tells_each_thing_once(
    database: Database, dsn: str, broker: int, new_port: Callable[[], int], tmp_path: Path,
    hook: tuple[str, list[tuple[str, str]]], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    url, got = hook
    monkeypatch.setenv("FIRSTBELL_PRIVATE_HOSTS", "127.0.0.1")
    await prepare(database, url, tmp_path)
    building = Building(broker)
    collector = Collector(dsn, broker, f"127.0.0.1:{new_port()}", tmp_path)
    await collector.start()
    try:
        async with building.speaking():
            building.doors |= {"open": 1, "flapping": 1, "silenced": 1, "pending": 2}
            for number in range(KILLS):
                await asyncio.sleep(chance.uniform(0.2, 4))
                building.doors |= {"flapping": float(number % 2)}
                await collector.kill()
                if number == 1:
                    building.doors |= {"late": 2}  # begins while nobody judges
                await collector.start()
            building.doors |= {"flapping": 1}
            await becomes(lambda: live(database), dict.fromkeys(DOORS, "open"))
            await escalated(database, got)
            await collector.kill()
            await database.execute(
                "update outbox set claimed_until = now() where claimed_until is not null"
            )  # its lease ends
            building.doors = dict.fromkeys(DOORS, 0.0)
            await collector.start()
            await becomes(lambda: live(database), {})
            await becomes(lambda: waiting(database), 0)
    finally:
        await collector.kill()
    check(got, seed)
    assert b"Traceback" not in collector.log.read_bytes()


async def escalated(database: Database, got: list[tuple[str, str]]) -> None:
    """The second step of what nobody has acknowledged is due now: it is told after the restarts."""
    await database.execute(
        "update outbox set next_attempt = now() where step > 0 and delivered_at is null and change = 'opened'"
    )

    async def second() -> bool:
        return any(title.startswith("second: ") and "Lincoln MS: open:" in title for _, title in got)

    await becomes(second, True)


async def waiting(database: Database) -> int:
    row = await database.row("select count(*)::int as left from outbox where delivered_at is null")
    assert row is not None
    return int(row["left"])


def check(got: list[tuple[str, str]], seed: int) -> None:
    """One key is one message: told once, or by the one window of a kill twice with the same key."""
    by_key = dict(got)
    repeated = {key: count for key, count in Counter(key for key, _ in got).items() if count > 1}
    assert len(repeated) <= KILLS + 1, (seed, repeated)
    told = Counter(by_key.values())
    assert not [title for title in told if "silenced" in title], (seed, told)
    for door in ("open", "pending", "late"):
        of_door = {
            title: count for title, count in told.items() if title.startswith("first: ") and f"MS: {door}" in title
        }
        assert sorted(of_door.values()) == [1, 1], (seed, door, told)
