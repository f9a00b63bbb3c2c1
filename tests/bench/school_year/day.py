"""One simulated day of the whole district: a table of points by minutes that device families fill and faults change."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from collector.calendar.school import DayKind, SchoolCalendar
from tests.bench.school_year.fleet import Fleet, Placed

MINUTE = 60_000
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Away(NamedTuple):
    """Nothing of a school arrives from `start` to `end` (ms). `online` False: its agent is not heard either; `kept`: what it
    read meanwhile comes afterwards, else it was not read at all. `goodbye`: it was stopped in good order, and said so."""

    school: int
    start: int
    end: int
    online: bool
    kept: bool
    goodbye: bool = False


class Words(NamedTuple):
    """An agent's status from `start` to `end` (ms) where it differs from the usual one: `part`.`name` is `value`."""

    school: int
    start: int
    end: int
    part: str
    name: str
    value: float


class Reported(NamedTuple):
    """A data integration of a school reports success at `at` (ms), with the rows of its file where it says."""

    at: int
    school: int
    name: str
    rows: int | None


@dataclass
class Day:
    """Values by point row and minute; NaN is not sent. `minutes` are stamps (ms), `minute` the local minute of the day."""

    date: date
    fleet: Fleet
    calendar: SchoolCalendar
    minutes: NDArray[np.int64]
    minute: NDArray[np.int64]
    outdoor: Floats
    chance: np.random.Generator
    values: Floats
    state: dict[str, float]
    """What goes on from one day to the next, by any name."""
    knobs: dict[tuple[int, str], Floats] = field(default_factory=dict)
    """What faults do to a device before its day is worked out: by device id and name, one figure a minute."""
    down: dict[int, Mask] = field(default_factory=dict)
    """By device id: the minutes in which it does not answer."""
    pushed: list[tuple[int, int, float]] = field(default_factory=list)
    """Stamp, point row, value: told at once, between polls."""
    away: list[Away] = field(default_factory=list)
    commissioned: list[tuple[int, int]] = field(default_factory=list)
    """Stamp and device id: it appears now."""
    twice: list[tuple[int, int, int]] = field(default_factory=list)
    """School, from, to: batches that come a second time."""
    reported: list[Reported] = field(default_factory=list)
    said: list[Words] = field(default_factory=list)
    starts: list[tuple[int, int]] = field(default_factory=list)
    """Stamp and school: its agent has started then."""

    @property
    def kind(self) -> DayKind:
        return self.calendar.day(self.date).kind

    @property
    def busy(self) -> Floats:
        """How full the building is, 0 to 1, by minute: they come from 45 minutes before, and leave within an hour."""
        day = self.calendar.day(self.date)
        if day.opens is None or day.closes is None:
            return np.zeros(len(self.minutes))
        opens, closes = (at.hour * 60 + at.minute for at in (day.opens, day.closes))
        return np.clip(np.minimum((self.minute - opens + 45) / 45, (closes + 60 - self.minute) / 60), 0, 1)

    def during(self, start: int, end: int) -> Mask:
        """The minutes from `start` to `end` (ms)."""
        return np.asarray((self.minutes >= start) & (self.minutes < end))

    def knob(self, placed: Placed, name: str) -> Floats | None:
        """What a fault does to the device, or None."""
        return self.knobs.get((placed.id, name))

    def turn(self, placed: Placed, name: str, mask: Mask, value: float | Floats) -> None:
        """A fault's hand on a device: `value` where the mask holds, else 0."""
        known = self.knobs.setdefault((placed.id, name), np.zeros(len(self.minutes)))
        known[mask] = value[mask] if isinstance(value, np.ndarray) else value

    def put(self, placed: Placed, metric: str, values: Floats | float, label: str | None = None) -> None:
        """Fill in a point where its device is read."""
        row = self.values[self.fleet.row(placed, metric, label)]
        polled = self.polled(placed)
        row[polled] = values[polled] if isinstance(values, np.ndarray) else values

    def put_changes(self, placed: Placed, metric: str, values: Floats, label: str | None = None) -> None:
        """A point that is told while it is not 0, and once when it returns to it."""
        told = (values != 0) | (np.append(0.0, values[:-1]) != 0)
        told[0] = True
        self.put(placed, metric, np.where(told, values, np.nan), label)

    def polled(self, placed: Placed) -> Mask:
        """The minutes in which it is read: each device has a phase of its own."""
        return np.asarray((self.minutes // MINUTE + placed.id) % placed.device.every == 0)

    def noise(self, size: float) -> Floats:
        """White noise for every minute."""
        return self.chance.normal(0, size, len(self.minutes))

    def change(
        self,
        placed: Placed,
        metric: str,
        mask: Mask,
        to: "float | Callable[[Floats], Floats]",
        label: str | None = None,
    ) -> None:
        """A fault's hand on what was filled in: where it holds and something was sent."""
        row = self.values[self.fleet.row(placed, metric, label)]
        where = mask & ~np.isnan(row)
        row[where] = to(row[where]) if callable(to) else to

    def silence(self, placed: Placed, mask: Mask) -> None:
        """It does not answer in these minutes."""
        known = self.down.setdefault(placed.id, np.zeros(len(self.minutes), np.bool_))
        known |= mask

    def at(self, clock: time) -> int:
        """The stamp of a local time today."""
        return self.calendar.at(self.date, clock)


def stamps(calendar: SchoolCalendar, day: date) -> NDArray[np.int64]:
    """Every minute of a local day: 23, 24 or 25 hours of them."""
    start, end = calendar.at(day, time(0)), calendar.at(day + timedelta(days=1), time(0))
    return np.arange(start, end, MINUTE, dtype=np.int64)
