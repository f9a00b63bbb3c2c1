"""Answers to probes: bounded, merged by UUID, scopes read; anything else is left out."""

import asyncio
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.address import Place
from protocols.clock import ManualClock
from protocols.transports.onvif.simulated import Responder
from protocols.transports.soap.discovery import (
    MOST_ANSWERS,
    Scopes,
    _Heard,
    answers,
    dashed,
    message,
    probe,
    read_scopes,
)
from protocols.transports.soap.xml import find, parse, text

ASKED = "0" * 31 + "1"
UUID = "0a1b2c3d-0000-4000-8000-020000000001"
ROOT = "onvif://www.onvif.org/"


def matched(
    uuid: str = UUID, scopes: tuple[str, ...] = (), number: str = dashed(ASKED), url: str = "http://10.1.2.3/x"
) -> bytes:
    return Responder(uuid, ["tds:Device"], lambda: list(scopes), lambda: url).message(f"urn:uuid:{number}")


def test_a_probe_names_its_type() -> None:
    root = parse(message(ASKED, "dn:NetworkVideoTransmitter"))
    assert text(find(root, "s:Body/d:Probe/d:Types")) == "dn:NetworkVideoTransmitter"
    assert text(find(root, "s:Header/a:MessageID")) == f"urn:uuid:{dashed(ASKED)}"


def test_an_answer_is_read() -> None:
    [answer] = answers(matched(scopes=(ROOT + "name/Main%20Gym",)), {ASKED}, "10.1.2.3")
    assert (answer.endpoint, answer.addresses, answer.types) == (UUID, ("http://10.1.2.3/x",), ("Device",))
    assert answer.scopes.name == "Main Gym"


@pytest.mark.parametrize("raw", [b"", b"garbage", b"<a/>", matched(number="f" * 32), b"<a>" * 50_000, b"x" * 60_000])
def test_what_answers_no_probe_of_ours_is_left_out(raw: bytes) -> None:
    assert answers(raw, {ASKED}, "10.1.2.3") == []


def test_two_answers_of_one_device_are_one() -> None:
    heard = _Heard({ASKED})
    heard.datagram_received(matched(url="http://10.1.2.3/x"), ("10.1.2.3", 3702))
    heard.datagram_received(matched(uuid=UUID.upper(), url="http://10.9.2.3/x"), ("10.9.2.3", 3702))
    [answer] = heard.answers.values()
    assert answer.addresses == ("http://10.1.2.3/x", "http://10.9.2.3/x")
    assert answer.source == "10.1.2.3"


def test_a_flood_of_answers_is_bounded() -> None:
    heard = _Heard({ASKED})
    for number in range(MOST_ANSWERS + 500):
        heard.datagram_received(matched(uuid=dashed(f"{number:032x}")), ("10.1.2.3", 3702))
    assert len(heard.answers) == MOST_ANSWERS


def test_scopes_of_all_kinds() -> None:
    said = (
        "name/Lobby%201",
        "hardware/X-1",
        "location/country/us",
        "location/Gym",
        "Profile/Streaming",
        "Profile/T",
        "MAC/AABBCCDDEEFF",
    )
    assert read_scopes([ROOT + each for each in said] + ["http://else/name/no"]) == Scopes(
        "Lobby 1", "X-1", "us, Gym", "aa:bb:cc:dd:ee:ff", ("Streaming", "T")
    )


@given(st.lists(st.text(max_size=40).map(lambda text: ROOT + text), max_size=10))
def test_any_scopes(uris: list[str]) -> None:
    assert len(read_scopes(uris).name) <= 200


@given(st.integers(0, 2000), st.integers(0, 255))
def test_a_damaged_answer_is_an_answer_or_none(place: int, byte: int) -> None:
    good = matched()
    place %= len(good)
    assert len(answers(good[:place] + bytes((byte,)) + good[place + 1 :], {ASKED}, "10.1.2.3")) <= 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
async def test_one_address_is_asked_by_name_and_over_ipv6(host: str) -> None:
    heard: list[bytes] = []

    class Listener(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: object) -> None:
            heard.append(data)

    clock = ManualClock()
    family = socket.getaddrinfo(host, 0, type=socket.SOCK_DGRAM)[0][0]
    try:
        listening, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            Listener, (host if ":" in host else "127.0.0.1" if family == socket.AF_INET else "::1", 0)
        )
    except OSError as error:
        pytest.skip(f"no such address on this machine: {error}")
    asking = asyncio.create_task(probe(clock, Place(host, listening.get_extra_info("sockname")[1])))
    async with asyncio.timeout(5):
        while len(heard) < 2:
            await asyncio.sleep(0)
    await clock.advance(5)
    assert await asking == []
    listening.close()
