"""One batch, as it arrives."""

from array import array

import pytest

from protocols.wire.batch import Batch, PointKey

NOW = 1_760_000_000_000


@pytest.fixture
def batch() -> Batch:
    """Of two devices; the second is the agent itself, which has no point here."""
    made = Batch(bytes(16), 7, "lincoln", NOW, True, bytes(16), devices=[("ahu", "bacnet"), ("agent", "agent")])
    made.points = [PointKey(0, "bacnet.value", "ai:1", "Cel"), PointKey(0, "bacnet.value", "ai:2", "Cel")]
    made.index = array("H", [0, 1, 0])
    made.times = array("q", [NOW - 3000, NOW - 2000, NOW - 1000])
    made.values = array("d", [1.0, 2.0, 3.0])
    return made
