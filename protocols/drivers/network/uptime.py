"""Whether the device was restarted between two polls: sysUpTime goes back by a restart, and every 497 days by itself. Pure."""

from typing import NamedTuple

TICKS = 1 << 32
TICKS_A_SECOND = 100
ENGINE_MOST = (1 << 31) - 1
"""snmpEngineTime counts seconds up to here (68 years), so that it tells a wrap from a restart (RFC 3411 section 5)."""


class Standing(NamedTuple):
    """What a device said of its age. `at` is our monotonic clock in seconds, `ticks` sysUpTime in hundredths of a second,
    `boots` and `engine` snmpEngineBoots and snmpEngineTime (s), None where it has none.
    """

    at: float
    ticks: int
    boots: int | None = None
    engine: int | None = None


def uptime(now: Standing) -> float:
    """Seconds since the management started: by the engine's time where sysUpTime has wrapped under it."""
    seconds = now.ticks / TICKS_A_SECOND
    if now.engine is None or not 0 <= now.engine <= ENGINE_MOST:
        return seconds
    wrapped = now.engine - seconds
    period = TICKS / TICKS_A_SECOND
    turns = round(wrapped / period)
    near = abs(wrapped - turns * period) <= max(300.0, 0.001 * now.engine)
    return seconds + turns * period if turns > 0 and near else seconds


def restarted(before: Standing, now: Standing) -> bool:
    """Whether it was restarted since `before`: its age is less than what has passed allows, and no wrap explains it."""
    passed = now.at - before.at
    slack = max(10.0, 0.02 * passed)
    if before.boots is not None and now.boots is not None and now.boots != before.boots:
        return now.ticks / TICKS_A_SECOND <= passed + slack
    grown = (now.ticks - before.ticks) / TICKS_A_SECOND
    if grown >= passed - slack:
        return False
    if before.engine is not None and now.engine is not None and before.boots is not None and before.boots == now.boots:
        return now.engine - before.engine < passed - slack
    return abs(grown + TICKS / TICKS_A_SECOND - passed) > slack
