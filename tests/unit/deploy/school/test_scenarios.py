"""The school's plan and its scenarios agree with each other and with the simulators; states follow from scenarios."""

import importlib

import pytest

from deploy.school.plan import ROWS
from deploy.school.scenarios import Scenario, State, Step, load, states, touched

PARENTS = {"core": "", "edge": "core", "printer": "edge", "camera": "edge", "ups": ""}
SCENARIOS = load()


def scenario(*steps: Step) -> Scenario:
    return Scenario("s", "it breaks", "it is told", list(steps))


def test_a_switch_takes_all_behind_it_along() -> None:
    down = scenario(Step(device="edge", behind="edge", off=True))
    assert [key for key, _ in touched(down, PARENTS)] == ["edge", "printer", "camera"]
    found = states([down], PARENTS, {"printer": ["low"]})
    assert found["core"] == State()
    assert found["printer"] == State(off=True, faults=frozenset({"low"}))


def test_scenarios_add_up_and_what_is_wrong_anyway_stays() -> None:
    found = states(
        [scenario(Step(device="printer", fault="jam")), scenario(Step(device="printer", move="127.20.0.99:1"))],
        PARENTS,
        {"printer": ["low"]},
    )
    assert found["printer"] == State(address="127.20.0.99:1", faults=frozenset({"low", "jam"}))
    assert states([], PARENTS, {"printer": ["low"]})["printer"] == State(faults=frozenset({"low"}))


def test_a_device_that_the_school_has_not_is_not_touched() -> None:
    assert touched(scenario(Step(device="gone", off=True), Step(behind="gone", off=True)), PARENTS) == []


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenarios_devices_and_faults_exist(name: str) -> None:
    rows = {row.key: row for row in ROWS}
    for step in SCENARIOS[name].steps:
        assert bool(step.device or step.behind)
        assert bool(step.fault) + step.off + bool(step.move) == 1
        assert {step.device, step.behind} - {""} <= set(rows)
        if step.fault:
            simulator = importlib.import_module(f"protocols.drivers.{rows[step.device].kind}.simulator")
            assert step.fault in simulator.FAULTS
    assert SCENARIOS[name].says[0].isupper()
    assert not SCENARIOS[name].says.endswith(".")


def test_the_plan_gives_each_device_its_own_key_address_and_known_parent() -> None:
    assert len({row.key for row in ROWS}) == len(ROWS)
    numbers = [row.number for row in ROWS if row.played]
    assert len(set(numbers)) == len(numbers)
    plugs = [row.plug for row in ROWS if row.plug]
    assert {switch for switch, _ in plugs} == {row.key for row in ROWS if row.kind == "network"}
    assert len(set(plugs)) == len(plugs)
    for row in ROWS:
        if row.faults:
            assert set(row.faults) <= set(importlib.import_module(f"protocols.drivers.{row.kind}.simulator").FAULTS)
