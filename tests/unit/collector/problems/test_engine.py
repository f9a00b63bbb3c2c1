"""Every detector together: who is called silent, and what is left as it is because nobody can know."""

from dataclasses import replace

import numpy as np
import pytest

from collector.ingest.committed import Committed
from collector.problems.engine import NO_RHYTHM, Engine
from collector.problems.finding import Key
from collector.problems.fleet import AgentRow, Device, PointRow
from collector.problems.own.status import AgentStatus
from collector.problems.rules import load
from collector.problems.tuning import Scope, Setting
from protocols.metrics import ON_CHANGE

MINUTE = 60_000
FAST, SLOW, FLAG = 1, 2, 3


class Watched:
    """One device with two ordinary points and one that is told when it changes, fed minute by minute."""

    def __init__(self) -> None:
        self.now = 1_000 * MINUTE
        self.engine = Engine(load(), self.now)
        self.engine.devices[1] = Device(1, "lincoln", None, None, 0, "ok", 1)  # the same mapping for every detector
        self.engine.learn(
            [
                PointRow(FAST, 1, "bacnet.value", "a"),
                PointRow(SLOW, 1, "bacnet.value", "b"),
                PointRow(FLAG, 1, "bacnet.status", "a.fault"),
            ]
        )

    def minutes(self, count: int, *points: int, agent: bool = True) -> set[str]:
        """The rules and subjects found after so many minutes in each of which these points were heard."""
        found: set[str] = set()
        for _ in range(count):
            self.now += MINUTE
            heard = self.now if agent else self.engine.listening.agents["lincoln"].heard
            self.engine.listening.agents = {"lincoln": AgentRow("lincoln", True, heard)}
            ids = np.array(points, np.int32)
            self.engine.observe(Committed(self.now, ids, np.full(len(ids), self.now), np.zeros(len(ids))))
            found = {f"{key.rule} {key.subject}" for key in self.engine.findings(self.now)}
        return found

    def reach(self, reachable: bool | None) -> None:
        known = self.engine.devices[1]
        self.engine.devices = {1: replace(known, reachable=reachable, since=self.now)}


def test_a_point_that_stops_while_its_device_sends_others() -> None:
    watched = Watched()
    assert watched.minutes(10, FAST, SLOW) == set()
    assert watched.minutes(15, FAST) == set()
    assert watched.minutes(1, FAST) == {"point.silent point:2"}
    assert watched.minutes(1, FAST, SLOW) == set()


def test_what_is_told_when_it_changes_is_never_silent_and_gives_its_device_no_rhythm() -> None:
    assert "bacnet.status" in ON_CHANGE
    assert {"network.interface.state", "network.poe.state", "network.uplink.state"} <= NO_RHYTHM
    watched = Watched()
    assert watched.minutes(10, FAST, SLOW, FLAG) == set()
    assert watched.minutes(60, FAST, SLOW) == set()
    alone = Watched()
    alone.minutes(10, FLAG)
    assert alone.minutes(60) == set()


def test_a_silent_device_is_one_finding_and_its_silent_point_stays_one() -> None:
    watched = Watched()
    watched.minutes(10, FAST, SLOW)
    watched.minutes(20, FAST)
    assert watched.minutes(40) == {"device.silent device:1", "point.silent point:2"}
    assert watched.minutes(20, FAST) == {"point.silent point:2"}
    assert watched.minutes(1, FAST, SLOW) == set()


def test_out_of_reach_is_not_silence_and_ends_none() -> None:
    watched = Watched()
    watched.minutes(10, FAST, SLOW)
    watched.minutes(20, FAST)
    watched.reach(False)
    assert watched.minutes(40) == {"device.unreachable device:1", "point.silent point:2"}
    watched.reach(True)
    assert watched.minutes(4) == {"point.silent point:2"}


@pytest.mark.parametrize("seeded", [False, True])
def test_of_a_silent_agents_devices_nothing_is_found_and_all_is_held(seeded: bool) -> None:
    watched = Watched()
    if seeded:
        watched.engine.seed(Key("point.silent", "point:2"), watched.now, watched.now)
    watched.minutes(10, FAST)
    assert watched.minutes(40, agent=False) == {"agent.silent agent:lincoln"}
    assert watched.engine.held(Key("point.silent", "point:2"), "lincoln")
    assert not watched.engine.held(Key("agent.silent", "agent:lincoln"), "lincoln")
    back = watched.minutes(4)
    assert back == ({"point.silent point:2"} if seeded else set())


def test_what_is_switched_off_is_held_for_nobody() -> None:
    watched = Watched()
    watched.minutes(10, FAST, SLOW)
    watched.minutes(3, agent=False)
    silent, disk = Key("point.silent", "point:2"), Key("host.disk.full", "point:2")
    assert watched.engine.held(silent, "lincoln")
    watched.engine.world.book.tune([Setting("point.silent", Scope(device=1), {"enabled": False})], [])
    assert not watched.engine.held(silent, "lincoln")
    assert watched.engine.held(disk, "lincoln")


def test_a_detector_holds_what_it_was_given_and_cannot_judge_yet() -> None:
    watched = Watched()
    watched.engine.learn([PointRow(9, 1, "printer.supply.level", "black")])
    soon = Key("forecast.supply", "point:9")
    assert soon.rule in watched.engine.world.book.rules
    watched.engine.seed(soon, watched.now - MINUTE, watched.now)
    assert watched.minutes(1, FAST) == set()
    assert watched.engine.held(soon, "lincoln")
    assert not watched.engine.held(Key(soon.rule, "point:8"), "lincoln")


def test_what_a_lost_agent_said_of_itself_is_held() -> None:
    watched = Watched()
    full = Key("agent.disk.failing", "agent:lincoln")
    said = AgentStatus("lincoln", 1, True, disk="read-only")
    watched.engine.world.agents = {"lincoln": said}
    assert f"{full.rule} {full.subject}" in watched.minutes(4, FAST)
    watched.engine.world.agents = {"lincoln": said._replace(online=False)}
    assert watched.minutes(1, FAST) == set()
    assert watched.engine.held(full, "lincoln")
    watched.engine.world.agents = {"lincoln": said._replace(disk="")}
    watched.minutes(1, FAST)
    assert not watched.engine.held(full, "lincoln")
