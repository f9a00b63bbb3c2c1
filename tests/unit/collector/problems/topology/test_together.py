"""The same fault in several places: what is one, and how long each waits for the others."""

import pytest

from collector.problems.detector import World
from collector.problems.finding import Finding, Key
from collector.problems.fleet import Device
from collector.problems.own.status import AgentStatus
from collector.problems.rules import load
from collector.problems.topology.judging import Judge
from collector.problems.topology.together import bands
from collector.problems.topology.waiting import goes_on

SECOND, MINUTE = 1_000, 60_000
START = 1_000 * MINUTE
DISK = load().rules["host.disk.full"]


def hosts(count: int) -> World:
    """So many servers of one building."""
    devices = {
        each: Device(each, "lincoln", None, True, 0, "ok", 1, "host", f"host {each}") for each in range(1, count + 1)
    }
    return World(load(), devices)


def full(device: int, since: int) -> Finding:
    """The disk of that server is full."""
    return Finding(Key(DISK.name, f"point:{device}"), since, "lincoln", device, device, 92.0)


def held(judge: Judge, now: int, *found: Finding) -> set[int | None]:
    """The devices whose finding waits."""
    made = judge.sort({each.key: each for each in found}, {}, now)
    return {made.found[key].device for key in made.held}


def test_one_waits_a_minute_where_it_has_peers_and_not_at_all_where_it_has_none() -> None:
    due = START + DISK.for_ms
    alone, among = Judge(hosts(4)), Judge(hosts(5))
    for judge in (alone, among):
        judge.learn([])
        judge.sort({}, {}, START)
    assert held(alone, due, full(1, START)) == set()
    assert held(among, due, full(1, START)) == {1}
    assert held(among, due + 59 * SECOND, full(1, START)) == {1}
    assert held(among, due + 60 * SECOND, full(1, START)) == set()


def test_two_wait_two_minutes_at_most_and_not_beyond_the_time_in_which_nobody_joins() -> None:
    judge = Judge(hosts(6))
    judge.learn([])
    judge.sort({}, {}, START)
    one, two = full(1, START), full(2, START + 55 * SECOND)
    due = START + DISK.for_ms
    assert held(judge, due, one) == {1}
    assert held(judge, due + 55 * SECOND, one, two) == {1, 2}
    assert held(judge, due + 119 * SECOND, one, two) == {1, 2}
    assert held(judge, due + 120 * SECOND, one, two) == {2}
    assert held(judge, due + 145 * SECOND, one, two) == set()


def test_five_within_ten_minutes_are_one() -> None:
    judge = Judge(hosts(6))
    judge.learn([])
    found = [full(device, START + device * MINUTE) for device in range(1, 6)]
    made = judge.sort({each.key: each for each in found}, {}, START + DISK.for_ms + 5 * MINUTE)
    group = Key("group.same", f"same:1/host/{DISK.name}")
    assert {made.cause[each.key] for each in found} == {group}
    assert made.held == set()


def test_what_waited_before_a_restart_waits_on_and_does_not_begin_anew() -> None:
    due = START + DISK.for_ms
    before, after = Judge(hosts(5)), Judge(hosts(5))
    before.learn([])
    after.learn([])
    before.sort({}, {}, START)
    assert held(before, due, full(1, START)) == {1}
    assert held(after, due + 40 * SECOND, full(1, START)) == {1}
    assert held(after, due + 60 * SECOND, full(1, START)) == set()


@pytest.mark.parametrize(("patience", "longest"), [(0, 60), (90, 90), (3600, 120)])
def test_a_pair_waits_no_longer_than_its_own_rule_is_patient(patience: int, longest: int) -> None:
    (band,) = bands([full(1, START), full(2, START)], hosts(5).devices, lambda _: "minor", str)[-1:]
    assert band.places == 2
    assert goes_on(band, (longest - 1) * SECOND, 0, patience * SECOND)
    assert not goes_on(band, longest * SECOND, 0, patience * SECOND)


def test_agents_of_a_district_wait_for_each_other_half_a_minute_and_are_one_when_the_third_is_lost() -> None:
    world = hosts(1)
    names = ("lincoln", "north", "south")
    world.agents = {name: AgentStatus(name, number, False) for number, name in enumerate(names)}
    judge = Judge(world)
    judge.learn([])
    judge.sort({}, {}, START)
    lost = [Finding(Key("agent.silent", f"agent:{name}"), START + at, name) for at, name in enumerate(names)]
    due = START + 135 * SECOND
    assert len(judge.sort({each.key: each for each in lost[:1]}, {}, due).held) == 1
    assert len(judge.sort({each.key: each for each in lost[:2]}, {}, due + 29 * SECOND).held) == 2
    assert len(judge.sort({each.key: each for each in lost[:2]}, {}, due + 30 * SECOND).held) == 1
    made = judge.sort({each.key: each for each in lost}, {}, due + 30 * SECOND)
    assert {made.cause[each.key].rule for each in lost} == {"group.fleet"}


def test_controllers_lost_at_one_school_after_the_other_wait_for_the_third_and_one_alone_two_minutes() -> None:
    lost = range(1, 4)
    schools = {each: Device(each, f"agent {each}", None, True, 0, "ok", each, "bacnet", f"ahu {each}") for each in lost}
    judge = Judge(World(load(), schools))
    judge.learn([])
    judge.sort({}, {}, START)
    gone = [
        Finding(Key("device.unreachable", f"device:{each}"), START + each * 2 * MINUTE, f"agent {each}", each)
        for each in lost
    ]
    first = START + 4 * MINUTE
    schools[1].reachable, schools[1].since = False, gone[0].since
    assert held(judge, first, gone[0]) == {1}
    alone = Judge(judge.world)
    alone.learn([])
    alone.sort({}, {}, START)
    held(alone, first, gone[0])
    assert held(alone, first + 2 * MINUTE, gone[0]) == set()
    assert held(judge, first + 2 * MINUTE, *gone[:2]) == {1, 2}
    assert held(judge, first + 4 * MINUTE - SECOND, *gone[:2]) == {1, 2}
    found = {each.key: each for each in gone}
    made = judge.sort(found, {}, first + 4 * MINUTE)
    assert {made.cause[each].rule for each in found} == {"group.fleet"}
