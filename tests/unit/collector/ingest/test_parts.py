"""The parts of ingest that need no server."""

import asyncio
import zlib
from array import array
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.ingest.arrival import read
from collector.ingest.contents import gap_of
from collector.ingest.counters import BUCKETS, Histogram
from collector.ingest.inbox import OVERHEAD, Inbox
from collector.ingest.newest import Newest, last_of_each
from collector.ingest.readings import readings
from collector.ingest.settled import Taken
from collector.store.resolve import Resolved
from protocols.mqtt import Message
from protocols.wire.batch import Batch, Event, PointKey
from protocols.wire.encode import encode
from protocols.wire.inflate import digest
from protocols.wire.topics import topic

NOW = 1_760_000_000_000


def batch() -> Batch:
    made = Batch(bytes(16), 7, "lincoln", NOW, True, bytes(16), devices=[("ahu", "bacnet"), ("agent", "agent")])
    made.points = [PointKey(0, "bacnet.value", "ai:1", "Cel"), PointKey(0, "bacnet.value", "ai:2", "Cel")]
    made.index = array("H", [0, 1, 0])
    made.times = array("q", [NOW - 3000, NOW - 2000, NOW - 1000])
    made.values = array("d", [1.0, 2.0, 3.0])
    return made


def message(payload: bytes, name: str = "lincoln", encoding: str | None = None) -> Message:
    return Message(topic(name, "data"), payload, encoding, retained=False)


@given(st.binary(max_size=300))
def test_whatever_arrives_is_a_batch_or_a_refusal(payload: bytes) -> None:
    (arrival,) = read([message(payload)], NOW)
    assert (arrival.batch is None) != (arrival.reason is None)


def test_a_refusal_says_whose_and_which_where_it_can() -> None:
    early = read([message(encode(batch()))], NOW - 3_600_000)[0]
    assert (early.reason, early.identity) == ("time", (bytes(16), 7))
    other = read([message(encode(batch()), "harbor")], NOW)[0]
    assert other.reason == "agent"
    nowhere = read([Message("some/topic", b"", None, retained=False)], NOW)[0]
    assert (nowhere.reason, nowhere.agent) == ("topic", "")


def test_the_digest_is_of_the_contents_however_compressed() -> None:
    plain = encode(batch())
    packed = {digest(zlib.compress(plain, level), "zlib") for level in (1, 9)}
    assert packed == {digest(plain, None)}
    assert digest(plain + b"x", None) != digest(plain, None)


async def test_the_inbox_is_bounded_and_hands_over_in_order() -> None:
    each = 20 + OVERHEAD
    inbox = Inbox(capacity=5 * each, enough=2 * each, window=0.01)
    sent = [message(bytes([number]) * 20) for number in range(6)]
    assert [inbox.put(one) for one in sent] == [True] * 5 + [False]
    groups = [await inbox.take(), await inbox.take(), await inbox.take()]
    assert [len(group) for group in groups] == [2, 2, 1]
    assert [one for group in groups for one in group] == sent[:5]
    assert (len(inbox), inbox.size) == (0, 0)


async def test_empty_messages_take_room_too() -> None:
    inbox = Inbox(capacity=100 * OVERHEAD)
    assert [inbox.put(message(b"")) for _ in range(101)].count(False) == 1


def test_so_much_is_decoded_at_a_time_as_is_enough_inflated_and_at_least_one() -> None:
    plain = encode(batch())
    messages = [message(zlib.compress(plain), encoding="zlib")] * 10
    assert len(read(messages, NOW)) == 10
    assert len(read(messages, NOW, enough=3 * len(plain))) == 3
    assert len(read(messages, NOW, enough=3 * len(plain) + 1)) == 4
    assert len(read(messages, NOW, enough=0)) == 1
    assert read([], NOW) == []


async def test_the_inbox_waits_for_company_no_longer_than_its_window() -> None:
    inbox = Inbox(window=0.05)
    taking = asyncio.create_task(inbox.take())
    await asyncio.sleep(0)
    inbox.put(message(b"one"))
    await asyncio.sleep(0.01)
    inbox.put(message(b"two"))
    assert [one.payload for one in await taking] == [b"one", b"two"]


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


def test_live_readings_are_the_newest_of_each_point_and_never_old() -> None:
    taken = Taken(batch(), Resolved([5, 0], np.array([11, 12], np.int32), 1))
    newest = Newest()
    newest.update(np.array([11, 12], np.int32), np.array([NOW - 1000, NOW]), np.array([3.0, 4.0]))
    found = readings(taken, newest)
    assert list(found) == [5]
    assert [(one["point"], one["value"], one["time"]) for one in found[5]] == [(11, 3.0, "2025-10-09T08:53:19.000Z")]


@pytest.mark.parametrize(
    ("detail", "samples"),
    [
        ({"since": 1, "until": 2, "reason": "full", "samples": 5}, 5),
        ({"since": 1, "until": 2, "samples": -1}, 0),
        ({"since": 2, "until": 1}, None),
        ({"since": "1", "until": 2}, None),
        ({"since": True, "until": 2}, None),
        ({}, None),
    ],
)
def test_a_gap_makes_sense_or_is_none(detail: dict[str, str | int | float | bool | None], samples: int | None) -> None:
    found = gap_of("lincoln", Event(1, NOW, "agent.gap", "minor", detail))
    assert (found.samples if found else None) == samples


def test_a_gap_of_a_clock_that_was_ahead_ends_when_it_is_told() -> None:
    ahead: dict[str, str | int | float | bool | None] = {"since": NOW - 5, "until": NOW + 31_536_000_000, "samples": 7}
    assert gap_of("lincoln", Event(1, NOW, "agent.gap", "minor", ahead)) == ("lincoln", NOW - 5, NOW, "unknown", 7)
    ahead["since"] = ahead["until"] = 1 << 62
    assert gap_of("lincoln", Event(1, NOW, "agent.gap", "minor", ahead)) == ("lincoln", NOW, NOW, "unknown", 7)


def test_the_histogram_counts_each_once() -> None:
    histogram = Histogram()
    for seconds in (0.0, 0.005, 0.006, 99.0):
        histogram.observe(seconds)
    assert Counter(dict(enumerate(histogram.counts))) == Counter({0: 2, 1: 1, len(BUCKETS): 1})
    assert histogram.total == pytest.approx(99.011)


def test_what_an_agent_says_of_itself_is_no_reading() -> None:
    assert readings(Taken(batch(), Resolved([0, 0], np.array([0, 0], np.int32), 1)), Newest()) == {}
