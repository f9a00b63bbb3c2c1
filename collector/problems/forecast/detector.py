"""The forecast as a detector: takes in days, has worked out what came anew, says what runs out soon. Pure; `now` in ms."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np

from collector.ingest.committed import Committed
from collector.problems.detector import Detector, World
from collector.problems.finding import Finding, Key, subject_of
from collector.problems.fleet import Device, PointRow
from collector.problems.forecast import fast, saying
from collector.problems.forecast.days import Days, Floats, Ints
from collector.problems.forecast.filling import Filling
from collector.problems.forecast.forecasts import Forecast
from collector.problems.forecast.horizons import COUNTED_WAYS, FAST, LIMITS, TOPS, WAYS, Way
from collector.problems.forecast.making import Making
from collector.problems.forecast.plain import broken, outgrown
from collector.problems.forecast.rows import Rows

_DAY_MS, _EVERY_MS = 86_400_000, 60_000
"""A day; and how often what changed is worked out anew."""


class Forecasts(Detector):
    """State: the days of each point that can run out, 1 kB each; the forecasts made of them."""

    rules = frozenset(name for way in WAYS for name in (way.rule, way.soon, way.fast) if name)

    def __init__(self, world: World) -> None:
        self._world = world
        self.rows = Rows(world)
        self._days = Days()
        self._filling = Filling()
        self.making = Making(world, self.rows, self._days)
        self._due_at = 0
        self._near: set[int] = set()
        """Rows of which any rule could speak: few."""
        self._tuning = world.book.tuning
        self._held: dict[Key, int] = {}
        self._seeded: set[Key] = set()

    def learn(self, points: Sequence[PointRow]) -> None:
        """Take in points; those that cannot run out are left out."""
        more = self.rows.add(points)
        for each in (self._days, self._filling, self.making):
            each.grow(more)

    def seed(self, key: Key, since: int, now: int) -> None:
        """Open since before: it holds until a forecast says otherwise."""
        self._held[key] = since
        self._seeded.add(key)

    def remember(self, points: Ints, days: Ints, low: Floats, mean: Floats, high: Floats) -> None:
        """Whole days of the past, one entry a point and day (ordinal); figures that are no levels are left out."""
        rows = self.rows.of(points)
        good = (rows >= 0) & np.isfinite(mean) & (low >= 0)
        self._days.put(rows[good], days[good], low[good], mean[good], high[good])

    def observe(self, committed: Committed) -> None:
        """Take in one commit. What is late belongs to its day, and nothing fills fast by it."""
        rows = self.rows.of(committed.points)
        mine = np.flatnonzero(rows >= 0)
        if not len(mine):
            return
        self.rows.refresh_offsets(committed.at_ms)
        rows, times, values = rows[mine], committed.times[mine], committed.values[mine]
        ways = self.rows.way[rows]
        lowest = np.where(COUNTED_WAYS[ways], -np.inf, 0.0)
        good = np.isfinite(values) & (values >= lowest) & (values <= TOPS[ways])
        good &= times <= committed.at_ms + _DAY_MS
        self._days.observe(rows[good], times[good], values[good], self.rows.offset[rows[good]])
        quick = good & ~committed.late[mine] & FAST[ways]
        self._filling.observe(rows[quick], times[quick], values[quick], LIMITS[ways[quick]])

    def findings(self, now: int) -> Iterable[Finding]:
        """What runs out within its horizon. Worked out once a minute for levels that changed, and for all with a new day."""
        if now >= self._due_at:
            self._due_at = now + _EVERY_MS
            for row in self.making.refresh(now):
                self._take(row, self.making.made[row])
        if self._tuning is not self._world.book.tuning:
            self._tuning = self._world.book.tuning
            for row, made in self.making.made.items():
                self._look(row, made)
        found = {finding.key: finding for finding in self._said(now)}
        self._seeded = {key for key in self._seeded if not self._judged(key)}
        self._held = {key: since for key, since in self._held.items() if key in found or key in self._seeded}
        return found.values()

    def held(self) -> Collection[Key]:
        """Open since before this process began, and nothing says yet that it is over."""
        return self._seeded

    def changed(self) -> list[Forecast]:
        """Forecasts made since the last call."""
        rows, self.making.changed = list(self.making.changed.values()), {}
        return rows

    def _take(self, row: int, made: Forecast) -> None:
        self._look(row, made)
        if made.judged:
            subject, fast_ = subject_of("point", made.point), self.rows.way_of(row).fast
            self._seeded = {key for key in self._seeded if key.subject != subject or key.rule == fast_}

    def _look(self, row: int, made: Forecast) -> None:
        (self._near.add if saying.is_near(self._way(row), made) else self._near.discard)(row)

    def _way(self, row: int) -> Way:
        """How it runs out, and from when on people want to hear of it."""
        return saying.as_set(self.rows.way_of(row), self._world.book, self._device(row))

    def _said(self, now: int) -> Iterator[Finding]:
        quick = dict(self._of_hours(now))
        yield from self._of_days(now, quick)
        yield from quick.values()
        yield from self._full()

    def _of_days(self, now: int, quick: Mapping[int, Finding]) -> Iterator[Finding]:
        """What was said stays beside the plain rule: nothing has recovered. What is graver speaks for it: sooner, or `quick` by row."""
        for row in sorted(self._near):
            way, made, point = self._way(row), self.making.made[row], self.rows.points[row]
            key = saying.rule_of(way, made, subject_of("point", point.id), self._held)
            if key is None or (key not in self._held and self._known_better(row)):
                continue
            seen = saying.seen_days(way, row, self._days)
            found = saying.of_days(key, self._held.setdefault(key, now), point, made, seen)
            lesser = Key(way.rule, key.subject)
            if key.rule == way.soon and lesser in self._held:
                said = saying.of_days(lesser, self._held[lesser], point, made, seen)
                yield outgrown(said, found, self._world)
            yield outgrown(found, quick[row], self._world) if row in quick else found

    def _device(self, row: int) -> Device | None:
        return self._world.devices.get(self.rows.points[row].device)

    def _known_better(self, row: int) -> bool:
        plainly = saying.said_plainly(self._world.book, self.rows.way_of(row), self._days.last[row], self._device(row))
        return plainly or self.rows.better_known(row)

    def _of_hours(self, now: int) -> Iterator[tuple[int, Finding]]:
        for row in np.flatnonzero(np.isfinite(self._filling.hours)).tolist():
            way, point = self.rows.way_of(row), self.rows.points[row]
            key = Key(way.fast, subject_of("point", point.id))
            if fast.is_said(way, row, self._days, self._filling, key in self._held):
                since = self._held.setdefault(key, now)
                yield row, saying.of_hours(key, since, point, row, self._days, self._filling)

    def _full(self) -> Iterator[Finding]:
        """What filled fast and stands still, but where a plain rule says that it is full, has not recovered."""
        for key, since in self._held.items():
            row = self.rows.row(key.subject)
            if row is None or key.rule != self.rows.way_of(row).fast or np.isfinite(self._filling.hours[row]):
                continue
            level, point = float(self._days.last[row]), self.rows.points[row]
            if any(broken(self._world.book, self.rows.way_of(row), level, self._device(row))):
                yield Finding(key, since, "", point.device, point.id, level, {"level": level})

    def _judged(self, key: Key) -> bool:
        """Whether it is known if it holds: what fills fast as soon as it is seen to fill or not; point or device may be gone, too."""
        row = self.rows.row(key.subject)
        if row is None or self.rows.points[row].device not in self._world.devices:
            return True
        return key.rule == self.rows.way_of(row).fast and self._filling.judged(row)
