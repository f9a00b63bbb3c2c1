"""What arrives is decoded or refused, and never ends anything."""

import zlib

from hypothesis import given
from hypothesis import strategies as st

from collector.ingest.arrival import read
from protocols.mqtt import Message
from protocols.wire.batch import Batch
from protocols.wire.encode import encode
from protocols.wire.inflate import digest
from protocols.wire.topics import topic

NOW = 1_760_000_000_000


def message(payload: bytes, name: str = "lincoln", encoding: str | None = None) -> Message:
    return Message(topic(name, "data"), payload, encoding, retained=False)


@given(st.binary(max_size=300))
def test_whatever_arrives_is_a_batch_or_a_refusal(payload: bytes) -> None:
    (arrival,) = read([message(payload)], NOW)
    assert (arrival.batch is None) != (arrival.reason is None)


def test_a_refusal_says_whose_and_which_where_it_can(batch: Batch) -> None:
    early = read([message(encode(batch))], NOW - 3_600_000)[0]
    assert (early.reason, early.identity) == ("time", (bytes(16), 7))
    other = read([message(encode(batch), "harbor")], NOW)[0]
    assert other.reason == "agent"
    nowhere = read([Message("some/topic", b"", None, retained=False)], NOW)[0]
    assert (nowhere.reason, nowhere.agent) == ("topic", "")


def test_the_digest_is_of_the_contents_however_compressed(batch: Batch) -> None:
    plain = encode(batch)
    packed = {digest(zlib.compress(plain, level), "zlib") for level in (1, 9)}
    assert packed == {digest(plain, None)}
    assert digest(plain + b"x", None) != digest(plain, None)


def test_so_much_is_decoded_at_a_time_as_is_enough_inflated_and_at_least_one(batch: Batch) -> None:
    plain = encode(batch)
    messages = [message(zlib.compress(plain), encoding="zlib")] * 10
    assert len(read(messages, NOW)) == 10
    assert len(read(messages, NOW, enough=3 * len(plain))) == 3
    assert len(read(messages, NOW, enough=3 * len(plain) + 1)) == 4
    assert len(read(messages, NOW, enough=0)) == 1
    assert read([], NOW) == []
