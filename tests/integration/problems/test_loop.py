"""The problem loop on a real database: what opens, what is told, what a restart keeps."""

import numpy as np
import pytest

from collector.ingest.committed import Committed, GapSeen, ReachSeen
from collector.live import Hub
from collector.problems.loop.loop import ProblemLoop
from collector.store import problems, watched
from protocols.clock import utc
from tests.integration.problems.conftest import CPU, DISK, OTHER, World


async def test_a_full_disk_opens_once_is_told_once_and_told_resolved_once(world: World) -> None:
    await world.minutes(10, (DISK, 95.0))
    assert await world.live() == {}
    await world.minutes(20, (DISK, 95.0))
    assert await world.live() == {"host.disk.full point:1": "open"}
    assert await world.outbox() == [("host.disk.full", "opened")]
    assert (await world.states())[0] == "problem"
    row = await world.database.row("select title, told, evidence, opened_at from problem")
    assert row is not None
    assert row["title"] == "Lincoln MS: server: disk / is 95 % full"
    assert row["told"]
    assert [value for _, value in row["evidence"]["samples"]] == [95.0] * len(row["evidence"]["samples"])
    await world.minutes(5, (DISK, 88.0))  # not yet below `clear`
    assert await world.live() != {}
    await world.minutes(5, (DISK, 86.0))
    assert await world.live() == {}
    assert await world.outbox() == [("host.disk.full", "opened"), ("host.disk.full", "resolved")]
    assert (await world.states())[0] == "ok"


async def test_a_restart_keeps_what_was_pending_and_repeats_nothing(world: World) -> None:
    await world.minutes(6, (DISK, 95.0))
    world.restart()
    await world.minutes(6, (DISK, 95.0))
    assert await world.live() == {"host.disk.full point:1": "open"}
    for _ in range(3):
        world.restart()
        await world.minutes(2, (DISK, 88.0))  # in the band of hysteresis: still open
    assert await world.outbox() == [("host.disk.full", "opened")]
    assert await world.live() == {"host.disk.full point:1": "open"}


async def test_the_past_is_read_as_its_changes(world: World) -> None:
    start = world.clock.now_ms()
    for value in (95.0, 95.0, 95.0, 50.0, 95.0, 95.0, 95.0):
        await world.minutes(1, (DISK, value), (CPU, 1.0))
    since = {DISK: utc(start + 120_000), CPU: utc(start + 360_000)}
    rows = await watched.changes_since(world.database, since)
    minutes = sorted((row["point_id"], (row["time"] - utc(start)).seconds // 60, row["value"]) for row in rows)
    assert minutes == [(DISK, 2, 95.0), (DISK, 4, 50.0), (DISK, 5, 95.0), (DISK, 7, 95.0), (CPU, 6, 1.0), (CPU, 7, 1.0)]
    assert await watched.changes_since(world.database, {}) == []


async def test_again_within_a_quarter_of_an_hour_is_the_same_problem(world: World) -> None:
    await world.minutes(12, (DISK, 95.0))
    await world.minutes(1, (DISK, 80.0))
    await world.minutes(12, (DISK, 95.0))
    row = await world.database.row("select count(*) as n, max(reopened) as reopened from problem")
    assert row == {"n": 1, "reopened": 1}
    assert [change for _, change in await world.outbox()] == ["opened", "resolved", "reopened"]


async def test_a_silent_agent_is_one_problem_and_its_devices_are_unknown(world: World) -> None:
    await world.minutes(12, (DISK, 95.0), (CPU, 1.0))
    before = await world.outbox()
    await world.reach(2, False)
    await world.minutes(30)  # nothing is heard any more
    assert await world.live() == {"host.disk.full point:1": "open", "agent.silent agent:lincoln": "open"}
    assert (await world.outbox())[len(before) :] == [("agent.silent", "opened")]
    assert await world.states() == ["unknown", "unknown"]
    world.restart()
    await world.minutes(2)
    assert (await world.outbox())[len(before) :] == [("agent.silent", "opened")]
    await world.minutes(2, (DISK, 95.0), (CPU, 1.0))
    assert "agent.silent agent:lincoln" not in await world.live()
    assert (await world.states())[0] == "problem"


async def test_a_collector_that_was_away_blames_nobody(world: World) -> None:
    await world.minutes(3, (DISK, 50.0))
    await world.clock.advance(36_000)
    world.restart()
    await world.loop.tick()
    assert await world.live() == {}
    await world.minutes(3)
    assert await world.live() == {"agent.silent agent:lincoln": "open"}


async def test_what_hangs_on_an_unreachable_device_is_its_symptom_and_told_nobody(world: World) -> None:
    await world.minutes(2, (DISK, 50.0))
    await world.reach(2, False)
    await world.minutes(1, (DISK, 50.0))
    await world.reach(1, False)
    await world.minutes(5, (DISK, 50.0))
    assert set(await world.live()) == {"device.unreachable device:1", "device.unreachable device:2"}
    rows = {row["device_id"]: row for row in await problems.live(world.database)}
    assert rows[2]["cause_id"] == rows[1]["id"]
    assert await world.outbox() == [("device.unreachable", "opened")]
    assert await world.states() == ["unreachable", "unreachable"]
    await world.reach(1, True)
    await world.minutes(1, (DISK, 50.0))
    assert await world.outbox() == [("device.unreachable", "opened"), ("device.unreachable", "resolved")]
    await world.minutes(3, (DISK, 50.0))  # the child is still gone: now it speaks for itself
    assert (await world.outbox())[2:] == [("device.unreachable", "opened")]


async def test_what_a_person_resolved_stays_so_until_it_came_anew(world: World) -> None:
    await world.minutes(12, (DISK, 95.0))
    (live,) = await problems.live(world.database)
    async with world.database.transaction() as connection:
        await problems.resolve(connection, live["id"], utc(world.clock.now_ms()), who="kim")
    await world.minutes(40, (DISK, 95.0))  # longer than the past that a restart reads
    world.restart()
    await world.minutes(12, (DISK, 95.0))
    assert await world.live() == {}
    await world.minutes(1, (DISK, 50.0))
    await world.minutes(12, (DISK, 95.0))
    assert await world.live() == {"host.disk.full point:1": "open"}


async def test_a_device_that_stops_sending_is_silent_and_its_backlog_opens_nothing(world: World) -> None:
    await world.minutes(8, (DISK, 50.0), (CPU, 1.0))
    await world.minutes(13, (OTHER, 0.1))  # the agent lives, the server sends nothing
    assert await world.live() == {"device.silent device:1": "open"}
    old = world.clock.now_ms() - 3_600_000
    late = Committed(
        world.clock.now_ms(), np.full(40, DISK, np.int32), np.arange(old, old + 40 * 60_000, 60_000), np.full(40, 99.0)
    )
    world.loop.on_committed(late)
    await world.minutes(2, (OTHER, 0.1), (DISK, 50.0), (CPU, 1.0))
    assert await world.live() == {}


async def test_two_machines_with_one_identity_are_a_problem_until_an_hour_after(world: World) -> None:
    seen = Committed(world.clock.now_ms(), np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0))
    seen.conflicts = {"lincoln"}
    world.loop.on_committed(seen)
    await world.minutes(59, (DISK, 50.0))
    assert await world.live() == {"agent.stream.conflict agent:lincoln": "open"}
    await world.minutes(2, (DISK, 50.0))
    assert await world.live() == {}


async def test_while_we_hear_nothing_ourselves_nobody_is_silent(world: World) -> None:
    await world.minutes(6, (DISK, 50.0), (CPU, 1.0))
    world.loop = ProblemLoop(world.database, Hub(), world.clock, book=world.book, hearing=lambda: False)
    await world.minutes(30)
    assert await world.live() == {}


async def test_a_recovery_inside_a_backlog_opens_nothing(world: World) -> None:
    await world.minutes(2, (DISK, 50.0))
    now = world.clock.now_ms()
    down, up = now - 3_600_000, now - 1_800_000
    for time, reachable in ((down, False), (up, True)):
        await world.database.execute("update device set reachable = %s where id = 2", [reachable])
        await world.database.execute("insert into reach_change values (2, %s, %s)", [utc(time), reachable])
        await world.loop.tick()
        piece = Committed(now, np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0))
        piece.reach = [ReachSeen(2, time, reachable, "")]
        world.loop.on_committed(piece)
        await world.minutes(1, (DISK, 50.0))
    await world.minutes(3, (DISK, 50.0))
    row = await world.database.row("select count(*) as n from problem")
    assert row == {"n": 0}


async def test_a_revoked_agent_is_nobodys_problem_any_more(world: World) -> None:
    await world.minutes(12, (DISK, 95.0))
    await world.database.execute("update agent set active = false")
    world.restart()
    await world.minutes(5)
    assert await world.live() == {}


async def test_a_snoozed_problem_wakes_and_an_acknowledged_one_resolves(world: World) -> None:
    await world.minutes(12, (DISK, 95.0))
    (live,) = await problems.live(world.database)
    now = world.clock.now_ms()
    async with world.database.transaction() as connection:
        assert await problems.snooze(connection, live["id"], "kim", utc(now + 300_000), utc(now))
    await world.minutes(4, (DISK, 95.0))
    assert set((await world.live()).values()) == {"snoozed"}
    await world.minutes(2, (DISK, 95.0))
    assert set((await world.live()).values()) == {"open"}
    async with world.database.transaction() as connection:
        assert await problems.acknowledge(connection, live["id"], "kim", utc(world.clock.now_ms()))
        assert not await problems.acknowledge(connection, live["id"], "lee", utc(world.clock.now_ms()))
    await world.minutes(1, (DISK, 95.0))
    assert set((await world.live()).values()) == {"acknowledged"}
    await world.minutes(1, (DISK, 50.0))
    assert await world.live() == {}
    assert len(await world.outbox()) == 2


async def test_the_loop_outlives_a_database_that_is_away(world: World, dsn: str) -> None:
    await world.minutes(1, (DISK, 50.0))
    await world.database.execute("alter table device rename to device_elsewhere")
    world.restart()
    with pytest.raises(Exception, match="device"):
        await world.loop.tick()
    await world.database.execute("alter table device_elsewhere rename to device")
    await world.loop.tick()
    assert await world.live() == {}


async def test_an_agent_that_comes_back_is_told_once_and_so_is_what_broke_meanwhile(world: World) -> None:
    await world.minutes(12, (CPU, 10.0), (OTHER, 0.1))
    await world.minutes(30)
    assert await world.outbox() == [("agent.silent", "opened")]
    assert await world.states() == ["unknown", "unknown"]
    now = world.clock.now_ms()
    await world.database.execute("update device set reachable = false where id = 2")
    await world.database.execute("insert into reach_change values (2, %s, false)", [utc(now - 1_200_000)])
    backlog = Committed(now, np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0))
    backlog.reach = [ReachSeen(2, now - 1_200_000, False, "no answer")]
    await world.samples((CPU, 10.0))
    world.loop.on_committed(backlog)
    await world.minutes(10, (CPU, 10.0))
    assert await world.outbox() == [
        ("agent.silent", "opened"),
        ("agent.silent", "resolved"),
        ("device.unreachable", "opened"),
    ]
    row = await world.database.row("select opened_at from problem where rule = 'device.unreachable'")
    assert row == {"opened_at": utc(now - 1_200_000)}
    assert await world.states() == ["ok", "unreachable"]


async def test_a_problem_and_its_messages_are_written_together_or_not_at_all(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await world.database.execute("alter table outbox rename to elsewhere")
    await world.minutes(3, (CPU, 99.0))
    assert await world.live() == {}
    assert caplog.text.count("cannot be written") == 1
    await world.database.execute("alter table elsewhere rename to outbox")
    await world.minutes(2, (CPU, 99.0))
    assert await world.live() == {"host.cpu.hot point:2": "open"}
    assert await world.outbox() == [("host.cpu.hot", "opened")]


async def test_what_cannot_be_written_keeps_no_other_from_being_told(world: World) -> None:
    await world.database.execute("alter table problem add check (rule <> 'host.cpu.hot')")
    await world.minutes(12, (CPU, 99.0), (DISK, 95.0))
    assert await world.outbox() == [("host.disk.full", "opened")]


async def test_what_an_agent_says_of_its_gap_cannot_stop_the_loop(world: World) -> None:
    seen = Committed(world.clock.now_ms(), np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0))
    seen.gaps = [GapSeen("lincoln", world.clock.now_ms() - 1000, world.clock.now_ms(), "full\x00\u202e", 9)]
    world.loop.on_committed(seen)
    await world.minutes(1, (DISK, 50.0))
    row = await world.database.row("select evidence->>'reason' as reason from problem where rule = 'agent.gap'")
    assert row == {"reason": "full"}


async def test_a_device_or_point_that_is_removed_takes_its_problems_with_it(world: World) -> None:
    await world.reach(2, False)
    await world.minutes(12, (CPU, 99.0), (DISK, 95.0))
    assert len(await world.live()) == 3
    await world.database.execute("delete from point where id = %s", [DISK])
    await world.database.execute("delete from device where id = 2")
    for _ in range(2):
        await world.minutes(2, (CPU, 99.0))
        assert await world.live() == {"host.cpu.hot point:2": "open"}
        world.restart()


async def test_a_symptom_whose_cause_is_deleted_speaks_for_itself(world: World) -> None:
    await world.reach(1, False)
    await world.reach(2, False)
    await world.minutes(5, (OTHER, 1.0))
    assert await world.outbox() == [("device.unreachable", "opened")]
    await world.database.execute("update device set parent_id = null")
    await world.database.execute("delete from device where id = 1")
    for _ in range(2):
        await world.minutes(2, (OTHER, 1.0))
        assert await world.live() == {"device.unreachable device:2": "open"}
        told = "select count(*) as n from outbox where change = 'opened' and problem_id = (select id from problem)"
        assert await world.database.row(told) == {"n": 1}
        world.restart()


async def test_a_building_whose_agents_moved_can_be_deleted_and_keeps_no_problem_from_being_read(world: World) -> None:
    await world.minutes(12, (CPU, 99.0))
    await world.database.execute("insert into building (name) values ('Annex')")
    annex = "building_id = (select id from building where name = 'Annex')"
    await world.database.execute(
        "insert into enrolment (code, hash, building_id, agent_id, name, expires_at)"
        " select 'c', 'h', id, 'a', 'a', now() from building where name <> 'Annex'"
    )
    for table in ("agent", "device"):
        await world.database.execute(f"update {table} set {annex}")
    await world.database.execute("delete from building where name <> 'Annex'")
    assert await world.live() == {"host.cpu.hot point:2": "open"}
    assert await world.database.row("select building_id from problem") == {"building_id": None}
    assert await world.database.row("select count(*) as n from enrolment") == {"n": 0}
