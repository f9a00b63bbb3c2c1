"""Addresses: what is meant, what is sent, what is refused."""

import pytest

from protocols.address import Place
from protocols.errors import OptionError
from protocols.transports.http.url import follow, read_url


@pytest.mark.parametrize(
    ("text", "place", "target", "host"),
    [
        ("http://a.example", Place("a.example", 80), "/", "a.example"),
        ("https://a.example:8443/x?y=1&z=ä b#part", Place("a.example", 8443), "/x?y=1&z=%C3%A4%20b", "a.example:8443"),
        ("http://[fe80::1]/x", Place("fe80::1", 80), "/x", "[fe80::1]"),
        ("http://[fe80::1%25eth0]:8080/x", Place("fe80::1%eth0", 8080), "/x", "[fe80::1]:8080"),
        ("https://schüle.example/", Place("xn--schle-mva.example", 443), "/", "xn--schle-mva.example"),
        ("http://a.example/a%20b", Place("a.example", 80), "/a%20b", "a.example"),
    ],
)
def test_read(text: str, place: Place, target: str, host: str) -> None:
    url = read_url(text, "url")
    assert (url.place, url.target, url.host) == (place, target, host)
    assert read_url(str(url), "url") == url


@pytest.mark.parametrize(
    "text",
    ["a.example", "ftp://a.example/", "http://", "http://a:99999/", "http://a:0/", "http://[::1", "http://a/\r\nX: y",
     "http://user:secret@a.example/", "http://a b/", "http://" + "ä" * 300 + "/"],
)  # fmt: skip
def test_refused_without_a_secret_in_the_message(text: str) -> None:
    with pytest.raises(OptionError) as refused:
        read_url(text, "url")
    assert "secret" not in str(refused.value)


def test_follow() -> None:
    url = read_url("https://a.example/x/y", "url")
    assert str(follow(url, "../z?q")) == "https://a.example/z?q"
    assert str(follow(url, "//b.example/")) == "https://b.example/"
    with pytest.raises(OptionError):
        follow(url, "javascript:alert(1)")


@pytest.mark.parametrize(
    "text",
    [
        "htp://admin:s3cret@h/",
        "http://admin:s3#cret@h/",
        "http://admin:s3cret@h:x/",
        "http://admin:s3@cret@h:0/",
        "http://admin:s3cret@h/\x00",
        "http://admin:s3cret@h/",
    ],
)
def test_a_password_in_an_address_is_in_no_message(text: str) -> None:
    with pytest.raises(OptionError) as refused:
        read_url(text, "url")
    assert "s3" not in str(refused.value)
    assert "cret" not in str(refused.value)
