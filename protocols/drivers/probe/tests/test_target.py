"""Addresses and options: what is meant, and the words for what is wrong."""

import pytest

from protocols.address import Place
from protocols.clock import ManualClock
from protocols.driver import Target
from protocols.drivers.probe import DRIVER
from protocols.drivers.probe.options import ProbeOptions
from protocols.drivers.probe.target import Aim, hours, interval_of, read_aim, statuses
from protocols.errors import OptionError


@pytest.mark.parametrize(
    ("address", "aim"),
    [
        ("10.1.2.3", Aim("icmp", Place("10.1.2.3", 0))),
        ("2001:db8::1", Aim("icmp", Place("2001:db8::1", 0))),
        ("icmp://gateway", Aim("icmp", Place("gateway", 0))),
        ("tcp://10.1.2.3:9100", Aim("tcp", Place("10.1.2.3", 9100))),
        ("TLS://host", Aim("tls", Place("host", 443))),
        ("tls://[2001:db8::1]:8443", Aim("tls", Place("2001:db8::1", 8443))),
        ("ntp://time.example/", Aim("ntp", Place("time.example", 123))),
        ("smtp://mx.example:587", Aim("smtp", Place("mx.example", 587))),
        ("https://sis.example/a?b", Aim("https", Place("sis.example", 443), "https://sis.example/a?b")),
        ("dns://10.0.0.53", Aim("dns", Place("10.0.0.53", 53), "", "example.com", "A")),
        ("dns://10.0.0.53:5353/sis.example?type=aaaa", Aim("dns", Place("10.0.0.53", 5353), "", "sis.example", "AAAA")),
        ("dns://[2001:db8::53]/x.example", Aim("dns", Place("2001:db8::53", 53), "", "x.example", "A")),
    ],
)
def test_read(address: str, aim: Aim) -> None:
    assert read_aim(address, "x") == aim


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("htp://sis.example/", "did you mean 'http'"),
        ("tcp://10.1.2.3", "name the port"),
        ("icmp://10.1.2.3:80", "icmp has no ports; write tcp://"),
        ("", "write a host, for example 10.1.2.3, or how to check it"),
        ("dns://", "write a host"),
        ("dns://10.0.0.53/x?typ=A", "write dns://server/name"),
        ("dns://10.0.0.53/x?type=ANY", "types: A, AAAA"),
        ("dns://10.0.0.53/x y", "not a name"),
        ("dns://10.0.0.53/" + "a" * 64, "not a name"),
        ("https://user:secret@sis.example/", "user and password_file"),
        ("tls://host:0", "1 to 65535"),
        ("ntp://a b", "write a host"),
    ],
)
def test_wrong_addresses_say_how_to_write_them(address: str, words: str) -> None:
    with pytest.raises(OptionError, match=words):
        read_aim(address, "x")


@pytest.mark.parametrize(
    ("address", "options", "words"),
    [
        ("icmp://a", {"contains": ("x",)}, "contains is for http, https"),
        ("tls://a", {"must_be_blocked": True}, "must_be_blocked is for"),
        ("http://a/", {"answers": ("1",)}, "answers is for dns"),
        ("http://a/", {"user": "u"}, "go together"),
        ("http://a/", {"user": "u", "password_file": "/no/such"}, "cannot be read"),
        ("http://a/", {"method": "HEAD", "contains": ("x",)}, "brings no page"),
        ("http://a/", {"status": "20x"}, "for example 200-399"),
        ("http://a/", {"status": ""}, "for example 200-399"),
        ("http://a/", {"status": "300-200"}, "for example 200-399"),
        ("http://a/", {"speed_hours": "25"}, "two hours"),
        ("http://a/", {"speed_url": "ftp://x"}, "speed_url"),
        ("https://a/", {"ca_file": "/no/such"}, "PEM"),
        ("http://a/", {"headers": {"X\r\nY": "b"}}, "headers"),
        ("http://a/", {"headers": {"": "b"}}, "headers"),
        ("http://a/", {"headers": {"X": "b\r\nY: c"}}, "headers"),
        ("http://a/", {"headers": {"X": "é"}}, "headers"),
        ("tls://a", {"server_name": "a\0b"}, "no host's name"),
        ("tls://a", {"server_name": "é" * 300}, "no host's name"),
        ("tls://a", {"server_name": "a..b"}, "no host's name"),
        ("icmp://a", {"count": 100, "spacing": 5}, "take longer than 20 s"),
        ("dns://a/a..b", {}, "not a name that DNS can hold"),
        ("dns://a/%ff%fe", {}, "not a name that DNS can hold"),
        ("dns://a/" + "é" * 60, {}, "not a name that DNS can hold"),
        ("https://a/", {"ca_file": "/etc/hostname"}, "PEM"),
    ],
)
async def test_options_that_make_no_sense(address: str, options: dict[str, object], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        await DRIVER.open(Target("x", address), ProbeOptions(**options), ManualClock())


def test_statuses_and_hours() -> None:
    assert [list(each)[:1] + list(each)[-1:] for each in statuses("200-399, 401", "x")] == [[200, 399], [401, 401]]
    assert hours("1-4", "x") == (1, 2, 3, 4)
    assert hours("22-1", "x") == (22, 23, 0, 1)
    assert hours("3", "x") == (3,)


def test_the_interval_follows_the_protocol() -> None:
    assert [interval_of(each) for each in ("10.1.2.3", "dns://a", "https://a/", "NTP://a")] == [30, 30, 60, 120]
