"""BER, PDUs and values: what is written is read again, what RFCs print comes out, and any other bytes are `BerError`."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocols.transports.snmp import ber, pdu, values
from protocols.transports.snmp.ber import BerError
from protocols.transports.snmp.pdu import Message, Pdu, TrapV1
from protocols.transports.snmp.values import Typed, text

OIDS = st.builds(
    lambda first, rest: ".".join(map(str, (*first, *rest))),
    st.tuples(st.integers(0, 1), st.integers(0, 39)),
    st.lists(st.integers(0, 2**32 - 1), max_size=20),
)
TYPED = st.one_of(
    st.integers(-(2**31), 2**31 - 1).map(values.integer),
    st.binary(max_size=300).map(values.octet_string),
    st.integers(0, 2**32 - 1).map(values.counter32),
    st.integers(0, 2**32 - 1).map(values.gauge32),
    st.integers(0, 2**64 - 1).map(values.counter64),
    OIDS.map(values.object_identifier),
    st.tuples(*[st.integers(0, 255)] * 4).map(lambda four: values.ip_address(".".join(map(str, four)))),
)


@given(OIDS)
@example("2.999.3")
@example("1.3.6.1.4.1.4294967295")
def test_an_oid_is_read_as_it_was_written(oid: str) -> None:
    assert ber.oid_text(ber.oid_bytes(oid)) == oid


@given(st.sampled_from([0, 1]), st.binary(max_size=40), st.lists(st.tuples(OIDS, TYPED), max_size=20))
def test_a_message_is_read_as_it_was_written(version: int, community: bytes, rows: list[tuple[str, Typed]]) -> None:
    said = pdu.decode_message(pdu.message(version, community, pdu.encode(pdu.RESPONSE, 2**31 - 1, 0, 0, rows)))
    assert said[:2] == (version, community)
    assert said.pdu == Pdu(pdu.RESPONSE, 2**31 - 1, 0, 0, [(oid, value.value) for oid, value in rows])


def test_a_trap_of_version_1_is_read_as_it_was_written() -> None:
    told = TrapV1("1.3.6.1.4.1.318", "10.1.2.3", 6, 5, 4_294_967_295, [("1.3.6.1.2.1.1.5.0", b"ups")])
    rows = [("1.3.6.1.2.1.1.5.0", values.octet_string("ups"))]
    assert pdu.decode_message(pdu.message(0, b"public", pdu.encode_trap_v1(told, rows))).pdu == told


VALID = pdu.message(1, b"public", pdu.encode(pdu.RESPONSE, 7, 0, 0, [("1.3.6.1.2.1.1.1.0", values.octet_string("x"))]))


@given(st.binary(max_size=300))
@example(b"\x30\x84\xff\xff\xff\xff")
@example(b"\x30\x80\x00\x00")
@example(b"\x30" * 300)
def test_any_bytes_are_a_message_or_an_error(data: bytes) -> None:
    _read(data)


@given(st.integers(0, len(VALID) - 1), st.integers(0, 255), st.integers(0, 5))
def test_a_changed_byte_and_a_cut_end_are_a_message_or_an_error(place: int, byte: int, cut: int) -> None:
    _read((VALID[:place] + bytes((byte,)) + VALID[place + 1 :])[: len(VALID) - cut])


def _read(data: bytes) -> Message | None:
    try:
        return pdu.decode_message(data)
    except BerError:
        return None


def test_more_bindings_than_any_device_sends_are_refused() -> None:
    rows = [("1.3.6.1", values.integer(1))] * (pdu.MOST_BINDINGS + 1)
    with pytest.raises(BerError, match="more than"):
        pdu.decode_message(pdu.message(1, b"x", pdu.encode(pdu.RESPONSE, 1, 0, 0, rows)))


@pytest.mark.parametrize("oid", ["", "1", "x", "1.3.-6", "9.1", "1.3.4294967296", "1." * 200 + "1"])
def test_what_is_no_oid_is_not_sent(oid: str) -> None:
    with pytest.raises(BerError):
        ber.oid_bytes(oid)


@pytest.mark.parametrize(
    ("tag", "content", "value"),
    [
        (values.COUNTER32, b"\xff\xff\xff\xff", 4_294_967_295),  # without the leading zero, as some devices send it
        (values.COUNTER64, b"\x00" + b"\xff" * 8, 2**64 - 1),
        (values.OPAQUE, b"\x9f\x78\x04\x41\x48\x00\x00", 12.5),
        (values.OPAQUE, b"\x01\x02", b"\x01\x02"),
        (values.NO_SUCH_INSTANCE, b"", None),
        (ber.INTEGER, b"\xff", -1),
    ],
)
def test_values(tag: int, content: bytes, value: object) -> None:
    assert values.decode(tag, content) == value


@pytest.mark.parametrize(
    ("said", "clean"),
    [
        (b"HP LaserJet\0\0", "HP LaserJet"),
        ("Büro".encode(), "Büro"),
        (b"B\xfcro", "Büro"),
        (b"\xef\xbb\xbfname", "name"),
        (b"two\r\nlines\tand  spaces ", "two lines and spaces"),
        (b"\x1b[31mred\x07", "[31mred"),
        ("\u202egnp.exe\u200b".encode(), "gnp.exe"),
        (b"<script>alert(1)</script>", "<script>alert(1)</script>"),
        (b"x" * 1_000_000, "x" * 200),
        ("é".encode() * 1_000_000, "é" * 200),
        (12, "12"),
        (None, ""),
    ],
)
def test_text_is_clean_and_short(said: values.Value | None, clean: str) -> None:
    assert text(said) == clean


@given(st.binary(max_size=400))
def test_text_of_any_octets_can_be_sent(said: bytes) -> None:
    assert len(text(said).encode()) <= 800
