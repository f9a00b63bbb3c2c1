"""Whether a recurring event falls on a day (RFC 5545, 3.3.10). Pure.

Asked day by day over a bounded stretch, so that no rule, however written, costs more than that: a rule that never
comes true or never ends would keep an iterator of occurrences busy until the year 9999.
"""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

KNOWN = frozenset(("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS", "WKST"))
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
MOST_COUNTED_DAYS = 4000
"""Occurrences are counted over so many days after the first at most."""
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class Recurrence:
    """`weekdays` are pairs of weekday (0 Monday) and which of the month (0: every, -1 the last)."""

    start: date
    frequency: str
    interval: int = 1
    count: int | None = None
    until: date | None = None
    weekdays: tuple[tuple[int, int], ...] = ()
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    week_begins: int = 0

    def days(self, first: date, last: date) -> list[date]:
        """The days from `first` to `last` on which it falls."""
        begin = self.start if self.count is not None else max(self.start, first)
        end = min(last, self.until or last)
        if self.count is not None:
            end = min(end, self.start + timedelta(days=MOST_COUNTED_DAYS))
        found: list[date] = []
        fitting: dict[date, list[date]] = {}
        seen = 0
        for ahead in range(max((end - begin).days + 1, 0)):
            day = begin + timedelta(days=ahead)
            if day != self.start and not self._on(day, fitting):
                continue
            seen += 1
            if self.count is not None and seen > self.count:
                break
            if day >= first:
                found.append(day)
        return found

    def _on(self, day: date, fitting: dict[date, list[date]]) -> bool:
        """`fitting` is kept from day to day: which days of a period fit, by its first."""
        if not self._in_period(day) or not self._fits(day):
            return False
        if not self.positions:
            return True
        first = _first(day, self.frequency, self.week_begins)
        if first not in fitting:
            fitting[first] = [at for at in _period(first, self.frequency) if self._fits(at)]
        same = fitting[first]
        place = same.index(day)
        return place + 1 in self.positions or place - len(same) in self.positions

    def _in_period(self, day: date) -> bool:
        if self.frequency == "DAILY":
            apart = (day - self.start).days
        elif self.frequency == "WEEKLY":
            apart = (_week(day, self.week_begins) - _week(self.start, self.week_begins)).days // 7
        elif self.frequency == "MONTHLY":
            apart = (day.year - self.start.year) * 12 + day.month - self.start.month
        else:
            apart = day.year - self.start.year
        return apart % self.interval == 0

    def _fits(self, day: date) -> bool:
        length = calendar.monthrange(day.year, day.month)[1]
        months, month_days = self.months, self.month_days
        if self.frequency in ("MONTHLY", "YEARLY") and not self.weekdays and not month_days:
            month_days = (self.start.day,)
        if self.frequency == "YEARLY" and not months and (not self.weekdays or any(nth for _, nth in self.weekdays)):
            months = (self.start.month,)
        if months and day.month not in months:
            return False
        if month_days and day.day not in month_days and day.day - length - 1 not in month_days:
            return False
        if self.weekdays:
            nth, back = (day.day - 1) // 7 + 1, -((length - day.day) // 7 + 1)
            return any(day.weekday() == weekday and which in (0, nth, back) for weekday, which in self.weekdays)
        return self.frequency != "WEEKLY" or day.weekday() == self.start.weekday()


def recurrence(start: date, parts: Mapping[str, Sequence[object]]) -> Recurrence:
    """From the parts of an RRULE, each a list, UNTIL already a day. Raises `ValueError` saying what is not understood."""
    given = {name.upper(): list(values) for name, values in parts.items()}
    unknown = sorted(set(given) - KNOWN)
    frequency = str(given.get("FREQ", [""])[0]).upper()
    if unknown or frequency not in FREQUENCIES:
        what = unknown[0] if unknown else f"FREQ={frequency or 'none'}"
        raise ValueError(f"its recurrence ({what[:40]}) is not understood: enter its days by hand")
    until = given.get("UNTIL", [None])[0]
    weekdays = tuple(_weekday(str(value).upper()) for value in given.get("BYDAY", []))
    if frequency == "YEARLY" and any(nth for _, nth in weekdays) and "BYMONTH" not in given:
        raise ValueError("its recurrence (BYDAY within a year) is not understood: enter its days by hand")
    if frequency == "YEARLY" and "BYSETPOS" in given:
        raise ValueError("its recurrence (BYSETPOS within a year) is not understood: enter its days by hand")
    return Recurrence(
        start,
        frequency,
        _whole(given, "INTERVAL", 1),
        _whole(given, "COUNT", 1) if "COUNT" in given else None,
        date(until.year, until.month, until.day) if isinstance(until, date) else None,
        weekdays,
        tuple(int(str(value)) for value in given.get("BYMONTH", [])),
        tuple(int(str(value)) for value in given.get("BYMONTHDAY", [])),
        tuple(int(str(value)) for value in given.get("BYSETPOS", [])),
        _DAYS.index(str(given.get("WKST", ["MO"])[0]).upper()),
    )


def _whole(given: Mapping[str, list[object]], name: str, default: int) -> int:
    value = int(str(given.get(name, [default])[0]))
    if value < 1:
        raise ValueError(f"its recurrence ({name}={value}) is not understood: enter its days by hand")
    return value


def _weekday(text: str) -> tuple[int, int]:
    return _DAYS.index(text[-2:]), int(text[:-2] or 0)


def _week(day: date, begins: int) -> date:
    return day - timedelta(days=(day.weekday() - begins) % 7)


def _first(day: date, frequency: str, begins: int) -> date:
    """The first day of the period that `day` lies in; a rule of years has no positions."""
    if frequency == "WEEKLY":
        return _week(day, begins)
    return day.replace(day=1) if frequency == "MONTHLY" else day


def _period(first: date, frequency: str) -> list[date]:
    """All days of the period that begins so."""
    month = calendar.monthrange(first.year, first.month)[1]
    return [first + timedelta(days=ahead) for ahead in range({"WEEKLY": 7, "MONTHLY": month}.get(frequency, 1))]
