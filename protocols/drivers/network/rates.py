"""Counters to rates. A wrap is followed; a reset, a restart, a gap or a doubt gives no rate at all, never a peak. Pure."""

from typing import NamedTuple

WRAP_32 = 1 << 32
MOST_SECONDS = 3600.0
"""Over a longer pause a rate says nothing of now."""
IMPLAUSIBLE = 1.5
"""A rate this many times the line's speed is no traffic: counters were reset by something the device did not tell."""
UNKNOWN_SPEED = 400e9
"""bit/s that are believed of a line whose speed is not known."""


class Counters(NamedTuple):
    """One interface's counters. Octets and packets, None where it has none; `wide`: octets are 64 bits wide.

    `broken` is ifCounterDiscontinuityTime: another value means that the counters were set anew; `speed` bit/s, 0 unknown.
    """

    received: int | None
    sent: int | None
    wide: bool
    errors: tuple[int | None, ...] = ()
    discards: tuple[int | None, ...] = ()
    broadcast: int | None = None
    broken: int | None = None
    speed: float = 0.0


class Rates(NamedTuple):
    """What passed a second: bit/s, packets a second; None where it cannot be told."""

    received: float | None = None
    sent: float | None = None
    errors: float | None = None
    discards: float | None = None
    broadcast: float | None = None


def rates(before: Counters, now: Counters, seconds: float) -> Rates:
    """The rates between two looks, `seconds` apart, at an interface that was not restarted between them."""
    if not 0 < seconds <= MOST_SECONDS or before.broken != now.broken or before.wide != now.wide:
        return Rates()
    speed = max(before.speed, now.speed) or UNKNOWN_SPEED
    most = speed * IMPLAUSIBLE * seconds / 8
    if not now.wide and speed * seconds / 8 >= WRAP_32 and now.speed:
        octets: list[int | None] = [None, None]  # it may have wrapped more than once: who knows
    else:
        octets = [
            grown(old, new, None if now.wide else WRAP_32, most)
            for old, new in ((before.received, now.received), (before.sent, now.sent))
        ]
    packets = most / 64 if most / 64 > 1000 else 1000.0
    return Rates(
        _rate(octets[0], 8 / seconds),
        _rate(octets[1], 8 / seconds),
        _together(before.errors, now.errors, packets, seconds),
        _together(before.discards, now.discards, packets, seconds),
        _rate(grown(before.broadcast, now.broadcast, None, packets), 1 / seconds),
    )


def grown(before: int | None, now: int | None, wrap: int | None, most: float) -> int | None:
    """By how much a counter grew; over its `wrap` where it has one; None when it was set back, or grew more than `most`."""
    if before is None or now is None or before < 0 or now < 0:
        return None
    growth = now - before
    if growth < 0 and wrap is not None and before < wrap:
        growth += wrap
    return growth if 0 <= growth <= most else None


def _together(before: tuple[int | None, ...], now: tuple[int | None, ...], most: float, seconds: float) -> float | None:
    """Several 32-bit counters as one rate, of those that can be told.

    They are not followed over a wrap: 4 billion errors are rarer than a line card that begins anew, and that one would be a peak.
    """
    growths = [grown(old, new, None, most) for old, new in zip(before, now, strict=False)]
    known = [growth for growth in growths if growth is not None]
    return sum(known) / seconds if known else None


def _rate(growth: int | None, factor: float) -> float | None:
    return None if growth is None else growth * factor
