"""The columns with numpy and without: the same answers."""

import math
import subprocess
import sys
from array import array

from hypothesis import given
from hypothesis import strategies as st

from protocols.wire import columns
from protocols.wire.columns import Columns, measure, measure_plainly

ROWS = st.lists(
    st.tuples(st.integers(0, 2**16 - 1), st.integers(-(2**63), 2**63 - 1), st.floats()), min_size=1, max_size=50
)


@given(ROWS, st.sampled_from("HI"))
def test_numpy_and_the_standard_library_agree(rows: list[tuple[int, int, float]], width: str) -> None:
    points, times, values = zip(*rows, strict=True)
    found = Columns(array(width, points), array("q", times), array("d", values))
    assert columns._numpy is not None
    assert measure(found) == measure_plainly(found)
    assert measure(found) == (max(points), min(times), max(times), all(map(math.isfinite, values)))


def test_large_finite_values_are_finite() -> None:
    found = Columns(array("H", [0, 0]), array("q", [1, 1]), array("d", [1.7e308, 1.7e308]))
    assert measure(found).finite
    assert measure_plainly(found).finite


def test_decoding_works_without_numpy_and_the_agents_part_never_loads_it() -> None:
    program = """
import sys
import protocols.wire.encode, protocols.wire.messages, protocols.wire.topics, protocols.mqtt
assert "numpy" not in sys.modules
sys.modules["numpy"] = None
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "numpy" else found(name, *rest)
from protocols.wire.batch import Batch
from protocols.wire.decode import decode
from protocols.wire.encode import encode
batch = Batch(bytes(16), 1, "a", 1_760_000_000_000, True, bytes(16), [("h", "host")])
from protocols.wire.batch import PointKey
batch.points.append(PointKey(0, "m", None, ""))
for value in (1.0, float("nan")):
    batch.index.append(0); batch.times.append(1_760_000_000_000); batch.values.append(value)
found = decode(encode(batch), agent="a", now_ms=1_760_000_000_000)
assert (found.values.tolist(), found.dropped) == ([1.0], 1)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
