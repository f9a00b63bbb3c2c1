"""Where and when each row happens: by seed, apart from one another in each school."""

from dataclasses import dataclass, field
from datetime import date, time, timedelta

import numpy as np

from collector.calendar.school import DayKind
from tests.bench.school_year.faults.doing import Injected
from tests.bench.school_year.faults.rows import Row
from tests.bench.school_year.term import Term

GAP = 90 * 60_000
"""Between two rows in one school."""
_WEEKDAYS = {"monday": 0, "friday": 4, "saturday": 5, "sunday": 6}


@dataclass
class Places:
    """Where rows may go. `warm` are days before the first; `soon`: on the first days that have room, so that a short run is short."""

    term: Term
    schools: int
    seed: int
    warm: int = 7
    soon: bool = False
    _taken: list[tuple[int, int, int, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = np.random.default_rng(self.seed + 7)

    def place(self, rows: list[Row]) -> tuple[list[Injected], list[str]]:
        """All rows that find a place, in order of time, and the ids of those that did not."""
        found: list[Injected] = []
        without: list[str] = []
        hard_first = sorted(
            rows, key=lambda row: (-min(row.schools, self.schools), row.when == "school", -row.lasts_ms)
        )
        for event, row in enumerate(row for row in hard_first if not row.missing):
            placed = self._place(row, event)
            found += placed
            self._taken += [(one.school, one.start, one.end + row.within_ms, _quiet(row)) for one in placed]
            without += [] if placed else [row.id]
        return sorted(found, key=lambda one: one.start), without

    def _place(self, row: Row, event: int) -> list[Injected]:
        least = max(self.warm, 7 * row.learn if self.warm >= 7 else 0)
        days = [day for day in self.term.dates()[least:] if fits(row, day, self.term)]
        over = self.term.calendar().at(self.term.start + timedelta(days=self.term.days), time(0))
        for turn in range(300 if days else 0):
            day = days[turn // 8 % len(days)] if self.soon else days[int(self._chance.integers(len(days)))]
            hour, minute = (int(part) for part in row.at.split(":"))
            start = self.term.calendar().at(day, time(hour, minute))
            count = min(row.schools, self.schools)
            placed = [
                Injected(
                    row, int(school), start + row.apart_ms * number // max(count - 1, 1), start + row.lasts_ms, event
                )
                for number, school in enumerate(self._chance.permutation(self.schools)[:count])
            ]
            if start + row.lasts_ms <= over and not any(self._clashes(one) for one in placed):
                return placed
        return []

    def _clashes(self, one: Injected) -> bool:
        end = one.end + one.row.within_ms
        return any(
            school == one.school and start < end + GAP and one.start < until + GAP and not (_quiet(one.row) or quiet)
            for school, start, until, quiet in self._taken
        )


def _quiet(row: Row) -> bool:
    """A row of some devices that goes on for days beside others, or an upheaval that is nothing but the calendar's."""
    return (row.scope == "devices" and row.lasts_ms > 20 * 3_600_000) or not row.do


def fits(row: Row, day: date, term: Term) -> bool:
    """Whether the row may begin on this day."""
    calendar = term.calendar()
    kind, before = calendar.day(day).kind, calendar.day(day - timedelta(days=1))
    monday_before = calendar.day(day - timedelta(days=3))
    if row.when in _WEEKDAYS:
        good = row.when in ("saturday", "sunday") or kind is DayKind.SCHOOL
        return day.weekday() == _WEEKDAYS[row.when] and good and day not in term.testing
    special = {
        "half": kind is DayKind.HALF,
        "snow": day == term.snow,
        "holiday": kind is DayKind.HOLIDAY and day != term.snow and day.weekday() == 0,
        "back": kind is DayKind.SCHOOL and day.weekday() == 0 and monday_before.kind is DayKind.HOLIDAY,
        "change": day.weekday() == 6
        and len({calendar.local(calendar.at(day, time(hour))).utcoffset() for hour in (0, 4)}) > 1,
        "season": day == term.mild,
        "heat": day in term.heat and day - timedelta(days=1) not in term.heat,
        "testing": day in term.testing and day - timedelta(days=1) not in term.testing,
        "any": True,
    }
    if row.when in special:
        return special[row.when]
    usual = kind is DayKind.SCHOOL and day not in term.testing and day not in term.heat
    if row.when == "night":
        return usual and before.kind in (DayKind.SCHOOL, DayKind.WEEKEND)
    if row.when == "mild":
        return usual and _season(day) + (12 if term.mild and day >= term.mild + timedelta(days=7) else 0) > 9
    if row.when == "cold":
        return usual and _season(day) < 6 and not (term.mild and day >= term.mild)
    assert row.when == "school", f"{row.id}: when = {row.when!r}"
    return usual and kind is not DayKind.HALF


def _season(day: date) -> float:
    return float(11.0 - 12.0 * np.cos(2 * np.pi * ((day - date(2026, 1, 18)).days) / 365.25))
