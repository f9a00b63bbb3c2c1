"""What a level means: a share of what fits only where the printer says both, and a state of its own for all it does not say.

prtMarkerSuppliesLevel and prtInputCurrentLevel (RFC 3805): −1 no limit, −2 unknown, −3 some remains, else a count in the
unit; prtMarkerSuppliesMaxCapacity and prtInputMaxCapacity: −1 no limit, −2 unknown. PWG 5100.13 printer-supply and
printer-input-tray carry the same numbers.
"""

from typing import NamedTuple

from protocols.drivers.printer.seen import EMPTY, FULL, LOW, OK, SOME, UNKNOWN

PERCENT = 19
"""PrtMarkerSuppliesSupplyUnitTC: the level is a percentage by itself."""
NO_LIMIT, SOME_REMAINS = -1, -3
MOST = 2**31 - 1


class Level(NamedTuple):
    """`percent` 0 to 100: what is left, or the room left; None where the printer gives no figure."""

    percent: float | None
    state: int


def left(level: int | None, most: int | None, unit: int | None, low: float) -> Level:
    """Of a supply that is used up, or of a tray. `low` is the percentage from which it counts as low."""
    special = _special(level)
    if special is not None or level is None:
        return special or Level(None, UNKNOWN)
    share = percentage(level, most, unit)
    if share is not None:
        return Level(share, EMPTY if share <= 0 else LOW if share <= low else OK)
    if level == 0:
        return Level(None, UNKNOWN if most == 0 else EMPTY)
    return Level(None, SOME)


def room(level: int | None, most: int | None, unit: int | None, low: float) -> Level:
    """Of a container that fills up, whose level is how full it is: the room left. Nearly full is low, without room full."""
    special = _special(level)
    if special is not None or level is None:
        return special or Level(None, UNKNOWN)
    share = percentage(level, most, unit)
    if share is None:
        return Level(None, SOME if level == 0 and most != 0 else UNKNOWN)
    space = 100.0 - share
    return Level(space, FULL if space <= 0 else LOW if space <= low else OK)


def percentage(level: int, most: int | None, unit: int | None) -> float | None:
    """0 to 100, or None: no maximum, or more than there can be (no peer's 150 %)."""
    if unit == PERCENT and 0 <= level <= 100:
        return float(level)
    if most is None or not 0 < most <= MOST or not 0 <= level <= most:
        return None
    return 100.0 * level / most


def _special(level: int | None) -> Level | None:
    if level == NO_LIMIT:
        return Level(None, OK)
    if level == SOME_REMAINS:
        return Level(None, SOME)
    if level is None or not 0 <= level <= MOST:
        return Level(None, UNKNOWN)
    return None
