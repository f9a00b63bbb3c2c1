"""Pings: packets, and the kernel's own answers on loopback."""

import asyncio
import random
import socket
import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.address import Place
from protocols.clock import SystemClock
from protocols.drivers.probe.icmp import HEADER, KINDS, STAMP, TIMEVAL, _waited, checksum, ping, reply_to
from protocols.errors import DeviceError
from protocols.transports.stream import StreamError

from .conftest import Prober, state, value

TOKEN = bytes(range(16))
IPV4, IPV6 = KINDS[socket.AF_INET], KINDS[socket.AF_INET6]


def may_ping(family: int = socket.AF_INET, host: str = "127.0.0.1") -> bool:
    """Whether this machine lets us, and has the family."""
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            with socket.socket(family, kind, KINDS[socket.AddressFamily(family)].protocol) as made:
                made.connect((host, 1))
                return True
        except OSError:
            continue
    return False


needs_ping = pytest.mark.skipif(
    not may_ping(), reason="needs the right to ping (root, CAP_NET_RAW or ping_group_range)"
)


@given(st.binary(max_size=101))
def test_the_checksum_of_a_packet_with_its_checksum_is_zero(data: bytes) -> None:
    """RFC 1071: how a receiver tests it."""
    even = data + bytes(len(data) % 2)
    assert checksum(even + struct.pack("!H", checksum(even))) == 0


def test_the_example_of_rfc_1071() -> None:
    assert checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0xFFFF - 0xDDF2


def test_replies_are_told_from_all_else() -> None:
    reply = HEADER.pack(0, 0, 0, 7, 3) + TOKEN + bytes(40)
    header = bytes([0x46]) + bytes(23)  # a raw socket's IP header with options
    assert reply_to(reply, IPV4, TOKEN) == 3
    assert reply_to(header + reply, IPV4, TOKEN) == 3
    assert reply_to(HEADER.pack(8, 0, 0, 7, 3) + TOKEN, IPV4, TOKEN) == -1  # our own request, on loopback
    assert reply_to(HEADER.pack(0, 0, 0, 7, 3) + bytes(16), IPV4, TOKEN) == -1  # another program's
    assert reply_to(HEADER.pack(129, 0, 0, 7, 9) + TOKEN, IPV6, TOKEN) == 9


@given(st.binary(max_size=200), st.sampled_from([IPV4, IPV6]))
def test_any_packet_is_a_reply_or_not(data: bytes, kind: object) -> None:
    assert -1 <= reply_to(data, kind, TOKEN) <= 65535  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stamped_ms", "waited"),
    [
        (1000.0, 0.0),
        (995.0, 0.005),
        (700.5, 0.2995),
        (1500.0, 0.0),
        (-100_000.0, 0.0),
    ],  # the last two: a clock that was set
)
def test_the_time_that_a_packet_lay_unread_does_not_count(stamped_ms: float, waited: float) -> None:
    stamp = TIMEVAL.pack(int(stamped_ms // 1000), int(stamped_ms % 1000 * 1_000_000))
    assert _waited([(socket.SOL_SOCKET, STAMP, stamp)], 1000) == pytest.approx(waited)
    assert _waited([(socket.SOL_SOCKET, STAMP, stamp[:-1]), (0, 0, b"")], 1000) == 0


class Busy(SystemClock):
    """Holds the loop up for 200 ms after each packet, while its answer waits in the socket."""

    async def sleep(self, seconds: float) -> None:
        time.sleep(0.2)
        await super().sleep(seconds)


@needs_ping
async def test_a_busy_program_is_not_a_slow_network() -> None:
    took = await ping(Place("127.0.0.1", 0), 4, 0.001, 2, Busy())
    assert [each is not None and each < 0.15 for each in took] == [True] * 4


@needs_ping
async def test_loopback_answers(probe: Prober) -> None:
    reading = await probe("127.0.0.1", spacing=0.01)
    assert state(reading) == 1
    assert value(reading, "probe.loss") == 0
    fastest, median, slow = (value(reading, "probe.round.trip", each) for each in ("min", "median", "p95"))
    assert 0 <= fastest <= median <= slow < 1


@pytest.mark.skipif(not may_ping(socket.AF_INET6, "::1"), reason="needs IPv6 and the right to ping")
async def test_ipv6_loopback_answers(probe: Prober) -> None:
    assert state(await probe("icmp://[::1]", spacing=0.01, count=3)) == 1


@needs_ping
async def test_a_name_that_is_none(probe: Prober) -> None:
    reading = await probe("icmp://no-such-host.invalid")
    assert state(reading) in (0, 255)
    assert "no-such-host.invalid" in str(reading.attributes["answer"]) or state(reading) == 255


async def test_without_the_right_the_message_says_the_fix(monkeypatch: pytest.MonkeyPatch, probe: Prober) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(socket.socket, "__init__", refuse)
    with pytest.raises(DeviceError, match="ping_group_range"):
        await probe("127.0.0.1")


@needs_ping
async def test_trains_side_by_side_keep_apart() -> None:
    """Raw sockets see every program's replies."""
    clock = SystemClock()
    trains = [ping(Place("127.0.0.1", 0), 20, 0.001 * random.randint(1, 5), 2, clock) for _ in range(8)]
    for took in await asyncio.gather(*trains):
        assert None not in took


@needs_ping
async def test_a_network_that_cannot_be_sent_to() -> None:
    with pytest.raises(StreamError) as refused:
        await ping(Place("255.255.255.255", 0), 1, 0.01, 0.2, SystemClock())
    assert refused.value.reason in ("no route", "unreachable", "reset")
