"""Agents that go and come back, and agents that are heard and send nothing."""

import numpy as np
import pytest

from collector.ingest.committed import Committed, ReachSeen
from collector.problems.engine import Engine
from collector.problems.finding import Finding, Key
from collector.problems.fleet import AgentRow, Device, PointRow
from collector.problems.own.status import AgentStatus
from collector.problems.plan import Live, plan
from collector.problems.rules import load
from collector.problems.silent.listening import FADING_MS, SETTLE_MS

SECOND, MINUTE = 1_000, 60_000
NO_DATA = Key("agent.no-data", "agent:lincoln")
SILENT = Key("agent.silent", "agent:lincoln")


class Building:
    """An agent with servers of one point each, fed twice a minute."""

    def __init__(self, count: int = 6) -> None:
        self.now = 1_000 * MINUTE
        self.count = count
        self.heard = self.now
        self.engine = self.fresh()

    def fresh(self) -> Engine:
        engine = Engine(load(), self.now)
        for each in range(1, self.count + 1):
            engine.devices[each] = Device(each, "lincoln", None, True, 0, "ok", 1, "host", f"server {each}")
        engine.learn(PointRow(each, each, "host.memory.utilization", None) for each in engine.devices)
        return engine

    def go(self, seconds: int, *points: int, alive: bool = True) -> dict[Key, Finding]:
        """So long, these points heard every 30 s, and the agent where it is `alive`."""
        found: dict[Key, Finding] = {}
        for _ in range(0, seconds, 30):
            self.now += 30 * SECOND
            self.heard = self.now if alive else self.heard
            self.engine.listening.agents = {"lincoln": AgentRow("lincoln", True, self.heard)}
            ids = np.array(points, np.int32)
            self.engine.observe(Committed(self.now, ids, np.full(len(ids), self.now), np.full(len(ids), 10.0)))
            found = self.engine.findings(self.now)
        return found

    def lose(self, device: int) -> None:
        """The device does not answer."""
        self.engine.devices[device].reachable = False
        self.engine.devices[device].since = self.now

    @property
    def all(self) -> range:
        return range(1, self.count + 1)


def test_what_an_agent_said_last_is_not_judged_further_once_it_fades() -> None:
    building = Building()
    building.go(600, *building.all)
    building.lose(1)
    assert FADING_MS == 75 * SECOND
    assert building.go(60, alive=False) == {}
    assert "lincoln" not in building.engine.listening.unknown(building.heard + FADING_MS)
    assert "lincoln" in building.engine.listening.unknown(building.heard + FADING_MS + 1)
    assert building.go(60, alive=False) == {}  # by now the device would be found, was its agent heard
    assert set(building.go(60, alive=False)) == {SILENT}


def test_an_agent_that_is_back_is_believed_when_it_has_settled() -> None:
    building = Building()
    building.go(600, *building.all)
    building.lose(1)
    assert set(building.go(300, alive=False)) == {SILENT}
    assert SETTLE_MS == 90 * SECOND
    assert building.go(90, *building.all) == {}  # its backlog may say that the device answers again
    assert set(building.go(60, *building.all)) == {Key("device.unreachable", "device:1")}


def test_a_recovery_in_the_backlog_opens_nothing() -> None:
    building = Building()
    building.go(600, *building.all)
    building.lose(1)
    building.go(300, alive=False)
    building.go(60, *building.all)
    back = Committed(building.now, np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0))
    back.reach = [ReachSeen(1, building.now, True, "")]
    building.engine.observe(back)
    assert building.go(300, *building.all) == {}


def test_an_agent_that_is_heard_and_sends_nothing_is_one_problem_of_its_own() -> None:
    building = Building(40)
    building.go(600, *building.all)
    assert building.go(15 * 60) == {}
    found = building.go(30)
    assert set(found) == {NO_DATA}
    assert found[NO_DATA].words["count"] == "40"
    assert found[NO_DATA].words["since"] == "16:50"
    assert set(building.go(3600)) == {NO_DATA}
    assert building.engine.held(Key("device.unreachable", "device:1"), "lincoln")
    assert not building.engine.held(NO_DATA, "lincoln")
    assert building.go(30, 1) == {}  # the others follow within their interval
    assert building.go(300, *building.all) == {}


def test_a_pause_is_no_silence_of_whom_is_heard_last_after_it() -> None:
    building = Building()
    building.go(600, *building.all)
    assert building.go(12 * 60) == {}
    assert building.go(8 * 60, 1) == {}
    assert set(building.go(3 * 60, 1)) == {Key("device.silent", f"device:{each}") for each in range(2, 7)}


def test_while_one_device_sends_the_others_are_silent_themselves() -> None:
    building = Building(3)
    building.go(600, *building.all)
    assert set(building.go(1200, 1)) == {Key("device.silent", "device:2"), Key("device.silent", "device:3")}


@pytest.mark.parametrize("count", [1, 2])
def test_of_few_devices_each_speaks_for_itself(count: int) -> None:
    building = Building(count)
    building.go(600, *building.all)
    assert set(building.go(1200)) == {Key("device.silent", f"device:{each}") for each in building.all}


def test_devices_that_do_not_answer_are_no_agent_without_data() -> None:
    building = Building()
    building.go(600, *building.all)
    for each in building.all:
        building.lose(each)
    assert {key.rule for key in building.go(3600)} == {"device.unreachable"}


@pytest.mark.parametrize("rule", ["agent.barred", "agent.disk.failing"])
def test_what_an_agent_without_data_says_of_itself_is_known_and_is_the_cause(rule: str) -> None:
    building, cause = Building(), Key(rule, "agent:lincoln")
    building.go(600, *building.all)
    said = AgentStatus("lincoln", 1, True)
    bad = said._replace(disk="read-only") if rule == "agent.disk.failing" else said._replace(barred="revoked")
    building.engine.world.agents = {"lincoln": bad}
    found = building.go(16 * 60)
    assert set(found) == {cause, NO_DATA}
    live = {cause: Live(1, cause, "major", "lincoln", None, opened_at=found[cause].since)}
    made = plan(live, building.engine.judge.sort(found, live, building.now), building.engine, load(), building.now)
    assert [(finding.key, why) for finding, why in made.open] == [(NO_DATA, cause)]
    building.engine.world.agents = {"lincoln": said}
    assert set(building.go(60)) == {NO_DATA}
    assert not building.engine.held(cause, "lincoln")
    building.engine.world.agents = {"lincoln": bad}
    assert SILENT in building.go(300, alive=False)
    assert building.engine.held(cause, "lincoln")


def test_an_agent_that_sends_nothing_and_then_is_gone_is_one_problem() -> None:
    building = Building()
    building.go(600, *building.all)
    building.go(3 * 3600)
    found = building.go(300, alive=False)
    assert set(found) == {SILENT, NO_DATA}
    live = {NO_DATA: Live(1, NO_DATA, "major", "lincoln", None, opened_at=found[NO_DATA].since)}
    made = plan(live, building.engine.judge.sort(found, live, building.now), building.engine, load(), building.now)
    assert ([each.key for each, _ in made.open], [cause for *_, cause in made.move]) == ([SILENT], [SILENT])


def test_it_stays_one_while_its_agent_is_away_and_over_a_restart() -> None:
    building = Building()
    building.go(600, *building.all)
    last = building.now
    building.go(1200)
    assert set(building.go(300, alive=False)) == {SILENT, NO_DATA}
    building.engine = building.fresh()
    building.engine.listening.rhythms.add(
        np.array(building.all, np.int32), np.array(building.all, np.int32), np.full(building.count, last)
    )
    building.engine.seed(NO_DATA, last, building.now)
    assert set(building.go(600)) == {NO_DATA}
    assert building.go(30, *building.all) == {}
