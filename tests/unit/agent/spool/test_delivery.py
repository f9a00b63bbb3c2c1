"""The promise at the agent's side: nothing leaves before it is on disk, nothing is forgotten before it is acknowledged."""

import sqlite3

import pytest

from agent.draft import Clocking, Draft
from agent.spool.adding import add
from agent.spool.asking import confirmed_ms, counts, unsettled
from agent.spool.payload import AGENT_DEVICE
from agent.spool.schema import State
from agent.spool.settle import recover, settle
from agent.spool.taking import take
from protocols.wire.inflate import digest
from protocols.wire.messages import Ack

NOW = 1_760_000_000_000
BOOT = bytes(range(16))
GOOD = Clocking(True, BOOT, 0)


def states(store) -> list[int]:
    return [row[0] for row in store.connection.execute("select state from batch order by id")]


def test_batches_are_numbered_from_one_and_come_back_as_they_were(opened, ledger, draft) -> None:
    store = opened()
    assert add(store, [draft(1), draft(2), draft(3)], NOW) == 3
    parcels = take(store, [], 8, 0, GOOD)
    assert [parcel.seq for parcel in parcels] == [1, 2, 3]
    for parcel in parcels:
        ack = ledger.receive(parcel)
    settle(store, ack, NOW)
    assert [row[3] for row in ledger.samples()] == [1.0, 2.0, 3.0]
    assert counts(store) == (0, None)
    assert states(store) == [State.ACKNOWLEDGED] * 3, "kept for a restored database"


def test_numbers_go_on_after_everything_was_forgotten(opened, ledger, draft) -> None:
    store = opened()
    add(store, [draft(1)], NOW)
    settle(store, ledger.receive(take(store, [], 8, 0, GOOD)[0]), NOW)
    with store.transaction():
        store.forget("changed_ms < ?", NOW + 1)
    store = opened()
    add(store, [draft(2)], NOW)
    assert take(store, [], 8, 0, GOOD)[0].seq == 2


def test_the_newest_come_first_and_none_in_flight_is_taken_twice(opened, draft) -> None:
    store = opened()
    add(store, [draft(number) for number in range(20)], NOW)
    first = take(store, [], 6, 2, GOOD)
    assert [parcel.seq for parcel in first] == [20, 19, 1, 2, 3, 4, 5, 6]
    second = take(store, [parcel.id for parcel in first], 1, 1, GOOD)
    assert [parcel.seq for parcel in second] == [18, 7]


def test_bytes_are_the_same_at_each_resend_and_after_a_restart(opened, draft) -> None:
    store = opened()
    add(store, [draft(1, 200)], NOW)
    (first,) = take(store, [], 8, 0, Clocking(False, BOOT, 50_000))
    (again,) = take(opened(), [], 8, 0, GOOD)
    assert first == again


def test_an_acknowledgement_settles_ranges_and_leaves_the_rest(opened, draft) -> None:
    store = opened()
    add(store, [draft(number) for number in range(8)], NOW)
    ids = [parcel.id for parcel in take(store, [], 8, 0, GOOD)]
    settle(store, Ack(store.stream, 2, [(4, 4), (6, 7)]), NOW)
    assert unsettled(store, ids) == {3, 5, 8}


def test_a_refused_batch_is_kept_and_not_sent_again(opened, draft) -> None:
    store = opened()
    add(store, [draft(1), draft(2)], NOW)
    take(store, [], 8, 0, GOOD)
    settled = settle(store, Ack(store.stream, 1, [], {2: "shape"}), NOW)
    assert settled.refused == {2: "shape"}
    assert states(store) == [State.ACKNOWLEDGED, State.REFUSED]
    assert take(store, [], 8, 0, GOOD) == []


def test_batches_of_an_agent_that_may_not_write_wait_as_they_are(opened, ledger, draft) -> None:
    store = opened()
    add(store, [draft(1), draft(2), draft(3)], NOW)
    before = take(store, [], 8, 0, GOOD)
    for reason in ("unknown", "revoked"):
        settled = settle(store, Ack(store.stream, 0, [], {1: reason, 3: reason}, "epoch-1"), NOW)
        assert (settled.barred, settled.refused) == (reason, {})
    assert states(store) == [State.PUBLISHED] * 3
    assert take(store, [], 8, 0, GOOD) == before
    for parcel in before:
        settled = settle(store, ledger.receive(parcel), NOW)
    assert settled.barred is None
    assert [row[3] for row in ledger.samples()] == [1.0, 2.0, 3.0]


def test_a_refusal_says_nothing_of_what_another_database_has(opened, ledger, draft) -> None:
    """Revoked while the database failed over: the answer's `upto` of 0 is no loss, and no gap is told."""
    store = opened()
    add(store, [draft(1), draft(2)], NOW)
    first, second = take(store, [], 8, 0, GOOD)
    settle(store, ledger.receive(first), NOW)
    with store.transaction():
        store.forget("seq <= ?", 1)
    stream = store.stream
    settled = settle(store, Ack(stream, 0, [], {2: "revoked"}, "epoch-2"), NOW)
    assert (settled.restored, settled.renewed) == (False, False)
    ledger.epoch = "epoch-2"
    settled = settle(store, ledger.receive(second), NOW)
    assert (settled.restored, settled.renewed) == (True, False)
    assert store.stream == stream
    assert store.connection.execute("select count(*) from gap").fetchone() == (0,)


def test_what_was_given_up_is_told_once_however_often_the_disk_refuses(opened, ledger, draft) -> None:
    store, kept = opened(), draft(1)
    with store.transaction():
        store.gap(NOW - 2, NOW - 1, "spool full", 3)
    store.connection.execute("create trigger full before insert on batch begin select raise(abort, 'full'); end")
    for _ in range(3):
        with pytest.raises(sqlite3.IntegrityError):
            add(store, [kept], NOW)
    store.connection.execute("drop trigger full")
    add(store, [kept], NOW)
    ledger.receive(take(store, [], 8, 0, GOOD)[0])
    (batch,) = ledger.batches.values()
    assert [event.detail["samples"] for event in batch.events] == [3]


def test_an_agent_that_speaks_of_itself_is_one_device_of_its_batch(opened, ledger) -> None:
    """What memory could not hold and what the spool gave up may go out together, after a disk was full."""
    store, own = opened(), Draft(GOOD)
    assert own.put_event(AGENT_DEVICE, NOW, "agent.gap", "major", {"since": NOW, "until": NOW, "samples": 1})
    with store.transaction():
        store.gap(NOW - 2, NOW - 1, "spool full", 3)
    add(store, [own], NOW)
    ledger.receive(take(store, [], 8, 0, GOOD)[0])
    (batch,) = ledger.batches.values()
    assert batch.devices == [AGENT_DEVICE]
    assert [(event.device, event.detail["samples"]) for event in batch.events] == [(0, 1), (0, 3)]


def test_a_restored_database_gets_what_it_misses_and_nothing_twice(opened, ledger, draft) -> None:
    store = opened()
    add(store, [draft(number) for number in range(6)], NOW)
    for parcel in take(store, [], 8, 0, GOOD):
        settle(store, ledger.receive(parcel), NOW)
    before = ledger.samples()
    for seq in (3, 4, 5, 6):
        del ledger.batches[store.stream, seq]
    ledger.epoch = "epoch-2"
    add(store, [draft(6)], NOW)
    (live,) = take(store, [], 8, 0, GOOD)
    settled = settle(store, ledger.receive(live), NOW)
    assert settled.restored
    assert not settled.renewed
    for parcel in take(store, [], 8, 0, GOOD):
        settle(store, ledger.receive(parcel), NOW)
    assert ledger.samples() == [*before, ("bacnet.value", "a", NOW, 6.0)]
    assert counts(store)[0] == 0
    assert ledger.ack(store.stream).upto == 7


def test_a_database_older_than_what_is_kept_gets_a_new_stream_and_the_gap_is_told(opened, ledger, draft) -> None:
    store = opened()
    add(store, [draft(number) for number in range(4)], NOW)
    for parcel in take(store, [], 8, 0, GOOD):
        settle(store, ledger.receive(parcel), NOW)
    with store.transaction():
        store.forget("seq <= ?", 3)
    ledger.batches.clear()
    ledger.epoch = "epoch-2"
    old = store.stream
    add(store, [draft(4)], NOW)
    (live,) = take(store, [], 8, 0, GOOD)
    assert settle(store, ledger.receive(live), NOW).renewed
    add(store, [draft(5)], NOW)
    for parcel in take(store, [], 8, 0, GOOD):
        settle(store, ledger.receive(parcel), NOW)
    assert [row[3] for row in ledger.samples()] == [3.0, 4.0, 5.0]
    assert store.stream != old
    assert ledger.ack(store.stream).upto == 1
    (told,) = ledger.batches[store.stream, 1].events
    assert told.kind == "agent.gap"
    assert "restored" in told.detail["reason"]


def test_a_copied_spool_moves_to_a_stream_of_its_own_and_loses_nothing(opened, ledger, draft) -> None:
    store = opened()
    add(store, [draft(1), draft(2), draft(3)], NOW)
    shared = store.stream
    settled = settle(store, Ack(shared, 2, [], {}, "epoch-1"), NOW)
    assert settled.renewed, "the collector has numbers that were never published here"
    assert store.stream != shared
    for parcel in take(store, [], 8, 0, GOOD):
        settle(store, ledger.receive(parcel), NOW)
    assert [row[3] for row in ledger.samples()] == [1.0, 2.0, 3.0]
    assert {stream for stream, _ in ledger.batches} == {store.stream}


def test_a_spool_of_another_name_sends_what_was_not_acknowledged_once_in_a_new_stream(opened, ledger, draft) -> None:
    store = opened()
    add(store, [draft(1), draft(2), draft(3)], NOW)
    old = store.stream
    first, _ = take(store, [], 2, 0, GOOD)
    settle(store, ledger.receive(first), NOW)  # the second may have arrived, the third was never sent
    store, ledger.agent = opened(agent="washington"), "washington"
    for parcel in take(store, [], 8, 0, GOOD):
        settle(store, ledger.receive(parcel), NOW)
    sent = {number: batch.agent for number, batch in ledger.batches.items() if number[0] != old}
    assert sent == {(store.stream, 1): "washington", (store.stream, 2): "washington"}
    assert [row[3] for row in ledger.samples()] == [1.0, 2.0, 3.0]
    store = opened(agent="washington")
    assert take(store, [], 8, 0, GOOD) == []
    ledger.epoch = "epoch-2"
    settled = settle(store, ledger.ack(store.stream), NOW)
    assert (settled.restored, settled.replayed) == (True, 2), (
        "what the old name delivered is not this agent's to replay"
    )


def test_a_spool_of_the_same_name_keeps_its_stream(opened) -> None:
    assert opened().stream == opened().stream


def conflict(parcel) -> dict[int, str]:
    return {parcel.seq: f"conflict {digest(parcel.payload, parcel.encoding).hex()}"}


def test_a_conflict_is_sent_again_under_another_stream(opened, ledger, draft) -> None:
    store = opened()
    add(store, [draft(1), draft(2)], NOW)
    first, second = take(store, [], 8, 0, GOOD)
    settle(store, Ack(store.stream, 1, [], {}, "epoch-1"), NOW)
    settled = settle(store, Ack(store.stream, 1, [], conflict(second), "epoch-1"), NOW)
    assert settled.renewed
    assert unsettled(store, [first.id, second.id]) == set(), "it is no longer in flight as it was published"
    (parcel,) = take(store, [], 8, 0, GOOD)
    ledger.receive(parcel)
    assert [row[3] for row in ledger.samples()] == [2.0]
    assert parcel.seq == 1


def test_what_another_agents_acknowledgement_seemed_to_settle_is_sent_again(opened, ledger, draft) -> None:
    """The collector has the other one's 1 to 3, and tells the conflicts one after the other."""
    store = opened()
    add(store, [draft(1), draft(2), draft(3)], NOW)
    shared = store.stream
    first, second, third = take(store, [], 8, 0, GOOD)
    settle(store, Ack(shared, 2, [], {}, "epoch-1"), NOW)
    assert states(store) == [State.ACKNOWLEDGED, State.ACKNOWLEDGED, State.PUBLISHED]
    settle(store, Ack(shared, 3, [], conflict(first), "epoch-1"), NOW)
    assert states(store)[2] == State.PUBLISHED, "whose 3 it has is not known"
    own = store.stream
    for parcel in (second, third):
        assert not settle(store, Ack(shared, 3, [], conflict(parcel), "epoch-1"), NOW).renewed
    assert store.stream == own != shared
    for parcel in take(store, [], 8, 0, GOOD):
        ledger.receive(parcel)
    assert [row[3] for row in ledger.samples()] == [1.0, 2.0, 3.0]
    assert ledger.ack(own).upto == 3


def test_a_conflict_of_the_other_one_changes_nothing_here(opened, ledger, draft) -> None:
    store = opened()
    add(store, [draft(1)], NOW)
    shared = store.stream
    settled = settle(store, Ack(shared, 0, [], {1: "conflict " + "00" * 16}, "epoch-1"), NOW)
    take(store, [], 8, 0, GOOD)
    settled = settle(store, Ack(shared, 1, [], {1: "conflict " + "00" * 16}, "epoch-1"), NOW)
    assert not settled.renewed
    assert states(store) == [State.ACKNOWLEDGED]


def test_stamps_before_the_clock_was_set_are_put_right_on_the_same_boot(opened, ledger, draft) -> None:
    store = opened()
    wrong = Clocking(False, BOOT, 0)
    add(store, [draft(1, 3, NOW - 86_400_000, wrong)], NOW - 86_400_000)
    (parcel,) = take(store, [], 8, 0, Clocking(True, BOOT, 86_400_000))
    settle(store, ledger.receive(parcel), NOW)
    assert [row[2] for row in ledger.samples()] == [NOW, NOW + 1000, NOW + 2000]
    (batch,) = ledger.batches.values()
    assert batch.clock_sync
    assert batch.sent == NOW
    assert confirmed_ms(store) == NOW + 2000


def test_stamps_of_another_boot_stay_and_are_marked_approximate(opened, ledger, draft) -> None:
    store = opened()
    add(store, [draft(1, 1, NOW - 5_000, Clocking(False, bytes(16), 0))], NOW)
    ledger.receive(take(store, [], 8, 0, Clocking(True, BOOT, 86_400_000))[0])
    (batch,) = ledger.batches.values()
    assert (batch.clock_sync, list(batch.times)) == (False, [NOW - 5_000])


def test_what_was_refused_for_its_stamps_is_sent_again_once_the_clock_is_set(opened, ledger, draft) -> None:
    store = opened()
    year = 365 * 86_400_000
    add(store, [draft(1, 2, NOW + year, Clocking(False, BOOT, year))], NOW + year)
    (ahead,) = take(store, [], 8, 0, Clocking(False, BOOT, year))
    settle(store, Ack(store.stream, 1, [], {ahead.seq: "time"}, "epoch-1"), NOW)
    assert recover(store, Clocking(False, BOOT, year)) == 0, "the clock was not moved"
    right = Clocking(True, BOOT, 0)
    assert recover(store, right) == 1
    (parcel,) = take(store, [], 8, 0, right)
    assert parcel.seq == 2
    ledger.receive(parcel)
    assert [row[2] for row in ledger.samples()] == [NOW, NOW + 1000]


def test_a_batch_torn_on_disk_is_told_and_the_count_goes_on(opened, ledger, draft) -> None:
    store = opened()
    add(store, [draft(1), draft(2)], NOW)
    store.connection.execute("update batch set payload = zeroblob(length(payload)) where seq = 1")
    for parcel in take(store, [], 8, 0, GOOD):
        settle(store, ledger.receive(parcel), NOW)
    add(store, [draft(3)], NOW)
    for parcel in take(store, [], 8, 0, GOOD):
        ledger.receive(parcel)
    assert [row[3] for row in ledger.samples()] == [2.0, 3.0]
    assert "torn" in ledger.batches[store.stream, 3].events[0].detail["reason"]
    assert ledger.ack(store.stream).upto == 3, "the torn batch's number went out empty"
