"""What open pages are told of a batch."""

import numpy as np

from collector.ingest.newest import Newest
from collector.ingest.readings import readings
from collector.ingest.settled import Taken
from collector.store.resolve import Resolved
from protocols.wire.batch import Batch

NOW = 1_760_000_000_000


def test_live_readings_are_the_newest_of_each_point_and_never_old(batch: Batch) -> None:
    taken = Taken(batch, Resolved([5, 0], np.array([11, 12], np.int32), 1))
    newest = Newest()
    newest.update(np.array([11, 12], np.int32), np.array([NOW - 1000, NOW]), np.array([3.0, 4.0]))
    found = readings(taken, newest)
    assert list(found) == [5]
    assert [(one["point"], one["value"], one["time"]) for one in found[5]] == [(11, 3.0, "2025-10-09T08:53:19.000Z")]


def test_what_an_agent_says_of_itself_is_no_reading(batch: Batch) -> None:
    assert readings(Taken(batch, Resolved([0, 0], np.array([0, 0], np.int32), 1)), Newest()) == {}
