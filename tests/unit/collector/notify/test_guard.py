"""Where a channel may lead: nowhere inside that was not named, whatever its name resolves to and whenever."""

import hashlib
import hmac
import socket
from typing import Any

import pytest

from collector.notify import lookup
from collector.notify.channel import deliver
from collector.notify.guard import Allowed, allowed_of, refusal
from collector.notify.message import Text
from collector.notify.webhook import Post, post, signature, target_of
from protocols.errors import ChannelError

INNER = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
    "168.63.129.16", "::1", "::", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "ff02::1", "::ffff:10.0.0.1", "2002:0a00:0001::1",
    "64:ff9b::a9fe:a9fe", "::127.0.0.1", "192.0.0.192", "198.18.0.1",
)  # fmt: skip


@pytest.mark.parametrize("address", INNER)
def test_an_inner_address_is_refused(address: str) -> None:
    assert refusal(address, "evil.example", Allowed()) is not None


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_an_outer_address_is_not(address: str) -> None:
    assert refusal(address, "hook.example", Allowed()) is None


@pytest.mark.parametrize(("address", "taken"), [("10.0.0.25", True), ("127.0.0.1", True), ("fd12::25", True), ("169.254.169.254", False),
                                                ("fd00:ec2::254", False), ("224.0.0.1", False), ("0.0.0.0", False)])  # fmt: skip
def test_a_mail_relay_may_be_inside(address: str, taken: bool) -> None:
    assert (refusal(address, "relay", Allowed(), mail=True) is None) == taken


def test_what_an_administrator_names_is_allowed_and_no_name_opens_a_metadata_service() -> None:
    allowed = allowed_of("Relay.example, 10.2.0.0/24 ,::1")
    assert refusal("10.9.9.9", "relay.example.", allowed) is None
    assert refusal("10.2.0.7", "any", allowed) is None
    assert refusal("10.2.1.7", "any", allowed) is not None
    assert refusal("169.254.169.254", "relay.example", allowed) is not None


@pytest.mark.parametrize("text", ["10.0.0.0/99", "a b", "10.0.0", "fe80:::1"])
def test_what_is_no_host_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="no host name"):
        allowed_of(text)


async def test_one_answer_is_checked_and_used_so_that_rebinding_gains_nothing() -> None:
    answers = [["93.184.215.14", "127.0.0.1"], ["127.0.0.1"]]
    asked = []

    async def changing(host: str, port: int) -> list[str]:
        asked.append(host)
        return answers.pop(0)

    for _ in range(2):
        with pytest.raises(ChannelError, match="is inside"):
            await post("https://rebind.example/x", Post({}, "k", None, 0), Allowed(), changing)
    assert asked == ["rebind.example"] * 2


@pytest.mark.parametrize(
    "url",
    ["ntfy://inner.example/alerts", "slack://inner.example", "gotify://inner.example/token", "xml://inner.example/"],
)
async def test_apprise_reaches_nothing_inside_even_when_its_own_lookup_is_answered_so(
    url: str, monkeypatch: Any
) -> None:
    def inside(host: Any, port: Any = None, *more: Any, **given: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port or 0))]

    monkeypatch.setattr(lookup, "_ask", inside)
    if url.startswith("slack"):
        url = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    with pytest.raises(ChannelError, match="is inside"):
        await deliver(url, Text("t", "b"))


def test_lookups_outside_a_delivery_are_as_ever() -> None:
    assert socket.getaddrinfo("127.0.0.1", 80)


def test_a_signature_is_hmac_of_time_and_body() -> None:
    mac = hmac.new(b"secret", b'1700000000.{"a":1}', hashlib.sha256).hexdigest()
    assert signature("secret", b'{"a":1}', 1_700_000_000) == f"t=1700000000,v1={mac}"


def test_credentials_leave_the_url_and_headers_cannot_be_forged() -> None:
    found = target_of(
        "jsons://kim:p%40ss@hook.example:8443/a b".replace(" ", "%20") + "?x=1&+X-Key=v&+Host=evil&+A=b%0d%0ac"
    )
    assert found.url == "https://hook.example:8443/a%20b?x=1"
    assert found.headers == {"Authorization": "Basic a2ltOnBAc3M=", "X-Key": "v"}
