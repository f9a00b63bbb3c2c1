"""Whether a camera dates its own snapshot minutes back, by the headers of the answer. Pure."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

STALE_S = 600.0
"""A snapshot that is made when it is asked for is seconds old."""
BOGUS_S = 366 * 86400.0
"""A file's date from before the camera knew the time says nothing."""


def is_stale(date: str | None, last_modified: str | None) -> bool:
    """Whether `Last-Modified` is ten minutes and more before `Date`, both of the camera's clock, and no more than a year."""
    now, made = _moment(date), _moment(last_modified)
    return now is not None and made is not None and STALE_S <= (now - made).total_seconds() <= BOGUS_S


def _moment(text: str | None) -> datetime | None:
    """An HTTP date (RFC 9110, 5.6.7), or None."""
    try:
        found = parsedate_to_datetime(text[:64]) if text else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found
