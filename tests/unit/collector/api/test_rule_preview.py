"""From when on a preview judges where there are more samples than it reads."""

from datetime import UTC, datetime, timedelta

import pytest

from collector.api.rule_preview import MOST_SAMPLES, bounded

NOW = datetime(2026, 9, 10, 15, tzinfo=UTC)
TODAY = datetime(2026, 9, 10, tzinfo=UTC)
START = NOW - timedelta(days=30)


def days(points: int) -> list[dict[str, object]]:
    return [
        {"point_id": point, "time": TODAY - timedelta(days=ago), "min": 1.0, "max": 99.0, "count": 1440 if ago else 900}
        for ago in range(30)
        for point in range(points)
    ]


@pytest.mark.parametrize(("points", "whole"), [(1, True), (5, True), (100, False), (600, False), (10_000, False)])
def test_something_is_always_judged_and_no_more_than_is_read(points: int, whole: bool) -> None:
    found = days(points)
    since, _ = bounded(found, found, START, NOW)
    read = points * (NOW - since).total_seconds() / 60
    assert (since == START) is whole
    assert whole or MOST_SAMPLES * 0.6 <= read <= MOST_SAMPLES * 1.01


def test_what_is_calm_is_not_read_and_hides_no_day() -> None:
    found = days(600)
    since, calm = bounded(found[:30], found, START, NOW)
    assert since == START or since < TODAY
    assert len(calm[TODAY]) == 570
