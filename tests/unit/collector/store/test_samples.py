"""The bytes of a binary COPY, the days a batch needs, and the marks that late samples leave."""

import struct
from datetime import UTC, date, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from collector.store.samples import GAP, days_of, encode_copy, late_marks

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
NOON_MS = 1_772_625_600_000
HOUR = 3_600_000


def test_one_sample_as_the_manual_describes_it() -> None:
    found = encode_copy(np.array([7], np.int32), np.array([NOON_MS + 1]), np.array([1.5]))
    header = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
    micros = 1000 * (NOON_MS + 1 - 946_684_800_000)
    row = struct.pack(">hiiiqid", 3, 4, 7, 8, micros, 8, 1.5)
    assert bytes(found) == header + row + struct.pack(">h", -1)


def test_days_are_utc_days_in_order() -> None:
    assert days_of(np.array([NOON_MS])) == [date(2026, 3, 4)]
    assert days_of(np.array([NOON_MS, NOON_MS - 13 * HOUR])) == [date(2026, 3, 3), date(2026, 3, 4)]
    assert days_of(np.array([NOON_MS, NOON_MS - 240 * HOUR])) == [date(2026, 2, 22), date(2026, 3, 4)]


def test_what_is_not_late_leaves_no_mark() -> None:
    points = np.array([1, 2], np.int32)
    assert late_marks(points, np.array([NOON_MS, NOON_MS + HOUR]), NOON).hours == []


def test_neighbours_share_a_mark_and_strangers_do_not() -> None:
    points = np.array([5, 1, 5 + GAP, 6 + 2 * GAP], np.int32)
    marks = late_marks(points, np.full(4, NOON_MS - 1), NOON)
    assert marks.hours == [datetime(2026, 3, 4, 11, tzinfo=UTC)] * 2
    assert (marks.low, marks.high) == ([1, 6 + 2 * GAP], [5 + GAP, 6 + 2 * GAP])


samples = st.lists(st.tuples(st.integers(1, 3000), st.integers(-30, 5), st.integers(0, HOUR - 1)), min_size=1)


@given(samples)
def test_every_late_sample_is_under_a_mark(rows: list[tuple[int, int, int]]) -> None:
    points = np.array([point for point, _, _ in rows], np.int32)
    times = np.array([NOON_MS + hour * HOUR + rest for _, hour, rest in rows])
    marks = late_marks(points, times, NOON)
    spans = set(zip((round(hour.timestamp()) * 1000 for hour in marks.hours), marks.low, marks.high, strict=True))
    for point, time in zip(points.tolist(), times.tolist(), strict=True):
        covered = any(hour <= time < hour + HOUR and low <= point <= high for hour, low, high in spans)
        assert covered == (time < NOON_MS)
