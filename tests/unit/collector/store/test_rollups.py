"""The stretches that are refreshed for marked hours."""

from datetime import UTC, datetime, timedelta

from collector.store.rollups import spans

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST = datetime(2026, 3, 4, 22, tzinfo=UTC)


def test_hours_that_touch_are_one_stretch() -> None:
    hours = [FIRST, FIRST + HOUR, FIRST + 5 * HOUR]
    assert spans(hours, HOUR) == [(FIRST, FIRST + 2 * HOUR), (FIRST + 5 * HOUR, FIRST + 6 * HOUR)]


def test_days_are_whole_days() -> None:
    midnight = FIRST.replace(hour=0)
    assert spans([FIRST, FIRST + 5 * HOUR], DAY) == [(midnight, midnight + 2 * DAY)]
    assert spans([], DAY) == []
