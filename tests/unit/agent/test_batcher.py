"""Readings to drafts: whatever a driver hands over, the collector's decoder takes every batch that leaves here."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.batcher import FIRST_S, GATHER_S, HURRY_S, Batcher
from agent.draft import Clocking, Draft
from protocols.driver import DeviceEvent, Sample
from protocols.wire import limits
from protocols.wire.batch import Batch
from protocols.wire.decode import decode
from protocols.wire.encode import encode

NOW = 1_760_000_000_000
BOOT = bytes(range(16))
CLOCK = Clocking(True, BOOT, NOW)
AHU = ("ahu-1", "hvac")


def sent(draft: Draft) -> Batch:
    """The draft as the collector reads it; refused when it breaks a limit."""
    batch = draft.batch("lincoln-ms", NOW)
    batch.stream, batch.seq = bytes(16), 1
    payload = encode(batch)
    assert len(payload) <= limits.MESSAGE_BYTES, "must fit even when it does not deflate"
    return decode(payload, agent="lincoln-ms", now_ms=NOW)


def flushed(batcher: Batcher) -> list[Batch]:
    return [sent(draft) for draft in batcher.take(0.0, force=True)]


def test_samples_are_gathered_for_ten_seconds_after_a_quick_first_batch() -> None:
    batcher = Batcher(CLOCK)
    batcher.samples(AHU, NOW, [Sample("reachable", None, 1.0)], 100.0)
    assert batcher.due(100.0) == FIRST_S
    assert batcher.take(100.0 + FIRST_S - 0.01) == []
    assert len(batcher.take(100.0 + FIRST_S)) == 1
    batcher.samples(AHU, NOW, [Sample("reachable", None, 1.0)], 200.0)
    batcher.samples(AHU, NOW, [Sample("response.time", None, 0.1)], 209.0)
    assert batcher.due(209.0) == GATHER_S - 9.0
    (draft,) = batcher.take(200.0 + GATHER_S)
    assert [point.metric for point in sent(draft).points] == ["reachable", "response.time"]
    assert batcher.due(300.0) == math.inf


def test_pushed_values_hurry_and_an_event_goes_at_once() -> None:
    batcher = Batcher(CLOCK)
    batcher.samples(AHU, NOW, [Sample("bacnet.value", "analog-input,1", 21.5, "Cel")], 5.0, hurry=True)
    assert batcher.due(5.0) <= HURRY_S
    batcher.event(AHU, NOW, DeviceEvent("alarm", "major", {"text": "filter"}), 5.1)
    assert batcher.due(5.1) == 0.0
    (batch,) = [sent(draft) for draft in batcher.take(5.1)]
    assert batch.events[0].detail == {"text": "filter"}


def test_units_default_to_the_catalogue_and_a_star_is_the_devices_own() -> None:
    batcher = Batcher(CLOCK)
    rows = [
        Sample("host.memory.available", None, 1),
        Sample("bacnet.value", "a", 1),
        Sample("bacnet.value", "b", 1, "Cel"),
    ]
    batcher.samples(AHU, NOW, rows, 0.0)
    (batch,) = flushed(batcher)
    assert [point.unit for point in batch.points] == ["By", "", "Cel"]


def test_what_is_no_number_or_has_an_impossible_stamp_is_dropped_and_counted() -> None:
    batcher = Batcher(CLOCK)
    bad = [math.nan, math.inf, -math.inf, 10**400, None, "21"]
    batcher.samples(AHU, NOW, [Sample("reachable", None, value) for value in bad], 0.0)
    for time in (0, limits.EARLIEST_MS - 1, NOW + 3_600_000, "now"):
        batcher.samples(AHU, NOW, [Sample("reachable", None, 1.0, None, time)], 0.0)
    batcher.samples(AHU, NOW, [Sample("", None, 1.0)], 0.0)
    batcher.samples(AHU, NOW, [Sample("reachable", None, True, None, NOW - 60_000)], 0.0)
    assert batcher.dropped == len(bad) + 5
    (batch,) = flushed(batcher)
    assert list(batch.values) == [1.0]
    assert list(batch.times) == [NOW - 60_000]


def test_five_thousand_samples_seal_a_draft() -> None:
    batcher = Batcher(CLOCK)
    batcher.samples(AHU, NOW, [Sample("bacnet.value", str(number % 50), number) for number in range(12_000)], 0.0)
    assert batcher.due(0.0) == 0.0
    assert [len(draft.times) for draft in batcher.take(0.0)] == [5_000, 5_000]
    assert [len(draft.times) for draft in batcher.take(0.0, force=True)] == [2_000]


def test_many_points_devices_and_long_texts_are_divided_over_batches() -> None:
    batcher = Batcher(CLOCK)
    for number in range(700):
        rows = [Sample("bacnet.value", f"{'ü' * 250}{number}-{point}", point) for point in range(5)]
        batcher.samples((f"{number}{'k' * 400}", "hvac"), NOW, rows, 0.0)
    batches = flushed(batcher)
    assert sum(len(batch.times) for batch in batches) == 3_500
    assert all(len(batch.devices) <= limits.DEVICES for batch in batches)


def test_facts_of_a_thousand_points_are_divided_and_none_is_lost() -> None:
    batcher = Batcher(CLOCK)
    facts = {f"point.name/bacnet.value/analog-input,{number}": "x" * 400 for number in range(1_000)}
    batcher.facts(AHU, NOW, facts, 0.0)
    told: dict[str, object] = {}
    for batch in flushed(batcher):
        for fact in batch.facts:
            assert len(fact.attributes) <= limits.MAP_ENTRIES
            told |= fact.attributes
    assert told == facts


def test_a_step_of_the_clock_begins_another_draft() -> None:
    batcher = Batcher(CLOCK)
    batcher.samples(AHU, NOW, [Sample("reachable", None, 1.0)], 0.0)
    batcher.set_clock(Clocking(True, BOOT, NOW + 400))
    batcher.samples(AHU, NOW, [Sample("reachable", None, 1.0)], 0.0)
    batcher.set_clock(Clocking(True, BOOT, NOW + 3_600_000))
    batcher.samples(AHU, NOW, [Sample("reachable", None, 0.0)], 0.0)
    first, second = batcher.take(0.0, force=True)
    assert (first.clock.offset_ms, len(first.times)) == (NOW, 2)
    assert (second.clock.offset_ms, len(second.times)) == (NOW + 3_600_000, 1)


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=600)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), ANY_TEXT)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(ANY_TEXT, st.none() | ANY_TEXT, st.floats(), st.none() | ANY_TEXT, st.none() | st.integers()),
        max_size=20,
    ),
    st.dictionaries(ANY_TEXT, SCALARS, max_size=300),
    st.tuples(ANY_TEXT, ANY_TEXT, st.none() | st.integers()),
)
def test_hostile_strings_and_numbers_never_make_a_batch_that_is_refused(
    samples: list[tuple[str, str | None, float, str | None, int | None]],
    facts: dict[str, object],
    event: tuple[str, str, int | None],
) -> None:
    batcher = Batcher(CLOCK)
    batcher.samples(AHU, NOW, [Sample(*row) for row in samples], 0.0)
    batcher.facts(AHU, NOW, facts, 0.0)
    batcher.event(AHU, NOW, DeviceEvent(event[0], event[1], facts, event[2]), 0.0)
    batcher.reach(AHU, NOW, False, event[0], 0.0)
    assert len(flushed(batcher)) >= 1


def test_a_storm_of_small_maps_keeps_the_number_of_values() -> None:
    batcher = Batcher(CLOCK)
    detail = {chr(0x4E00 + number): 1 for number in range(250)}
    for _ in range(1_000):
        batcher.event(AHU, NOW, DeviceEvent("alarm", "info", detail), 0.0)
    assert sum(len(batch.events) for batch in flushed(batcher)) == 1_000


@pytest.mark.parametrize("seed", range(3))
def test_every_finite_sample_comes_out_once_in_order(seed: int) -> None:
    source = random.Random(seed)
    batcher, given_in = Batcher(CLOCK), []
    for number in range(8_000):
        point = f"analog-input,{source.randrange(3_000)}"
        given_in.append((point, NOW + number, float(number)))
        batcher.samples(AHU, NOW, [Sample("bacnet.value", point, float(number), "Cel", NOW + number)], 0.0)
    came_out = [
        (batch.points[index].label, time, value)
        for batch in flushed(batcher)
        for index, time, value in zip(batch.index, batch.times, batch.values, strict=True)
    ]
    assert came_out == given_in
