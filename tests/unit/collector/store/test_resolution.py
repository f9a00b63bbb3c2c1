"""Which rollup answers, in how many buckets; and questions that make no sense."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.store.resolution import STEPS, Held, buckets, check, fine_step, fixed, plan
from protocols.errors import StoreError

END = datetime(2026, 3, 4, 12, 34, 56, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("span", "resolution", "step"),
    [
        (timedelta(hours=1), "5m", 300),
        (3 * DAY, "5m", 300),
        (7 * DAY, "5m", 900),
        (31 * DAY, "1h", 3_600),
        (365 * DAY, "1h", 43_200),
        (999 * DAY, "1d", 86_400),
        (20 * 365 * DAY, "1d", 1_209_600),
    ],
)
def test_a_thousand_points(span: timedelta, resolution: str, step: int) -> None:
    chosen = plan(END - span, END, 1000, Held())
    assert (chosen.resolution, chosen.step) == (resolution, step)


def test_a_rollup_that_does_not_reach_back_is_not_used() -> None:
    start = END - 2 * DAY
    assert plan(start, END, 1000, Held(five=END - DAY)).resolution == "1h"
    assert plan(start, END, 1000, Held(five=END - DAY, hour=END - DAY)).resolution == "1d"


@given(
    st.timedeltas(timedelta(seconds=1), timedelta(days=40_000)),
    st.integers(1, 100_000),
    st.timedeltas(timedelta(0), 30 * DAY),
)
def test_never_more_rows_than_asked_for(span: timedelta, most: int, back: timedelta) -> None:
    end = datetime(2200, 1, 1, tzinfo=UTC) - back
    chosen = plan(end - span, end, most, Held())
    assert buckets(chosen.start, end, chosen.step) <= most
    assert chosen.start <= end - span < chosen.start + timedelta(seconds=chosen.step)
    assert chosen.step % STEPS[chosen.resolution] == 0


def test_short_spans_have_fine_buckets() -> None:
    assert fine_step(END - timedelta(hours=1), END, 100) == 60
    assert fine_step(END - 10 * DAY, END, 100) is None


@pytest.mark.parametrize(
    ("start", "end", "most", "resolution", "says"),
    [
        (END, END, 10, None, "is not before"),
        (END.replace(tzinfo=None), END, 10, None, "without a zone"),
        (END - DAY, END, 0, None, "give 1 to"),
        (END - DAY, END, 10, "1w", "not one of raw, 5m, 1h, 1d"),
    ],
)
def test_questions_that_make_no_sense(
    start: datetime, end: datetime, most: int, resolution: str | None, says: str
) -> None:
    with pytest.raises(StoreError, match=says) as raised:
        check(start, end, most, resolution)
    assert raised.value.permanent


def test_a_resolution_too_fine_for_the_span_says_so() -> None:
    with pytest.raises(StoreError, match="at most 100000: ask for less time"):
        fixed(END - 365 * DAY, END, "5m")


def test_a_span_from_the_beginning_of_time() -> None:
    start = check(datetime(1, 1, 1, tzinfo=UTC), END, 1)
    assert buckets(plan(start, END, 1, Held()).start, END, plan(start, END, 1, Held()).step) == 1
    before = datetime(1970, 1, 1, tzinfo=UTC)
    assert plan(check(datetime(1, 1, 1, tzinfo=UTC), before, 5), before, 5, Held()).end == before
