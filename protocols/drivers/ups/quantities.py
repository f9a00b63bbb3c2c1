"""What a UPS's number, text or date means; None for what it uses to say that it does not know. Pure."""

import re
from collections.abc import Callable, Mapping
from datetime import date

from protocols.clock import utc
from protocols.transports.snmp.values import Value, text

Read = Callable[[Value], float | None]
"""A value as the device says it → in the metric's unit, None: it does not know."""
DAY = 86_400
MOST = 2**40
"""No figure of a UPS is larger."""


def scaled(factor: float, low: float, high: float) -> Read:
    """A number times `factor`, if that is within `low` and `high`. −1 is how agents say unknown."""

    def read(said: Value) -> float | None:
        number = _number(text(said)) if isinstance(said, bytes | str) else said
        if number is None or number == -1 or abs(number) > MOST or not low <= number * factor <= high:
            return None
        return round(number * factor, 3)

    return read


def _number(said: str) -> float | None:
    try:
        return float(said) if len(said) < 40 else None
    except ValueError:
        return None


def states(meanings: Mapping[int, int]) -> Read:
    """The device's enumeration → the metric's; one that the MIB does not name is unknown (255)."""
    return lambda said: float(meanings.get(said, 255)) if isinstance(said, int) else None


PERCENT, TENTHS_PERCENT = scaled(1, 0, 100), scaled(0.1, 0, 100)
LOAD, TENTHS_LOAD = scaled(1, 0, 999), scaled(0.1, 0, 999)
"""A load may be over 100 %."""
VOLT, TENTHS_VOLT = scaled(1, 0, 2000), scaled(0.1, 0, 2000)
HERTZ, TENTHS_HERTZ = scaled(1, 0, 100), scaled(0.1, 0, 100)
CELSIUS, TENTHS_CELSIUS = scaled(1, -40, 150), scaled(0.1, -40, 150)
WATT = scaled(1, 0, 10_000_000)
SECONDS, MINUTES, TICKS = scaled(1, 0, 7 * DAY), scaled(60, 0, 7 * DAY), scaled(0.01, 0, 7 * DAY)
"""A runtime of more than a week is how some say that nothing is connected."""
_ISO = re.compile(r"\D{0,3}(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\b")
_US = re.compile(r"\D{0,3}(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})\b")


def day(said: Value | None) -> date | None:
    """A date as devices write it: year first, or month first as in the United States (day first where only that can be)."""
    words = text(said)
    if found := _ISO.match(words):
        year, month, number = map(int, found.groups())
    elif found := _US.match(words):
        month, number, year = map(int, found.groups())
        year += 0 if year >= 100 else 2000 if year < 70 else 1900
        if month > 12:
            month, number = number, month
    else:
        return None
    try:
        return date(year, month, number) if year >= 1990 else None
    except ValueError:
        return None


def days_since(said: Value | None, now_ms: int) -> float | None:
    """Whole days from a date until now; negative for one to come."""
    then = day(said)
    return None if then is None else float((utc(now_ms).date() - then).days)
