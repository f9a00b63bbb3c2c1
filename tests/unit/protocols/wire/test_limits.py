"""Every limit: what is just within is read, what is just over is refused with its reason."""

import struct
import zlib
from collections.abc import Callable
from typing import Any

import msgpack
import pytest

from protocols.errors import WireError
from protocols.wire import limits
from protocols.wire.batch import Batch
from protocols.wire.decode import decode, identify
from protocols.wire.inflate import inflate

Pack = Callable[..., bytes]
STAMP = 1_760_000_000_000


def read(payload: bytes, encoding: str | None = None) -> Batch:
    return decode(payload, agent="lincoln-ms", now_ms=STAMP, content_encoding=encoding)


def refused(payload: bytes, encoding: str | None = None) -> str:
    with pytest.raises(WireError) as caught:
        read(payload, encoding)
    assert caught.value.permanent
    return caught.value.reason


def device(count: int) -> list[list[Any]]:
    return [[f"d{number}", "host"] for number in range(count)]


def point(count: int) -> list[list[Any]]:
    return [[0, "host.load", str(number), "1"] for number in range(count)]


ROWS = {
    "devices": (limits.DEVICES, device),
    "points": (limits.POINTS, point),
    "events": (limits.EVENTS, lambda count: [[0, STAMP, "e", "info", {}]] * count),
    "facts": (limits.FACTS, lambda count: [[0, STAMP, {}]] * count),
    "reach": (limits.REACH, lambda count: [[0, STAMP, True, ""]] * count),
}


@pytest.mark.parametrize("key", ROWS)
def test_rows(pack: Pack, key: str) -> None:
    most, make = ROWS[key]
    assert len(getattr(read(pack(**{key: make(most)})), key)) == most
    assert refused(pack(**{key: make(most + 1)})) == "size"


def test_samples(pack: Pack) -> None:
    payload = msgpack_of(pack, limits.SAMPLES)
    assert len(read(payload, "zlib").times) == limits.SAMPLES
    assert refused(msgpack_of(pack, limits.SAMPLES + 1), "zlib") == "size"


def msgpack_of(pack: Pack, samples: int) -> bytes:
    return zlib.compress(pack(samples=samples))


@pytest.mark.parametrize("wide", ["H", "I"])
def test_narrow_and_wide_point_columns(pack: Pack, wide: str) -> None:
    assert read(pack(i=struct.pack(f"<3{wide}", 0, 1, 1))).index.tolist() == [0, 1, 1]
    assert refused(pack(i=struct.pack(f"<3{wide}", 0, 1, 2))) == "column"


@pytest.mark.parametrize("text", ["a" * 512, "é" * 256, "😀" * 128])
def test_strings_count_in_bytes(pack: Pack, text: str) -> None:
    places: list[Callable[[str], dict[str, Any]]] = [
        lambda value: {"devices": [[value, "host"], ["b", "host"]]},
        lambda value: {"devices": [["a", value], ["b", "host"]]},
        lambda value: {"points": [[0, value, None, "%"]] * 2},
        lambda value: {"points": [[0, "host.load", value, "%"]] * 2},
        lambda value: {"points": [[0, "host.load", None, value]] * 2},
        lambda value: {"events": [[0, STAMP, value, "info", {}]]},
        lambda value: {"events": [[0, STAMP, "e", "info", {value: 1}]]},
        lambda value: {"facts": [[0, STAMP, {"a": value}]]},
        lambda value: {"reach": [[0, STAMP, True, value]]},
    ]
    for place in places:
        read(pack(**place(text)))
        assert refused(pack(**place(text + "a"))) in ("size", "value")


def test_map_entries(pack: Pack) -> None:
    def facts(count: int) -> bytes:
        return pack(facts=[[0, STAMP, {str(number): number for number in range(count)}]])

    assert len(read(facts(limits.MAP_ENTRIES)).facts[0].attributes) == limits.MAP_ENTRIES
    assert refused(facts(limits.MAP_ENTRIES + 1)) == "size"


def test_stamps(pack: Pack) -> None:
    latest = STAMP + limits.FUTURE_MS
    for stamp in (limits.EARLIEST_MS, latest):
        read(pack(samples=1, t=struct.pack("<q", stamp)))
        read(pack(reach=[[0, stamp, True, ""]]))
    for stamp in (limits.EARLIEST_MS - 1, latest + 1, -(2**63)):
        assert refused(pack(samples=1, t=struct.pack("<q", stamp))) == "time"
        for row in ({"reach": [[0, stamp, True, ""]]}, {"facts": [[0, stamp, {}]]}):
            assert refused(pack(**row)) in ("time", "value")
        assert refused(pack(events=[[0, stamp, "e", "info", {}]])) in ("time", "value")


def test_message_and_inflated_size() -> None:
    assert inflate(b"x" * limits.MESSAGE_BYTES, None) == b"x" * limits.MESSAGE_BYTES
    plain = b"\x00" * limits.INFLATED_BYTES
    assert inflate(zlib.compress(plain), "zlib") == plain
    for payload, encoding in ((b"x" * (limits.MESSAGE_BYTES + 1), None), (zlib.compress(plain + b"\x00"), "zlib")):
        with pytest.raises(WireError, match=r"^size"):
            inflate(payload, encoding)


def test_nesting(pack: Pack) -> None:
    assert refused(pack(facts=[[0, STAMP, {"a": {"b": 1}}]])) == "value"
    assert refused(pack(facts=[[0, STAMP, {"a": [1]}]])) == "value"


BAD = [
    ({"v": 2}, "version"),
    ({"v": "1"}, "version"),
    ({"v": True}, "version"),
    ({"v": None}, "version"),
    ({"agent": "roosevelt"}, "agent"),
    ({"agent": 7}, "agent"),
    ({"stream": b"short"}, "key"),
    ({"stream": "a" * 16}, "key"),
    ({"seq": 0}, "key"),
    ({"seq": True}, "key"),
    ({"seq": 1.0}, "key"),
    ({"seq": 2**63 - 1}, "key"),
    ({"seq": 2**64 - 1}, "key"),
    ({"sent": -1}, "key"),
    ({"clock": {"sync": 1, "boot": b"b" * 16}}, "key"),
    ({"clock": {"sync": True}}, "key"),
    ({"clock": None}, "key"),
    ({"t": b"1234567"}, "column"),
    ({"x": b""}, "column"),
    ({"i": b"\x00\x00\x00"}, "column"),
    ({"i": [0, 1, 0]}, "key"),
    ({"points": []}, "column"),
    ({"points": {}}, "key"),
    ({"points": [[2, "m", None, ""]]}, "value"),
    ({"points": [[-1, "m", None, ""]]}, "value"),
    ({"points": [[0, "", None, ""]]}, "value"),
    ({"points": [[0, "m", None]]}, "value"),
    ({"points": [[0, "m\x00", None, ""]] * 2}, "value"),
    ({"points": [[0, "m", "\x00", ""]] * 2}, "value"),
    ({"points": [[0, "m", 5, ""]] * 2}, "value"),
    ({"points": [[True, "m", None, ""]] * 2}, "value"),
    ({"points": [[0.0, "m", None, ""]] * 2}, "value"),
    ({"devices": [["a"]]}, "value"),
    ({"devices": [["", "host"]]}, "value"),
    ({"devices": [["a\x00", "host"]] * 2}, "value"),
    ({"events": [[0, STAMP, "e", "fatal", {}]]}, "value"),
    ({"events": [[9, STAMP, "e", "info", {}]]}, "value"),
    ({"facts": [[0, STAMP, {"a": float("nan")}]]}, "value"),
    ({"facts": [[0, STAMP, {"a": 2**63}]]}, "value"),
    ({"facts": [[0, STAMP, {1: "a"}]]}, "value"),
    ({"facts": [[0, STAMP, {"a": b"bytes"}]]}, "value"),
    ({"facts": [[0, STAMP, {"a": msgpack.ExtType(5, b"x")}]]}, "value"),
    ({"facts": [[0, STAMP, {"a": msgpack.Timestamp(1)}]]}, "value"),
    ({"reach": [[0, STAMP, 1, ""]]}, "value"),
    ({"reach": [[0, float(STAMP), True, ""]]}, "value"),
]


@pytest.mark.parametrize(("change", "reason"), BAD, ids=[f"{next(iter(c))}-{n}" for n, (c, _) in enumerate(BAD)])
def test_what_is_wrong_is_refused_with_its_reason(pack: Pack, change: dict[str, Any], reason: str) -> None:
    payload = pack(**change)
    assert refused(payload) == reason
    if "stream" not in change and "seq" not in change:
        assert identify(payload) == (bytes(range(16)), 1)


@pytest.mark.parametrize("key", ["v", "stream", "seq", "agent", "sent", "clock", "i", "t", "x"])
def test_a_missing_key_is_refused(body: Callable[..., dict[str, Any]], key: str) -> None:
    told = body()
    del told[key]
    assert refused(msgpack.packb(told)) == "key"


def test_rows_may_be_left_out(body: Callable[..., dict[str, Any]]) -> None:
    told = body(i=b"", t=b"", x=b"")
    for key in ROWS:
        del told[key]
    assert read(msgpack.packb(told)).points == []


def test_what_is_unknown_is_ignored(pack: Pack) -> None:
    deep: Any = 1
    for _ in range(50):
        deep = [deep]
    payload = pack(
        later={"a": deep},
        clock={"sync": True, "boot": b"b" * 16, "offset": 5},
        points=[[0, "host.load", "1m", "1", "more", {}]] * 2,
    )
    assert read(payload) == read(pack(points=[[0, "host.load", "1m", "1"]] * 2))


@pytest.mark.parametrize(
    ("payload", "encoding"),
    [
        (b"", "zlib"),
        (b"not zlib", "zlib"),
        (zlib.compress(b"a" * 100)[:-3], "zlib"),
        (zlib.compress(b"a") + b"more", "zlib"),
        (b"x", "gzip"),
        (b"x", "br" * 100),
    ],
)
def test_encodings(payload: bytes, encoding: str) -> None:
    assert refused(payload, encoding) == "encoding"
    assert identify(payload, encoding) is None


def test_bytes_behind_the_batch_and_a_cut_batch(pack: Pack) -> None:
    assert refused(pack() + b"\x00") == "msgpack"
    assert refused(pack()[:-1]) in ("msgpack", "key")


def test_invalid_utf8_is_refused(pack: Pack) -> None:
    payload = pack(devices=[["AAAA", "host"], ["b", "host"]]).replace(b"AAAA", b"\xff\xfe\xff\xfe")
    assert refused(payload) in ("msgpack", "value")
