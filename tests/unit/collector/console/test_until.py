"""Until when a problem is put off."""

from datetime import UTC, date, datetime

import pytest

from collector.calendar.school import DayKind, SchoolCalendar, SchoolDay
from collector.console.until import until

NEW_YORK = SchoolCalendar("America/New_York", {date(2026, 3, 9): SchoolDay(date(2026, 3, 9), DayKind.HOLIDAY)})


@pytest.mark.parametrize(
    ("choice", "now", "then"),
    [
        ("2h", datetime(2026, 3, 3, 12, tzinfo=UTC), datetime(2026, 3, 3, 14, tzinfo=UTC)),
        ("1w", datetime(2026, 3, 3, 12, tzinfo=UTC), datetime(2026, 3, 10, 12, tzinfo=UTC)),
        ("bell", datetime(2026, 3, 3, 12, tzinfo=UTC), datetime(2026, 3, 4, 12, 30, tzinfo=UTC)),
        ("bell", datetime(2026, 3, 4, 3, tzinfo=UTC), datetime(2026, 3, 4, 12, 30, tzinfo=UTC)),
        ("bell", datetime(2026, 3, 6, 20, tzinfo=UTC), datetime(2026, 3, 10, 11, 30, tzinfo=UTC)),
    ],
    ids=["hours", "week", "tomorrow", "late-evening-local", "weekend-holiday-and-summer-time"],
)
def test_until(choice: str, now: datetime, then: datetime) -> None:
    assert until(choice, now, NEW_YORK) == then


def test_with_no_school_in_sight_it_is_a_day() -> None:
    closed = SchoolCalendar(week=(None,) * 7)
    now = datetime(2026, 7, 3, 12, tzinfo=UTC)
    assert until("bell", now, closed) == datetime(2026, 7, 4, 12, tzinfo=UTC)


def test_a_choice_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="Choose until when"):
        until("", datetime(2026, 3, 3, tzinfo=UTC), NEW_YORK)
