"""XML Schema values as numbers: xs:dateTime, xs:duration, xs:boolean and what devices write in their place. Pure."""

import re
from datetime import UTC, datetime, timedelta, timezone

_DATE_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,12}))?\s*(Z|[+-]\d\d:?\d\d)?", re.ASCII
)
_DURATION = re.compile(
    r"(-)?P(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})D)?"
    r"(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?",
    re.ASCII,
)
_SECONDS = (31_556_952, 2_629_746, 86_400, 3_600, 60, 1)
"""Of a mean Gregorian year and month, a day, hour, minute, second."""


def date_time_ms(text: str) -> int | None:
    """xs:dateTime as ms since the epoch; one without a zone is UTC, as ONVIF has it. None where it is no date and time."""
    found = _DATE_TIME.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.group(1, 2, 3, 4, 5, 6))
    return moment_ms((year, month, day), (hour, minute, second), found[7] or "", found[8] or "Z")


def moment_ms(
    date: tuple[int, int, int], time: tuple[int, int, int], fraction: str = "", zone: str = "Z"
) -> int | None:
    """A civil date and time (24:00:00 and leap seconds allowed) in a zone (Z, +hh:mm) as ms since the epoch, or None."""
    hour, minute, second = time
    late = timedelta(days=1) if time == (24, 0, 0) else timedelta(seconds=1) if second == 60 else timedelta()
    if late.days:
        hour = 0
    try:
        at = datetime(*date, hour, minute, min(second, 59), tzinfo=_zone(zone)) + late
    except (ValueError, OverflowError):
        return None
    seconds = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    return seconds * 1000 + int(fraction[:3].ljust(3, "0") or 0)


def duration_s(text: str) -> float | None:
    """xs:duration in seconds; a year and a month are mean ones. None where it is no duration."""
    found = _DURATION.fullmatch(text.strip())
    if found is None or not any(found.groups()[1:]):
        return None
    parts = zip(found.groups()[1:], _SECONDS, strict=True)
    total = sum(float(part) * seconds for part, seconds in parts if part)
    return -total if found[1] else total


def boolean(text: str) -> bool | None:
    """xs:boolean, in any case, and the words devices use for it; None for anything else."""
    return {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}.get(text.strip().lower())


def written(ms: int) -> str:
    """ms since the epoch as xs:dateTime in UTC, as UsernameToken and events have it."""
    at = datetime.fromtimestamp(ms // 1000, tz=UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


def _zone(text: str) -> timezone:
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    shift = timedelta(hours=hours, minutes=minutes)
    return timezone(-shift if text[0] == "-" else shift)
