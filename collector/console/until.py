"""Until when a problem is put off, by the words of the form. Pure; `now` is given."""

from datetime import datetime, timedelta

from collector.calendar.school import SchoolCalendar
from protocols.clock import utc

UNTIL = {"bell": "until the next school day's first bell", "2h": "for 2 hours", "1d": "for a day", "1w": "for a week"}
_LENGTHS = {"2h": timedelta(hours=2), "1d": timedelta(days=1), "1w": timedelta(days=7)}


def until(choice: str, now: datetime, calendar: SchoolCalendar) -> datetime:
    """When it is seen again. `bell`: when school next begins after today; with no school day known, tomorrow at this time.

    Raises `ValueError` for a choice that is none.
    """
    if choice in _LENGTHS:
        return now + _LENGTHS[choice]
    if choice != "bell":
        raise ValueError("Choose until when it is to be put off.")
    today = calendar.local(round(now.timestamp() * 1000)).date()
    day = calendar.next_school_day(today)
    if day is None or day.opens is None:
        return now + timedelta(days=1)
    return utc(calendar.at(day.date, day.opens))
