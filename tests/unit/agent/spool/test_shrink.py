"""A full spool: what is given up, in which order, and that it is told; never a number, never a content that was seen."""

import random

import pytest

from agent.draft import Clocking, Draft
from agent.spool.adding import add
from agent.spool.schema import State
from agent.spool.settle import settle
from agent.spool.shrink import shrink
from agent.spool.taking import take
from protocols.wire.batch import Batch

NOW = 1_760_000_000_000
QUARTER = 15 * 60 * 1000
GOOD = Clocking(True, bytes(range(16)), 0)


def noisy(seed: int, event: bool = False) -> Draft:
    """A draft of 400 incompressible samples of 40 points over the ten seconds number `seed`."""
    source, made = random.Random(seed), Draft(GOOD)
    for number in range(400):
        time = NOW + seed * 10_000 + number * 25
        assert made.put_sample(("ahu", "hvac"), ("bacnet.value", str(number % 40), "Cel"), time, source.random())
    if event:
        made.put_event(("ahu", "hvac"), NOW + seed * 10_000, "alarm", "major", {"text": "filter"})
    return made


def drain(store, ledger) -> list[Batch]:
    while parcels := take(store, [], 8, 0, GOOD):
        for parcel in parcels:
            settle(store, ledger.receive(parcel), NOW)
    return [ledger.batches[key] for key in sorted(ledger.batches, key=lambda key: key[1])]


def test_a_spool_with_room_is_left_alone(opened) -> None:
    store = opened()
    add(store, [noisy(1)], NOW)
    assert not shrink(store, 1 << 20)
    assert store.used < 1 << 20


def test_what_is_kept_for_replay_goes_first_and_is_no_loss(opened, ledger) -> None:
    store = opened()
    add(store, [noisy(seed) for seed in range(20)], NOW)
    for parcel in take(store, [], 10, 0, GOOD):
        settle(store, ledger.receive(parcel), NOW)
    most = store.used - 100
    assert not shrink(store, most)
    assert store.used <= most
    assert len(drain(store, ledger)) == 20
    assert len(ledger.samples()) == 20 * 400


def test_the_oldest_are_thinned_to_one_sample_a_point_and_quarter_and_it_is_told(opened, ledger) -> None:
    store = opened()
    add(store, [noisy(seed) for seed in range(180)], NOW)
    before = store.used
    assert shrink(store, before // 2)
    assert store.used <= before // 2
    add(store, [Draft(GOOD)], NOW)
    batches = drain(store, ledger)
    assert [batch.seq for batch in batches] == list(range(1, 182)), "every number arrives"
    gaps = [event for batch in batches for event in batch.events]
    told = sum(event.detail["samples"] for event in gaps)
    assert told == 180 * 400 - len(ledger.samples())
    whole = [batch for batch in batches if len(batch.times) == 400]
    assert whole[-1].seq == 180, "the newest are whole"
    thinned = [(point, time // QUARTER) for batch in batches if len(batch.times) < 400 for point, time in keyed(batch)]
    assert len(thinned) == len(set(thinned)), "one a point and quarter"
    covered = {(point, time // QUARTER) for seed in range(180) for point, time in keyed_draft(seed)}
    kept = {(point, time // QUARTER) for batch in batches for point, time in keyed(batch)}
    assert kept == covered, "no quarter of an hour is without a sample"
    assert all(event.detail["since"] >= NOW and event.detail["until"] <= NOW + 1_800_000 for event in gaps)


def keyed(batch: Batch) -> list[tuple[str | None, int]]:
    return [(batch.points[index].label, time) for index, time in zip(batch.index, batch.times, strict=True)]


def keyed_draft(seed: int) -> list[tuple[str | None, int]]:
    return [(str(number % 40), NOW + seed * 10_000 + number * 25) for number in range(400)]


def test_what_may_have_been_published_is_never_changed(opened, ledger) -> None:
    store = opened()
    add(store, [noisy(seed) for seed in range(60)], NOW)
    fixed = take(store, [], 6, 2, GOOD)
    shrink(store, store.used // 8)
    assert take(store, [], 6, 0, GOOD)[:6] == sorted(fixed, key=lambda parcel: parcel.seq)[:6]
    for parcel in fixed:
        assert len(ledger_batch(ledger, parcel).times) == 400
    drain(store, ledger)


def ledger_batch(ledger, parcel) -> Batch:
    ledger.receive(parcel)
    return ledger.batches[parcel.stream, parcel.seq]


def test_events_outlive_samples_and_reports_of_gaps_outlive_everything(opened, ledger) -> None:
    store = opened()
    add(store, [noisy(seed, event=True) for seed in range(60)], NOW)
    assert shrink(store, 60 * 450)
    assert store.used <= 60 * 450
    batches = [ledger_batch(ledger, parcel) for parcel in take(store, [], 60, 0, GOOD)]
    assert sum(event.kind == "alarm" for batch in batches for event in batch.events) == 60
    assert not batches[0].times


def test_when_nothing_else_is_left_empty_batches_remain_and_the_gap_is_still_told(opened, ledger) -> None:
    store = opened()
    add(store, [noisy(seed, event=True) for seed in range(40)], NOW)
    shrink(store, 1)
    add(store, [Draft(GOOD)], NOW)
    shrink(store, 1)
    batches = drain(store, ledger)
    assert [batch.seq for batch in batches] == list(range(1, 42))
    reasons = {event.detail["reason"] for batch in batches for event in batch.events}
    assert len(reasons) == 3
    assert all(batch.clock_sync for batch in batches)


@pytest.mark.parametrize("state", [State.ACKNOWLEDGED, State.REFUSED])
def test_bytes_are_counted_right_whatever_happens(opened, ledger, state: State) -> None:
    store = opened()
    add(store, [noisy(seed) for seed in range(30)], NOW)
    take(store, [], 4, 0, GOOD)
    store.connection.execute("update batch set state = ? where seq = 2", (state,))
    shrink(store, store.used // 3)
    (counted,) = store.connection.execute("select sum(length(payload) + 200) from batch").fetchone()
    assert store.used == counted
    assert opened().used == counted
