"""Times in the building's zone; ages; when the last school day ended."""

from datetime import UTC, datetime, timedelta

import pytest

from collector.calendar.zones import zone
from collector.console.times import age, age_tag, clock_time, day_tag, in_full, last_school_day, time_tag

NOW = datetime(2026, 3, 3, 12, 25, tzinfo=UTC)
NEW_YORK = zone("America/New_York")


@pytest.mark.parametrize(
    ("seconds", "words"), [(-5, "0 s"), (8.9, "8 s"), (60, "1 min"), (7199, "1 h"), (86_400 * 12, "12 d")]
)
def test_age(seconds: float, words: str) -> None:
    assert age(seconds) == words


@pytest.mark.parametrize(
    ("back", "words"),
    [
        (timedelta(minutes=6), "07:19"),
        (timedelta(hours=10), "yesterday 21:25"),
        (timedelta(days=3), "Sat 07:25"),
        (timedelta(days=40), "22 Jan 07:25"),
        (timedelta(days=400), "27 Jan 2025"),
    ],
)
def test_clock_time_is_the_buildings(back: timedelta, words: str) -> None:
    assert clock_time(NOW - back, NOW, NEW_YORK) == words


def test_the_zone_is_on_hover() -> None:
    assert in_full(NOW, NEW_YORK) == "Tuesday 3 March 2026, 07:25:00 EST"
    assert 'datetime="2026-03-03T12:25:00.000Z" title="Tuesday 3 March 2026, 07:25:00 EST">07:25<' in time_tag(
        NOW, NOW, NEW_YORK
    )


def test_an_unknown_zone_is_utc() -> None:
    assert zone("Mars/Olympus") is UTC
    assert zone("../etc/passwd") is UTC


def test_a_day_is_said_in_the_buildings_time() -> None:
    tag = day_tag(datetime(2026, 3, 3, 4, 25, tzinfo=UTC), zone("America/New_York"))
    assert ">Monday 2 March, 23:25</time>" in tag
    assert "23:25:00 EST" in tag


def test_stale_is_a_word_too() -> None:
    fresh, old = (age_tag(NOW - timedelta(seconds=back), NOW, UTC, 180) for back in (180, 181))
    assert ">3 min ago<" in fresh
    assert "stale" not in fresh.replace("data-stale-after", "")
    assert 'class="age stale"' in old
    assert ">stale, 3 min ago<" in old


@pytest.mark.parametrize(
    ("now", "since"),
    [
        (datetime(2026, 3, 3, 12, tzinfo=UTC), datetime(2026, 3, 2, 16, tzinfo=NEW_YORK)),
        (datetime(2026, 3, 2, 12, tzinfo=UTC), datetime(2026, 2, 27, 16, tzinfo=NEW_YORK)),
        (datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 2, 27, 16, tzinfo=NEW_YORK)),
        (datetime(2026, 3, 4, 3, tzinfo=UTC), datetime(2026, 3, 2, 16, tzinfo=NEW_YORK)),
    ],
)
def test_last_school_day(now: datetime, since: datetime) -> None:
    assert last_school_day(now, NEW_YORK) == since
