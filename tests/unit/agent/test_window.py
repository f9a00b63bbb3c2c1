"""The window of unacknowledged batches: never more than eight, nothing forgotten, patience that grows and shrinks."""

from hypothesis import given
from hypothesis import strategies as st

from agent.window import BARRED_MOST_S, NEWEST, RESEND_MOST_S, RESEND_S, SIZE, Window


def test_an_empty_window_asks_for_eight_and_keeps_places_for_the_newest() -> None:
    assert Window().wanted() == (SIZE - NEWEST, NEWEST)


def test_backlog_never_takes_the_places_of_the_newest() -> None:
    window = Window()
    for identity in range(SIZE - NEWEST):
        window.add(identity, 0.0, newest=False)
    assert window.wanted() == (0, NEWEST)
    window.add(100, 0.0, newest=True)
    window.settled({0})
    assert window.wanted() == (1, 1)


def test_a_full_window_asks_for_nothing() -> None:
    window = Window()
    for identity in range(SIZE):
        window.add(identity, 0.0, newest=identity >= SIZE - NEWEST)
    assert window.wanted() == (0, 0)


def test_what_is_not_acknowledged_is_overdue_after_its_patience_and_then_less_often() -> None:
    window = Window()
    window.add(7, 100.0, newest=False)
    assert window.overdue(100.0 + RESEND_S - 0.1) == []
    assert window.overdue(100.0 + RESEND_S) == [7]
    assert window.patience == 2 * RESEND_S
    for _ in range(10):
        window.overdue(1e6)
    assert window.patience == RESEND_MOST_S


def test_an_acknowledgement_makes_it_patient_as_at_first() -> None:
    window = Window()
    window.add(1, 0.0, newest=False)
    window.add(2, 0.0, newest=False)
    window.overdue(1000.0)
    window.settled(set())
    assert window.patience == 2 * RESEND_S, "an ack that settles nothing is no progress"
    window.settled({1})
    assert window.patience == RESEND_S


def test_a_reconnection_sends_all_in_flight_oldest_first() -> None:
    window = Window()
    for identity in (9, 3, 5):
        window.add(identity, 0.0, newest=False)
    assert window.reconnected() == [3, 5, 9]


def test_wait_is_until_the_first_is_overdue() -> None:
    window = Window()
    assert window.wait(0.0) is None
    window.add(1, 10.0, newest=False)
    window.add(2, 12.0, newest=False)
    assert window.wait(11.0) == RESEND_S - 1.0
    assert window.wait(1e9) == 0.0


def full(*, barred: bool) -> Window:
    """Eight in flight, 0 to 7, sent at 0.0; 6 and 7 from the new end."""
    window = Window()
    for identity in range(SIZE):
        window.add(identity, 0.0, newest=identity >= SIZE - NEWEST)
    if barred:
        window.bar()
    return window


def test_a_barred_agent_takes_nothing_more_and_asks_with_its_oldest_ever_more_seldom() -> None:
    window, now, asked = full(barred=True), 0.0, []
    window.sent.pop(7)
    assert window.wanted() == (0, 0)
    for _ in range(12):
        delay = window.wait(now)
        assert delay is not None
        assert window.overdue(now + delay - 0.1) == []
        now += delay
        asked.append(delay)
        assert window.overdue(now) == [0]
        window.add(0, now, newest=False)
    assert asked[:3] == [RESEND_S, 2 * RESEND_S, 4 * RESEND_S]
    assert asked[-1] == BARRED_MOST_S


def test_barred_again_is_no_reason_to_ask_sooner() -> None:
    window = full(barred=True)
    window.overdue(RESEND_S)
    window.bar()
    assert window.patience == 2 * RESEND_S


def test_a_barred_agent_asks_once_at_each_connect_and_stays_as_patient_as_it_was() -> None:
    window = full(barred=True)
    window.overdue(RESEND_S)
    assert window.reconnected() == [0]
    assert window.patience == 2 * RESEND_S


def test_an_agent_with_nothing_in_flight_is_not_barred_for_then_nothing_would_ask() -> None:
    window = Window()
    window.bar()
    assert not window.barred
    assert window.wanted() == (SIZE - NEWEST, NEWEST)


def test_the_first_batch_taken_ends_it_and_the_others_follow_at_once() -> None:
    window = full(barred=True)
    window.overdue(1000.0)
    window.add(0, 1000.0, newest=False)
    window.settled({0})
    assert not window.barred
    assert window.overdue(1000.0) == [1, 2, 3, 4, 5, 6, 7]
    assert window.wanted() == (1, 0)


@given(st.lists(st.tuples(st.booleans(), st.sets(st.integers(0, 40))), max_size=60))
def test_whatever_comes_back_the_window_holds_at_most_eight_and_loses_none(steps: list[tuple[bool, set[int]]]) -> None:
    window, following, open_ids = Window(), 0, set[int]()
    for fill, acknowledged in steps:
        if fill:
            oldest, newest = window.wanted()
            assert oldest >= 0
            assert newest >= 0
            for position in range(oldest + newest):
                window.add(following, 0.0, newest=position < newest)
                open_ids.add(following)
                following += 1
        else:
            open_ids -= acknowledged
            window.settled(acknowledged)
        assert len(window.sent) <= SIZE
        assert set(window.reconnected()) == open_ids
        assert window.newest <= open_ids
