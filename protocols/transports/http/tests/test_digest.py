"""Digest and Basic against the examples of the RFCs, and against whatever a server may write."""

from hashlib import md5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.secret import Secret
from protocols.transports.http.digest import Credential, authorization, best, challenges

MUFASA = Credential("Mufasa", Secret("Circle of Life"))
RFC7616 = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


def test_rfc_7616_with_sha_256_is_chosen_before_md5() -> None:
    """RFC 7616, 3.9.1."""
    asked = best(challenges([RFC7616.format("MD5"), RFC7616.format("SHA-256")]))
    assert asked is not None
    header = authorization(asked, MUFASA, "GET", "/dir/index.html", 1, CNONCE)
    assert 'response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"' in header
    assert 'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"' in header


def test_rfc_7616_with_md5() -> None:
    asked = best(challenges([RFC7616.format("MD5")]))
    assert asked is not None
    header = authorization(asked, MUFASA, "GET", "/dir/index.html", 1, CNONCE)
    assert 'response="8ca523f5e9506fed4657c9700eebdbec"' in header
    assert "nc=00000001" in header


def test_rfc_2069_without_qop() -> None:
    """RFC 2069, 2.4, with its erratum 749."""
    asked = best(
        challenges(
            [
                'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",'
                ' opaque="5ccc069c403ebaf9f0171e9517f40e41"'
            ]
        )
    )
    assert asked is not None
    who = Credential("Mufasa", Secret("CircleOfLife"))
    header = authorization(asked, who, "GET", "/dir/index.html", 1)
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in header
    assert "qop" not in header


def test_several_challenges_in_one_header() -> None:
    found = challenges(['Negotiate, Basic realm="a, \\"b\\"", Digest realm="c", nonce="n", qop="auth"'])
    assert [each.scheme for each in found] == ["negotiate", "basic", "digest"]
    assert found[1].parameters == {"realm": 'a, "b"'}
    chosen = best(found)
    assert chosen is not None
    assert chosen.scheme == "digest"


def test_what_cannot_be_met_is_not_chosen() -> None:
    offered = [
        'Digest realm="c", nonce="n", qop="auth-int"',
        'Digest realm="c", nonce="n", algorithm=SHA-512-256',
        "NTLM",
    ]
    assert best(challenges(offered)) is None


def test_basic() -> None:
    asked = best(challenges(['Basic realm="x"']))
    assert asked is not None
    who = Credential("Aladdin", Secret("open sesame"))
    assert authorization(asked, who, "GET", "/", 1) == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


@given(st.lists(st.text(max_size=200), max_size=4))
def test_any_header_is_understood_or_not(headers: list[str]) -> None:
    asked = best(challenges(headers))
    if asked is not None:
        authorization(asked, MUFASA, "GET", "/", 1)


def test_a_realm_and_a_user_that_are_not_ascii_are_hashed_as_bytes() -> None:
    """Expected: RFC 7616's formula over UTF-8, worked out here with hashlib alone."""
    asked = best(challenges(['Digest realm="Büro", nonce="n", qop="auth"'.encode().decode("latin-1")]))
    assert asked is not None
    header = authorization(asked, Credential("José", Secret("contraseña")), "GET", "/", 1, "c").encode("latin-1")
    first, second = (md5(text.encode()).hexdigest() for text in ("José:Büro:contraseña", "GET:/"))
    wanted = md5(f"{first}:n:00000001:c:auth:{second}".encode()).hexdigest()
    assert 'username="José", realm="Büro"'.encode() in header
    assert f'response="{wanted}"'.encode() in header


@pytest.mark.timeout(5)
def test_a_row_of_blanks_takes_no_time() -> None:
    """Eight thousand of them once took a quarter of an hour."""
    found = challenges(["a" + " " * 8000 + '@, Digest realm = "b"'])
    assert [each.scheme for each in found] == ["a", "digest"]
    assert found[1].parameters == {"realm": "b"}
