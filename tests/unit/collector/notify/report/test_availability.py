"""Availability of a span: known time alone, all hours and school hours."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from collector.calendar.school import Calendars, SchoolCalendar
from collector.notify.report.availability import month_of, shares

START = datetime(2026, 9, 1, tzinfo=UTC)  # a Tuesday; school from 07:30 to 15:30
END = START + timedelta(days=2)


def device(before: bool | None, *changes: tuple[float, bool]) -> dict[str, Any]:
    return {
        "building_id": 1, "building": "Lincoln MS", "kind": "switch", "before": before,
        "times": [START + timedelta(hours=at) for at, _ in changes], "states": [state for _, state in changes],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("devices", "all_hours", "school_hours"),
    [
        ([device(True)], 100.0, 100.0),
        ([device(False)], 0.0, 0.0),
        ([device(None)], None, None),
        ([device(True, (0, False), (12, True))], 75.0, 71.875),  # 4.5 of 16 school hours away
        ([device(True, (16, False), (24, True))], 100 * 40 / 48, 100.0),  # after school
        ([device(None, (24, True))], 100.0, 100.0),  # known from the second day on
        ([device(True), device(False)], 50.0, 50.0),
    ],
)
def test_shares(devices: list[dict[str, Any]], all_hours: float | None, school_hours: float | None) -> None:
    [found] = shares(devices, [], Calendars(), START, END)
    assert found.devices == len(devices)
    assert found.all_hours == pytest.approx(all_hours)
    assert found.school_hours == pytest.approx(school_hours)


def test_repairs_stand_beside_their_kind() -> None:
    repair = {"building_id": 1, "kind": "switch", "solved": 2, "mean_s": 600.0, "longest_s": 900.0}
    [found] = shares([device(True)], [repair, repair | {"kind": "camera"}], Calendars(), START, END)
    assert (found.solved, found.mean_s, found.longest_s) == (2, 600.0, 900.0)


def test_a_month_is_local_and_ends_now_at_the_latest() -> None:
    chicago = SchoolCalendar("America/Chicago")
    far = 2_000_000_000_000
    start, end = month_of(chicago, date(2026, 11, 17), far)
    assert (end - start) == (30 * 24 + 1) * 3_600_000  # the clock went back
    assert month_of(chicago, date(2026, 11, 1), start + 5)[1] == start + 5
