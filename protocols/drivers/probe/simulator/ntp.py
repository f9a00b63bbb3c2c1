"""A time server of stratum 2 that tells the given clock's time."""

from collections.abc import Collection

from protocols.clock import Clock
from protocols.drivers.probe.ntp import EPOCH, ERA, PACKET

OFF = 90.0
"""Seconds that it is ahead when its clock is off."""


def reply(data: bytes, clock: Clock, faults: Collection[str]) -> bytes | None:
    """The answer to a client's packet (RFC 5905, 9.2); None for anything else."""
    if len(data) < PACKET.size or data[0] & 7 != 3:
        return None
    now = clock.now_ms() / 1000 + EPOCH + (OFF if "clock-off" in faults else 0.0)
    stamp = int(now % ERA * ERA)
    origin = PACKET.unpack_from(data)[-1]
    leap, stratum, reference = 0, 2, bytes((192, 0, 2, 1))
    if "error" in faults:
        leap, stratum = 3, 16
    elif "wrong" in faults:
        leap, stratum, reference = 3, 0, b"RATE"
    return PACKET.pack(leap << 6 | 4 << 3 | 4, stratum, 6, -20, 300, 700, reference, stamp, origin, stamp, stamp)
