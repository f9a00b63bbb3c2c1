"""The plan: a group of what nobody can know is left alone."""

from collector.problems.finding import Key
from collector.problems.plan import Live, plan
from collector.problems.rules import load
from collector.problems.topology.judging import Sorted

GROUP = Live(1, Key("group.unreachable", "room:1/112"), "major", None, None)
MEMBERS = [Live(n, Key("device.unreachable", f"device:{n}"), "major", "lincoln", n, cause=1) for n in (2, 3)]


def test_a_group_stays_while_the_agent_of_its_members_is_away() -> None:
    live = {each.key: each for each in [GROUP, *MEMBERS]}
    away = plan(live, Sorted({}), lambda key, agent: agent == "lincoln", load(), 0)
    assert away.resolve == []
    back = plan(live, Sorted({}), lambda key, agent: False, load(), 0)
    assert len(back.resolve) == 3
