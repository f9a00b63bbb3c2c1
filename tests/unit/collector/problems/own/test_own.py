"""What agents say of themselves and the collector's counters: told when it lasts, and never from what is not said."""

from typing import Any

import pytest

from collector.problems.detector import World
from collector.problems.finding import Key
from collector.problems.own.detector import Own
from collector.problems.own.figures import Figures
from collector.problems.own.status import read
from collector.problems.rules import load

MINUTE = 60_000
START = 1_790_000_000_000


class Watch:
    """An agent that says something each minute, and what is found."""

    def __init__(self) -> None:
        self.world = World(load())
        self.own = Own(self.world)
        self.now = START

    def say(self, minutes: int, online: bool = True, **said: Any) -> list[str]:
        found: list[str] = []
        for _ in range(minutes):
            self.now += MINUTE
            self.world.agents = {"pi": read("pi", 1, online, said)}
            found = [finding.key.rule for finding in self.own.findings(self.now)]
        return found


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_a_healthy_agent_is_nothing(watch: Watch) -> None:
    said = {"spool": {"batches": 2, "bytes": 9, "oldest": START}, "clock": {"synchronised": True, "offset_ms": 12}}
    assert watch.say(5, health={"disk": "", "barred": "", "stuck": 0}, started=START, **said) == []


def test_a_clock_90_s_off_is_told_within_ten_minutes(watch: Watch) -> None:
    assert watch.say(8, clock={"synchronised": True, "offset_ms": -90_000}) == []
    assert watch.say(1, clock={"synchronised": True, "offset_ms": -90_000}) == ["agent.clock.wrong"]
    assert watch.say(1, clock={"synchronised": True, "offset_ms": 100}) == []


@pytest.mark.parametrize(
    "said", [{}, {"clock": "x", "spool": [1], "health": None, "started": "soon"}, {"clock": {"offset_ms": True}}]
)
def test_what_is_not_said_is_no_finding(watch: Watch, said: dict[str, Any]) -> None:
    assert watch.say(120, **said) == []


def test_four_starts_within_an_hour(watch: Watch) -> None:
    for place in range(3):
        assert watch.say(10, started=START + place) == []
    assert watch.say(3, started=START + 3) == []
    assert watch.say(1, started=START + 3) == ["agent.restarting"]
    assert watch.say(61, started=START + 3) == []


def test_an_update_of_two_minutes_is_nothing(watch: Watch) -> None:
    watch.say(3, started=START)
    assert watch.say(2, online=False, started=START) == []
    assert watch.say(30, started=START + 5 * MINUTE) == []


def test_a_spool_that_empties_is_left_alone_and_one_that_grows_is_told(watch: Watch) -> None:
    oldest = START - 2 * 60 * MINUTE
    for left in range(40, 0, -1):
        assert watch.say(1, spool={"batches": left * 10, "oldest": oldest}) == []
    found: list[str] = []
    for more in range(40):
        found = watch.say(1, spool={"batches": 400 + more, "oldest": oldest})
    assert found == ["agent.spool.growing"]


def test_a_disk_that_cannot_be_written(watch: Watch) -> None:
    assert watch.say(4, health={"disk": "attempt to write a readonly database"}) == ["agent.disk.failing"]


def test_the_collectors_own_figures(watch: Watch) -> None:
    rules: set[str] = set()
    for minute in range(12):
        watch.world.figures = Figures(10 * minute, 30.0 * minute, 5 * minute, 0, 1 << 30, 1 << 40)
        rules = set(watch.say(1))
    assert rules == {"collector.database.slow", "collector.dropping", "collector.disk.full"}
    watch.world.figures = Figures(1_000, 361.0, 55, 0, 1 << 39, 1 << 40)
    assert watch.say(2) == []


CLOCK = {"clock": {"offset_ms": 90_000}}


def test_what_was_told_of_an_agent_stays_while_it_is_away(watch: Watch) -> None:
    assert "agent.clock.wrong" in watch.say(60, **CLOCK)
    assert watch.say(1, online=False, **CLOCK) == []
    assert list(watch.own.held()) == [Key("agent.clock.wrong", "agent:pi")]
    assert watch.say(1, clock={"offset_ms": 5}) == []
    assert not watch.own.held()


def test_a_pending_one_is_not_told_while_the_agent_is_away(watch: Watch) -> None:
    watch.say(1, **CLOCK)
    assert watch.say(1, online=False, **CLOCK) == []
    assert not watch.own.held()


@pytest.mark.parametrize(
    ("rule", "subject", "minutes"),
    [
        ("collector.disk.full", "collector:self", 2),
        ("collector.database.slow", "collector:self", 2),
        ("agent.restarting", "agent:pi", 61),
        ("agent.spool.growing", "agent:pi", 11),
    ],
)
def test_what_compares_with_before_stays_after_a_restart_until_it_can_be_known(
    watch: Watch, rule: str, subject: str, minutes: int
) -> None:
    key = Key(rule, subject)
    watch.own.seed(key, START - 60 * MINUTE, START)
    old = {"spool": {"batches": 5, "oldest": START - 60 * MINUTE}}
    watch.world.agents = {"pi": read("pi", 1, True, old)}
    assert key not in {finding.key for finding in watch.own.findings(START)}
    assert key in watch.own.held()
    watch.say(minutes)
    assert key not in {finding.key for finding in watch.own.findings(watch.now)}
    assert key not in watch.own.held()


def test_what_is_open_of_an_agent_that_is_gone_ends(watch: Watch) -> None:
    watch.own.seed(Key("agent.restarting", "agent:ghost"), START, START)
    assert list(watch.own.findings(START)) == []


@pytest.mark.parametrize("number", [10**400, -(10**400), float("inf"), float("nan")])
def test_a_number_beyond_all_sense_is_not_said(watch: Watch, number: float) -> None:
    said = {
        "started": number,
        "clock": {"offset_ms": number},
        "health": {"stuck": number},
        "spool": {"oldest": number, "batches": number},
    }
    assert watch.say(30, **said) == []
