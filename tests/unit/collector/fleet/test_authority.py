"""The collector's own CA: what it signs, what it refuses, and that there is only one."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from collector.fleet import authority
from protocols.errors import EnrolmentError, StartError

NOW = datetime(2026, 11, 2, 7, 25, tzinfo=UTC)


def request(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, name: str = "anybody"
) -> x509.CertificateSigningRequest:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())


@pytest.fixture
def ca(tmp_path: Path) -> authority.Authority:
    return authority.load(tmp_path, NOW)


def test_it_is_made_once_and_its_key_is_the_owners_alone(ca: authority.Authority, tmp_path: Path) -> None:
    assert authority.load(tmp_path, NOW + timedelta(days=400)).fingerprint == ca.fingerprint
    assert stat.S_IMODE((tmp_path / "authority" / "ca.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "authority").stat().st_mode) == 0o700


def test_processes_that_start_together_agree_on_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: authority.load(tmp_path, NOW).fingerprint, range(8)))
    assert len(set(found)) == 1


def test_a_key_that_is_not_the_certificates_is_named(ca: authority.Authority, tmp_path: Path) -> None:
    other = authority.load(tmp_path / "other", NOW)
    (tmp_path / "authority" / "ca.pem").write_bytes(other.pem)
    with pytest.raises(StartError, match=r"not the key of ca\.pem"):
        authority.load(tmp_path, NOW)


def test_an_agents_certificate_has_the_name_given_and_not_the_one_asked_for(ca: authority.Authority) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    issued = ca.sign_agent(request(key, "collector"), "lincoln-ms", NOW)
    certificate = x509.load_pem_x509_certificate(issued.pem)
    certificate.verify_directly_issued_by(ca.certificate)
    assert certificate.subject.rfc4514_string() == "CN=lincoln-ms"
    assert certificate.serial_number == issued.serial
    assert certificate.not_valid_after_utc == issued.expires == NOW + timedelta(days=365)
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_a_pi_whose_clock_lags_by_years_can_check_todays_certificates(ca: authority.Authority) -> None:
    later = NOW + timedelta(days=365)
    pem, _ = ca.serve(["broker.example", "10.0.0.5"], later)
    certificate = x509.load_pem_x509_certificate(pem)
    for one in (ca.certificate, certificate):
        assert one.not_valid_before_utc == datetime(2020, 1, 1, tzinfo=UTC)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {str(name.value) for name in names} == {"broker.example", "10.0.0.5"}


def test_a_key_of_another_kind_is_refused(ca: authority.Authority) -> None:
    for key in (rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP384R1())):
        with pytest.raises(EnrolmentError, match="EC P-256"):
            ca.sign_agent(request(key), "oak", NOW)


def test_a_request_for_somebody_elses_key_is_refused(ca: authority.Authority) -> None:
    mine = request(ec.generate_private_key(ec.SECP256R1())).public_bytes(authority.serialization.Encoding.DER)
    forged = bytearray(mine)
    forged[-1] ^= 1
    with pytest.raises(EnrolmentError, match="not signed with its own key"):
        ca.sign_agent(x509.load_der_x509_csr(bytes(forged)), "oak", NOW)
