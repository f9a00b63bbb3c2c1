"""Frames: whatever they hold, they are something known or nothing; and the only frame that is sent."""

import contextlib
import ipaddress

from hypothesis import example, given
from hypothesis import strategies as st

from protocols.drivers.lan.decode import DISCOVER, Claim, Offer, _checksum, decode, discover, is_random, options
from protocols.drivers.lan.neighbours import parse
from protocols.drivers.lan.simulator import SERVER, advertisement, arp, offer

OWN = bytes.fromhex("b827eb000001")
ASKED = discover(OWN, 0x01020304)
VALID = [
    arp(OWN, "10.0.0.5", "10.0.0.1"),
    advertisement(SERVER, 1, 1800),
    offer(SERVER, "10.0.0.2", ASKED[42:], "10.0.0.9"),
]


def test_a_discover_is_one_and_asks_for_a_broadcast() -> None:
    assert ASKED[:14] == b"\xff" * 6 + OWN + b"\x08\x00"
    header, message = ASKED[14:34], ASKED[42:]
    assert _checksum(header) == 0
    assert (header[12:16], header[16:20]) == (bytes(4), b"\xff" * 4)
    assert (message[0], message[4:8], message[10:12], message[28:34]) == (1, b"\1\2\3\4", b"\x80\0", OWN)
    assert options(message[240:])[53] == bytes((DISCOVER,))
    assert len(message) == 300


def test_what_a_network_says() -> None:
    claim, router, offered = (decode(frame) for frame in VALID)
    assert claim == Claim("b8:27:eb:00:00:01", "10.0.0.5")
    assert router is not None
    assert offered == Offer(0x01020304, "10.0.0.2", "f8:b1:56:00:00:02")


def _terms(given: str, mask: str, routers: str, names: str) -> bytes:
    frame = offer(SERVER, "10.0.0.2", ASKED[42:], given)[:-1]
    for code, field in ((1, mask), (3, routers), (6, names)):
        frame += bytes((code, len(field) // 2)) + bytes.fromhex(field) if field else b""
    seen = decode(frame + b"\xff")
    assert isinstance(seen, Offer)
    return seen.terms


def test_offers_that_lead_to_the_same_have_the_same_terms() -> None:
    mask, router, names = "ffffff00", "0a000001", "0a0000020a000003"
    own = _terms("10.0.0.9", mask, router, names)
    assert own
    assert _terms("10.0.0.77", mask, router, "0a0000030a000002") == own
    others = [
        _terms("10.0.1.9", mask, router, names), _terms("10.0.0.9", "ffff0000", router, names),
        _terms("10.0.0.9", mask, "0a000006", names), _terms("10.0.0.9", mask, router, "0a000002"),
    ]  # fmt: skip
    assert own not in others
    assert _terms("10.0.0.9", mask, "", names) == b""
    assert _terms("10.0.0.9", "ff", router, names) == b""


def test_an_acknowledgement_is_no_offer() -> None:
    frame = bytearray(VALID[2])
    frame[42 + 242] = 5
    assert decode(bytes(frame)) is None


def test_random_addresses() -> None:
    assert is_random("da:a1:19:00:00:01")
    assert not is_random("b8:27:eb:00:00:01")


@given(st.binary(max_size=400))
@example(b"")
@example(b"\xff" * 14)
@example(bytes(14))
def test_any_frame(frame: bytes) -> None:
    decode(frame)
    for kind in (b"\x08\x06", b"\x08\x00", b"\x86\xdd"):
        decode(b"\xff" * 6 + OWN + kind + frame)


@given(st.sampled_from(VALID), st.integers(0, 500), st.integers(0, 255), st.integers(0, 400))
def test_a_valid_frame_with_a_byte_changed_and_an_end_cut(frame: bytes, place: int, byte: int, cut: int) -> None:
    place %= len(frame)
    seen = decode((frame[:place] + bytes((byte,)) + frame[place + 1 :])[: max(0, len(frame) - cut)])
    if isinstance(seen, Claim) and seen.address is not None:
        ipaddress.IPv4Address(seen.address)


@given(st.binary(max_size=300))
@example(bytes((54, 4, 1, 2)))
@example(bytes((54, 0)) * 200)
def test_any_options(field: bytes) -> None:
    assert len(options(field)) <= 64


@given(st.binary(max_size=400))
@example(b"\x10\0\0\0\x1c\0" + bytes(10))
def test_any_answer_of_the_kernel(answer: bytes) -> None:
    with contextlib.suppress(OSError):
        parse(answer, 1)
