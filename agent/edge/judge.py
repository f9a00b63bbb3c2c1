"""Which conditions hold: one value after another, with hysteresis and a time it must hold. Pure; bounded.

It says of each value what the collector's state rules say of it, without numpy: a building's agent has a few hundred such points.
"""

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from agent.edge.rules import NIGHT, EdgeRule
from agent.edge.times import Night

MOST = 5_000
"""Points times rules that are judged; one costs about 300 bytes."""
FRESH_MS = 15 * 60_000
"""A value says nothing new for longer than this: what has not fired by then does not, and an older one is not taken in."""
AHEAD_MS = 5 * 60_000


class Key(NamedTuple):
    """What is judged by which rule: a point is its device's key, metric and label."""

    rule: str
    device: str
    metric: str
    label: str | None


class Value(NamedTuple):
    """One value of a point; `time` in ms."""

    metric: str
    label: str | None
    value: float
    time: int
    unit: str | None = None


class Standing(NamedTuple):
    """A condition that has held long enough: since `since`, fired at `fired`, by the sample of `by` (ms)."""

    since: int
    fired: int
    by: int
    value: float
    unit: str | None


@dataclass(slots=True)
class _Watch:
    rule: EdgeRule
    active: bool = False
    since: int = 0
    last: int = 0
    fired: int | None = None
    by: int = 0
    value: float = math.nan
    unit: str | None = None


class Judge:
    """Give it values with `observe`, ask `standing`. `dropped` counts points beyond `MOST`."""

    def __init__(self, rules: Iterable[EdgeRule], night: Night, most: int = MOST) -> None:
        self._by_metric: dict[str, list[EdgeRule]] = {}
        for rule in (each for each in rules if each.metric):
            self._by_metric.setdefault(rule.metric, []).append(rule)
        self._exact: dict[tuple[str, str, str | None], EdgeRule] = {}
        """Rules of one point alone: of no concern to the thousands of others that have the same metric."""
        self._points: dict[tuple[str, str, str | None], list[_Watch]] = {}
        self._night = night
        self._most, self._count = most, 0
        self.dropped = 0

    @property
    def metrics(self) -> Collection[str]:
        """Metrics of which any point may be judged; of others those alone that are given to `watch`."""
        return self._by_metric.keys()

    def judges(self, device: str, metric: str, label: str | None) -> bool:
        """Whether any rule is for this point."""
        return bool(self._rules(device, metric, label))

    def watch(self, rule: EdgeRule, device: str, label: str | None) -> None:
        """Judge one rule more, of this point alone, from the next value on; not where somebody has set a limit of their own for it."""
        point = (device, rule.metric, label)
        own = any(each.label != "*" and each.sign == rule.sign for each in self._rules(*point))
        if not own and point not in self._exact:
            self._exact[point] = rule
            if point in self._points:
                self._points[point].append(_Watch(rule))
                self._count += 1

    def knows(self, key: Key) -> bool:
        """Whether there is such a rule for such a point."""
        return any(rule.name == key.rule for rule in self._rules(key.device, key.metric, key.label))

    def seed(self, key: Key, since: int) -> None:
        """It was there when the agent ended: it holds until a value says otherwise."""
        for watch in self._watches(key.device, key.metric, key.label):
            if watch.rule.name == key.rule:
                watch.active, watch.since, watch.fired = True, since, since

    def observe(self, device: str, value: Value, now: int) -> None:
        """Take in a value; one that is no number, old, ahead, or not newer than what its point has is ignored."""
        if not math.isfinite(value.value) or not now - FRESH_MS <= value.time <= now + AHEAD_MS:
            return
        for watch in self._watches(device, value.metric, value.label):
            if value.time > watch.last and not (watch.active and value.time < watch.since):
                self._step(watch, value)

    def standing(self, now: int) -> dict[Key, Standing]:
        """All that has held for the time its rule asks for."""
        found = {}
        for (device, metric, label), watches in self._points.items():
            for watch in watches:
                if watch.active and self._fires(watch, now) and watch.fired is not None:
                    key = Key(watch.rule.name, device, metric, label)
                    found[key] = Standing(watch.since, watch.fired, watch.by, watch.value, watch.unit)
        return found

    def _fires(self, watch: _Watch, now: int) -> bool:
        held = watch.last - watch.since >= watch.rule.for_ms
        waited = now - watch.since >= watch.rule.for_ms and now - watch.last <= FRESH_MS
        if watch.fired is None and (held or waited):
            watch.fired = min(now, watch.since + watch.rule.for_ms)
            watch.by = watch.last
        return watch.fired is not None

    def _step(self, watch: _Watch, value: Value) -> None:
        holds = watch.rule.holds(value.value, watch.active)
        if watch.rule.during in NIGHT:
            holds = holds and self._night.is_night(value.time)
        if holds and not watch.active:
            watch.since, watch.fired = value.time, None
        watch.active, watch.last, watch.value, watch.unit = holds, value.time, value.value, value.unit

    def _rules(self, device: str, metric: str, label: str | None) -> list[EdgeRule]:
        exact = self._exact.get((device, metric, label))
        rules = [rule for rule in self._by_metric.get(metric, ()) if rule.concerns(device, label)]
        return rules if exact is None else [*rules, exact]

    def _watches(self, device: str, metric: str, label: str | None) -> list[_Watch]:
        point = (device, metric, label)
        watches = self._points.get(point)
        if watches is None:
            rules = self._rules(*point)
            if self._count + len(rules) > self._most:
                self.dropped += 1
                return []
            self._count += len(rules)
            watches = [_Watch(rule) for rule in rules]
            if watches or len(self._points) < self._most:  # that no rule is for it is remembered, too
                self._points[point] = watches
        return watches
