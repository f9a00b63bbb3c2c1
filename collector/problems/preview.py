"""What a rule would have done: stored samples through the same judgement as the live ones. Pure.

The live engine looks every second; here each sample is asked whether the rule would have opened before it came, which is the same but
for that second. Of one point's problems those that come again within a quarter of an hour are one, as they are when they are told.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from collector.problems.fleet import PointRow
from collector.problems.hours import ONLY_THEN
from collector.problems.lifecycle import REOPEN_MS
from collector.problems.rules import Rule
from collector.problems.values.state_rules import FRESH_MS, StateRules

Span = tuple[int, int]
EVER = 1 << 62


class Episode(NamedTuple):
    """A problem that there would have been: subject (a point or device), opened, over (None: it would still be open), in ms."""

    subject: int
    opened: int
    over: int | None


class Replay(StateRules):
    """Judges as `StateRules` does, and notes what opened and was over."""

    def __init__(self, rule: Rule, points: Sequence[PointRow], hours: dict[int, list[Span]] | None = None) -> None:
        super().__init__([rule], lambda each, device: each)
        self.add(points)
        self._hours_of = hours or {}
        self._open: dict[int, int] = {}
        self.episodes: list[Episode] = []

    def feed(self, points: NDArray[np.int32], times: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        """Samples in order of time, later than all before."""
        self.observe(points, times, values)

    def _step(self, slots: NDArray[np.int32], times: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        watch = self._watches[slots, 0]
        self._look(watch, times)
        super()._step(slots, times, values)
        for each in watch[~self._active[watch]].tolist():
            if each in self._open:
                self._close(each, int(self._times[self._slot[each], -1]))

    def end(self, now: int) -> list[Episode]:
        """The episodes up to `now`, in order; those that come again soon are one."""
        every = np.arange(len(self._rule), dtype=np.int32)
        self._look(every, np.full(len(every), now + 1, np.int64))
        self._let_go(now)
        for watch in list(self._open):
            self._close(watch, None if self._active[watch] else now)
        return merged(self.episodes)

    def _look(self, watch: NDArray[np.int32], until: NDArray[np.int64]) -> None:
        """Open what is due before `until`, and end what its hours end. A window that runs out while nothing is heard ends it."""
        last = self._times[self._slot[watch], -1]
        needed = self._conditions.for_ms[self._rule[watch]]
        due = self._active[watch] & (self._since[watch] + needed < until)
        for each, to, heard in zip(watch[due].tolist(), until[due].tolist(), last[due].tolist(), strict=True):
            self._look_at(int(each), int(to), int(heard))

    def _look_at(self, watch: int, until: int, heard: int) -> None:
        rule = self._conditions.rules[self._rule[watch]]
        since, spans = int(self._since[watch]), self._hours_of.get(self._points[self._slot[watch]].device)
        spans = [(0, EVER)] if rule.during == "always" or spans is None else spans
        if watch in self._open:
            if rule.during in ONLY_THEN and (over := end_of(spans, self._open[watch])) < until:
                self._close(watch, over)
            return
        at = opens(since, rule.for_ms, heard, spans)
        if at is not None and at < until and max(at - heard, 0) <= FRESH_MS:
            self._open[watch] = at

    def _close(self, watch: int, over: int | None) -> None:
        self.episodes.append(Episode(self._points[self._slot[watch]].id, self._open.pop(watch), over))


def opens(since: int, needed: int, heard: int, spans: Sequence[Span]) -> int | None:
    """When what holds since `since` has held for `needed` ms within one of the spans, not before `heard`; None: in none of them."""
    for start, end in spans:
        at = max(max(since, start) + needed, heard if heard > since + needed else 0)
        if at < end and max(since, heard) < end:
            return at
    return None


def end_of(spans: Sequence[Span], at: int) -> int:
    """When the span that `at` is in ends."""
    return next((end for start, end in spans if start <= at < end), EVER)


def merged(episodes: Iterable[Episode]) -> list[Episode]:
    """Those of one subject that come again within a quarter of an hour are one problem. In order of opening."""
    found: list[Episode] = []
    for each in sorted(episodes, key=lambda one: (one.subject, one.opened)):
        before = found[-1] if found else None
        if (
            before
            and before.subject == each.subject
            and (before.over is None or each.opened - before.over <= REOPEN_MS)
        ):
            found[-1] = before._replace(over=each.over)
        else:
            found.append(each)
    return sorted(found, key=lambda one: (one.opened, one.subject))


def lasting(rule: Rule, needed: int, past: Iterable[Episode], hours: dict[int, list[Span]]) -> list[Episode]:
    """Of conditions that held from `opened` to `over`, by subject, the problems that the rule makes of those that held for `needed` ms."""
    found = []
    for each in past:
        spans = hours.get(each.subject) if rule.during != "always" else None
        at = opens(each.opened, needed, each.opened, spans if spans is not None else [(0, EVER)])
        if rule.enabled and at is not None and (each.over is None or at < each.over):
            found.append(each._replace(opened=at))
    return merged(found)


def may_hold(rule: Rule, least: float, most: float) -> bool:
    """Whether a day with these extremes could open it, or keep it open: what cannot is not read."""
    if rule.over:
        return most > least
    if rule.sign == 0:
        return any(least <= value <= most for value in rule.values)
    return most > rule.clear if rule.sign > 0 else least < rule.clear
