"""A small train of ICMP echo requests (RFC 792, RFC 4443), timed by the kernel's own receive stamps.

A stamp of our own would count how long this program was busy as a slow network. An unprivileged socket where the system
allows it, else a raw one. Nothing but echo requests is sent.
"""

import asyncio
import contextlib
import secrets
import socket
import struct
from collections.abc import Iterator
from typing import NamedTuple

from protocols.address import Place
from protocols.clock import Clock
from protocols.errors import DeviceError
from protocols.transports.stream import StreamError
from protocols.transports.stream.failure import failed
from protocols.transports.stream.lookup import Endpoint, lookup

HEADER = struct.Struct("!BBHHH")
"""Type, code, checksum, identifier, sequence number."""
TIMEVAL = struct.Struct("@ll")
STAMP = getattr(socket, "SO_TIMESTAMPNS", 35)  # Linux; Python does not name it
LEAD = 0.02
"""Seconds before the first packet: the kernel begins to stamp a moment after it was asked to."""
BYTES = 56
"""Payload of `ping`."""
TOKEN = 16
NO_RIGHT = (
    "this program may not send pings: allow it with `sysctl -w net.ipv4.ping_group_range='0 2147483647'` (for good: `net.ipv4.ping_group_range"
    " = 0 2147483647` in a file in /etc/sysctl.d); or check a port with tcp://host:port"
)


class Kind(NamedTuple):
    """The numbers of a family: protocol, echo request, echo reply."""

    protocol: int
    request: int
    reply: int


KINDS = {socket.AF_INET: Kind(1, 8, 0), socket.AF_INET6: Kind(58, 128, 129)}


async def ping(place: Place, count: int, spacing: float, wait: float, clock: Clock) -> tuple[float | None, ...]:
    """Seconds of each round trip, None where no answer came within `wait` seconds of the last packet.

    Raises `StreamError` for a name without address and a network that refuses, `DeviceError` without the right to ping.
    """
    endpoint = (await lookup(place))[0]
    train = _Train(_socket(endpoint, place), KINDS[socket.AddressFamily(endpoint.family)], clock, count)
    loop = asyncio.get_running_loop()
    loop.add_reader(train.socket, train.read)
    try:
        for number in range(count):
            await clock.sleep(spacing if number else LEAD)
            train.send(number, endpoint, place)
        async with asyncio.timeout(wait):
            await train.complete.wait()
    except TimeoutError:
        pass
    finally:
        loop.remove_reader(train.socket)
        train.socket.close()
    return tuple(train.took)


def _socket(endpoint: Endpoint, place: Place) -> socket.socket:
    if not hasattr(socket.socket, "recvmsg"):
        raise DeviceError("this system sends no pings for programs (Windows): check a port with tcp://host:port")
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            made = socket.socket(endpoint.family, kind, KINDS[socket.AddressFamily(endpoint.family)].protocol)
        except PermissionError:
            continue
        except OSError as error:
            raise failed(error, place) from error
        made.setblocking(False)
        with contextlib.suppress(OSError):  # not Linux: our own stamps must do
            made.setsockopt(socket.SOL_SOCKET, STAMP, 1)
        return made
    raise DeviceError(NO_RIGHT)


class _Train:
    def __init__(self, raw: socket.socket, kind: Kind, clock: Clock, count: int) -> None:
        self.socket, self.took, self.complete = raw, [None] * count, asyncio.Event()
        self._kind, self._clock, self._token = kind, clock, secrets.token_bytes(TOKEN)
        self._sent: dict[int, float] = {}
        self._identifier = secrets.randbits(16)

    took: list[float | None]

    def send(self, number: int, endpoint: Endpoint, place: Place) -> None:
        """One packet. What this machine's own queue refuses counts as lost; what it can never send raises."""
        payload = self._token + bytes(BYTES - TOKEN)
        head = HEADER.pack(self._kind.request, 0, 0, self._identifier, number)
        packet = HEADER.pack(self._kind.request, 0, checksum(head + payload), self._identifier, number) + payload
        self._sent[number] = self._clock.monotonic()
        try:
            self.socket.sendto(packet, endpoint.address)
        except BlockingIOError:
            return
        except PermissionError as error:
            raise StreamError(
                "no route", f"{place.host}: this machine's own firewall does not let pings out"
            ) from error
        except OSError as error:
            raise failed(error, place) from error

    def read(self) -> None:
        """What has arrived; whatever is no answer to this train is left alone."""
        for _ in range(64):
            try:
                data, ancillary, _, _ = self.socket.recvmsg(2048, 256)
            except BlockingIOError:
                return
            except OSError:
                continue  # an ICMP error that the kernel tells of: the packet is lost
            now, wall = self._clock.monotonic(), self._clock.now_ms()
            number = reply_to(data, self._kind, self._token)
            if number in self._sent and self.took[number] is None:
                self.took[number] = max(0.0, now - _waited(ancillary, wall) - self._sent[number])
                if None not in self.took:
                    self.complete.set()


def reply_to(data: bytes, kind: Kind, token: bytes) -> int:
    """The sequence number that `data` answers, -1 for what is no echo reply to `token`."""
    if kind.protocol == 1 and data[:1] and data[0] >> 4 == 4:  # a raw socket gives the IP header, too
        data = data[(data[0] & 15) * 4 :]
    if len(data) < HEADER.size + TOKEN:
        return -1
    said, code, _, _, number = HEADER.unpack_from(data)
    if (said, code) != (kind.reply, 0) or data[HEADER.size :][:TOKEN] != token:
        return -1
    return int(number)


def _waited(ancillary: list[tuple[int, int, bytes]], wall_ms: int) -> float:
    """Seconds that a packet lay in the socket before it was read, as far as milliseconds tell; 0 without a stamp."""
    for stamp in _stamps(ancillary):
        waited = wall_ms - stamp
        return waited / 1000 if 2.0 <= waited <= 60_000 else 0.0
    return 0.0


def _stamps(ancillary: list[tuple[int, int, bytes]]) -> Iterator[float]:
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == STAMP and len(data) == TIMEVAL.size:
            seconds, nanoseconds = TIMEVAL.unpack(data)
            yield seconds * 1000 + nanoseconds / 1_000_000


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data[: len(data) // 2 * 2]))
    total += data[-1] << 8 if len(data) % 2 else 0
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF
