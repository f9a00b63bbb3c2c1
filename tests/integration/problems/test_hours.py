"""When people are told, with the real loop: hours of the route that told it, quiet hours, and a calendar that changes meanwhile."""

from datetime import timedelta

import pytest

from collector.problems.loop import retiming
from collector.store import silences
from collector.store.problem_changes import Wish
from collector.store.silences import NewSilence
from protocols.clock import utc
from tests.integration.problems.conftest import World
from tests.integration.problems.hours import (
    BUSY,
    CALM,
    monday,
    only,
    person,
    routed,
    schedule,
    step,
    until,
    waits,
)

HOT = "host.cpu.hot"


async def for_school(world: World) -> None:
    """All of `phone`'s messages wait for school."""
    await routed(world, {"tell": "school", "steps": [step(1)]})


async def test_what_comes_and_goes_untold_after_school_is_told_over_where_it_was_told(world: World) -> None:
    day = monday(world)
    await for_school(world)
    await until(world, day + timedelta(hours=15, minutes=20))
    await world.minutes(1, BUSY)
    await world.send()
    await world.minutes(12, BUSY)
    await world.minutes(1, CALM)
    assert await waits(world) == [("phone", "resolved", "Tue 06:45")]
    await world.minutes(2, BUSY)
    assert await waits(world) == [("phone", "reopened", "Tue 06:45")]
    await world.minutes(2, CALM)
    assert await waits(world) == [("phone", "resolved", "Tue 06:45")]
    await until(world, day + timedelta(days=1, hours=9))
    await world.send()
    assert world.sent == [(HOT, "opened"), (HOT, "resolved")]


async def test_a_recovery_waits_for_those_who_were_told_and_not_for_who_would_be_now(world: World) -> None:
    found = await only(world, "anna", "on call")
    day, night = [await person(world, "anna", (16 * 60, 7 * 60), found["anna"])], [found["on call"]]
    by_day = {"during": "school", "steps": [step(people=tuple(day))]}
    await routed(world, by_day, {"during": "outside", "steps": [step(*night)]})
    start = monday(world)
    await until(world, start + timedelta(hours=12))
    await world.minutes(1, BUSY)
    await world.send()
    await until(world, start + timedelta(hours=22), BUSY)
    await world.minutes(1, CALM)
    assert await waits(world) == [("anna", "resolved", "Tue 07:00")]


async def test_what_is_resolved_by_a_person_waits_likewise(world: World) -> None:
    found = await only(world, "anna")
    await person(world, "anna", (16 * 60, 7 * 60), found["anna"])
    await routed(world, {"during": "school", "steps": [step(found["anna"])]})
    start = monday(world)
    await until(world, start + timedelta(hours=12))
    await world.minutes(1, BUSY)
    await world.send()
    await until(world, start + timedelta(hours=22), BUSY)
    await world.person(Wish("resolved"))
    assert await waits(world) == [("anna", "resolved", "Tue 07:00")]


async def test_a_snow_day_entered_in_the_morning_puts_off_what_waits_for_school(world: World) -> None:
    day = monday(world)
    await for_school(world)
    await until(world, day + timedelta(hours=18))
    await world.minutes(1, BUSY)
    assert await waits(world) == [("phone", "opened", "Tue 06:45")]
    tuesday = day + timedelta(days=1)
    await until(world, tuesday + timedelta(hours=6), BUSY)
    await schedule(world, {"days": [{"first": f"{tuesday:%Y-%m-%d}", "kind": "holiday", "name": "Snow", "late": True}]})
    await world.minutes(1, BUSY)
    assert await waits(world) == [("phone", "opened", "Wed 06:45")]
    await until(world, tuesday + timedelta(hours=7), BUSY)
    await world.send()
    assert world.sent == []
    await world.minutes(1, CALM)
    assert await waits(world) == []  # it healed before anybody was told


@pytest.mark.parametrize("most", [1, 200])
async def test_terms_that_are_put_right_set_free_what_the_wrong_ones_held(
    world: World, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where another route would have told it, and a restart of the collector came between."""
    monkeypatch.setattr(retiming, "MOST", most)
    found = await only(world, "day", "other")
    by_day = {"during": "school", "steps": [step(found["day"]), step(found["other"], after_min=60)]}
    outside = {"during": "outside", "tell": "school", "steps": [step(found["day"], found["other"])]}
    await routed(world, by_day, outside)
    day = monday(world)
    await until(world, day + timedelta(hours=9))
    await schedule(
        world, {"terms": [{"first": f"{day + timedelta(60):%Y-%m-%d}", "last": f"{day + timedelta(200):%Y-%m-%d}"}]}
    )
    await world.minutes(1, CALM)
    await world.minutes(1, BUSY)
    assert {hour for _, _, hour in await waits(world)} == {"Fri 06:45"}
    await schedule(
        world, {"terms": [{"first": f"{day - timedelta(30):%Y-%m-%d}", "last": f"{day + timedelta(200):%Y-%m-%d}"}]}
    )
    world.restart()
    await world.minutes(3, BUSY)
    assert [(name, hour) for name, _, hour in await waits(world)][1:] == [("other", "Mon 10:02")]
    await world.send()
    assert world.sent == [(HOT, "opened")]


async def test_quiet_hours_and_routes_that_change_hold_for_what_waits(world: World) -> None:
    found = await only(world, "anna")
    anna = await person(world, "anna", (16 * 60, 7 * 60), found["anna"])
    await routed(world, {"steps": [step(people=(anna,))]})
    await until(world, monday(world) + timedelta(hours=18))
    await world.minutes(1, BUSY)
    assert await waits(world) == [("anna", "opened", "Tue 07:00")]
    await world.database.execute("update person set quiet_to = 480")
    await world.minutes(1, BUSY)
    assert await waits(world) == [("anna", "opened", "Tue 08:00")]
    await routed(world, {"tell": "report", "steps": []})
    await world.minutes(1, BUSY)
    assert await waits(world) == [("anna", "opened", "Tue 08:00")]  # whom it goes to stays as it was
    await world.database.execute("update channel set failing_since = now()")
    await routed(world, {"steps": [step(found["anna"])]})
    await world.minutes(1, BUSY)
    assert await waits(world) == [("anna", "opened", "Tue 08:00")]  # no earlier than the channel is tried again
    await world.database.execute("update channel set failing_since = null, minimum = 'minor'")
    await world.minutes(2, BUSY)
    await world.send()
    assert world.sent == [(HOT, "opened")]


async def test_a_recovery_that_waits_is_timed_anew_too(world: World) -> None:
    day = monday(world)
    await for_school(world)
    await until(world, day + timedelta(hours=15, minutes=20))
    await world.minutes(1, BUSY)
    await world.send()
    await until(world, day + timedelta(hours=17))
    await world.minutes(1, CALM)
    assert await waits(world) == [("phone", "resolved", "Tue 06:45")]
    tuesday = f"{day + timedelta(days=1):%Y-%m-%d}"
    await schedule(world, {"days": [{"first": tuesday, "kind": "holiday", "name": "Snow"}]})
    await world.minutes(1, CALM)
    assert await waits(world) == [("phone", "resolved", "Wed 06:45")]


async def test_a_silence_is_asked_before_what_was_set_free_is_told(world: World) -> None:
    await for_school(world)
    await until(world, monday(world) + timedelta(hours=18))
    await world.minutes(1, BUSY)
    now = utc(world.clock.now_ms())
    await silences.begin(world.database, NewSilence("Work", "Dana", now, now + timedelta(hours=1)), now)
    await routed(world, {"steps": [step(1)]})
    await world.minutes(1, BUSY)
    await world.send()
    assert world.sent == []
    await world.minutes(61, BUSY)
    await world.send()
    assert world.sent == [(HOT, "opened")]
