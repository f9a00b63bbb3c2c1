"""The forecast as a detector: takes in days, works out what came anew, says what runs out soon. Pure; `now` in ms."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np

from collector.calendar.school import DayKind
from collector.ingest.committed import Committed
from collector.problems.detector import Detector, World
from collector.problems.finding import Finding, Key, subject_of
from collector.problems.fleet import PointRow
from collector.problems.forecast.days import KEPT, Days, Floats, Ints
from collector.problems.forecast.estimate import AHEAD, Left, by_calendar, by_school_days
from collector.problems.forecast.filling import Filling
from collector.problems.forecast.forecasts import Forecast, in_words, time_in_words
from collector.problems.forecast.horizons import COUNTED, COUNTED_WAYS, FAST, LIMITS, PLACE, SCHOOL, TOPS, WAYS, Way
from collector.problems.forecast.plain import broken, outgrown
from collector.problems.rules import rank

_DAY_MS, _EVERY_MS = 86_400_000, 60_000
_WEIGHTS = {DayKind.SCHOOL: 1.0, DayKind.HALF: 0.5}
_CLEARS = 1.3
"""What was said stays until so many times its horizon is left."""
_DIRTY = 0.4
"""A change of the level (percent or days) that is worth another forecast the same day."""


class Forecasts(Detector):
    """State: the days of each point that can run out, 1 kB each; the forecasts made of them."""

    rules = frozenset(name for way in WAYS for name in (way.rule, way.soon, way.fast) if name)

    def __init__(self, world: World) -> None:
        self._world = world
        self._days = Days()
        self._filling = Filling()
        self._row: dict[int, int] = {}
        self._ids: list[int] = []
        self._points: list[PointRow] = []
        self._lookup = np.full(0, -1, np.int64)
        self._way = np.zeros(0, np.int64)
        self._offset = np.zeros(0, np.int64)
        self._made = np.full(0, np.nan)
        """The level each forecast was made of."""
        self._day = np.zeros(0, np.int64)
        self._due_at = 0
        self._offsets_at = 0
        self._made_of: dict[int, Forecast] = {}
        self._near: dict[int, Forecast] = {}
        """Those of them that any rule could speak of: few."""
        self._metrics: set[tuple[int, str]] = set()
        """Which metrics a device has, of those that can run out."""
        self._held: dict[Key, int] = {}
        self._seeded: set[Key] = set()
        self._changed: dict[int, Forecast] = {}

    @property
    def points(self) -> list[int]:
        """The ids of the points whose past it asks for."""
        return self._ids

    def learn(self, points: Sequence[PointRow]) -> None:
        """Take in points; those that cannot run out are left out."""
        new = [point for point in points if point.metric in PLACE and point.id not in self._row]
        if not new:
            return
        for point in new:
            self._row[point.id] = len(self._ids)
            self._ids.append(point.id)
            self._points.append(point)
            self._metrics.add((point.device, point.metric))
        top = max(self._ids) + 1
        if top > len(self._lookup):
            self._lookup = np.append(self._lookup, np.full(top - len(self._lookup), -1, np.int64))
        self._lookup[[point.id for point in new]] = [self._row[point.id] for point in new]
        self._way = np.append(self._way, [PLACE[point.metric] for point in new])
        self._made = np.append(self._made, np.full(len(new), np.nan))
        self._day = np.append(self._day, np.zeros(len(new), np.int64))
        self._offset = np.append(self._offset, np.zeros(len(new), np.int64))
        self._days.grow(len(new))
        self._filling.grow(len(new))
        self._offsets_at = 0

    def seed(self, key: Key, since: int, now: int) -> None:
        """Open since before: it holds until a forecast says otherwise."""
        self._held[key] = since
        self._seeded.add(key)

    def remember(self, points: Ints, days: Ints, low: Floats, mean: Floats, high: Floats) -> None:
        """Whole days of the past, one entry a point and day (ordinal); figures that are no levels are left out."""
        rows = self._rows(points)
        good = (rows >= 0) & np.isfinite(mean) & (low >= 0)
        self._days.put(rows[good], days[good], low[good], mean[good], high[good])

    def observe(self, committed: Committed) -> None:
        """Take in one commit. What is late belongs to its day, and nothing fills fast by it."""
        rows = self._rows(committed.points)
        mine = np.flatnonzero(rows >= 0)
        if not len(mine):
            return
        self._refresh_offsets(committed.at_ms)
        rows, times, values = rows[mine], committed.times[mine], committed.values[mine]
        tops, lowest = TOPS[self._way[rows]], np.where(COUNTED_WAYS[self._way[rows]], -np.inf, 0.0)
        good = np.isfinite(values) & (values >= lowest) & (values <= tops) & (times <= committed.at_ms + _DAY_MS)
        rows, times, values, late = rows[good], times[good], values[good], committed.late[mine][good]
        self._days.observe(rows, times, values, self._offset[rows])
        quick = ~late & FAST[self._way[rows]]
        self._filling.observe(rows[quick], times[quick], values[quick], LIMITS[self._way[rows[quick]]])

    def findings(self, now: int) -> Iterable[Finding]:
        """What runs out within its horizon. Worked out once a minute for levels that changed, and for all with a new day."""
        if now >= self._due_at:
            self._due_at = now + _EVERY_MS
            self._forecast(now)
        found = {finding.key: finding for finding in self._said(now)}
        self._seeded = {key for key in self._seeded if not self._judged(key)}
        self._held = {key: since for key, since in self._held.items() if key in found or key in self._seeded}
        return found.values()

    def held(self) -> Collection[Key]:
        """Open since before this process began, and nothing says yet that it is over."""
        return self._seeded

    def changed(self) -> list[Forecast]:
        """Forecasts made since the last call."""
        rows, self._changed = list(self._changed.values()), {}
        return rows

    def _rows(self, points: Any) -> Ints:
        inside = points < len(self._lookup)
        rows: Ints = np.where(inside, self._lookup[np.where(inside, points, 0)] if len(self._lookup) else -1, -1)
        return rows

    def _refresh_offsets(self, now: int) -> None:
        if now - self._offsets_at < 15 * _EVERY_MS and self._offsets_at:
            return
        self._offsets_at = now
        known: dict[int | None, int] = {}
        for row, point in enumerate(self._points):
            building = self._building(point)
            if building not in known:
                away = self._world.calendars.of(building).local(now).utcoffset()
                known[building] = round(away.total_seconds() * 1000) if away else 0
            self._offset[row] = known[building]

    def _building(self, point: PointRow) -> int | None:
        device = self._world.devices.get(point.device)
        return None if device is None else device.building

    def _forecast(self, now: int) -> None:
        days = self._days
        with np.errstate(invalid="ignore"):
            moved = ~(np.abs(days.last - self._made) < _DIRTY * np.where(self._way == PLACE["ups.runtime"], 60, 1))
        due = np.flatnonzero(np.isfinite(days.last) & (moved | (self._day != days.today)))
        groups: dict[tuple[int, int | None, int], list[int]] = {}
        for row in due.tolist():
            key = (int(self._way[row]), self._building(self._points[row]), int(days.today[row]))
            groups.setdefault(key, []).append(row)
        for (place, building, today), members in groups.items():
            way, rows = WAYS[place], np.array(members)
            left = self._left(way, rows, building, today, now)
            self._made[rows], self._day[rows] = days.last[rows], today
            for at, row in enumerate(members):
                self._keep(way, row, left, at, now)

    def _left(self, way: Way, rows: Ints, building: int | None, today: int, now: int) -> Left:
        level = way.sign * (way.limit - self._days.last[rows])
        if way.days == COUNTED:
            return Left(level, level, level, level, np.ones(len(rows)))
        series = self._days.series(rows, np.full(len(rows), way.daily))
        if way.days == SCHOOL:
            weights = self._weights(building, today, now)
            return by_school_days(series, level, way.sign, way.jump, weights, way.least)
        return by_calendar(series, level, way.sign, way.jump, way.least)

    def _weights(self, building: int | None, today: int, now: int) -> Floats:
        """The days before today, today and those ahead: how much of a school day each is; of today what is left."""
        calendar = self._world.calendars.of(building)
        span = range(today - KEPT + 1, today + AHEAD)
        weights = np.array([_WEIGHTS.get(calendar.day(date.fromordinal(day)).kind, 0.0) for day in span])
        day = calendar.day(date.fromordinal(today))
        if day.closes is not None and day.opens is not None:
            opens, closes = calendar.at(day.date, day.opens), calendar.at(day.date, day.closes)
            weights[KEPT - 1] *= min(1.0, max(0.0, (closes - now) / max(1, closes - opens)))
        return weights

    def _keep(self, way: Way, row: int, left: Left, at: int, now: int) -> None:
        days, low, high, ends, rate = (float(part[at]) for part in left)
        known = np.isfinite(days)
        made = self._made_of[row] = self._changed[row] = Forecast(
            point=self._ids[row],
            made_at=now,
            unit=SCHOOL if way.days == SCHOOL else "days",
            days=max(days, 0.0) if known else None,
            low=max(low, 0.0) if known and np.isfinite(low) else None,
            high=max(high, 0.0) if known and np.isfinite(high) else None,
            runs_out_at=int(self._days.last_at[row] + max(ends, 0.0) * _DAY_MS) if known else None,
            level=float(self._days.last[row]),
            rate=rate if np.isfinite(rate) else None,
        )
        self._near.pop(row, None)
        if made.days is not None and made.days <= _CLEARS * max(way.near, way.horizon):
            self._near[row] = made
        subject = subject_of("point", self._ids[row])
        if np.isfinite(days) or np.isposinf(days):
            self._seeded = {key for key in self._seeded if key.subject != subject or key.rule == way.fast}

    def _said(self, now: int) -> Iterator[Finding]:
        filling = np.flatnonzero(np.isfinite(self._filling.hours)).tolist()
        fast = {row: finding for row in filling if (finding := self._fast(row, now)) is not None}
        for row, made in self._near.items():
            way = WAYS[self._way[row]]
            key = self._rule_of(way, row, made)
            if key is None or (key not in self._held and self._knows_better(way, row)):
                continue  # what was said stays beside the plain rule: nothing has recovered
            found = self._finding(key, row, made, now)
            lesser = Key(way.rule, key.subject)
            if key.rule == way.soon and lesser in self._held:
                yield outgrown(self._finding(lesser, row, made, now), found, self._world)
            yield outgrown(found, fast[row], self._world) if row in fast else found
        yield from fast.values()
        yield from self._full()

    def _full(self) -> Iterator[Finding]:
        """What filled fast and stands still, but where a plain rule says that it is full, has not recovered."""
        for key, since in self._held.items():
            row = self._row.get(int(key.subject.partition(":")[2]), -1)
            if row < 0 or key.rule != WAYS[self._way[row]].fast or np.isfinite(self._filling.hours[row]):
                continue
            if any(broken(self._world.book, WAYS[self._way[row]], self._days.last[row])):
                level, point = float(self._days.last[row]), self._points[row]
                yield Finding(key, since, "", point.device, point.id, level, {"level": level})

    def _judged(self, key: Key) -> bool:
        """Whether it is known if it holds: what fills fast as soon as it is seen to fill or not; the point may be gone, too."""
        row = self._row.get(int(key.subject.partition(":")[2]))
        return row is None or (key.rule == WAYS[self._way[row]].fast and self._filling.judged(row))

    def _rule_of(self, way: Way, row: int, made: Forecast) -> Key | None:
        """The gravest of its rules that holds; one that holds already does until it is well beyond its horizon, and when it has run out."""
        if made.days is None:
            return None
        out = made.days <= 0 and way.days != COUNTED
        for rule, horizon in ((way.soon, way.near), (way.rule, way.horizon)):
            key = Key(rule, subject_of("point", self._ids[row]))
            held = key in self._held
            if rule and made.days <= horizon * (_CLEARS if held else 1.0) and (held or not out):
                return key
        return None

    def _knows_better(self, way: Way, row: int) -> bool:
        """Whether something else says it: a plain rule of this point that is as grave, or a better point of the device."""
        own = self._world.book.rules.get(way.rule)
        plain = broken(self._world.book, way, self._days.last[row])
        if own is not None and any(rank(rule.severity) >= rank(own.severity) for rule in plain):
            return True
        device = self._points[row].device
        return bool(way.unless) and (device, way.unless) in self._metrics

    def _finding(self, key: Key, row: int, made: Forecast, now: int) -> Finding:
        since = self._held.setdefault(key, now)
        assert made.days is not None
        low, high = (made.days if part is None else part for part in (made.low, made.high))
        evidence: dict[str, Any] = {"days": made.days, "low": made.low, "high": made.high, "counted_in": made.unit}
        evidence |= {"level": made.level, "rate": made.rate, "runs_out_at": made.runs_out_at, "seen": self._seen(row)}
        words = {"range": in_words(made.days, low, high)}
        point = self._points[row]
        return Finding(key, since, "", point.device, point.id, made.level, evidence, words=words)

    def _seen(self, row: int) -> list[list[float]]:
        """The last 14 days that it was judged by: ordinal and level."""
        way, today = WAYS[self._way[row]], int(self._days.today[row])
        series = self._days.series(np.array([row]), np.array([way.daily]))[0]
        return [[today - 14 + at, round(float(v), 2)] for at, v in enumerate(series[-14:]) if np.isfinite(v)]

    def _fast(self, row: int, now: int) -> Finding | None:
        way, hours, start = WAYS[self._way[row]], float(self._filling.hours[row]), float(self._filling.start[row])
        point, level = self._points[row], float(self._days.last[row])
        key = Key(way.fast, subject_of("point", point.id))
        if hours > way.hours * (2 if key in self._held else 1) or level < way.fast_from:
            return None
        usual = float(np.sort(np.nan_to_num(self._swings(row)))[-2])
        highest = float(np.fmax.reduce(self._days.series(np.array([row]), np.array(["high"]))[0]))
        if usual > 1 and level - start <= 1.2 * usual and level <= highest + 1 and key not in self._held:
            return None  # its habit: it comes and goes so on other days
        since = self._held.setdefault(key, now)
        evidence = {"hours": hours, "level": level, "from": start}
        return Finding(key, since, "", point.device, point.id, level, evidence, words={"range": time_in_words(hours)})

    def _swings(self, row: int) -> Floats:
        """How far it rose and fell on each of the days before today (the second greatest is what is usual)."""
        at = (int(self._days.today[row]) + np.arange(1, KEPT)) % KEPT
        swings: Floats = (self._days.high[row, at] - self._days.low[row, at]).astype(np.float64)
        return swings[-14:]
