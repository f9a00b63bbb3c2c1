"""The newest value of each point, whatever the order they come in."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from collector.ingest.newest import Newest, last_of_each


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), max_size=40))
def test_the_last_of_each(rows: list[tuple[int, int]]) -> None:
    keys, times = np.array([row[0] for row in rows], np.int32), np.array([row[1] for row in rows], np.int64)
    found = {int(keys[place]): int(times[place]) for place in last_of_each(keys, times)}
    assert found == {key: max(time for other, time in rows if other == key) for key in {row[0] for row in rows}}


def test_newest_keeps_the_newest_and_gives_each_change_once() -> None:
    newest = Newest()
    newest.update(np.array([3, 3, 900], np.int32), np.array([20, 10, 5]), np.array([2.0, 1.0, 9.0]))
    ids, times, values = newest.take_changed()
    assert (ids.tolist(), times.tolist(), values.tolist()) == ([3, 900], [20, 5], [2.0, 9.0])
    newest.update(np.array([3], np.int32), np.array([15]), np.array([7.0]))
    assert newest.take_changed()[0].tolist() == []
    newest.put_back(np.array([3], np.int32))
    assert newest.take_changed()[2].tolist() == [2.0]
    newest.update(np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0))
