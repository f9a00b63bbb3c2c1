"""One question to a time server (RFC 5905, client mode). The transmit stamp is random: the server need not know our time."""

import secrets
import struct
from typing import NamedTuple

from protocols.clock import Clock
from protocols.drivers.probe.answers import Ntp
from protocols.drivers.probe.datagram import converse
from protocols.drivers.probe.target import Aim
from protocols.transports.stream import Stopwatch
from protocols.transports.stream.lookup import lookup

PACKET = struct.Struct("!BBbb II 4s Q Q Q Q")
"""Leap, version, mode; stratum; poll; precision; root delay and dispersion; reference; four stamps (RFC 5905, 7.3)."""
CLIENT = 0x23
"""Version 4, mode 3."""
EPOCH = 2_208_988_800
"""Seconds from 1900 to 1970."""
ERA = 1 << 32
HALF_MS = 0.5
"""Our wall clock tells whole milliseconds, cut off: their middle is half a millisecond on. Offsets are good to that."""


class Heard(NamedTuple):
    """An answer: `received` and `sent` are seconds since 1900 by the server, modulo an era of 136 years."""

    leap: int
    stratum: int
    reference: str
    distance: float
    received: float
    sent: float


async def ask(aim: Aim, timeout: float, clock: Clock) -> Ntp:
    """What the server says of the time. Raises `StreamError`."""
    watch = Stopwatch(clock)
    watch.enter("lookup")
    endpoint = (await lookup(aim.place))[0]
    watch.enter("")
    cookie = secrets.randbits(64)
    question = PACKET.pack(CLIENT, 0, 0, 0, 0, 0, b"", 0, 0, 0, cookie)
    heard, took = await converse(
        endpoint, aim.place, question, lambda data: read(data, cookie), (timeout * 0.3, timeout * 0.6), clock
    )
    phases = {**watch.seconds, "first byte": took}
    # The wall clock of now less the monotonic round trip: a step of the clock in between does no harm.
    came = (clock.now_ms() + HALF_MS) / 1000 + EPOCH
    return measured(heard, came - took, came, {**phases, "total": sum(phases.values())})


def read(data: bytes, cookie: int) -> Heard | None:
    """An answer of a server to the question that bore `cookie`; None for anything else."""
    if len(data) < PACKET.size:
        return None
    first, stratum, _, _, delay, dispersion, reference, _, origin, received, sent = PACKET.unpack_from(data)
    if first & 7 != 4 or origin != cookie:
        return None
    return Heard(
        first >> 6,
        stratum,
        _reference(stratum, reference),
        (delay / 2 + dispersion) / 65536,
        received / ERA,
        sent / ERA,
    )


def measured(heard: Heard, asked: float, came: float, phases: dict[str, float]) -> Ntp:
    """Offset and delay from the four stamps (RFC 5905, 8), whichever eras they lie in."""
    if heard.stratum == 0:
        return Ntp(0.0, came - asked, heard.leap, 0, heard.reference, heard.distance, phases)
    offset = (_difference(heard.received, asked) + _difference(heard.sent, came)) / 2
    delay = max(0.0, (came - asked) - _difference(heard.sent, heard.received))
    return Ntp(round(offset, 6), delay, heard.leap, heard.stratum, heard.reference, heard.distance, phases)


def _difference(one: float, other: float) -> float:
    return (one - other + ERA / 2) % ERA - ERA / 2


def _reference(stratum: int, raw: bytes) -> str:
    """A kiss code or the kind of clock as text; a server further down names the address of its own source."""
    if stratum > 1:
        return ".".join(map(str, raw))
    return raw.rstrip(b"\0").decode("ascii", "replace")
