"""A building on a real database, its problem loop, and a sender that only notes what it would send."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from collector.ingest.committed import Committed, ReachSeen
from collector.live import Hub
from collector.problems.loop.loop import ProblemLoop
from collector.problems.loop.telling import change_by
from collector.problems.rules import BUILT_IN, RuleBook, load
from collector.store import outbox, problems, routes
from collector.store.channels import NewChannel, add
from collector.store.database import Database
from collector.store.problem_changes import Wish
from collector.store.samples import write_samples
from protocols.clock import ManualClock, utc

MINOR: dict[str, Any] = {
    "name": "Minor", "severities": ["minor"], "buildings": [], "kinds": [], "during": "always", "tell": "school", "go_on": False,
}  # fmt: skip


async def tell_minor(database: Database, *channels: int) -> None:
    """A route that tells these of what is minor while school is in: without one it waits for the report."""
    step = {"after_min": 0, "school": False, "people": [], "channels": list(channels)}
    async with database.transaction() as connection:
        await routes.set_routes(connection, [{**MINOR, "steps": [step]}])


RULES = """
[[rule]]
name = "host.disk.full"
metric = "host.disk.utilization"
above = 90
clear = 87
for = "10m"
severity = "minor"
title = "{device}: disk {label} is {value} full"
advice = "Find what fills it."

[[rule]]
name = "host.disk.critical"
metric = "host.disk.utilization"
above = 97
clear = 95
for = "5m"
severity = "major"
title = "{device}: disk {label} is {value} full and will stop programs"

[[rule]]
name = "probe.loss"
metric = "probe.loss.recent"
above = 5
clear = 2
for = "5m"
severity = "minor"
title = "{device}: {value} of the packets are lost"

[[rule]]
name = "host.cpu.hot"
metric = "host.cpu.utilization"
above = 90
severity = "minor"
title = "{device} is busy"
"""
DISK, CPU, OTHER = 1, 2, 3
"""Points: the first two of the server, the last of the printer."""


@dataclass
class World:
    """A building with one agent and two devices; the second hangs on the first."""

    database: Database
    clock: ManualClock
    book: RuleBook
    loop: ProblemLoop
    sent: list[tuple[str, str]] = field(default_factory=list)
    """Rule and change of each message that a sender took, in order."""

    def restart(self) -> None:
        self.loop = ProblemLoop(self.database, Hub(), self.clock, book=self.book)

    async def samples(self, *rows: tuple[int, float]) -> None:
        """Samples of points at the clock's time, committed, and the agent heard."""
        now = self.clock.now_ms()
        points = np.array([point for point, _ in rows], np.int32)
        values = np.array([value for _, value in rows])
        times = np.full(len(rows), now, np.int64)
        async with self.database.transaction() as connection:
            await write_samples(connection, points, times, values)
            await connection.execute("update agent set last_seen = %s, online = true", [utc(now)])
            for point, value in rows:
                await connection.execute(
                    "insert into point_last values (%s, %s, %s)"
                    " on conflict (point_id) do update set time = excluded.time, value = excluded.value",
                    [point, utc(now), value],
                )
        self.loop.on_committed(Committed(now, points, times, values, agents={"lincoln"}))

    async def reach(self, device: int, reachable: bool) -> None:
        now = self.clock.now_ms()
        await self.database.execute("update device set reachable = %s where id = %s", [reachable, device])
        await self.database.execute("insert into reach_change values (%s, %s, %s)", [device, utc(now), reachable])
        empty = Committed(now, np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0))
        empty.reach = [ReachSeen(device, now, reachable, "")]
        self.loop.on_committed(empty)

    async def minutes(self, count: int, *rows: tuple[int, float]) -> None:
        """Let minutes pass, samples and a tick in each."""
        for _ in range(count):
            await self.clock.advance(60)
            if rows:
                await self.samples(*rows)
            await self.loop.tick()

    async def live(self) -> dict[str, str]:
        return {row["rule"] + " " + row["subject"]: row["state"] for row in await problems.live(self.database)}

    async def outbox(self) -> list[tuple[str, str]]:
        rows = await self.database.rows(
            "select p.rule, o.change from outbox o join problem p on p.id = o.problem_id order by o.id"
        )
        return [(row["rule"], row["change"]) for row in rows]

    async def send(self) -> None:
        """A sender takes what is due."""
        now = utc(self.clock.now_ms())
        while rows := await outbox.claim(self.database, now, timedelta(minutes=2)):
            for row in rows:
                found = await self.database.row("select rule from problem where id = %s", [row["problem_id"]])
                assert found is not None
                self.sent.append((found["rule"], row["change"]))
                await outbox.delivered(self.database, row, now)

    async def person(self, wish: Wish, subject: str | None = None) -> None:
        """A person changes every live problem, or that of one subject."""
        for row in await problems.live(self.database):
            if subject in (None, row["subject"]):
                await change_by(self.database, row["id"], "kim", wish, utc(self.clock.now_ms()))

    async def states(self) -> list[str]:
        return [row["state"] for row in await self.database.rows("select state from device order by id")]


@pytest.fixture
async def world(database: Database, tmp_path: Path) -> World:
    clock = ManualClock()
    path = tmp_path / "rules.toml"
    path.write_text(RULES)
    book = load([BUILT_IN, BUILT_IN.parent / "topology" / "rules.toml", path])
    assert not book.refused
    await database.execute("insert into building (name) values ('Lincoln MS')")
    await database.execute(
        "insert into agent (id, building_id, name, online, last_seen) select 'lincoln', id, 'Lincoln agent', true, %s from building",
        [utc(clock.now_ms())],
    )
    for key, parent in (("server", None), ("printer", 1)):
        await database.execute(
            "insert into device (agent_id, key, building_id, kind, name, parent_id) values ('lincoln', %s, 1, 'appliance', %s, %s)",
            [key, key, parent],
        )
    for device, metric, label in (
        (1, "host.disk.utilization", "/"),
        (1, "host.cpu.utilization", None),
        (2, "response.time", None),
    ):
        await database.execute(
            "insert into point (device_id, metric, label, unit) values (%s, %s, %s, '%%')", [device, metric, label]
        )
    channel = await add(database, NewChannel("phone", b"x", "json", "minor"))
    await tell_minor(database, channel)
    return World(database, clock, book, ProblemLoop(database, Hub(), clock, book=book))
