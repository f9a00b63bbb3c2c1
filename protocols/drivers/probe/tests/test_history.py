"""The last ten minutes beside the last day."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.drivers.probe.history import FLOOR, History, quantile


def fed(history: History, start: float, seconds: float, times: list[float], lost: int = 0) -> float:
    now = start
    while now < start + seconds:
        history.add(now, times, lost)
        now += 30
    return now


def test_one_lost_packet_is_not_ten_percent() -> None:
    history = History()
    now = fed(history, 0, 600, [0.01] * 10)
    history.add(now, [0.01] * 9, 1)
    loss = history.loss()
    assert loss is not None
    assert 0 < loss < 1


def test_loss_that_goes_on_is_told_and_ends() -> None:
    history = History()
    now = fed(history, 0, 600, [0.01] * 8, 2)
    assert history.loss() == pytest.approx(20)
    fed(history, now, 630, [0.01] * 10)
    assert history.loss() == 0


def test_an_outage_is_no_loss() -> None:
    history = History()
    now = fed(history, 0, 300, [0.01] * 10)
    now = fed(history, now, 300, [], 10)
    fed(history, now, 120, [0.01] * 10)
    assert history.loss() == 0


def test_nothing_is_told_of_the_first_checks() -> None:
    history = History()
    history.add(0, [0.01] * 9, 1)
    assert history.loss() is None
    fed(history, 30, 1200, [0.01] * 10)
    assert history.slowdown() is None


def test_slower_than_usual_is_told_and_not_soon_called_usual() -> None:
    history = History()
    now = fed(history, 0, 86400, [0.03] * 10)
    assert history.slowdown() == pytest.approx(1)
    now = fed(history, now, 600, [0.3] * 10)
    slow = history.slowdown()
    assert slow is not None
    assert slow > 9
    now = fed(history, now, 3600, [0.3] * 10)
    assert (history.slowdown() or 0) > 8
    fed(history, now, 3 * 86400, [0.3] * 10)
    assert history.slowdown() == pytest.approx(1, abs=0.3)


def test_the_slow_tail_counts_not_the_middle() -> None:
    """A brownout: one packet in ten waits in a full queue."""
    history = History()
    now = fed(history, 0, 86400, [0.03] * 10)
    fed(history, now, 600, [0.03] * 9 + [0.4])
    assert (history.slowdown() or 0) > 10


def test_what_nobody_feels_is_not_slow() -> None:
    history = History()
    now = fed(history, 0, 86400, [0.0005] * 10)
    fed(history, now, 600, [FLOOR * 0.9] * 10)
    assert history.slowdown() == pytest.approx(1)


def test_a_single_slow_page_is_not_slow() -> None:
    history = History()
    now = fed(history, 0, 86400, [0.2])
    history.add(now, [9.0], 0)
    assert history.slowdown() == pytest.approx(1)


def test_a_day_without_answers_is_not_usual() -> None:
    history = History()
    now = fed(history, 0, 3600, [0.03] * 10)
    now = fed(history, now, 86400, [], 10)
    fed(history, now, 90, [0.3] * 10)
    assert history.loss() is None
    assert history.slowdown() is None
    fed(history, now + 90, 60, [0.3] * 10)
    assert (history.slowdown() or 0) > 7


@given(st.lists(st.floats(0, 1e3), min_size=1, max_size=30).map(sorted), st.floats(0, 1))
def test_a_quantile_is_one_of_the_values(values: list[float], share: float) -> None:
    assert quantile(values, share) in values


@given(st.lists(st.tuples(st.floats(0, 1e4), st.lists(st.floats(0, 1e3), max_size=5), st.integers(0, 5)), max_size=60))
def test_any_checks_give_sense(checks: list[tuple[float, list[float], int]]) -> None:
    history, now = History(), 0.0
    for step, times, lost in checks:
        now += step
        history.add(now, times, lost)
    assert history.loss() is None or 0 <= (history.loss() or 0) <= 100
    assert history.slowdown() is None or (history.slowdown() or 0) > 0
