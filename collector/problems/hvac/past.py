"""What the days before would have taught, from hours of history: for equipment that has learned nothing yet. Pure.

An hour stands for its minutes where the fan ran all through it and the hour before, in occupied mode and at nearly one speed: then
the ratio of its means is the mean of the ratios to a few percent.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

import numpy as np

from collector.problems.hvac.drift import LEAST_SIBLINGS, NIGHTS
from collector.problems.hvac.frame import LEAST_SPEED, Bools, Floats
from collector.problems.hvac.judge import Judge
from collector.problems.hvac.quantity import FRACTION, GUESSED, scale
from collector.problems.hvac.roles import BY_NAME
from collector.problems.hvac.usual import DAYS, LEAST_MINUTES, RELATIONS

Hour = tuple[int, Sequence[int], Sequence[float], Sequence[float], Sequence[float]]
"""Start of the hour (ms); points; the mean, lowest and highest of each."""
HOUR_MS, HOUR, DAY_HOURS = 3_600_000, 60, 24
EVEN = 0.2
"""Of full speed: an hour in which it varied more is left out."""
_RUNS = ("supply_fan_speed", "supply_fan_status", "supply_fan_command", "occupancy", "duct_static", "return_fan_speed")
MEAN, LOW, HIGH = range(3)


class Hours(NamedTuple):
    """Of one role: (mean, low, high) by equipment and hour, comparable; NaN where nothing is known."""

    mean: Floats
    low: Floats
    high: Floats


class Past:
    """`wanted` are points and since when (ms). What came is kept until `learn` was called for the last of it."""

    def __init__(self, judge: Judge, now: int) -> None:
        self._judge = judge
        self._first = now // HOUR_MS - NIGHTS * DAY_HOURS
        self._night = (judge.places.local(0, now // 60_000) - timedelta(hours=5)).toordinal() if self._any else 0
        own = judge.layout.own("outdoor_temp")
        self._usual = judge.layout.own("supply_fan_speed") & ~np.isfinite(judge.usual.days).any((0, 1))
        self._usual &= judge.layout.own("duct_static") | judge.layout.own("return_fan_speed")
        self._drift = own & ~np.isfinite(judge.drift.nights).any(0) & (own.sum() >= LEAST_SIBLINGS)
        self.wanted = dict.fromkeys(self._points(self._usual, _RUNS), now - DAYS * DAY_HOURS * HOUR_MS)
        if self._drift.any():
            self.wanted |= dict.fromkeys(self._points(own, ("outdoor_temp",)), self._first * HOUR_MS)
        self._row = {point: row for row, point in enumerate(self.wanted)}
        self._hours = np.full((3, len(self._row), NIGHTS * DAY_HOURS + 1), np.nan, np.float32)

    @property
    def _any(self) -> bool:
        return bool(self._judge.layout.equipment)

    def take(self, hours: Sequence[Hour]) -> None:
        """Hours in any order."""
        for at, points, *figures in hours:
            place = at // HOUR_MS - self._first
            known = np.array([(self._row[p], n) for n, p in enumerate(points) if p in self._row], np.intp).reshape(
                -1, 2
            )
            if 0 <= place < self._hours.shape[2] and len(known):
                for which, values in enumerate(figures):
                    self._hours[which, known[:, 0], place] = np.array(values, float)[known[:, 1]]

    def learn(self) -> None:
        """Of all that has come: what is learned from it takes the place of what was learned from less."""
        if self._usual.any():
            self._learn_usual()
        if self._drift.any():
            self._learn_drift()

    def _points(self, where: Bools, roles: Sequence[str]) -> list[int]:
        units = [self._judge.layout.equipment[column] for column in np.flatnonzero(where).tolist()]
        return [unit.parts[role].point for unit in units for role in roles if role in unit.parts]

    def _of(self, role: str) -> Hours:
        """Made comparable, as `Minutes` does it."""
        made = np.full((3, len(self._judge.layout.equipment), self._hours.shape[2]), np.nan)
        for column, unit in enumerate(self._judge.layout.equipment):
            part = unit.parts.get(role)
            if part is None or part.point not in self._row:
                continue
            factor, offset, read = scale(BY_NAME[role].quantity, part.unit)
            values = self._hours[:, self._row[part.point]] * factor + offset
            percent = read == FRACTION and np.nanmax(values, initial=0.0) > 1.5
            made[:, column] = np.nan if read == GUESSED else values / 100.0 if percent else values
        return Hours(*made)

    def _learn_usual(self) -> None:
        roles = {role: self._of(role) for role in _RUNS}
        means = {role: hours.mean for role, hours in roles.items()}
        steady = self._steady(roles)
        day_of = (self._first + np.arange(steady.shape[1])) // DAY_HOURS
        for row, relation in enumerate(RELATIONS.values()):
            found = np.where(steady, relation(means), np.nan)
            days = np.stack([_mean(found[:, day_of == day]) for day in np.unique(day_of)[:-1]])  # today goes on
            for column in np.flatnonzero(self._usual).tolist():
                self._judge.usual.recall(row, column, days[:, column])

    def _steady(self, roles: dict[str, Hours]) -> Bools:
        speed = roles["supply_fan_speed"]
        runs = (speed.low >= LEAST_SPEED) & (speed.high - speed.low <= EVEN)
        for role in ("supply_fan_status", "supply_fan_command"):
            runs &= ~(roles[role].low < 0.5)
        said = roles["occupancy"].mean
        hours = (self._first + np.arange(said.shape[1])) * HOUR
        session = np.stack([self._judge.places.in_session(int(at), 120, 120) for at in hours], axis=1)
        runs &= np.where(np.isnan(said), session, said == 1)
        before = np.roll(runs, 1, axis=1)
        before[:, 0] = False
        return np.asarray(runs & before)

    def _learn_drift(self) -> None:
        outdoor = self._of("outdoor_temp").mean
        nights: dict[int, list[Floats]] = {}
        for at in np.flatnonzero(np.isfinite(outdoor).any(0)).tolist():
            local = self._judge.places.local(0, (self._first + at) * HOUR)
            night = (local - timedelta(hours=5)).toordinal()
            if local.hour < 5 and night < self._night:
                nights.setdefault(night, []).append(self._judge.drift.apart(outdoor[:, at]))
        if nights:
            means = np.stack([_nanmean(np.stack(nights[night])) for night in sorted(nights)])
            self._judge.drift.recall(np.flatnonzero(self._drift), means)


def _mean(hours: Floats) -> Floats:
    """Of a day's hours; NaN where they are too few to make it known."""
    enough = np.isfinite(hours).sum(1) * HOUR >= LEAST_MINUTES
    return np.where(enough, _nanmean(hours.T), np.nan)


def _nanmean(rows: Floats) -> Floats:
    """Of each column; NaN where nothing is known."""
    known = np.isfinite(rows)
    count = known.sum(0)
    return np.where(count > 0, np.where(known, rows, 0.0).sum(0) / np.maximum(count, 1), np.nan)
