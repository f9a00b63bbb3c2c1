"""The alert budget: what was told against what can be read."""

from datetime import date
from typing import Any

import pytest

from collector.calendar.school import SchoolCalendar
from collector.notify.report.budget import note_of, spent, week_before, week_of

HOUR = 3_600_000


def row(rule: str, told: int, channel: int = 1) -> dict[str, Any]:
    return {"rule": rule, "told": told, "channel_id": channel}


@pytest.mark.parametrize(
    ("rows", "told", "over", "first"),
    [
        ([], 0, False, None),
        ([row("a", 20)], 20, False, "a"),
        ([row("a", 10), row("b", 11)], 21, True, "b"),
        ([row("a", 3, 1), row("b", 5, 1), row("a", 4, 2)], 12, False, "a"),
    ],
)
def test_a_week_is_summed_and_its_noisiest_rule_is_in_front(
    rows: list[dict[str, Any]], told: int, over: bool, first: str | None
) -> None:
    found = spent("Office", rows, 20)
    assert (found.told, found.over) == (told, over)
    assert (found.rules[0].name if found.rules else None) == first


def test_a_channel_is_told_of_its_own_excess_alone() -> None:
    rows = [row("a", 30, 1), row("a", 2, 2)]
    assert "30 messages; the budget is 20" in note_of(1, rows, 20)
    assert note_of(2, rows, 20) == ""
    assert note_of(3, rows, 20) == ""


def test_a_week_is_monday_to_sunday_by_the_local_clock() -> None:
    chicago = SchoolCalendar("America/Chicago")
    start, end = week_of(chicago, date(2026, 11, 1))  # the Sunday on which the clock goes back
    assert end - start == (7 * 24 + 1) * HOUR
    assert week_before(chicago, date(2026, 11, 2)) == (start, end)
    assert week_before(chicago, date(2026, 11, 8)) == (start, end)
