"""Rules set while the loop runs: in force at the next tick, over where they no longer hold, and after a restart."""

from collector.store import rule_settings as store
from collector.store.rule_settings import Place
from protocols.clock import utc
from tests.integration.problems.conftest import CPU, DISK, World

PLACE = Place("host.disk.full")


async def set_rule(world: World, place: Place, **changes: object) -> None:
    changes = {key.rstrip("_"): value for key, value in changes.items()}
    await store.put_setting(world.database, place, changes, "kim", utc(world.clock.now_ms()))


async def test_a_limit_that_is_set_holds_at_the_next_tick_and_ends_what_no_longer_does(world: World) -> None:
    await world.minutes(12, (DISK, 93.0))
    assert await world.live() == {"host.disk.full point:1": "open"}
    await set_rule(world, PLACE._replace(kind="appliance"), above=95)
    await world.loop.tick()
    assert await world.live() == {}
    await set_rule(world, PLACE._replace(device=1), above=92, severity="critical", for_="20m")
    await world.minutes(7, (DISK, 93.0))
    assert await world.live() == {}  # 19 minutes
    await world.minutes(2, (DISK, 93.0))
    assert await world.live() == {"host.disk.full point:1": "open"}
    row = await world.database.row("select severity from problem order by id desc limit 1")
    assert row == {"severity": "critical"}
    world.restart()
    await world.minutes(2, (DISK, 93.0))
    assert await world.live() == {"host.disk.full point:1": "open"}
    await store.put_setting(world.database, PLACE._replace(device=1), None, "kim", utc(world.clock.now_ms()))
    await world.minutes(1, (DISK, 93.0))
    assert await world.live() == {}
    audit = await world.database.rows("select action, target from audit order by id")
    assert [row["action"] for row in audit] == ["rule.set", "rule.set", "rule.reset"]


async def test_a_rule_of_ones_own_and_one_that_is_off(world: World) -> None:
    table = {
        "name": "own.busy",
        "metric": "host.cpu.utilization",
        "above": 50,
        "severity": "major",
        "title": "{device}",
    }
    await world.minutes(2, (CPU, 60.0))
    await store.put_own_rule(world.database, "own.busy", table, "kim", utc(world.clock.now_ms()))
    await store.put_own_rule(world.database, "own.bad", {"name": "own.bad"}, "kim", utc(world.clock.now_ms()))
    await world.minutes(1, (CPU, 60.0))
    assert await world.live() == {"own.busy point:2": "open"}
    await set_rule(world, Place("own.busy", building=1), enabled=False)
    await world.loop.tick()
    assert await world.live() == {}


async def test_a_unit_that_changes_is_judged_by_no_limit_until_it_is_the_catalogues_again(world: World) -> None:
    await world.minutes(12, (DISK, 50.0))
    await world.database.execute("update point set unit = '1' where id = %s", [DISK])
    await world.minutes(15, (DISK, 5000.0))
    assert await world.live() == {}


async def test_an_agent_is_judged_as_its_building_has_it(world: World) -> None:
    """Later and graver there, and over when nobody there wants to hear of it."""
    await world.minutes(2, (CPU, 10.0))
    await set_rule(world, Place("agent.silent", building=1), for_="30m", severity="critical")
    await world.minutes(20)
    assert await world.live() == {}
    await world.minutes(12)
    assert await world.live() == {"agent.silent agent:lincoln": "open"}
    row = await world.database.row("select severity from problem order by id desc limit 1")
    assert row == {"severity": "critical"}
    await set_rule(world, Place("agent.silent", building=1), enabled=False)
    await world.minutes(1)
    assert await world.live() == {}
