"""State rules, vectorised over points: above, below or is, or what came together in a window, with hysteresis and a time it must
hold. Pure numpy.

State per watch (a point judged by a rule as it is for its device): whether the condition holds, since when, whether it has held
long enough; per watched point: its newest `KEPT` samples, which are a finding's evidence. Nothing grows with time.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collector.problems.finding import Finding, Key, subject_of
from collector.problems.fleet import PointRow
from collector.problems.hours import ONLY_THEN, Hours
from collector.problems.rules import Rule
from collector.problems.values.conditions import Conditions
from collector.problems.values.sums import Sums
from protocols.metrics import BY_NAME

KEPT = 5
FRESH_MS = 15 * 60 * 1000
"""A condition goes on holding between samples for this long after the last one."""
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
AsFor = Callable[[Rule, int], Rule]
"""A rule as it is for a device."""


def _as_written(rule: Rule, device: int) -> Rule:
    return rule


class StateRules:
    """Judges samples by rules. Give it points with `add`, samples with `observe`, and ask `firing`.

    `as_for`: a rule as it is for a device; one that is not `enabled` there is not watched. `building_of`: a device's.
    """

    def __init__(
        self, rules: Iterable[Rule], as_for: AsFor = _as_written, hours: Hours | None = None,
        building_of: Callable[[int], int | None] = lambda device: None,
    ) -> None:  # fmt: skip
        self._conditions = Conditions(list(rules))
        self._as_for, self._hours, self._building_of = as_for, hours, building_of
        self._sums = Sums()
        self._sum_of = np.full(0, -1, np.int32)  # by watch: its row in the sums
        self._summed: list[bool] = []  # by column of watches
        self._points: list[PointRow] = []
        self._slot_of = np.full(0, -1, np.int32)  # by point id
        self._watches = np.full((0, 1), -1, np.int32)  # by slot: its watches, -1 where fewer
        self._rule = np.zeros(0, np.int32)  # by watch
        self._slot = np.zeros(0, np.int32)
        self._active = np.zeros(0, np.bool_)
        self._fired = np.zeros(0, np.bool_)
        self._since: Ints = np.zeros(0, np.int64)
        self._times: Ints = np.zeros((0, KEPT), np.int64)  # by slot, newest last
        self._recent: Floats = np.zeros((0, KEPT))

    def add(self, points: Iterable[PointRow]) -> None:
        """Watch those of the points that a rule is for; each point once."""
        chosen = [(point, rules) for point in points if (rules := self._rules_for(point))]
        if not chosen:
            return
        first = len(self._points)
        self._watches = self._table([rules for _, rules in chosen])
        self._points += [point for point, _ in chosen]
        highest = max(point.id for point, _ in chosen)
        self._slot_of = _longer(self._slot_of, highest + 1, -1)
        self._slot_of[[point.id for point, _ in chosen]] = range(first, first + len(chosen))
        self._rule = np.append(self._rule, np.array([rule for _, rules in chosen for rule in rules], np.int32))
        slots = [slot for slot, (_, rules) in enumerate(chosen, first) for _ in rules]
        self._slot = np.append(self._slot, np.array(slots, np.int32))
        sums = [self._sum_row(rule) for _, rules in chosen for rule in rules]
        self._sum_of = np.append(self._sum_of, np.array(sums, np.int32))
        self._summed = [bool((self._sum_of[column[column >= 0]] >= 0).any()) for column in self._watches.T]
        self._active = _longer(self._active, len(self._rule), 0)
        self._fired = _longer(self._fired, len(self._rule), 0)
        self._since = _longer(self._since, len(self._rule), 0)
        self._times = np.vstack([self._times, np.zeros((len(chosen), KEPT), np.int64)])
        self._recent = np.vstack([self._recent, np.zeros((len(chosen), KEPT))])

    def _rules_for(self, point: PointRow) -> list[int]:
        """The entries of the rules that watch it. A point that does not speak the catalogue's unit is not judged by its limits."""
        known = BY_NAME.get(point.metric)
        if known is not None and known.unit != "*" and point.unit not in ("", known.unit):
            return []
        rules = [self._as_for(rule, point.device) for rule in self._conditions.of(point.metric, point.label)]
        return [self._conditions.place(rule) for rule in rules if rule.enabled]

    def _sum_row(self, place: int) -> int:
        rule = self._conditions.rules[place]
        if not rule.over:
            return -1
        known = BY_NAME.get(rule.metric)
        return self._sums.add(rule.over, rule.per_ms, known is not None and known.kind == "counter")

    def seed(self, key: Key, since: int, newest: float | None = None) -> None:
        """A problem of this key is open: the condition holds until a sample says otherwise. `newest`: its rule may be another
        since; then not where this value would not begin it.
        """
        if key.kind != "point" or key.number >= len(self._slot_of) or self._slot_of[key.number] < 0:
            return
        for watch in self._watches[self._slot_of[key.number]]:
            if watch < 0 or self._conditions.rules[self._rule[watch]].name != key.rule:
                continue
            if newest is None or self._sum_of[watch] >= 0 or self._begins(watch, newest):
                self._active[watch] = self._fired[watch] = True
                self._since[watch] = since

    def _begins(self, watch: int, value: float) -> bool:
        rule = np.array([self._rule[watch]], np.int32)
        return bool(self._conditions.hold(rule, np.array([value]), np.zeros(1, np.bool_))[0])

    def longest(self, point: int) -> int:
        """The longest `for` and window of the point's rules in ms; 0 when none is for it."""
        slot = self._slot_of[point] if point < len(self._slot_of) else -1
        if slot < 0:
            return 0
        watches = self._watches[slot]
        rules = self._rule[watches[watches >= 0]]
        return int((self._conditions.for_ms[rules] + self._conditions.per_ms[rules]).max())

    def candidates(self, points: NDArray[np.int32], values: Floats) -> NDArray[np.int32]:
        """Of these points (each once, with its newest value) those whose condition may hold: their past matters."""
        slots = self._slots(points)
        watched = slots >= 0
        if not watched.any():
            return points[:0]
        holds = np.zeros(len(points), np.bool_)
        for column in self._watches.T:
            watch = np.where(watched, column[slots], -1)
            on = watch >= 0
            holds[on] |= self._conditions.hold(self._rule[watch[on]], values[on], np.ones(int(on.sum()), np.bool_))
            holds[on] |= self._sum_of[watch[on]] >= 0
        return points[holds]

    def observe(self, points: NDArray[np.int32], times: Ints, values: Floats) -> None:
        """Take in samples in any order; one not newer than what its point has is ignored, and what is no number."""
        slots = self._slots(points)
        watched = np.flatnonzero((slots >= 0) & np.isfinite(values))
        if not len(watched):
            return
        order = watched[np.lexsort((times[watched], slots[watched]))]
        slots, times, values = slots[order], times[order], values[order]
        starts = np.flatnonzero(np.append(True, slots[1:] != slots[:-1]))
        place = np.arange(len(slots)) - np.repeat(starts, np.diff(np.append(starts, len(slots))))
        for turn in range(int(place.max()) + 1):  # in one turn each point has one sample
            at = np.flatnonzero(place == turn) if turn else starts
            at = at[times[at] > self._times[slots[at], -1]]
            self._step(slots[at], times[at], values[at])

    def firing(self, now: int) -> list[Finding]:
        """The watches whose condition has held long enough at `now`; a finding's agent is left empty."""
        last = self._times[self._slot, -1]
        self._let_go(now)
        needed = self._conditions.for_ms[self._rule]
        waited = (now - self._since >= needed) & (now - last <= FRESH_MS)
        fired = self._active & (self._fired | waited | (last - self._since >= needed))
        for watch in np.flatnonzero(fired & self._conditions.timed[self._rule]).tolist():
            fired[watch] = self._in_its_hours(watch, now)
        self._fired = fired
        return [self._finding(watch, now) for watch in np.flatnonzero(self._fired).tolist()]

    def _let_go(self, now: int) -> None:
        """A window moves on though nothing is heard: what was too much within it is over by itself."""
        watches = np.flatnonzero(self._active & (self._sum_of >= 0))
        if len(watches):
            sums = self._sums.at(self._sum_of[watches], np.full(len(watches), now, np.int64))
            held = self._conditions.hold(self._rule[watches], sums, np.ones(len(watches), np.bool_))
            self._active[watches[~held]] = False

    def _in_its_hours(self, watch: int, now: int) -> bool:
        rule = self._conditions.rules[self._rule[watch]]
        if self._hours is None or (self._fired[watch] and rule.during not in ONLY_THEN):
            return True
        building = self._building_of(self._points[self._slot[watch]].device)
        return self._hours.due(building, rule.during, int(self._since[watch]), rule.for_ms, now)

    def _finding(self, watch: int, now: int) -> Finding:
        slot, rule = int(self._slot[watch]), self._conditions.rules[self._rule[watch]]
        point = self._points[slot]
        seen = self._times[slot] > 0
        samples = [
            list(pair) for pair in zip(self._times[slot][seen].tolist(), self._recent[slot][seen].tolist(), strict=True)
        ]
        judged: dict[str, object] = {"samples": samples, "for_ms": rule.for_ms}
        judged |= {"label": point.label} if point.label else {}
        judged |= {"is": list(rule.values)} if rule.sign == 0 else {"limit": rule.limit, "clear": rule.clear}
        value = float(self._recent[slot, -1]) if seen[-1] else None
        key, words = Key(rule.name, subject_of("point", point.id)), {}
        if rule.over:
            row = self._sum_of[watch : watch + 1]
            value = float(self._sums.at(row, np.full(1, now, np.int64))[0]) if seen[-1] else None
            words = {"count": f"{value or 0:.0f}"}
            judged |= {rule.over: value, "per_ms": rule.per_ms}
        since = int(self._since[watch])
        if rule.during in ONLY_THEN and self._hours is not None:
            since = max(since, self._hours.began(self._building_of(point.device), rule.during, now) or 0)
        limit = rule.limit if rule.sign else None
        return Finding(
            key, since, "", point.device, point.id, value, judged, severity=rule.severity, limit=limit, words=words
        )

    def _step(self, slots: NDArray[np.int32], times: Ints, values: Floats) -> None:
        self._times[slots, :-1] = self._times[slots, 1:]
        self._recent[slots, :-1] = self._recent[slots, 1:]
        self._times[slots, -1], self._recent[slots, -1] = times, values
        for column, summed in zip(self._watches.T, self._summed, strict=True):
            watch = column[slots]
            on = watch >= 0
            watch, when, judged = watch[on], times[on], values[on]
            if summed and len(watch):
                some = np.flatnonzero(self._sum_of[watch] >= 0)
                judged[some] = self._sums.take(self._sum_of[watch[some]], when[some], judged[some])
            was = self._active[watch]
            holds = self._conditions.hold(self._rule[watch], judged, was)
            holds |= was & (when < self._since[watch])  # seeded: a sample from before it began says nothing
            begins = holds & ~was
            self._since[watch[begins]] = when[begins]
            self._active[watch] = holds
            self._fired[watch] &= holds

    def _table(self, chosen: list[list[int]]) -> NDArray[np.int32]:
        """The table of watches by slot, with a row more for each new point's rules."""
        first, columns = self._watches.shape
        table = np.full((first + len(chosen), max(columns, *map(len, chosen))), -1, np.int32)
        table[:first, :columns] = self._watches
        watch = len(self._rule)
        for slot, rules in enumerate(chosen, first):
            table[slot, : len(rules)] = range(watch, watch + len(rules))
            watch += len(rules)
        return table

    def _slots(self, points: NDArray[np.int32]) -> NDArray[np.int32]:
        inside = points < len(self._slot_of)
        return np.where(inside, self._slot_of[np.where(inside, points, 0)] if len(self._slot_of) else -1, -1)


def _longer(array: NDArray[Any], size: int, filler: int) -> NDArray[Any]:
    if size <= len(array):
        return array
    return np.append(array, np.full(size - len(array), filler, array.dtype))
