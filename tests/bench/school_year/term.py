"""The district's calendar of the simulated weeks: which day is of which kind, and the weather. Seeded, pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta

import numpy as np
from numpy.typing import NDArray

from collector.calendar.school import DayKind, SchoolCalendar, SchoolDay

ZONE = "America/New_York"
AUTUMN, SPRING = date(2026, 10, 5), date(2027, 1, 25)
"""Mondays from which ten weeks hold a change of the clocks, a week of holidays, a half day and a snow day."""


@dataclass(frozen=True)
class Term:
    """The weeks from `start` on. `special` are the days that differ from the week; `snow` are entered that very morning."""

    start: date
    days: int
    special: Mapping[date, SchoolDay]
    snow: date | None = None
    heat: frozenset[date] = frozenset()
    """Days of a heat wave: 15 °F warmer."""
    mild: date | None = None
    """From here on it is warmer by 12 K within a week."""
    testing: frozenset[date] = frozenset()
    """Days of standardised tests: five times the printing."""

    def calendar(self, knows_snow: bool = True) -> SchoolCalendar:
        """Every building's."""
        days = {day: row for day, row in self.special.items() if knows_snow or day != self.snow}
        return SchoolCalendar(ZONE, days)

    def dates(self) -> list[date]:
        return [self.start + timedelta(days=number) for number in range(self.days)]

    def school_days(self) -> list[date]:
        """The whole school days."""
        calendar = self.calendar()
        return [day for day in self.dates() if calendar.day(day).kind is DayKind.SCHOOL]


def term(seed: int, weeks: int) -> Term:
    """Odd seeds begin in autumn, even ones in winter. Shorter runs have only what fits into them."""
    start = AUTUMN if seed % 2 else SPRING
    special: dict[date, SchoolDay] = {}
    week = 7 if seed % 2 else 3
    for number in range(5):
        holiday = start + timedelta(weeks=week, days=number)
        special[holiday] = SchoolDay(holiday, DayKind.HOLIDAY, name="Recess")
    half = start + timedelta(weeks=week - 1, days=4)
    special[half] = SchoolDay(half, DayKind.HALF, time(7, 30), time(11, 30), "Half day")
    snow = start + timedelta(weeks=week + 1, days=2)
    special[snow] = SchoolDay(snow, DayKind.HOLIDAY, name="Snow day")
    wave = start + timedelta(weeks=5 if week != 5 else 4)
    tests = start + timedelta(weeks=week + 2)
    return Term(
        start,
        weeks * 7,
        special,
        snow,
        frozenset(wave + timedelta(days=number) for number in range(4)),
        start + timedelta(weeks=6),
        frozenset(tests + timedelta(days=number) for number in range(5)),
    )


@dataclass
class Weather:
    """Outdoor air at every minute, in °C: the season, the day, and air masses that come and go."""

    term: Term
    chance: np.random.Generator
    _mass: float = 0.0
    _memory: dict[date, float] = field(default_factory=dict)

    def minutes(self, day: date, minute: NDArray[np.int64]) -> NDArray[np.float64]:
        """Of the local minutes of a day."""
        self._mass = 0.75 * self._mass + float(self.chance.normal(0, 2.2))
        season = 11.0 - 12.0 * np.cos(2 * np.pi * ((day - date(2026, 1, 18)).days) / 365.25)
        extra = 8.3 if day in self.term.heat else 0.0
        if self.term.mild is not None and day >= self.term.mild:
            extra += 12.0 * min(1.0, (day - self.term.mild).days / 7)
        before = self._memory.get(day - timedelta(days=1), season + self._mass + extra)
        after = season + self._mass + extra
        self._memory[day] = after
        share = np.clip(minute / 360.0, 0, 1)
        mean = before + (after - before) * share
        return np.asarray(mean + 4.5 * np.sin(2 * np.pi * (minute - 540) / 1440))
