"""Which forecasts are due, and the forecasts made: all points of one kind and building at once. Pure."""

from datetime import date

import numpy as np

from collector.calendar.school import DayKind, SchoolCalendar
from collector.problems.detector import World
from collector.problems.forecast.days import KEPT, Days, Floats, Ints
from collector.problems.forecast.estimate import AHEAD, Left, by_calendar, by_school_days
from collector.problems.forecast.forecasts import Forecast
from collector.problems.forecast.horizons import COUNTED, DIRTY, SCHOOL, WAYS, Way
from collector.problems.forecast.rows import Rows

_DAY_MS = 86_400_000
_WEIGHTS = {DayKind.SCHOOL: 1.0, DayKind.HALF: 0.5}


class Making:
    """`made` are the newest forecasts by row, `changed` those made since they were last taken away."""

    def __init__(self, world: World, rows: Rows, days: Days) -> None:
        self._world, self._rows, self._days = world, rows, days
        self._level = np.full(0, np.nan)
        """The level each forecast was made of."""
        self._day = np.zeros(0, np.int64)
        self.made: dict[int, Forecast] = {}
        self.changed: dict[int, Forecast] = {}

    def grow(self, more: int) -> None:
        """Room for so many more points."""
        self._level = np.append(self._level, np.full(more, np.nan))
        self._day = np.append(self._day, np.zeros(more, np.int64))

    def refresh(self, now: int) -> list[int]:
        """Work out those whose level has changed, and all with a new day. Returns their rows."""
        days = self._days
        with np.errstate(invalid="ignore"):
            moved = ~(np.abs(days.last - self._level) < DIRTY[self._rows.way])
        due = np.flatnonzero(np.isfinite(days.last) & (moved | (self._day != days.today))).tolist()
        groups: dict[tuple[int, int | None, int], list[int]] = {}
        for row in due:
            key = (int(self._rows.way[row]), self._rows.building(row), int(days.today[row]))
            groups.setdefault(key, []).append(row)
        for (place, building, today), members in groups.items():
            rows = np.array(members)
            left = left_of(days, WAYS[place], rows, weights_of(self._world.calendars.of(building), today, now))
            self._level[rows], self._day[rows] = days.last[rows], today
            for at, row in enumerate(members):
                self.made[row] = self.changed[row] = self._forecast(WAYS[place], row, left, at, now)
        return due

    def _forecast(self, way: Way, row: int, left: Left, at: int, now: int) -> Forecast:
        days, low, high, ends, rate = (float(part[at]) for part in left)
        known = np.isfinite(days)
        return Forecast(
            point=self._rows.ids[row],
            made_at=now,
            unit=SCHOOL if way.days == SCHOOL else "days",
            days=max(days, 0.0) if known else None,
            low=max(low, 0.0) if known and np.isfinite(low) else None,
            high=max(high, 0.0) if known and np.isfinite(high) else None,
            runs_out_at=int(self._days.last_at[row] + max(ends, 0.0) * _DAY_MS) if known else None,
            level=float(self._days.last[row]),
            rate=rate if np.isfinite(rate) else None,
            judged=bool(known or np.isposinf(days)),
        )


def left_of(days: Days, way: Way, rows: Ints, weights: Floats) -> Left:
    """What is left of these rows, all of one way; `weights` as `weights_of` gives them."""
    level = way.sign * (way.limit - days.last[rows])
    if way.days == COUNTED:
        return Left(level, level, level, level, np.ones(len(rows)))
    series = days.series(rows, np.full(len(rows), way.daily))
    if way.days == SCHOOL:
        return by_school_days(series, level, way.sign, way.jump, weights, way.least)
    return by_calendar(series, level, way.sign, way.jump, way.least)


def weights_of(calendar: SchoolCalendar, today: int, now: int) -> Floats:
    """The days before today (ordinal), today and those ahead: how much of a school day each is; of today what is left."""
    span = range(today - KEPT + 1, today + AHEAD)
    weights = np.array([_WEIGHTS.get(calendar.day(date.fromordinal(day)).kind, 0.0) for day in span])
    day = calendar.day(date.fromordinal(today))
    if day.closes is not None and day.opens is not None:
        opens, closes = calendar.at(day.date, day.opens), calendar.at(day.date, day.closes)
        weights[KEPT - 1] *= min(1.0, max(0.0, (closes - now) / max(1, closes - opens)))
    return weights
