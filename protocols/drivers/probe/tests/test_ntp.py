"""The arithmetic of RFC 5905, eras and all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.drivers.probe.ntp import ERA, PACKET, Heard, measured, read

NOW = 3_968_988_800.0
PHASES = {"total": 0.0}


def heard(received: float, sent: float, stratum: int = 2) -> Heard:
    return Heard(0, stratum, "x", 0.0, received % ERA, sent % ERA)


def test_offset_and_delay() -> None:
    """Asked at 0, received at 10.1 and sent at 10.2 by a clock that is 10 s ahead, come at 0.3: 0.2 s on the way."""
    found = measured(heard(NOW + 10.1, NOW + 10.2), NOW, NOW + 0.3, PHASES)
    assert found.offset == pytest.approx(10, abs=1e-4)
    assert found.delay == pytest.approx(0.2, abs=1e-4)


@given(st.floats(-1e6, 1e6), st.floats(0, 1), st.integers(0, 3 * ERA))
def test_any_offset_in_any_era(offset: float, delay: float, start: int) -> None:
    """2036 brings era 1: stamps begin again at 0."""
    found = measured(heard(start + delay / 2 + offset, start + delay / 2 + offset), start, start + delay, PHASES)
    assert found.offset == pytest.approx(offset, abs=1e-3)
    assert found.delay == pytest.approx(delay, abs=1e-3)


def answer(first: int = 0x24, stratum: int = 2, reference: bytes = b"\xc0\0\2\1", origin: int = 99) -> bytes:
    return PACKET.pack(first, stratum, 6, -20, 65536, 32768, reference, 0, origin, 1 << 32, 2 << 32)


def test_what_is_read() -> None:
    found = read(answer(), 99)
    assert found == Heard(0, 2, "192.0.2.1", 1.0, 1.0, 2.0)
    assert read(answer(stratum=1, reference=b"GPS\0"), 99) == Heard(0, 1, "GPS", 1.0, 1.0, 2.0)


def test_what_is_no_answer() -> None:
    assert read(answer(origin=98), 99) is None  # to another question, or forged
    assert read(answer(first=0x23), 99) is None  # a client's
    assert read(answer(first=0x26), 99) is None  # a control message
    assert read(answer()[:-1], 99) is None


@given(st.binary(max_size=100), st.integers(0, ERA * ERA - 1))
def test_any_datagram(data: bytes, cookie: int) -> None:
    found = read(data, cookie)
    if found is not None:
        measured(found, NOW, NOW, PHASES)


@given(st.binary(min_size=24, max_size=24))
def test_any_answer_makes_finite_figures(rest: bytes) -> None:
    found = read(answer()[:24] + (99).to_bytes(8, "big") + rest[:16], 99)
    assert found is not None
    assert abs(measured(found, NOW, NOW + 1, PHASES).offset) <= ERA
