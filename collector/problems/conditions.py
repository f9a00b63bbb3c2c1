"""The conditions of state rules as arrays, so that many points are judged at once. Pure numpy."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

import numpy as np
from numpy.typing import NDArray

from collector.problems.rules import MOST_VALUES, Rule
from protocols.metrics import BY_NAME


class Conditions:
    """One entry per rule, in the order given."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = list(rules)
        self.for_ms = np.array([rule.for_ms for rule in rules], np.int64)
        self._sign = np.array([rule.sign for rule in rules], np.float64)
        self._limit = np.array([rule.limit for rule in rules], np.float64)
        self._clear = np.array([rule.clear for rule in rules], np.float64)
        self._values = np.full((len(rules), MOST_VALUES), np.nan)
        self._unknown = np.array([_unknown(rule.metric) for rule in rules], np.float64)
        self._by_metric: dict[str, list[int]] = {}
        for place, rule in enumerate(rules):
            self._values[place, : len(rule.values)] = rule.values
            self._by_metric.setdefault(rule.metric, []).append(place)

    def of(self, metric: str, label: str | None) -> list[int]:
        """The rules for a point."""
        places = self._by_metric.get(metric, [])
        return [place for place in places if fnmatchcase(label or "", self.rules[place].label)]

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
