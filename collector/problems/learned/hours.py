"""What is usual at this hour of this kind of day: level and reach per point, from the hours before. Vectorised over points. Pure.

A day's row is its weekday (school days, weekends), or half day, holiday, summer. An hour's level is the mean of its hours' means (the
newest 6 or so count), its reach how far single samples go from it
(quickly wider, slowly narrower). A band spans the hours before and after too, and every row that a
day like this may resemble: a holiday nobody entered looks like a Sunday.
"""

import numpy as np
from numpy.typing import NDArray

from collector.calendar.school import DayKind

Floats = NDArray[np.float32]
Ints = NDArray[np.intp]
ROWS, HOURS = 10, 24
HALF, HOLIDAY, SUMMER = 7, 8, 9
NEWEST = 6
"""Days over which level and reach are averaged."""
WIDE = 2.0
"""Reaches from the level to the edge of the band; more while few days are known."""
WIDEN, NARROW = np.float32(0.5), 4
"""A reach widens by this share at least, and narrows so many times more slowly than it is averaged: bursts are remembered for weeks."""
FEW = 3
"""Own days that an hour needs before it is judged."""
STEP = 3.0
"""Reaches that one hour may move a level at most: a strange day is not learned in a day."""
NIGHT = 4
"""Hours from midnight on in which it is night at every time of the year."""
DRIFT_H = 24
"""Hours over which the drift (a heat wave, a season) is averaged: it widens the band on its side."""

_SCHOOL, _WEEKEND = list(range(5)), [5, 6]
_KIN = np.zeros((ROWS, ROWS), np.bool_)
_KIN[:5] = True
_KIN[HALF] = _KIN[HOLIDAY] = _KIN[SUMMER] = True
_KIN[5:7, [5, 6, HOLIDAY]] = True
_OWN = np.eye(ROWS, dtype=np.bool_)
_OWN[:5, :5] = _OWN[5:7, 5:7] = True


def row_of(kind: NDArray[np.int8], weekday: NDArray[np.int8]) -> NDArray[np.int8]:
    """The row of each day, from its kind and weekday."""
    special = np.array([-1, HALF, -1, HOLIDAY, SUMMER], np.int8)
    assert len(DayKind) == len(special)
    return np.where(special[kind] < 0, weekday, special[kind]).astype(np.int8)


class Hours:
    """Level, reach and days known, each (ROWS * HOURS, points); all zero: nothing known."""

    def __init__(self, points: int) -> None:
        self.level = np.zeros((ROWS * HOURS, points), np.float32)
        self.reach = np.zeros((ROWS * HOURS, points), np.float32)
        self.days = np.zeros((ROWS * HOURS, points), np.uint8)
        self.drift = np.zeros(points, np.float32)

    def close(self, at: Ints, place: Ints, mean: Floats, low: Floats, high: Floats) -> None:
        """An hour of each of the points `at` (each once) is over: `place` is row * 24 + hour."""
        days, level, reach = self.days[place, at], self.level[place, at], self.reach[place, at]
        first = days == 0
        step = np.where(first, 0, np.clip(mean - level, -STEP * (reach + _tiny(level)), STEP * (reach + _tiny(level))))
        rate = np.maximum(np.float32(1 / NEWEST), 1 / (days + np.float32(1)))
        far = np.maximum(high - level, level - low)
        wider = far > reach
        far = np.minimum(far, (1 + STEP) * (reach + _tiny(level)))
        self.drift[at] += (np.clip(step, -reach, reach) - self.drift[at]) / DRIFT_H
        self.level[place, at] = np.where(first, mean, level + rate * step)
        self.reach[place, at] = np.where(
            first,
            np.maximum(high - mean, mean - low),
            reach + np.where(wider, np.maximum(rate, WIDEN), rate / NARROW) * (far - reach),
        )
        self.days[place, at] = np.minimum(days.astype(np.int32) + 1, 250)

    def band(self, at: Ints, place: Ints, least: Floats) -> tuple[Floats, Floats]:
        """The lowest and highest that is usual; NaN where too little is known. `least` is how far a reach goes at least."""
        row, hour = place // HOURS, place % HOURS
        near = (hour[:, None] + np.array([-1, 0, 1])) % HOURS
        places = (np.arange(ROWS)[:, None] * HOURS + near[:, None, :]).reshape(len(at), -1)  # (points, rows * 3)
        days, level = self.days[places, at[:, None]], self.level[places, at[:, None]]
        reach = np.maximum(self.reach[places, at[:, None]], least[:, None])
        kin = np.repeat(_KIN[row], 3, axis=1) & (days > 0)
        wide = WIDE * reach * (1 + 3 / (3 + days.astype(np.float32)))
        low = np.where(kin, level - wide, np.inf).min(axis=1)
        high = np.where(kin, level + wide, -np.inf).max(axis=1)
        own = self.days[np.arange(ROWS)[None, :] * HOURS + hour[:, None], at[:, None]].astype(np.int32)
        known = (own * _OWN[row]).sum(axis=1) >= FEW
        drift = 2 * self.drift[at]
        low, high = low + np.minimum(drift, 0), high + np.maximum(drift, 0)
        return np.where(known, low, np.nan).astype(np.float32), np.where(known, high, np.nan).astype(np.float32)

    def by_day(self, at: Ints, place: Ints, least: Floats) -> tuple[Floats, Floats]:
        """The same of what is one by day and another by night: NaN but on school days, at hours that are told from the night. School
        days alone are its kin, all as one: on others the light may be off."""
        hour = place % HOURS
        near = (hour[:, None] + np.array([-1, 0, 1])) % HOURS
        rows = np.array(_SCHOOL) * HOURS
        places = (rows[:, None] + near[:, None, :]).reshape(len(at), -1)  # (points, rows * 3)
        days, level = self.days[places, at[:, None]].astype(np.float32), self.level[places, at[:, None]]
        reach = np.maximum(self.reach[places, at[:, None]], least[:, None])
        known = days > 0
        whole = days.reshape(len(at), -1, 3).sum(axis=1)
        wide = WIDE * reach * np.tile(1 + 3 / (3 + whole), len(rows))
        low = np.where(known, level - wide, np.inf).min(axis=1)
        high = np.where(known, level + wide, -np.inf).max(axis=1)
        nights = (rows[:, None] + np.arange(NIGHT)).ravel()
        seen = self.days[nights[:, None], at] > 0
        night = (self.level[nights[:, None], at] * seen).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
        told = (night < low) | (night > high)
        told &= (whole[:, 1] >= FEW) & seen.any(axis=0) & (place // HOURS < len(rows))
        return np.where(told, low, np.nan).astype(np.float32), np.where(told, high, np.nan).astype(np.float32)

    def forget(self, at: Ints) -> None:
        """Nothing is known of these points any more."""
        self.level[:, at], self.reach[:, at], self.days[:, at], self.drift[at] = 0, 0, 0, 0


def _tiny(level: Floats) -> Floats:
    found: Floats = np.float32(1e-3) * np.abs(level) + np.float32(1e-6)
    return found
