"""One message for one cause, with the real loop on a real database."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from collector.api.live import concerns
from collector.live import Hub
from collector.problems.loop.loop import ProblemLoop
from collector.store import outbox, routes, silences
from collector.store import rule_settings as store
from collector.store.accounts import Caller
from collector.store.channels import NewChannel, add
from collector.store.liveness import write_status
from collector.store.problem_changes import Wish
from protocols.clock import utc
from tests.integration.problems.conftest import DISK, OTHER, World
from tests.integration.problems.hours import only, routed, step, waits


async def devices(world: World, count: int, first: int = 100, **columns) -> list[int]:
    """Devices of the agent with these columns; their ids."""
    columns = {"kind": "camera", "parent_id": None, "room": None, "address": None, "agent_id": "lincoln"} | columns
    made = []
    for number in range(first, first + count):
        row = await world.database.row(
            "insert into device (agent_id, key, building_id, kind, name, parent_id, room, address, reachable, state_since)"
            " select %s, %s, building_id, %s, %s, %s, %s, %s, true, %s from agent where id = %s returning id",
            [columns["agent_id"], f"d{number}", columns["kind"], f"device {number}", columns["parent_id"],
             columns["room"], columns["address"], utc(world.clock.now_ms()), columns["agent_id"]],
        )  # fmt: skip
        made.append(row["id"])
    world.restart()
    return made


async def seconds(world: World, count: int, step: int = 15) -> None:
    for _ in range(0, count, step):
        await world.clock.advance(step)
        await world.samples((DISK, 50.0))
        await world.loop.tick()


@pytest.mark.parametrize("seed", range(10))
async def test_forty_devices_behind_a_switch_are_one_message_and_one_recovery(world: World, seed: int) -> None:
    rng = random.Random(seed)
    (switch,) = await devices(world, 1, kind="switch")
    children = await devices(world, 40, 200, parent_id=switch)
    await seconds(world, 15)
    late = [switch, *children]
    rng.shuffle(late)
    losses = sorted((rng.randrange(0, 60), device) for device in late)
    for at in range(0, 60, 15):
        for _, device in [row for row in losses if at <= row[0] < at + 15]:
            await world.reach(device, False)
        await seconds(world, 15)
    await seconds(world, 300)
    assert await world.outbox() == [("device.unreachable", "opened")]
    rows = await world.database.rows("select device_id, cause_id, evidence, id from problem order by id")
    root = next(row for row in rows if row["device_id"] == switch)
    assert len(rows) == 41
    assert {row["cause_id"] for row in rows if row is not root} == {root["id"]}
    assert root["evidence"]["behind"] == 40
    asked = await world.database.rows("select agent_id, name, args from agent_command order by asked_at")
    assert all(row["name"] == "poll" for row in asked)
    rng.shuffle(late)
    for place, device in enumerate(late):
        await world.reach(device, True)
        if place % 8 == 0:
            await seconds(world, 15)
    await seconds(world, 240)
    assert await world.live() == {}
    assert await world.outbox() == [("device.unreachable", "opened"), ("device.unreachable", "resolved")]


@pytest.mark.parametrize(
    ("start", "lost", "kind", "wish", "severity"),
    [
        ("2026-09-15 06:00", 30, "switch", None, "critical"),  # a Tuesday, an hour and a half before lessons
        ("2026-09-15 10:00", 30, "switch", None, "critical"),
        ("2026-09-15 10:00", 30, "access-point", None, "critical"),  # whatever its kind's own severity
        ("2026-09-15 10:00", 30, "switch", "major", "major"),  # a person's word, though it is the shipped one
        ("2026-09-15 02:00", 30, "switch", None, "major"),
        ("2026-09-12 10:00", 30, "switch", None, "major"),  # a Saturday
        ("2026-09-15 10:00", 8, "switch", None, "major"),  # a corner of the building
    ],
)
async def test_a_building_that_cannot_teach_is_critical(
    world: World, start: str, lost: int, kind: str, wish: str | None, severity: str
) -> None:
    if wish is not None:
        place = store.Place("device.unreachable", building=1)
        await store.put_setting(world.database, place, {"severity": wish}, "kim", utc(0))
    begin = datetime.fromisoformat(start).replace(tzinfo=UTC).timestamp()
    await world.clock.advance(begin - world.clock.now_ms() / 1000)
    (switch,) = await devices(world, 1, kind=kind)
    children = await devices(world, 30, 200, parent_id=switch)
    await seconds(world, 15)
    for device in [switch, *children[:lost]]:
        await world.reach(device, False)
    await seconds(world, 300)
    told = await world.database.rows("select severity from problem where cause_id is null")
    assert [row["severity"] for row in told] == [severity]
    assert await world.outbox() == [("device.unreachable", "opened")]


async def test_the_parent_of_what_was_lost_is_asked_at_once_and_once(world: World) -> None:
    (switch,) = await devices(world, 1, kind="switch")
    (child,) = await devices(world, 1, 200, parent_id=switch)
    await world.reach(child, False)
    await seconds(world, 60)
    rows = await world.database.rows("select name, args, asked_by from agent_command")
    assert rows == [{"name": "poll", "args": {"devices": ["d100"]}, "asked_by": ""}]
    await seconds(world, 270)  # the switch answers: the child stands for itself, after a camera's five minutes
    assert await world.outbox() == [("device.unreachable", "opened")]


async def test_two_uplinks_are_down_only_together(world: World) -> None:
    first, second = await devices(world, 2, kind="switch")
    (child,) = await devices(world, 1, 200)
    for parent in (first, second):
        await world.database.execute(
            "insert into device_link values (%s, %s, 'uplink', 'learned', '', %s)",
            [child, parent, utc(world.clock.now_ms())],
        )
    world.restart()
    await seconds(world, 15)
    for device in (child, first):
        await world.reach(device, False)
    await seconds(world, 330)
    assert len(await world.outbox()) == 2  # its other way is up: two faults
    await world.reach(second, False)
    await seconds(world, 240)
    rows = {row["device_id"]: row for row in await world.database.rows("select * from problem")}
    assert rows[child]["cause_id"] in (rows[first]["id"], rows[second]["id"])
    assert rows[first]["cause_id"] is None


async def test_a_room_that_falls_together_is_one_problem_and_one_left_speaks_for_itself(world: World) -> None:
    await devices(world, 20, 500, room="Library")
    room = await devices(world, 9, room="Room 112")
    await seconds(world, 15)
    for device in room:
        await world.reach(device, False)
        await seconds(world, 15)
    await seconds(world, 300)
    assert await world.outbox() == [("group.unreachable", "opened")]
    row = await world.database.row("select title, evidence, id from problem where rule = 'group.unreachable'")
    assert row["title"].startswith("Lincoln MS: 9 devices in Room 112 stopped answering at ")
    assert row["title"].endswith("(same room)")
    assert row["evidence"]["count"] == 9
    for device in room[1:]:
        await world.reach(device, True)
    await seconds(world, 30)
    assert await world.outbox() == [("group.unreachable", "opened"), ("group.unreachable", "resolved")]
    await seconds(world, 180)
    assert (await world.outbox())[2:] == [("device.unreachable", "opened")]


async def test_who_is_left_of_a_room_that_fell_is_as_grave_as_its_kind_is(world: World) -> None:
    now = utc(world.clock.now_ms())
    minor = {"severity": "minor"}
    await store.put_setting(world.database, store.Place("device.unreachable", kind="camera"), minor, "kim", now)
    room = await devices(world, 4, room="Lab")
    await seconds(world, 15)
    for device in room:
        await world.reach(device, False)
    await seconds(world, 180)
    assert await world.outbox() == [("group.unreachable", "opened")]
    for device in room[1:]:
        await world.reach(device, True)
    await seconds(world, 300)
    rows = await world.database.rows("select severity, cause_id from problem where resolved_at is null")
    assert rows == [{"severity": "minor", "cause_id": None}]


async def test_a_building_whose_agent_reaches_nothing_is_one_problem(world: World) -> None:
    everything = [1, 2, *await devices(world, 12)]
    await world.database.execute("update device set parent_id = null, reachable = true")
    world.restart()
    await seconds(world, 15)
    for device in everything:
        await world.reach(device, False)
    await seconds(world, 300)
    assert await world.outbox() == [("group.unreachable", "opened")]


async def test_a_room_whose_devices_alone_would_wait_for_hours_is_one_problem_within_minutes(world: World) -> None:
    await devices(world, 20, 500, room="Library")
    room = await devices(world, 6, room="Lab", kind="printer")
    await seconds(world, 15)
    for device in room:
        await world.reach(device, False)
    await seconds(world, 180)
    assert await world.outbox() == [("group.unreachable", "opened")]
    await seconds(world, 600)
    for device in room[1:]:
        await world.reach(device, True)
    await seconds(world, 600)
    assert await world.outbox() == [("group.unreachable", "opened"), ("group.unreachable", "resolved")]
    assert await world.live() == {}  # one printer is switched off: it has two hours


async def test_by_evening_a_room_may_be_switched_off(world: World) -> None:
    await world.clock.advance(8 * 3600)
    room = await devices(world, 6, room="Lab", kind="display")
    await seconds(world, 15)
    for device in room:
        await world.reach(device, False)
    await seconds(world, 1200)
    assert await world.outbox() == []


async def test_what_stays_away_after_its_switch_is_back_waits_as_its_kind_does(world: World) -> None:
    (switch,) = await devices(world, 1, kind="switch")
    children = await devices(world, 4, 200, parent_id=switch, kind="printer")
    await seconds(world, 15)
    for device in (switch, *children):
        await world.reach(device, False)
    await seconds(world, 240)
    assert len(await world.live()) == 5
    await world.reach(switch, True)
    await seconds(world, 60)
    for device in children[1:]:
        await world.reach(device, True)
    await seconds(world, 600)
    assert await world.outbox() == [("device.unreachable", "opened"), ("device.unreachable", "resolved")]
    assert await world.live() == {}


async def test_a_switch_that_falls_later_takes_what_was_told_and_sends_no_second_message_for_it(world: World) -> None:
    (switch,) = await devices(world, 1, kind="switch")
    (child,) = await devices(world, 1, 200, parent_id=switch)
    await seconds(world, 15)
    await world.reach(child, False)
    await seconds(world, 330)
    await world.reach(switch, False)
    await seconds(world, 240)
    assert len(await world.outbox()) == 2
    rows = {row["device_id"]: row for row in await world.database.rows("select * from problem")}
    assert rows[child]["cause_id"] == rows[switch]["id"]
    await world.reach(switch, True)
    await world.reach(child, True)
    await seconds(world, 240)
    assert await world.live() == {}
    assert (await world.outbox())[2:] == [("device.unreachable", "resolved")]


async def test_a_cause_that_is_over_before_its_symptoms_opened_tells_nobody_of_them(world: World) -> None:
    (switch,) = await devices(world, 1, kind="switch")
    children = await devices(world, 5, 200, parent_id=switch)
    await seconds(world, 15)
    await world.reach(switch, False)
    await seconds(world, 60)
    for child in children:
        await world.reach(child, False)
    await seconds(world, 75)
    for device in (switch, *children):
        await world.reach(device, True)
    await seconds(world, 300)
    assert await world.outbox() == [("device.unreachable", "opened"), ("device.unreachable", "resolved")]


async def test_what_is_wrong_on_a_lost_device_is_its_symptom(world: World) -> None:
    await world.minutes(9, (DISK, 95.0))
    await world.reach(1, False)
    await world.minutes(3, (DISK, 95.0))
    await world.minutes(3, (OTHER, 0.1))
    assert await world.outbox() == [("device.unreachable", "opened")]


async def test_many_of_one_kind_with_one_fault_are_one_problem_and_an_unrelated_one_is_its_own(world: World) -> None:
    points = await with_points(world, await devices(world, 8, kind="host"))
    (switch,) = await devices(world, 1, 900, kind="switch")
    world.restart()
    bad: list[tuple[int, float]] = []
    for minute in range(28):
        if minute < 8:
            bad.append((points[minute], 92.0))
        if minute == 12:
            await world.reach(switch, False)
        await world.minutes(1, (DISK, 50.0), *bad)
    assert sorted(await world.outbox()) == [("device.unreachable", "opened"), ("group.same", "opened")]


async def test_what_devices_have_in_common_goes_where_each_of_them_would(world: World) -> None:
    """Its coming, what it grows to, its end; also where a silence held it back."""
    found = await only(world, "facilities", "it")
    await routed(world, {"kinds": ["hvac"], "steps": [step(found["facilities"])]}, {"steps": [step(found["it"])]})
    points = await with_points(world, await devices(world, 6, kind="hvac"))
    world.restart()
    now = utc(world.clock.now_ms())
    silence = silences.NewSilence("Work", "Dana", now, now + timedelta(minutes=20))
    for quiet in (False, True):
        if quiet:
            await silences.begin(world.database, silence._replace(begins=now, ends=now + timedelta(minutes=20)), now)
        await world.minutes(22, (DISK, 50.0), *((point, 92.0) for point in points))
        await world.send()
        await world.minutes(20, (DISK, 50.0), *((point, 50.0) for point in points))
        await world.send()
        rows = await world.database.rows(
            "select p.rule, c.name, o.change from outbox o join problem p on p.id = o.problem_id"
            " join channel c on c.id = o.channel_id order by o.id"
        )
        told = [("group.same", "facilities", change) for change in ("opened", "resolved")]
        assert [(row["rule"], row["name"], row["change"]) for row in rows] == told
        await world.database.execute("delete from problem")
        now = utc(world.clock.now_ms())


async def test_a_room_that_falls_together_is_told_to_whom_its_devices_would_be(world: World) -> None:
    found = await only(world, "facilities", "it")
    await routed(world, {"kinds": ["hvac"], "steps": [step(found["facilities"])]}, {"steps": [step(found["it"])]})
    room = await devices(world, 3, kind="hvac", room="Boiler room")
    await world.minutes(1, (DISK, 50.0))
    for device in room:
        await world.reach(device, False)
    await world.minutes(6, (DISK, 50.0))
    assert await world.outbox() == [("group.unreachable", "opened")]
    assert [name for name, _, _ in await waits(world)] == ["facilities"]


async def test_a_fault_of_the_district_is_told_to_whoever_looks_after_one_of_its_schools(world: World) -> None:
    found = await only(world, "north", "elsewhere", "rest")
    points = await three_schools(world)
    ids = {row["name"]: row["id"] for row in await world.database.rows("select id, name from building")}
    await routed(
        world,
        {"buildings": [ids["Lincoln MS"]], "steps": [step(found["elsewhere"])]},
        {"buildings": [ids["north"], ids["south"], ids["west"]], "kinds": ["host"], "steps": [step(found["north"])]},
        {"steps": [step(found["rest"])]},
    )
    await world.minutes(24, (DISK, 50.0), *((point, 92.0) for point in points))
    assert await world.outbox() == [("group.fleet", "opened")]
    assert [name for name, _, _ in await waits(world)] == ["north"]


async def test_agents_of_several_schools_that_fall_silent_are_told_by_their_schools(world: World) -> None:
    found = await only(world, "north", "rest")
    await three_schools(world)
    north = await world.database.row("select id from building where name = 'north'")
    await routed(world, {"buildings": [north["id"]], "steps": [step(found["north"])]}, {"steps": [step(found["rest"])]})
    start = utc(world.clock.now_ms())
    for _ in range(8):
        await world.clock.advance(60)
        await world.samples((DISK, 50.0))
        await world.database.execute("update agent set last_seen = %s where id <> 'lincoln'", [start])
        await world.loop.tick()
    assert await world.outbox() == [("group.fleet", "opened")] * 2
    assert [name for name, _, _ in await waits(world)] == ["north", "rest"]


async def with_points(world: World, hosts: list[int]) -> list[int]:
    """A disk of each of these devices."""
    rows = [
        await world.database.row(
            "insert into point (device_id, metric, label, unit) values (%s, 'host.disk.utilization', '/', '%%') returning id",
            [host],
        )
        for host in hosts
    ]
    return [row["id"] for row in rows if row]


async def three_schools(world: World) -> list[int]:
    """North, south and west, each with an agent and a host; the points of the hosts' disks."""
    points = []
    for school in ("north", "south", "west"):
        await world.database.execute("insert into building (name) values (%s)", [school])
        await world.database.execute(
            "insert into agent (id, building_id, name, online, last_seen) select name, id, name, true, %s from building where name = %s",
            [utc(world.clock.now_ms()), school],
        )
        points += await with_points(world, await devices(world, 1, kind="host", agent_id=school))
    return points


async def test_one_fault_at_three_schools_is_one_problem_of_the_district(world: World) -> None:
    points = await three_schools(world)
    hub = Hub()
    world.loop = ProblemLoop(world.database, hub, world.clock, book=world.book)
    bad: list[tuple[int, float]] = []
    for minute in range(24):
        if minute < 3:
            bad.append((points[minute], 92.0))
        await world.minutes(1, (DISK, 50.0), *bad)
    assert await world.outbox() == [("group.fleet", "opened")]
    row = await world.database.row("select title, subject, building_id from problem where rule = 'group.fleet'")
    assert row["subject"] == "district:host.disk.full"
    assert row["building_id"] is None
    assert row["title"].startswith("3 schools have the same fault")
    north = await world.database.row("select id from building where name = 'north'")
    stream = hub.subscribe(lambda event: event.data.get("rule") == "group.fleet", after=0)
    event = await anext(stream)
    await stream.aclose()
    assert concerns(Caller("n", "viewer", frozenset({north["id"]})), north["id"], None)(
        event
    )  # on each school's pages, too
    (told,) = await outbox.claim(world.database, utc(world.clock.now_ms()), timedelta(minutes=2))
    assert (told["places"], told["building"]) == (["north", "south", "west"], None)


async def test_a_brownout_of_the_line_is_one_problem_and_behind_a_dead_gateway_none_of_its_own(world: World) -> None:
    probes = await devices(world, 3, kind="probe")
    (gateway,) = await devices(world, 1, 900, kind="firewall")
    points = []
    for probe in probes:
        row = await world.database.row(
            "insert into point (device_id, metric, unit) values (%s, 'probe.loss.recent', '%%') returning id", [probe]
        )
        points.append(row["id"])
    world.restart()
    good = [(point, 0.0) for point in points]
    await world.minutes(2, (DISK, 50.0), *good)
    slow = [(points[0], 9.0), (points[1], 8.0), (points[2], 8.0)]
    await world.minutes(9, (DISK, 50.0), *slow)
    assert await world.outbox() == [("group.service", "opened")]
    await world.minutes(4, (DISK, 50.0), *good)
    assert await world.outbox() == [("group.service", "opened"), ("group.service", "resolved")]
    await world.reach(gateway, False)
    await world.minutes(20, (DISK, 50.0), *slow)
    assert (await world.outbox())[2:] == [("device.unreachable", "opened")]


async def test_an_agent_that_is_lost_is_one_problem_whatever_it_had_noticed(world: World) -> None:
    found = await devices(world, 12)
    await seconds(world, 15)
    for device in found:
        await world.reach(device, False)
    await seconds(world, 30)
    await world.minutes(15)
    assert await world.outbox() == [("agent.silent", "opened")]


async def test_an_agent_that_is_heard_and_sends_nothing_is_one_problem_and_a_restart_tells_it_once(
    world: World,
) -> None:
    await devices(world, 4)
    await world.minutes(8, (DISK, 50.0), (OTHER, 0.1))

    async def heard(minutes: int) -> None:
        for _ in range(minutes):
            await world.clock.advance(60)
            await world.database.execute("update agent set last_seen = %s", [utc(world.clock.now_ms())])
            await world.loop.tick()

    await heard(20)
    assert await world.outbox() == [("agent.no-data", "opened")]
    (title,) = [row["title"] for row in await world.database.rows("select title from problem")]
    assert title.startswith("Lincoln MS: Lincoln agent is heard, but no data since ")
    assert title.endswith(" from any of its 6 devices")
    assert set(await world.states()) == {"unknown"}
    world.restart()
    await heard(3)
    await world.minutes(3, (DISK, 50.0), (OTHER, 0.1))
    assert await world.outbox() == [("agent.no-data", "opened"), ("agent.no-data", "resolved")]
    assert (await world.states())[0] == "ok"


@pytest.mark.parametrize(("every", "told_after"), [(1, 16), (10, 31)])
async def test_an_agent_without_data_when_we_begin_is_judged_by_what_it_sent_before(
    world: World, every: int, told_after: int
) -> None:
    await devices(world, 4)
    for _ in range(3):
        await world.clock.advance(60 * every)
        await world.samples((DISK, 50.0), (OTHER, 0.1))
    world.restart()
    for minute in range(told_after + 1):
        await world.database.execute("update agent set last_seen = %s", [utc(world.clock.now_ms())])
        await world.loop.tick()
        assert await world.outbox() == ([("agent.no-data", "opened")] if minute >= told_after else [])
        await world.clock.advance(60)


async def test_an_agent_that_said_goodbye_has_five_minutes(world: World) -> None:
    await world.minutes(2, (DISK, 50.0))
    await write_status(world.database, "lincoln", {"online": False, "leaving": "stopped"}, None)
    await world.minutes(5)
    assert await world.outbox() == []
    await world.minutes(1)
    assert await world.outbox() == [("agent.silent", "opened")]


async def test_a_switch_whose_rule_is_off_explains_nothing_away(world: World) -> None:
    (switch,) = await devices(world, 1, kind="switch")
    (camera,) = await devices(world, 1, 200, parent_id=switch)
    now = utc(world.clock.now_ms())
    await store.put_setting(
        world.database, store.Place("device.unreachable", device=switch), {"enabled": False}, "kim", now
    )
    await seconds(world, 15)
    await world.reach(switch, False)
    await world.reach(camera, False)
    await seconds(world, 600)
    assert await world.live() == {f"device.unreachable device:{camera}": "open"}
    assert await world.outbox() == [("device.unreachable", "opened")]


async def test_a_room_stays_one_problem_while_its_agent_is_away(world: World) -> None:
    room = await devices(world, 4, room="112")
    await seconds(world, 15)
    for device in room:
        await world.reach(device, False)
    await seconds(world, 600)
    assert await world.outbox() == [("group.unreachable", "opened")]
    await world.clock.advance(1800)
    for _ in range(8):
        await world.clock.advance(60)
        await world.loop.tick()
    assert await world.outbox() == [("group.unreachable", "opened"), ("agent.silent", "opened")]
    await seconds(world, 300)
    assert await world.outbox() == [
        ("group.unreachable", "opened"),
        ("agent.silent", "opened"),
        ("agent.silent", "resolved"),
    ]


async def _told_then_folded(world: World) -> tuple[int, int]:
    """A camera that was told of by itself, and the switch above it that fell later; both are out of reach."""
    (switch,) = await devices(world, 1, kind="switch")
    (camera,) = await devices(world, 1, 200, parent_id=switch)
    await seconds(world, 15)
    await world.reach(camera, False)
    await seconds(world, 330)
    await world.send()
    await world.reach(switch, False)
    await seconds(world, 240)
    await world.send()
    assert world.sent == [("device.unreachable", "opened")] * 2
    world.sent.clear()
    return switch, camera


async def _endings(world: World) -> list[tuple[str, str, list[str], list[str]]]:
    """The endings that are due, taken: channel and device, what they say is over too, and what is not."""
    now, found = utc(world.clock.now_ms()), []
    while rows := await outbox.claim(world.database, now, timedelta(minutes=2)):
        for row in rows:
            assert row["change"] == "resolved"
            over, left = ([one["title"] for one in row["covered"] if one["over"] is which] for which in (True, False))
            found.append((row["channel"], row["device"], over, left))
            await outbox.delivered(world.database, row, now)
    return found


async def test_what_was_told_and_folded_and_ended_first_is_named_by_its_causes_recovery(world: World) -> None:
    switch, camera = await _told_then_folded(world)
    await world.database.execute("update device set parent_id = null where id = %s", [camera])
    world.restart()
    await world.reach(camera, True)
    await seconds(world, 30)
    assert await _endings(world) == []
    await world.reach(switch, True)
    await seconds(world, 30)
    assert await _endings(world) == [("phone", "device 100", ["Lincoln MS: device 200 does not answer"], [])]
    await world.reach(switch, False)
    await seconds(world, 240)
    await world.send()
    await world.reach(switch, True)
    await seconds(world, 30)
    assert await _endings(world) == [("phone", "device 100", [], [])]  # it was named once


async def test_who_ends_a_cause_hears_on_their_own_channel_of_what_ended_under_it(world: World) -> None:
    switch, camera = await _told_then_folded(world)
    kim = {"name": "kim", "account": "kim", "timezone": "UTC", "quiet_from": None, "quiet_to": None, "channels": [1]}
    async with world.database.transaction() as connection:
        await routes.save_person(connection, kim)
    await world.database.execute("update device set parent_id = null where id = %s", [camera])
    world.restart()
    await world.reach(camera, True)
    await seconds(world, 30)
    assert await _endings(world) == []
    await world.person(Wish("resolved"), f"device:{switch}")
    assert await _endings(world) == [("phone", "device 100", ["Lincoln MS: device 200 does not answer"], [])]


async def test_what_was_told_and_folded_and_outlasts_its_cause_is_told_over_when_it_is(world: World) -> None:
    switch, camera = await _told_then_folded(world)
    await world.reach(switch, True)
    await seconds(world, 30)
    assert await _endings(world) == [("phone", "device 100", [], ["Lincoln MS: device 200 does not answer"])]
    await world.reach(camera, True)
    await seconds(world, 30)
    assert await _endings(world) == [("phone", "device 200", [], [])]
    await seconds(world, 300)
    assert await _endings(world) == []
    assert await world.live() == {}


async def test_whoever_was_told_of_the_symptom_alone_is_told_that_it_is_over(world: World) -> None:
    switch, camera = await _told_then_folded(world)
    await add(world.database, NewChannel("cameras", b"x", "json", "minor"))
    await world.database.execute(
        "insert into outbox (problem_id, change, channel_id, created_at, next_attempt, delivered_at)"
        " select p.id, 'opened', c.id, %(at)s, %(at)s, %(at)s from problem p, channel c where p.device_id = %(device)s"
        " and c.name = 'cameras'",
        {"at": utc(world.clock.now_ms()), "device": camera},
    )
    for device in (switch, camera):
        await world.reach(device, True)
    await seconds(world, 30)
    assert sorted(await _endings(world)) == [
        ("cameras", "device 200", [], []),
        ("phone", "device 100", ["Lincoln MS: device 200 does not answer"], []),
    ]


async def test_a_sender_that_has_the_causes_end_in_hand_does_not_speak_for_its_symptom(world: World) -> None:
    switch, camera = await _told_then_folded(world)
    await world.reach(switch, True)
    await seconds(world, 30)
    (taken,) = await outbox.claim(world.database, utc(world.clock.now_ms()), timedelta(minutes=2))
    await world.reach(camera, True)
    await seconds(world, 30)
    assert [one[1] for one in await _endings(world)] == ["device 200"]
    await outbox.delivered(world.database, taken, utc(world.clock.now_ms()))
    await seconds(world, 300)
    assert await _endings(world) == []
