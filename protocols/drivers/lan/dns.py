"""How quickly a name server answers: one question over UDP (RFC 1035), for the root's name servers, which every resolver knows."""

import asyncio
import ipaddress
import secrets
import struct
from pathlib import Path
from typing import NamedTuple

from protocols.address import Place, read_place
from protocols.clock import Clock

PATIENCE = 2.0
MOST_SERVERS = 3
NO_ANSWER, ANSWERS, FAILS = 0.0, 1.0, 2.0
_SERVFAIL = 2


class Answer(NamedTuple):
    """`state` as in the catalogue; `seconds` None without an answer."""

    server: str
    state: float
    seconds: float | None


def servers(chosen: str | None, resolv: str = "/etc/resolv.conf") -> list[Place]:
    """The one that was chosen, or this machine's. Raises `OptionError` for a wrong choice."""
    if chosen is not None:
        return [read_place(chosen, 53, "dns_server")]
    try:
        lines = Path(resolv).read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return []
    words = [line.split() for line in lines[:200]]
    # With its zone: fe80::1 alone, as an IPv6 router announces itself, leads nowhere.
    found = [each[1] for each in words if len(each) > 1 and each[0] == "nameserver" and is_address(each[1])]
    return [Place(host, 53) for host in dict.fromkeys(found)][:MOST_SERVERS]


def is_address(text: str) -> bool:
    """Whether it is an IP address, perhaps with a zone."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


async def timed(place: Place, clock: Clock) -> Answer:
    """Ask one server."""
    label = place.host if place.port == 53 else str(place)
    loop = asyncio.get_running_loop()
    ear = _Ear(secrets.randbits(16), loop.create_future())
    began = clock.monotonic()
    try:
        async with asyncio.timeout(PATIENCE):
            transport, _ = await loop.create_datagram_endpoint(lambda: ear, remote_addr=(place.host, place.port))
            try:
                transport.sendto(ear.question)
                code = await ear.answer
            finally:
                transport.close()
    except OSError:  # TimeoutError is one
        return Answer(label, NO_ANSWER, None)
    return Answer(label, FAILS if code == _SERVFAIL else ANSWERS, clock.monotonic() - began)


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, number: int, answer: asyncio.Future[int]) -> None:
        self.question = struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + b"\0\0\x02\0\x01"
        self.answer = answer

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) >= 12 and data[:2] == self.question[:2] and data[2] & 0x80 and not self.answer.done():
            self.answer.set_result(data[3] & 15)

    def error_received(self, exc: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(exc)
