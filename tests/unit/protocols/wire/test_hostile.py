"""Arbitrary and hostile bytes: only ever a `WireError`, and never much memory."""

import struct
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.errors import WireError
from protocols.wire import limits
from protocols.wire.decode import decode, identify
from protocols.wire.messages import decode_ack, decode_status

NOW = 1_760_000_000_000
MEGABYTE = 1024 * 1024
OBJECTS: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8) | st.integers(0, 9), inner, max_size=5)
    ),
    max_leaves=25,
)
KEYS = ("v", "stream", "seq", "agent", "sent", "clock", "devices", "points", "i", "t", "x", "events", "facts", "reach")


def attempt(payload: bytes, encoding: str | None = None) -> str | None:
    """The reason of the refusal; None when it was read. Any other exception fails the test."""
    identify(payload, encoding)
    try:
        decode(payload, agent="lincoln-ms", now_ms=NOW, content_encoding=encoding)
    except WireError as error:
        return error.reason
    return None


@given(st.binary(max_size=3000), st.sampled_from([None, "zlib", "gzip"]))
def test_arbitrary_bytes(payload: bytes, encoding: str | None) -> None:
    assert attempt(payload, encoding) is not None


@given(st.binary(max_size=300))
def test_arbitrary_bytes_deflated(payload: bytes) -> None:
    assert attempt(zlib.compress(payload), "zlib") is not None


@given(st.sampled_from(KEYS), OBJECTS)
def test_any_object_at_any_key(key: str, value: Any) -> None:
    attempt(msgpack.packb(_valid() | {key: value}))


@given(st.data())
def test_a_batch_with_bytes_changed(data: st.DataObject) -> None:
    payload = bytearray(msgpack.packb(_valid()))
    for _ in range(data.draw(st.integers(1, 4))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    attempt(bytes(payload[: data.draw(st.integers(1, len(payload)))]))


@settings(max_examples=40)
@given(st.binary(max_size=500) | OBJECTS.map(msgpack.packb))
def test_small_messages(payload: bytes) -> None:
    for read in (decode_ack, decode_status):
        with suppress(WireError):
            read(payload)


def _valid() -> dict[str, Any]:
    return {
        "v": 1,
        "stream": bytes(16),
        "seq": 1,
        "agent": "lincoln-ms",
        "sent": NOW,
        "clock": {"sync": True, "boot": bytes(16)},
        "devices": [["a", "host"]],
        "points": [[0, "host.load", "1m", "1"]],
        "i": struct.pack("<2H", 0, 0),
        "t": struct.pack("<2q", NOW, NOW),
        "x": struct.pack("<2d", 1.0, 2.0),
        "events": [[0, NOW, "e", "info", {"a": 1}]],
        "facts": [[0, NOW, {"a": "b"}]],
        "reach": [[0, NOW, True, ""]],
    }


def _with(key: str, raw: bytes) -> bytes:
    """A valid batch to whose map one more entry is added, `raw` its value."""
    packed: bytes = msgpack.packb(_valid())
    assert packed[0] == 0x8E
    return b"\x8f" + packed[1:] + msgpack.packb(key) + raw


def _facts(count: int, entries: int) -> bytes:
    one = b"\x93\x00" + msgpack.packb(NOW) + b"\xde" + struct.pack(">H", entries)
    one += b"".join(msgpack.packb(f"{number:x}") + b"\x01" for number in range(entries))
    return b"\xdc" + struct.pack(">H", count) + one * count


def _texts(count: int, entries: int) -> bytes:
    one = msgpack.packb([0, NOW, {f"{number:03x}": "ab" for number in range(entries)}])
    return b"\xdc" + struct.pack(">H", count) + one * count


ARRAY, MAP, BIN, STR = b"\xdd", b"\xdf", b"\xc6", b"\xdb"
FORGED = b"\xff\xff\xff\xff"
BOMBS: dict[str, Callable[[], bytes]] = {
    "empty maps at the top": lambda: b"\x80" * MEGABYTE,
    "a list of empty maps": lambda: ARRAY + struct.pack(">I", MEGABYTE - 5) + b"\x80" * (MEGABYTE - 5),
    "empty maps as points": lambda: _with("points", ARRAY + struct.pack(">I", 900_000) + b"\x80" * 900_000),
    "empty maps under an unknown key": lambda: _with("later", ARRAY + struct.pack(">I", 900_000) + b"\x80" * 900_000),
    "nested lists": lambda: b"\x91" * MEGABYTE,
    "nested lists under an unknown key": lambda: _with("later", b"\x91" * 900_000 + b"\x00"),
    "nested maps": lambda: b"\x81\xa1a" * 300_000,
    "nested maps as facts": lambda: _with("facts", b"\x81\xa1a" * 300_000),
    "nested lists as version": lambda: _with("v", b"\x91" * 900_000 + b"\x01"),
    "forged list": lambda: _with("points", ARRAY + FORGED),
    "forged map": lambda: MAP + FORGED + b"\xa1v\x01",
    "forged bytes": lambda: _with("x", BIN + FORGED),
    "forged text": lambda: _with("agent", STR + FORGED),
    "forged unknown list": lambda: _with("later", ARRAY + FORGED + b"\xc0"),
    "forged unknown map": lambda: _with("later", MAP + FORGED + b"\xc0"),
    "forged ext": lambda: _with("later", b"\xc9" + FORGED + b"\x01"),
    "many full facts": lambda: _with("facts", _facts(600, 256)),
    "texts as facts": lambda: _with("facts", _texts(500, 256)),
    "ten thousand facts": lambda: _with("facts", _facts(10_000, 1)),
}
ALLOWED = 16 * MEGABYTE
DEAREST = {"texts as facts": 20 * MEGABYTE}
"""A valid batch of small texts, each an object of its own, is the dearest that 1 MiB can be."""


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_take_little_memory(name: str) -> None:
    plain = BOMBS[name]()[: limits.INFLATED_BYTES]
    payload = zlib.compress(plain, 9)
    assert len(payload) <= limits.MESSAGE_BYTES
    tracemalloc.start()
    attempt(payload, "zlib")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < DEAREST.get(name, ALLOWED)


@pytest.mark.parametrize("size", [10 * MEGABYTE, 60 * MEGABYTE])
def test_a_zlib_bomb_is_not_inflated(size: int) -> None:
    squeeze = zlib.compressobj(9)
    payload = b"".join(squeeze.compress(bytes(MEGABYTE)) for _ in range(size // MEGABYTE)) + squeeze.flush()
    tracemalloc.start()
    assert attempt(payload, "zlib") == "size"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * MEGABYTE


@pytest.mark.parametrize("name", BOMBS)
def test_small_messages_refuse_bombs(name: str) -> None:
    payload = BOMBS[name]()[: 64 * 1024]
    tracemalloc.start()
    for read in (decode_ack, decode_status):
        with pytest.raises(WireError):
            read(payload)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < ALLOWED
