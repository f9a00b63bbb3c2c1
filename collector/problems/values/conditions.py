"""The conditions of state rules as arrays, so that many points are judged at once. Pure numpy."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

import numpy as np
from numpy.typing import NDArray

from collector.problems.rule import Rule
from protocols.metrics import BY_NAME
from protocols.rules import MOST_VALUES

_LEAST = 1e-9


class Conditions:
    """One entry per rule as it is somewhere: what a person has set for a building or a device makes another entry."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules: list[Rule] = []
        self.for_ms = np.zeros(0, np.int64)
        self.per_ms = np.zeros(0, np.int64)
        self.timed = np.zeros(0, np.bool_)
        """Which hold only in some hours."""
        self._sign, self._limit, self._clear = np.zeros(0), np.zeros(0), np.zeros(0)
        self._values = np.zeros((0, MOST_VALUES))
        self._unknown = np.zeros(0)
        self._places: dict[int, int] = {}
        self._by_metric: dict[str, list[Rule]] = {}
        for rule in rules:
            self._by_metric.setdefault(rule.metric, []).append(rule)

    def of(self, metric: str, label: str | None) -> list[Rule]:
        """The rules for a point, as given."""
        return [rule for rule in self._by_metric.get(metric, ()) if fnmatchcase(label or "", rule.label)]

    def place(self, rule: Rule) -> int:
        """Its entry, made when it is new. The same rule object has one entry."""
        place = self._places.get(id(rule))
        if place is not None:
            return place
        self._places[id(rule)] = place = len(self.rules)
        self.rules.append(rule)
        self.for_ms = np.append(self.for_ms, rule.for_ms)
        self.per_ms = np.append(self.per_ms, rule.per_ms)
        self.timed = np.append(self.timed, rule.during != "always")
        self._sign = np.append(self._sign, float(rule.sign))
        reached = _LEAST * rule.sign if rule.over else 0.0  # so much within the window is enough, not only more
        self._limit = np.append(self._limit, rule.limit - reached)
        self._clear = np.append(self._clear, rule.clear)
        self._values = np.vstack([self._values, np.full((1, MOST_VALUES), np.nan)])
        self._values[place, : len(rule.values)] = rule.values
        self._unknown = np.append(self._unknown, _unknown(rule.metric))
        return place

    def hold(
        self, rule: NDArray[np.int32], values: NDArray[np.float64], active: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Whether each value meets its rule; what is active goes on until the value is at `clear` or better, and while a state
        is unknown: that is neither good nor bad.
        """
        sign = self._sign[rule]
        limit = np.where(active, self._clear[rule], self._limit[rule])
        one_of = (values[:, None] == self._values[rule]).any(axis=1) | (active & (values == self._unknown[rule]))
        held = np.where(sign == 0, one_of, sign * values > sign * limit)
        return np.asarray(held, np.bool_)


def _unknown(metric: str) -> float:
    """The number of the metric's state `unknown`; NaN, which equals nothing, where it has none."""
    known = BY_NAME.get(metric)
    states = known.states if known is not None and known.states else {}
    return next((float(number) for number, name in states.items() if name == "unknown"), np.nan)
