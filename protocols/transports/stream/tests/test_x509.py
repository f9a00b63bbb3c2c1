"""Certificates: against cryptography's reading of them, and whatever bytes."""

import contextlib
import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from protocols.transports.stream import read_certificate

BEGINS, ENDS = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC), datetime.datetime(2055, 1, 1, tzinfo=datetime.UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
TIMES = st.integers(0, 4_700_000_000).map(lambda at: datetime.datetime.fromtimestamp(at, datetime.UTC))
NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)


def made(subject: list[x509.NameAttribute], begins: datetime.datetime, ends: datetime.datetime) -> bytes:
    issuer = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "School Authority")])
    signed = x509.CertificateBuilder(issuer, x509.Name(subject), KEY.public_key(), 1, begins, ends).sign(
        KEY, hashes.SHA256()
    )
    return signed.public_bytes(serialization.Encoding.DER)


VALID = made(
    [x509.NameAttribute(NameOID.COUNTRY_NAME, "US"), x509.NameAttribute(NameOID.COMMON_NAME, "sis.example")],
    BEGINS,
    ENDS,
)


@given(NAMES, st.lists(TIMES, min_size=2, max_size=2, unique=True).map(sorted))
def test_as_it_was_made(name: str, times: list[datetime.datetime]) -> None:
    shown = read_certificate(made([x509.NameAttribute(NameOID.COMMON_NAME, name)], *times))
    assert (shown.subject, shown.issuer) == (name, "School Authority")
    expected = [int(at.timestamp() * 1000) for at in times]
    assert [shown.begins, shown.ends] == expected


def test_without_a_name() -> None:
    assert read_certificate(made([], BEGINS, ENDS)).subject == ""


@given(st.binary(max_size=200))
def test_any_bytes_are_a_certificate_or_not(content: bytes) -> None:
    with contextlib.suppress(ValueError):
        read_certificate(content)


@given(st.integers(0, len(VALID) - 1), st.integers(0, 255), st.integers(0, 400))
def test_a_byte_changed_and_an_end_cut(place: int, byte: int, cut: int) -> None:
    with contextlib.suppress(ValueError):
        read_certificate((VALID[:place] + bytes((byte,)) + VALID[place + 1 :])[: len(VALID) - cut])
