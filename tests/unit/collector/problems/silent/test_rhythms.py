"""Silence by a learned rhythm, and of agents."""

import numpy as np

from collector.problems.fleet import AgentRow
from collector.problems.silent.rhythms import LEFT_MS, NOBODY, Rhythms, agent_silent, silent_devices

MINUTE = 60_000
ZERO = np.zeros(4, np.int64)


def learned(gaps_ms: list[int]) -> tuple[Rhythms, int]:
    rhythms = Rhythms()
    rhythms.add(np.array([1, 2], np.int32), np.array([3, NOBODY], np.int32), np.array([0, 0], np.int64))
    now = MINUTE
    for gap in gaps_ms:
        rhythms.observe(np.array([1, 2], np.int32), np.array([now, now]))
        now += gap
    rhythms.observe(np.array([1], np.int32), np.array([now]))
    return rhythms, now


def test_three_of_its_own_intervals() -> None:
    rhythms, last = learned([10 * MINUTE] * 8)
    assert rhythms.silent_points(ZERO + last + 30 * MINUTE, MINUTE, ZERO) == []
    assert rhythms.silent_points(ZERO + last + 31 * MINUTE, MINUTE, ZERO) == [1]
    assert silent_devices(rhythms.devices(4), ZERO + last + 31 * MINUTE, MINUTE, ZERO) == [3]
    assert silent_devices(rhythms.devices(4), ZERO + last + 31 * MINUTE, 60 * MINUTE, ZERO) == []


def test_silence_from_before_we_listened_does_not_count() -> None:
    rhythms, last = learned([MINUTE] * 8)
    assert rhythms.silent_points(ZERO + last + 100 * MINUTE, MINUTE, np.full(4, last + 99 * MINUTE)) == []


def test_a_rhythm_not_yet_learned_is_not_judged() -> None:
    rhythms, last = learned([MINUTE] * 3)
    assert rhythms.silent_points(ZERO + last + 1000 * MINUTE, MINUTE, ZERO) == []


def test_several_samples_at_once_count_by_their_mean_gap() -> None:
    rhythms, last = learned([MINUTE] * 8)
    burst = last + np.arange(1, 11) * MINUTE
    rhythms.observe(np.full(10, 1, np.int32), burst)
    assert rhythms.interval[1] == MINUTE
    rhythms.observe(np.full(10, 1, np.int32), burst)  # heard before: nothing
    assert rhythms.last[1] == burst[-1]


def test_unknown_points_are_named_once_each() -> None:
    rhythms, _ = learned([])
    assert rhythms.unknown(np.array([1, 2, 9, 9, 7], np.int32)) == [7, 9]
    assert Rhythms().unknown(np.array([1], np.int32)) == [1]


def test_agents_by_nothing_heard_and_one_that_said_goodbye_has_longer() -> None:
    heard = 100 * MINUTE
    online, gone, left = (AgentRow("a", True, heard), AgentRow("a", False, heard), AgentRow("a", False, heard, True))
    assert not agent_silent(gone, False, heard + 135_000, 135_000, 0)
    assert agent_silent(gone, False, heard + 135_001, 135_000, 0)
    assert not agent_silent(left, False, heard + LEFT_MS, 135_000, 0)
    assert agent_silent(left, False, heard + LEFT_MS + 1, 135_000, 0)
    assert not agent_silent(left, False, heard + LEFT_MS + 1, 30 * MINUTE, 0)  # a person gave all of them longer
    assert not agent_silent(online, False, heard + 90_000, 90_000, 0)
    assert agent_silent(online, False, heard + 90_001, 90_000, 0)
    assert not agent_silent(online, False, heard + 90_001, 90_000, heard + 60_000)
    assert not agent_silent(AgentRow("a", False, None), False, heard, 90_000, 0)
    assert agent_silent(online, True, heard + 61_000, 90_000, heard + 61_000)  # our own deafness resolves nothing
    assert not agent_silent(online, True, heard + 1_000, 90_000, 0)
