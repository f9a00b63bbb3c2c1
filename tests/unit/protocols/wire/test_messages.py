"""Acknowledgement and status: there and back, and their limits."""

from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import WireError
from protocols.wire.messages import Ack, decode_ack, decode_status, encode_ack, encode_status, unpack_small

SEQ = st.integers(0, 2**63 - 2)
ACKS = st.builds(
    Ack,
    st.binary(min_size=16, max_size=16),
    SEQ,
    st.lists(st.tuples(SEQ, SEQ).map(lambda pair: (min(pair), max(pair))), max_size=10),
    st.dictionaries(SEQ, st.text(st.characters(exclude_categories=("Cs",)), max_size=30), max_size=10),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=30),
)


@given(ACKS)
def test_an_acknowledgement_comes_back(ack: Ack) -> None:
    assert decode_ack(encode_ack(ack)) == ack


def test_a_long_acknowledgement_is_cut_lowest_first() -> None:
    ack = Ack(bytes(16), 5, [(n, n) for n in range(10, 1000, 2)], dict.fromkeys(range(999, 0, -1), "size"))
    found = decode_ack(encode_ack(ack))
    assert found.also == ack.also[:200]
    assert sorted(found.refused) == list(range(1, 201))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"stream": bytes(16)},
        {"stream": 16, "upto": 1},
        {"stream": "a" * 16, "upto": 1},
        {"stream": bytes(15), "upto": 1},
        {"stream": bytes(16), "upto": "x"},
        {"stream": bytes(16), "upto": -1},
        {"stream": bytes(16), "upto": 1, "also": 3},
        {"stream": bytes(16), "upto": 1, "also": [[1]]},
        {"stream": bytes(16), "upto": 1, "also": [[5, 4]]},
        {"stream": bytes(16), "upto": 1, "refused": [1]},
        [1, 2],
        5,
    ],
)
def test_what_is_no_acknowledgement(body: Any) -> None:
    with pytest.raises(WireError, match=r"^ack"):
        decode_ack(msgpack.packb(body))


def test_a_status_comes_back() -> None:
    status = {"online": True, "version": "0.1.0", "spool": {"batches": 3, "oldest": None}, "clock": {"offset_ms": -1.5}}
    assert decode_status(encode_status(status)) == status
    assert decode_status(encode_status({"online": False})) == {"online": False}


@pytest.mark.parametrize("body", [{}, {"online": 1}, {"online": True, 5: "x"}, [], "online"])
def test_what_is_no_status(body: Any) -> None:
    with pytest.raises(WireError, match=r"^status"):
        decode_status(msgpack.packb(body))


def test_a_small_message_is_bounded() -> None:
    with pytest.raises(WireError, match=r"^config"):
        unpack_small(bytes(256 * 1024 + 1), "config")
    with pytest.raises(WireError, match=r"^config"):
        unpack_small(msgpack.packb({"a": "x" * 513}), "config")
