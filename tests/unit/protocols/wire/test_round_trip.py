"""What is encoded is decoded, whatever it is."""

import math
from array import array

from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.wire import limits
from protocols.wire.batch import SEVERITIES, Batch, Event, Fact, PointKey, Reach
from protocols.wire.decode import decode, identify
from protocols.wire.encode import cut, deflate, encode

NOW = 1_760_000_000_000
STAMPS = st.integers(limits.EARLIEST_MS, NOW + limits.FUTURE_MS)
TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=40)
NAMES = TEXTS.filter(bool)
WHOLE = st.integers(-(2**63) + 1, 2**63 - 1)
SCALARS = st.none() | st.booleans() | WHOLE | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
MAPS = st.dictionaries(TEXTS, SCALARS, max_size=6)


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    devices = draw(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=4))
    which = st.integers(0, len(devices) - 1)
    points = draw(st.lists(st.builds(PointKey, which, NAMES, st.none() | TEXTS, TEXTS), max_size=5))
    count = draw(st.integers(0, 20)) if points else 0
    column = draw(st.lists(st.integers(0, max(0, len(points) - 1)), min_size=count, max_size=count))
    return Batch(
        stream=draw(st.binary(min_size=16, max_size=16)),
        seq=draw(st.integers(1, 2**62)),
        agent="lincoln-ms",
        sent=draw(STAMPS),
        clock_sync=draw(st.booleans()),
        boot=draw(st.binary(min_size=16, max_size=16)),
        devices=devices,
        points=points,
        index=array("H", column),
        times=array("q", draw(st.lists(STAMPS, min_size=count, max_size=count))),
        values=array(
            "d", draw(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=count, max_size=count))
        ),
        events=draw(st.lists(st.builds(Event, which, STAMPS, NAMES, st.sampled_from(SEVERITIES), MAPS), max_size=3)),
        facts=draw(st.lists(st.builds(Fact, which, STAMPS, MAPS), max_size=3)),
        reach=draw(st.lists(st.builds(Reach, which, STAMPS, st.booleans(), TEXTS), max_size=3)),
    )


@settings(max_examples=40)
@given(batches(), st.booleans())
def test_every_batch_comes_back_as_it_was(batch: Batch, deflated: bool) -> None:
    payload, encoding = deflate(encode(batch)) if deflated else (encode(batch), None)
    assert decode(payload, agent="lincoln-ms", now_ms=NOW, content_encoding=encoding) == batch
    assert identify(payload, encoding) == (batch.stream, batch.seq)


@settings(max_examples=40)
@given(batches(), st.lists(st.sampled_from([math.nan, math.inf, -math.inf]), min_size=1, max_size=5))
def test_values_that_are_not_finite_are_left_out_and_counted(batch: Batch, bad: list[float]) -> None:
    batch.points.append(PointKey(0, "host.temperature", "odd", "Cel"))
    expected = (batch.index.tolist(), batch.times.tolist(), batch.values.tolist())
    for number, value in enumerate(bad):
        where = (number * 7) % (len(batch.values) + 1)
        batch.index.insert(where, len(batch.points) - 1)
        batch.times.insert(where, NOW)
        batch.values.insert(where, value)
    found = decode(encode(batch), agent="lincoln-ms", now_ms=NOW)
    assert (found.index.tolist(), found.times.tolist(), found.values.tolist()) == expected
    assert found.dropped == len(bad)


@given(st.text(max_size=2000))
def test_cut_keeps_the_limit_and_whole_characters(text: str) -> None:
    found = cut(text)
    assert len(found.encode()) <= limits.STRING_BYTES
    assert text.encode("utf-8", "replace").decode().startswith(found)


def test_much_is_deflated_and_little_is_not() -> None:
    assert deflate(b"a" * 100) == (b"a" * 100, None)
    payload, encoding = deflate(b"a" * 5000)
    assert encoding == "zlib"
    assert len(payload) < 100
