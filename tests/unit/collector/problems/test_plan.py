"""The plan: a group of what nobody can know is left alone."""

from typing import NamedTuple

import pytest

from collector.problems.finding import Finding, Key
from collector.problems.plan import Live, plan
from collector.problems.rules import load
from collector.problems.topology.judging import Sorted

GROUP = Live(1, Key("group.unreachable", "room:1/112"), "major", None, None)
MEMBERS = [Live(n, Key("device.unreachable", f"device:{n}"), "major", "lincoln", n, cause=1) for n in (2, 3)]


class Watched(NamedTuple):
    """An engine of which nothing else is asked: an agent that is silent, a rule that is off."""

    silent: str = ""
    unwanted: str = ""

    def held(self, key: Key, agent: str | None) -> bool:
        return bool(self.silent) and agent == self.silent

    def off(self, key: Key, device: int | None, building: int | None = None) -> bool:
        return key.rule == self.unwanted


def test_a_group_stays_while_the_agent_of_its_members_is_away() -> None:
    live = {each.key: each for each in [GROUP, *MEMBERS]}
    away = plan(live, Sorted({}), Watched("lincoln"), load(), 0)
    assert away.resolve == []
    back = plan(live, Sorted({}), Watched(), load(), 0)
    assert len(back.resolve) == 3


ALONE = Live(4, Key("host.disk.full", "point:1"), "minor", "lincoln", 2)


@pytest.mark.parametrize(
    ("severity", "cause", "grows"),
    [("major", None, True), ("minor", None, False), ("info", None, False), ("major", 1, False)],
)
def test_what_is_found_graver_grows_and_never_shrinks_and_a_symptom_is_spoken_for(
    severity: str, cause: int | None, grows: bool
) -> None:
    live = {ALONE.key: ALONE._replace(cause=cause)}
    found = Sorted({ALONE.key: Finding(ALONE.key, 0, "lincoln", 2, severity=severity)})
    made = plan(live, found, Watched(), load(), 0)
    assert [finding.severity for _, finding in made.worsen] == (["major"] if grows else [])
    assert not made.resolve


REFUSED, TAKING = Key("network.cpu.high", "point:9"), Key("device.unreachable", "device:1")


@pytest.mark.parametrize(
    ("cause", "waits", "worse", "moved"),
    [(REFUSED, False, True, False), (TAKING, False, False, True), (TAKING, True, False, False)],
)
def test_what_stands_alone_grows_though_something_found_could_be_its_cause(
    cause: Key, waits: bool, worse: bool, moved: bool
) -> None:
    found = {each: Finding(each, 0, "lincoln", 2, severity="major") for each in (ALONE.key, cause)}
    sorted_ = Sorted(found, {ALONE.key: cause}, {cause} if waits else set())
    made = plan({ALONE.key: ALONE}, sorted_, Watched(), load(), 0)
    assert (bool(made.worsen), bool(made.move)) == (worse, moved)


def test_what_ends_because_its_rule_is_off_is_not_called_over() -> None:
    made = plan({ALONE.key: ALONE}, Sorted({}), Watched(unwanted=ALONE.key.rule), load(), 0)
    assert (made.off, made.resolve) == ([ALONE], [])
