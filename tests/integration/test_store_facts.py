"""Names become ids, and what devices say of themselves goes where it belongs, however late it comes."""

import asyncio
from array import array
from datetime import UTC, datetime

import numpy as np
import pytest

from collector.store.database import Database
from collector.store.facts import apply_facts, apply_reach, insert_events
from collector.store.fleet import ensure_agent, ensure_building
from collector.store.latest import rebuild, write_latest
from collector.store.resolve import NO_DEVICE, Resolved, Resolver
from collector.store.samples import write_samples
from protocols.errors import StoreError
from protocols.wire.batch import Batch, Event, Fact, PointKey, Reach, Scalar

START = 1_772_600_000_000
TEMPERATURE = PointKey(0, "zone.temperature", None, "Cel")


@pytest.fixture
async def school(database: Database) -> Database:
    async with database.transaction() as connection:
        building = await ensure_building(connection, "Lincoln MS")
        await ensure_agent(connection, "lincoln", "Lincoln", building)
    return database


def batch(devices: list[tuple[str, str]], points: list[PointKey] | None = None) -> Batch:
    points = points or []
    return Batch(
        b"s" * 16, 1, "lincoln", START, True, b"b" * 16, devices, points,
        array("H", range(len(points))), array("q", [START] * len(points)), array("d", range(len(points))),
    )  # fmt: skip


async def resolve(database: Database, resolver: Resolver, given: Batch) -> Resolved:
    async with database.transaction() as connection:
        return await resolver.resolve(connection, "lincoln", given)


async def device(database: Database, key: str) -> dict[str, object]:
    row = await database.row("select * from device where key = %s", [key])
    assert row is not None
    return row


def at(milliseconds: int) -> datetime:
    return datetime.fromtimestamp((START + milliseconds) / 1000, tz=UTC)


async def test_new_names_are_made_once_and_remembered(school: Database) -> None:
    resolver = Resolver()
    given = batch(
        [("ahu", "hvac"), ("agent", "agent"), ("vav", "hvac")],
        [TEMPERATURE, PointKey(2, "zone.temperature", "a", "Cel"), PointKey(1, "x", None, "1"), TEMPERATURE],
    )
    found = await resolve(school, resolver, given)
    assert found.device_ids[1] == NO_DEVICE
    assert found.point_ids[0] == found.point_ids[3] != found.point_ids[1]
    points, times, values = found.columns(given)
    assert points.tolist() == [found.point_ids[0], found.point_ids[1], found.point_ids[0]]
    assert values.tolist() == [0.0, 1.0, 3.0]
    assert times.tolist() == [START] * 3
    again = await resolve(school, Resolver(), given)
    assert (again.device_ids, again.point_ids.tolist()) == (found.device_ids, found.point_ids.tolist())
    assert (await device(school, "ahu"))["name"] == "ahu"
    assert await school.row("select count(*) from device") == {"count": 2}


async def test_names_met_again_take_no_new_ids(school: Database) -> None:
    """A collector that starts again asks for every name again; arrays laid out by id must not grow with it."""
    given = batch([("ahu", "hvac")], [TEMPERATURE, PointKey(0, "zone.temperature", "a", "Cel")])
    for _ in range(5):
        found = await resolve(school, Resolver(), given)
        async with school.transaction() as connection:
            await apply_facts(connection, found.device_ids, [Fact(0, START, {"point.name/zone.temperature/a": "East"})])
    new = await resolve(school, Resolver(), batch([("vav", "hvac")], [TEMPERATURE]))
    assert new.device_ids == [found.device_ids[0] + 1]
    assert new.point_ids.tolist() == [max(found.point_ids.tolist()) + 1]
    assert await school.row("select name from point where label = 'a'") == {"name": "East"}


async def test_a_unit_and_a_kind_that_change_are_taken_over(school: Database) -> None:
    resolver = Resolver()
    first = await resolve(school, resolver, batch([("ahu", "hvac")], [TEMPERATURE]))
    changed = batch([("ahu", "meter")], [TEMPERATURE._replace(unit="[degF]")])
    second = await resolve(school, resolver, changed)
    assert (second.device_ids, second.point_ids.tolist()) == (first.device_ids, first.point_ids.tolist())
    assert await school.row("select unit from point") == {"unit": "[degF]"}
    assert (await device(school, "ahu"))["kind"] == "meter"


async def test_after_a_rollback_names_are_made_again(school: Database) -> None:
    resolver = Resolver()
    async with school.transaction() as connection:
        await resolver.resolve(connection, "lincoln", batch([("ahu", "hvac")], [TEMPERATURE]))
        await connection.rollback()
    resolver.forget()
    found = await resolve(school, resolver, batch([("ahu", "hvac")], [TEMPERATURE]))
    assert await school.row("select id from point") == {"id": found.point_ids[0]}


async def test_collectors_that_meet_the_same_names_agree(school: Database) -> None:
    keys = [(f"d{number}", "hvac") for number in range(40)]
    points = [PointKey(number, "zone.temperature", None, "Cel") for number in range(40)]
    backwards = [PointKey(39 - number, "zone.temperature", None, "Cel") for number in range(40)]
    found = await asyncio.gather(
        resolve(school, Resolver(), batch(keys, points)),
        resolve(school, Resolver(), batch(keys[::-1], points)),
        resolve(school, Resolver(), batch(keys, backwards)),
    )
    assert found[0].device_ids == found[1].device_ids[::-1] == found[2].device_ids
    assert found[0].point_ids.tolist() == found[1].point_ids.tolist()[::-1] == found[2].point_ids.tolist()[::-1]


async def test_an_agent_nobody_knows_is_refused(school: Database) -> None:
    async def ask() -> None:
        async with school.transaction() as connection:
            await Resolver().resolve(connection, "stranger", batch([]))

    with pytest.raises(StoreError, match="agent 'stranger' is not known here: enrol it first"):
        await ask()


async def say(database: Database, ids: list[int], *facts: tuple[int, dict[str, Scalar]], index: int = 0) -> None:
    async with database.transaction() as connection:
        await apply_facts(connection, ids, [Fact(index, START + time, said) for time, said in facts])


async def test_facts_become_columns_attributes_and_history(school: Database) -> None:
    ids = (await resolve(school, Resolver(), batch([("ahu", "hvac"), ("agent", "agent")]))).device_ids
    await say(school, ids, (0, {"name": "AHU 1", "room": "B2", "model": "X", "serial": "7\x00"}))
    await say(school, ids, (10, {"model": "Y", "serial": "7"}), (20, {"model": "Y", "firmware": None}))
    await say(school, ids, (30, {"name": "the agent"}), index=1)
    row = await device(school, "ahu")
    assert (row["name"], row["room"], row["attributes"]) == ("AHU 1", "B2", {"model": "Y", "serial": "7"})
    rows = await school.rows("select time, value from attribute_history where name = 'model' order by time")
    assert [tuple(row.values()) for row in rows] == [(at(0), "X"), (at(10), "Y")]


async def test_late_facts_do_not_overwrite_newer_ones(school: Database) -> None:
    ids = (await resolve(school, Resolver(), batch([("ahu", "hvac")]))).device_ids
    await say(school, ids, (100, {"name": "new", "model": "Y"}))
    await say(school, ids, (50, {"name": "old", "room": "B2", "model": "X", "serial": "7"}))
    row = await device(school, "ahu")
    assert (row["name"], row["room"], row["attributes"]) == ("new", "B2", {"model": "Y", "serial": "7"})
    rows = await school.rows("select value from attribute_history where name = 'model' order by time")
    assert [row["value"] for row in rows] == ["X", "Y"]


async def test_a_parent_may_be_named_before_it_is_known(school: Database) -> None:
    resolver = Resolver()
    ids = (await resolve(school, resolver, batch([("vav", "hvac")]))).device_ids
    await say(school, ids, (0, {"parent": "ahu"}))
    assert (await device(school, "vav"))["parent_id"] is None
    (parent,) = (await resolve(school, resolver, batch([("ahu", "hvac")]))).device_ids
    assert (await device(school, "vav"))["parent_id"] == parent


async def test_names_and_states_of_points(school: Database) -> None:
    found = await resolve(school, Resolver(), batch([("ahu", "hvac")], [TEMPERATURE]))
    said: dict[str, Scalar] = {
        "point.name/zone.temperature": "Room 12",
        "point.states/host.disk.health/sda": "0=fine\n1=bad",
    }
    await say(school, found.device_ids, (0, said))
    await say(school, found.device_ids, (1, {"point.name/host.disk.health/sda": "Disk"}))
    rows = await school.rows("select metric, label, unit, name, states from point order by metric desc")
    assert [tuple(row.values()) for row in rows] == [
        ("zone.temperature", None, "Cel", "Room 12", None),
        ("host.disk.health", "sda", "1", "Disk", {"0": "fine", "1": "bad"}),
    ]
    assert (await device(school, "ahu"))["attributes"] == {}


async def test_reachability_keeps_changes_only_and_the_newest_counts(school: Database) -> None:
    ids = (await resolve(school, Resolver(), batch([("ahu", "hvac")]))).device_ids

    async def reach(*rows: tuple[int, bool, str]) -> list[bool]:
        async with school.transaction() as connection:
            changes = await apply_reach(connection, ids, [Reach(0, START + time, up, why) for time, up, why in rows])
        return [change.reachable for change in changes]

    assert await reach((0, True, ""), (10, True, ""), (20, False, "no answer\x00")) == [True, False]
    assert await reach((30, False, "still")) == []
    assert await reach((5, True, "")) == []
    row = await device(school, "ahu")
    assert (row["reachable"], row["reach_detail"], row["last_seen"]) == (False, "no answer", at(10))
    assert await reach((40, True, "")) == [True]
    assert (await device(school, "ahu"))["last_seen"] == at(40)


async def test_events_are_stored_but_not_the_agents_own(school: Database) -> None:
    ids = (await resolve(school, Resolver(), batch([("agent", "agent"), ("door", "door")]))).device_ids
    events = [Event(0, START, "agent.gap", "info", {}), Event(1, START, "door.forced", "major", {"why": "a\x00b"})]
    async with school.transaction() as connection:
        assert len(await insert_events(connection, ids, events)) == 1
    row = await school.row("select kind, detail from event")
    assert row == {"kind": "door.forced", "detail": {"why": "ab"}}


async def test_the_newest_sample_counts_and_is_found_again_at_start(school: Database) -> None:
    reachable, load = PointKey(0, "reachable", None, "1"), PointKey(0, "host.load", "1m", "1")
    ids = (await resolve(school, Resolver(), batch([("pi", "host")], [reachable, load]))).point_ids
    both = np.array([ids[0], ids[1], ids[1]], np.int32)
    await write_latest(school, both, np.array([START + 9, START + 5, START + 1]), np.array([0.0, 5.0, 1.0]))
    await write_latest(school, both[1:2], np.array([START + 2]), np.array([2.0]))
    rows = await school.rows("select time, value from point_last order by point_id")
    assert [tuple(row.values()) for row in rows] == [(at(5), 5.0), (at(9), 0.0)]
    assert (await device(school, "pi"))["last_seen"] == at(5), "a poll that failed is no answer"
    async with school.transaction() as connection:
        await write_samples(connection, both, np.array([START, START + 5, START + 7]), np.array([1.0, 5.0, 7.0]))
    await rebuild(school)
    rows = await school.rows("select time, value from point_last order by point_id")
    assert [tuple(row.values()) for row in rows] == [(at(7), 7.0), (at(9), 0.0)]
