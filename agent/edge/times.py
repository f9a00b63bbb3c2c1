"""The building's own clock: when it is night, and a moment as people there read it. Pure."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from protocols.clock import utc
from protocols.errors import OptionError

NIGHT_FROM, NIGHT_TO = 22, 5
"""Hours of the building's clock, as the collector's rules have them."""


@dataclass(frozen=True, slots=True)
class Night:
    """`zone` None: the machine's own."""

    zone: tzinfo | None = None

    def local(self, time_ms: int) -> datetime:
        """The moment by the building's clock."""
        return utc(time_ms).astimezone(self.zone)

    def is_night(self, time_ms: int) -> bool:
        """Whether it is between 22:00 and 05:00 there."""
        hour = self.local(time_ms).hour
        return hour >= NIGHT_FROM or hour < NIGHT_TO

    def clock(self, time_ms: int, now_ms: int) -> str:
        """`07:21`, with the day where it is another than now's."""
        moment, now = self.local(time_ms), self.local(now_ms)
        return f"{moment:%H:%M}" if moment.date() == now.date() else f"{moment:%a %Y-%m-%d %H:%M}"


def night(zone: str, where: str) -> Night:
    """The clock of the zone called so; "" is the machine's own. Raises `OptionError`."""
    if not zone:
        return Night()
    try:
        return Night(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise OptionError(
            f"{where}: timezone = {zone!r} is not known here; write for instance America/Chicago"
        ) from error
