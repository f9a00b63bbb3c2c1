"""Availability of a month by building and kind: the share of its hours, and of its school hours, in which devices answered. Pure.

Only the time in which it is known whether a device answered counts; of a device that was never asked nothing is said.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from collector.calendar.school import Calendars, SchoolCalendar

Row = Mapping[str, Any]


class Share(NamedTuple):
    """Of one kind in one building: its devices, and the percent of known hours (school hours) in which they answered; None:
    nothing is known. `solved` problems took `mean_s` on average, `longest_s` at most."""

    building_id: int
    building: str
    kind: str
    devices: int
    all_hours: float | None
    school_hours: float | None
    solved: int = 0
    mean_s: float | None = None
    longest_s: float | None = None


def school_clock(calendar: SchoolCalendar, start: int, end: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The points of a line that says how many ms of school there were from `start` to any time until `end` (ms)."""
    times, school, total = [start], [0.0], 0.0
    day, last = calendar.local(start).date(), calendar.local(end).date()
    while day <= last:
        found = calendar.day(day)
        if found.opens is not None and found.closes is not None:
            opens = min(max(calendar.at(day, found.opens), start), end)
            closes = min(max(calendar.at(day, found.closes), start), end)
            times += [opens, closes]
            school += [total, total + closes - opens]
            total += closes - opens
        day += timedelta(days=1)
    return np.array([*times, end], float), np.array([*school, total])


def up(row: Row, start: int, end: int, clock: tuple[NDArray[np.float64], NDArray[np.float64]]) -> NDArray[np.float64]:
    """Of one device in ms: answering, known, answering in school, known in school."""
    edges = np.array([start, *(_ms(at) for at in row["times"]), end], float)
    states = np.array([-1 if row["before"] is None else int(row["before"]), *(int(one) for one in row["states"])])
    lengths, school = np.diff(edges), np.diff(np.interp(edges, *clock))
    answering, known = states == 1, states >= 0
    return np.array([lengths[answering].sum(), lengths[known].sum(), school[answering].sum(), school[known].sum()])


def shares(
    reach: Sequence[Row], repairs: Sequence[Row], calendars: Calendars, start: datetime, end: datetime
) -> list[Share]:
    """A row a building and kind, in the order of `reach`; `start` to `end` is the span that both are of."""
    begin, until = _ms(start), _ms(end)
    clocks: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
    sums: dict[tuple[int, str, str], NDArray[np.float64]] = {}
    counts: dict[tuple[int, str, str], int] = {}
    for row in reach:
        building = row["building_id"]
        if building not in clocks:
            clocks[building] = school_clock(calendars.of(building), begin, until)
        key = (building, row["building"], row["kind"])
        sums[key] = sums.get(key, np.zeros(4)) + up(row, begin, until, clocks[building])
        counts[key] = counts.get(key, 0) + 1
    solved = {(row["building_id"], row["kind"]): row for row in repairs}
    return [
        Share(*key, counts[key], _percent(total[0], total[1]), _percent(total[2], total[3]), *_repair(solved.get(key[::2])))
        for key, total in sums.items()
    ]  # fmt: skip


def month_of(calendar: SchoolCalendar, first: date, now: int) -> tuple[int, int]:
    """From the first day's midnight to the next month's, or to `now` where that is sooner, local, in ms."""
    midnight = datetime.min.time()
    following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
    return calendar.at(first.replace(day=1), midnight), min(calendar.at(following, midnight), now)


def _repair(row: Row | None) -> tuple[int, float | None, float | None]:
    return (0, None, None) if row is None else (row["solved"], row["mean_s"], row["longest_s"])


def _percent(part: float, whole: float) -> float | None:
    return None if whole <= 0 else float(100 * part / whole)


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
