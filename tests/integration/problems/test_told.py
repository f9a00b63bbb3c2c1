"""Who is told what, on a real database: flapping, what people do, symptoms, and a sender that is late."""

import random
from datetime import timedelta

import pytest

from collector.store import channels, outbox, routes
from collector.store.channels import NewChannel
from collector.store.problem_changes import Wish
from protocols.clock import utc
from tests.integration.problems.conftest import CPU, DISK, World, tell_minor

HOT = "host.cpu.hot"
CALM, BUSY = (CPU, 10.0), (CPU, 99.0)


async def flap(world: World, times: int) -> None:
    for _ in range(times):
        await world.minutes(1, BUSY)
        await world.send()
        await world.minutes(1, CALM)
        await world.send()


async def test_flapping_is_told_four_times_then_once_more_when_it_stays_away(world: World) -> None:
    await flap(world, 10)
    assert [change for _, change in world.sent] == ["opened", "resolved"] + ["reopened", "resolved"] * 2 + ["reopened"]
    await world.minutes(14, CALM)
    await world.send()
    assert len(world.sent) == 7
    await world.minutes(2, CALM)
    await world.send()
    assert world.sent[7:] == [(HOT, "resolved")]
    assert await world.database.row("select count(*) as n, max(reopened) as reopened from problem") == {
        "n": 1,
        "reopened": 9,
    }


async def test_the_message_of_a_flapping_one_says_so(world: World) -> None:
    await flap(world, 3)
    await world.minutes(1, BUSY)
    (row,) = await outbox.claim(world.database, utc(world.clock.now_ms()), timedelta(minutes=2))
    assert (row["change"], row["reopened"]) == ("reopened", 3)


async def test_a_resolution_that_is_on_its_way_is_not_taken_back(world: World) -> None:
    """The sender's clock may be ahead of the loop's: what it has in hand is told, and what comes then is another problem."""
    await flap(world, 5)
    ahead = utc(world.clock.now_ms()) + timedelta(minutes=16)
    (claimed,) = await outbox.claim(world.database, ahead, timedelta(minutes=2))
    await world.minutes(1, BUSY)
    await outbox.delivered(world.database, claimed, ahead)
    await world.send()
    assert world.sent[-1] == (HOT, "opened")
    rows = await world.database.rows("select state, reopened from problem order by id")
    assert [(row["state"], row["reopened"]) for row in rows] == [("resolved", 4), ("open", 0)]


async def test_what_a_person_resolves_is_told_at_once_flapping_or_not(world: World) -> None:
    await world.minutes(1, BUSY)
    await world.send()
    await world.person(Wish("resolved"))
    await world.send()
    assert [change for _, change in world.sent] == ["opened", "resolved"]
    await world.minutes(1, CALM)
    await flap(world, 5)
    await world.minutes(1, BUSY)
    world.sent.clear()
    await world.person(Wish("resolved"))
    await world.send()
    assert world.sent == [(HOT, "resolved")]
    await world.minutes(1, CALM)
    await world.minutes(1, BUSY)
    await world.send()
    assert world.sent == [(HOT, "resolved"), (HOT, "opened")]


async def test_that_a_person_has_resolved_it_waits_as_every_other_message_and_is_not_told_to_that_person(
    world: World,
) -> None:
    own = await channels.add(world.database, NewChannel("kims own", b"x", "json", "info"))
    await tell_minor(world.database, 1, own)
    async with world.database.transaction() as connection:
        for name, held in (("kim", [1, 2]), ("lee", [1])):
            person = {"name": name, "account": name, "timezone": "UTC", "quiet_from": None, "quiet_to": None}
            await routes.save_person(connection, person | {"channels": held})
    await world.minutes(1, BUSY)
    await world.send()
    assert world.sent == [(HOT, "opened")] * 2
    now = world.clock.now_ms()
    await world.clock.advance((next_day(now, 3) - now) / 1000)  # at three in the morning
    await world.person(Wish("resolved"))
    rows = await world.database.rows("select channel_id, next_attempt from outbox where change = 'resolved'")
    assert [(row["channel_id"], f"{row['next_attempt']:%H:%M}") for row in rows] == [(1, "06:45")]


def next_day(now: int, hour: int) -> int:
    """That hour of the day (UTC) after the one of `now`."""
    return (now // 86_400_000 + 1) * 86_400_000 + hour * 3_600_000


async def test_a_snoozed_one_is_told_resolved_and_wakes_in_silence(world: World) -> None:
    await world.minutes(1, BUSY)
    await world.person(Wish("snoozed", until=utc(world.clock.now_ms() + 120_000)))
    await world.minutes(3, BUSY)
    assert list((await world.live()).values()) == ["open"]
    await world.send()
    assert world.sent == [(HOT, "opened")]
    await world.person(Wish("snoozed", until=utc(world.clock.now_ms() + 600_000)))
    await world.minutes(1, CALM)
    await world.send()
    assert world.sent == [(HOT, "opened"), (HOT, "resolved")]


async def test_a_coming_is_nobodys_yet(world: World) -> None:
    await world.minutes(1, BUSY)
    await world.person(Wish("acknowledged"))
    await world.minutes(1, CALM)
    await world.minutes(1, BUSY)
    row = await world.database.row("select state, acknowledged_at, acknowledged_by from problem")
    assert row == {"state": "open", "acknowledged_at": None, "acknowledged_by": None}


async def test_a_resolution_goes_where_its_opening_went(world: World) -> None:
    await world.minutes(1, BUSY)
    await channels.add(world.database, NewChannel("later", b"x", "json", "info"))
    await world.database.execute("update channel set minimum = 'critical', enabled = false where name = 'phone'")
    await world.minutes(1, CALM)
    rows = await world.database.rows(
        "select c.name, o.change from outbox o join channel c on c.id = o.channel_id order by o.id"
    )
    assert [(row["name"], row["change"]) for row in rows] == [("phone", "opened"), ("phone", "resolved")]
    assert await outbox.claim(world.database, utc(world.clock.now_ms()), timedelta(minutes=1)) == []
    await world.database.execute("update channel set enabled = true")
    await world.send()
    assert [change for _, change in world.sent] == ["opened", "resolved"]


async def test_a_cause_that_a_person_dismissed_speaks_for_its_symptoms_still(world: World) -> None:
    await world.reach(1, False)
    await world.reach(2, False)
    await world.minutes(4, CALM)
    assert await world.outbox() == [("device.unreachable", "opened")]
    await world.person(Wish("resolved"), "device:1")
    await world.minutes(10, CALM)
    assert await world.outbox() == [("device.unreachable", "opened"), ("device.unreachable", "resolved")]
    assert await world.live() == {"device.unreachable device:2": "open"}
    await world.reach(1, True)
    await world.minutes(3, CALM)
    assert (await world.outbox())[2:] == [("device.unreachable", "opened")]


async def test_the_lesser_of_two_limits_of_one_point_is_its_symptom(world: World) -> None:
    await world.minutes(16, (DISK, 98.0))
    assert set(await world.live()) == {"host.disk.critical point:1", "host.disk.full point:1"}
    assert await world.outbox() == [("host.disk.critical", "opened")]
    await world.minutes(4, (DISK, 94.0))  # better, and still nearly full: that is what it says now
    assert await world.live() == {"host.disk.full point:1": "open"}
    told = [("host.disk.critical", "opened"), ("host.disk.critical", "resolved"), ("host.disk.full", "opened")]
    assert await world.outbox() == told
    row = await world.database.row("select title from problem where state = 'open'")
    assert row == {"title": "Lincoln MS: server: disk / is 94 % full"}
    await world.minutes(1, (DISK, 50.0))
    assert await world.outbox() == [*told, ("host.disk.full", "resolved")]


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_every_channel_ends_with_what_is_true(world: World, seed: int) -> None:
    """Conditions, people and restarts at random; the sender now and then. Openings and resolutions alternate, and end right."""
    dice = random.Random(seed)
    for _ in range(60):
        await world.minutes(1, dice.choice([BUSY, CALM]))
        if dice.random() < 0.1:
            await world.clock.advance(dice.choice([300, 900, 1000]))
        if dice.random() < 0.1:
            await world.person(dice.choice([Wish("resolved"), Wish("acknowledged")]))
        if dice.random() < 0.1:
            world.restart()
        if dice.random() < 0.6:
            await world.send()
    last = dice.choice([BUSY, CALM])
    await world.minutes(17, last)
    await world.send()
    rows = await world.database.rows(
        "select p.id, p.state, array_agg(o.change order by o.delivered_at, o.id) as told,"
        " bool_and(o.delivered_at is not null) as sent from problem p join outbox o on o.problem_id = p.id group by p.id"
    )
    count = await world.database.row("select count(*) as n from problem")
    assert count == {"n": len(rows)}
    for row in rows:
        assert row["sent"]
        opening = [change != "resolved" for change in row["told"]]
        assert opening == [place % 2 == 0 for place in range(len(opening))]
        assert opening[-1] == (row["state"] != "resolved")


async def test_what_comes_again_as_a_symptom_is_told_nobody_neither_that_nor_its_end(world: World) -> None:
    gone, back = ("device.unreachable", "opened"), ("device.unreachable", "resolved")
    await world.reach(2, False)
    await world.minutes(3, CALM)
    await world.reach(2, True)
    await world.minutes(1, CALM)
    assert await world.outbox() == [gone, back]
    await world.reach(1, False)
    await world.reach(2, False)
    await world.minutes(4, CALM)
    assert len(await world.live()) == 2
    await world.reach(2, True)
    await world.minutes(1, CALM)
    await world.reach(1, True)
    await world.minutes(1, CALM)
    assert await world.live() == {}
    assert await world.outbox() == [gone, back, gone, back]
