"""OSDP frames and the secure channel: octets to frames and back, whatever the line gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.drivers.door.osdp import frame as wire
from protocols.drivers.door.osdp.frame import Frame, Heard
from protocols.drivers.door.osdp.secure import Channel, agrees, pad, unpad

ID, CAP = bytes.fromhex("ff530109000461006023"), bytes.fromhex("ff530109000562000341")
"""As libosdp 3.2 sends them."""


def test_questions_are_octet_for_octet_those_of_another_implementation() -> None:
    assert wire.close(wire.build(1, 0, wire.ID, b"\0")) == ID
    assert wire.close(wire.build(1, 1, wire.CAP, b"\0")) == CAP


def test_frames_are_found_in_noise_and_across_reads() -> None:
    heard = Heard()
    line = b"\x00\x53\x53\x99" + ID + b"\xff\xff" + CAP + ID[:5]
    found = [frame for octet in line for frame in heard.feed(bytes((octet,)))]
    assert [(frame.code, frame.sequence, frame.reply) for frame in found] == [(wire.ID, 0, False), (wire.CAP, 1, False)]
    assert heard.noise == 4


def test_a_checksum_does_where_there_is_no_crc() -> None:
    octets = wire.close(wire.start(1 | wire.REPLY, 2, b"\x48\x00\x01", crc=False))
    [frame] = Heard().feed(octets)
    assert frame == Frame(1, True, 2, wire.LSTATR, b"\x00\x01", False)
    assert Heard().feed(octets[:-1] + bytes((octets[-1] ^ 1,))) == []


def test_no_other_command_can_be_built() -> None:
    for code in set(range(256)) - wire.READS:
        with pytest.raises(ValueError, match="never sent"):
            wire.build(1, 0, code)


@pytest.mark.parametrize("code", sorted(wire.WITHHELD))
def test_what_a_card_or_keypad_says_is_in_no_frame(code: int) -> None:
    [frame] = Heard().feed(wire.close(wire.start(1 | wire.REPLY, 1, bytes((code,)) + b"\0\1\x1a\0card data")))
    assert frame.code == code
    assert b"card" not in b"".join(each for each in frame if isinstance(each, bytes))


@given(
    st.lists(
        st.one_of(st.binary(max_size=60), st.sampled_from([ID, CAP, b"\x53\x01\xa0\x05\x0c", b"\x53" * 40])),
        max_size=30,
    )
)
def test_any_octets_are_bounded(pieces: list[bytes]) -> None:
    heard = Heard()
    for piece in pieces:
        for frame in heard.feed(piece):
            assert frame.code <= 255
        assert len(heard._octets) <= wire.LARGEST


@given(st.integers(0, 8), st.integers(0, 7))
def test_one_wrong_bit_is_no_frame(place: int, bit: int) -> None:
    octets = bytearray(ID[1:])
    octets[place] ^= 1 << bit
    assert Heard().feed(bytes(octets)) == []


@given(st.binary(max_size=50))
def test_padding_comes_off(data: bytes) -> None:
    assert unpad(pad(data, always=True)) == data
    assert len(pad(data, always=True)) % 16 == 0


def test_a_frame_that_was_changed_or_comes_again_does_not_agree() -> None:
    key, challenge = bytes(16), bytes(range(8))
    panel, device = Channel(key, challenge), Channel(key, challenge)
    for each in (panel, device):
        each.begin(panel.panel_cryptogram(b"12345678"))
    first = panel.sign(b"S one", reply=False)
    assert agrees(first, device.sign(b"S one", reply=False))
    answer = device.sign(b"S answer", reply=True)
    assert agrees(answer, panel.sign(b"S answer", reply=True))
    assert not agrees(panel.sign(b"S two", reply=False), device.sign(b"S twO", reply=False))
    assert not agrees(first, device.sign(b"S one", reply=False))
