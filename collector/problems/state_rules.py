"""State rules, vectorised over points: above, below or is, with hysteresis and a time it must hold. Pure numpy.

State per watch (a point judged by a rule): whether the condition holds, since when, whether it has held long enough; per
watched point: its newest `KEPT` samples, which are a finding's evidence. Nothing grows with time.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collector.problems.conditions import Conditions
from collector.problems.finding import Finding, Key, subject_of
from collector.problems.fleet import PointRow
from collector.problems.rules import Rule

KEPT = 5
FRESH_MS = 15 * 60 * 1000
"""A condition goes on holding between samples for this long after the last one."""
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class StateRules:
    """Judges samples by rules. Give it points with `add`, samples with `observe`, and ask `firing`."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._conditions = Conditions(list(rules))
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
        chosen = [(point, rules) for point in points if (rules := self._conditions.of(point.metric, point.label))]
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
        self._active = _longer(self._active, len(self._rule), 0)
        self._fired = _longer(self._fired, len(self._rule), 0)
        self._since = _longer(self._since, len(self._rule), 0)
        self._times = np.vstack([self._times, np.zeros((len(chosen), KEPT), np.int64)])
        self._recent = np.vstack([self._recent, np.zeros((len(chosen), KEPT))])

    def seed(self, key: Key, since: int) -> None:
        """A problem of this key is open: the condition holds until a sample says otherwise."""
        kind, _, identity = key.subject.partition(":")
        if kind != "point" or int(identity) >= len(self._slot_of) or self._slot_of[int(identity)] < 0:
            return
        for watch in self._watches[self._slot_of[int(identity)]]:
            if watch >= 0 and self._conditions.rules[self._rule[watch]].name == key.rule:
                self._active[watch] = self._fired[watch] = True
                self._since[watch] = since

    def longest(self, point: int) -> int:
        """The longest `for` of the point's rules in ms; 0 when none is for it."""
        slot = self._slot_of[point] if point < len(self._slot_of) else -1
        if slot < 0:
            return 0
        watches = self._watches[slot]
        return int(self._conditions.for_ms[self._rule[watches[watches >= 0]]].max())

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
        return points[holds]

    def observe(self, points: NDArray[np.int32], times: Ints, values: Floats) -> None:
        """Take in samples in any order; one not newer than what its point has is ignored."""
        slots = self._slots(points)
        watched = np.flatnonzero(slots >= 0)
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
        needed = self._conditions.for_ms[self._rule]
        waited = (now - self._since >= needed) & (now - last <= FRESH_MS)
        self._fired = self._active & (self._fired | waited | (last - self._since >= needed))
        return [self._finding(watch) for watch in np.flatnonzero(self._fired).tolist()]

    def _finding(self, watch: int) -> Finding:
        slot, rule = int(self._slot[watch]), self._conditions.rules[self._rule[watch]]
        point = self._points[slot]
        seen = self._times[slot] > 0
        samples = [
            list(pair) for pair in zip(self._times[slot][seen].tolist(), self._recent[slot][seen].tolist(), strict=True)
        ]
        judged: dict[str, object] = {"samples": samples, "for_ms": rule.for_ms}
        judged |= {"is": list(rule.values)} if rule.sign == 0 else {"limit": rule.limit, "clear": rule.clear}
        value = float(self._recent[slot, -1]) if seen[-1] else None
        key = Key(rule.name, subject_of("point", point.id))
        return Finding(key, int(self._since[watch]), "", point.device, point.id, value, judged)

    def _step(self, slots: NDArray[np.int32], times: Ints, values: Floats) -> None:
        self._times[slots, :-1] = self._times[slots, 1:]
        self._recent[slots, :-1] = self._recent[slots, 1:]
        self._times[slots, -1], self._recent[slots, -1] = times, values
        for column in self._watches.T:
            watch = column[slots]
            on = watch >= 0
            watch, when = watch[on], times[on]
            was = self._active[watch]
            holds = self._conditions.hold(self._rule[watch], values[on], was)
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
