"""What a person has resolved though it goes on stays so over a restart, and comes again when its condition does."""

from datetime import UTC, datetime

import pytest
from psycopg.types.json import Jsonb

from collector.problems.rules import BUILT_IN, load
from collector.store import rule_settings
from collector.store.problem_changes import Wish
from protocols.clock import utc
from tests.integration.problems.conftest import World

STATE = "bacnet.event.state"
ALARM, NORMAL = 3.0, 0.0
POINT = 4
"""The fourth of the world's points."""


@pytest.fixture
async def school(world: World) -> World:
    """With rules for alarms and for what agents say of themselves, and a point that can be in alarm."""
    folders = ("own", "alarms", "topology")
    world.book = load([BUILT_IN, *(BUILT_IN.parent / name / "rules.toml" for name in folders)])
    await world.database.execute(
        "insert into point (device_id, metric, label, unit) values (1, %s, 'AI1', '1')", [STATE]
    )
    world.restart()
    return world


async def minutes(world: World, count: int, state: float, offset_ms: float) -> None:
    for _ in range(count):
        await world.clock.advance(60)
        await world.samples((POINT, state))
        status = {"clock": {"offset_ms": offset_ms, "synchronised": True}}
        await world.database.execute("update agent set status = %s", [Jsonb(status)])
        await world.loop.tick()
    await world.send()


@pytest.mark.parametrize("away_min", [1, 600])
async def test_a_restart_is_no_new_coming(school: World, away_min: int) -> None:
    await minutes(school, 3, NORMAL, 0)
    await minutes(school, 15, ALARM, 90_000)
    told = sorted(school.sent)
    assert told == [("agent.clock.wrong", "opened"), ("bacnet.alarm", "opened")]
    await school.person(Wish("resolved"))
    await minutes(school, 20, ALARM, 90_000)
    told = sorted(school.sent)
    assert await school.live() == {}
    await school.clock.advance(away_min * 60)
    school.restart()
    await minutes(school, 20, ALARM, 90_000)
    assert (sorted(school.sent), await school.live()) == (told, {})
    await minutes(school, 3, NORMAL, 0)
    await minutes(school, 15, ALARM, 90_000)
    assert set(await school.live()) == {"agent.clock.wrong agent:lincoln", f"bacnet.alarm point:{POINT}"}


async def test_what_was_over_when_we_came_back_comes_as_new(school: World) -> None:
    await minutes(school, 15, ALARM, 90_000)
    await school.person(Wish("resolved"))
    await minutes(school, 2, ALARM, 90_000)
    school.restart()
    await minutes(school, 40, NORMAL, 0)
    assert await school.live() == {}
    await minutes(school, 15, ALARM, 90_000)
    assert set(await school.live()) == {"agent.clock.wrong agent:lincoln", f"bacnet.alarm point:{POINT}"}


async def test_what_was_seen_to_be_over_is_new_whenever_it_comes(school: World) -> None:
    """Also while nobody looked: a freezer that was put off in March thaws while the collector is down."""
    await minutes(school, 15, ALARM, 90_000)
    await school.person(Wish("resolved"))
    await minutes(school, 4, ALARM, 90_000)
    await minutes(school, 4, NORMAL, 0)
    left = await school.database.rows("select rule from problem where goes_on")
    assert left == []
    await school.clock.advance(180 * 86_400)
    school.restart()
    await minutes(school, 15, ALARM, 90_000)
    assert set(await school.live()) == {"agent.clock.wrong agent:lincoln", f"bacnet.alarm point:{POINT}"}


async def test_what_is_not_judged_by_night_is_not_over_by_night(school: World) -> None:
    place = rule_settings.Place("bacnet.alarm")
    await rule_settings.put_setting(school.database, place, {"during": "school"}, "kim", utc(0))
    begin = datetime(2026, 9, 15, 13, tzinfo=UTC).timestamp()
    await school.clock.advance(begin - school.clock.now_ms() / 1000)
    await minutes(school, 15, ALARM, 0)
    assert set(await school.live()) == {f"bacnet.alarm point:{POINT}"}
    await school.person(Wish("resolved"))
    await minutes(school, 4, ALARM, 0)
    for hour in (23, 32):
        at = datetime(2026, 9, 15, tzinfo=UTC).timestamp() + hour * 3600
        await school.clock.advance(at - school.clock.now_ms() / 1000)
        if hour == 23:
            school.restart()
        await minutes(school, 30, ALARM, 0)
        assert await school.live() == {}, hour
