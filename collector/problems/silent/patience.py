"""How long devices and points may be silent, where people want it otherwise than the district. Pure."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from collector.problems.fleet import Device
from collector.problems.rules import RuleBook
from collector.problems.tuning import Tuning

_EVERY_MS = 60_000
"""How often it is looked up for each device: as often as devices are read."""


class Patience:
    """Asks the book. Who has less patience than the district is looked at sooner, who has more is told of later: a device that is
    silent speaks for its points meanwhile."""

    def __init__(self, book: RuleBook) -> None:
        self._book = book
        self._kept: dict[str, tuple[Tuning, int, NDArray[np.int64]]] = {}

    def least(self, rule: str, devices: Mapping[int, Device], size: int, now: int) -> int | NDArray[np.int64]:
        """From how long on (ms) it is looked at: the district's, or by device id where some have less."""
        district = self._book.for_ms(rule)
        if self._book.least_ms(rule) >= district:
            return district
        tuning, minute = self._book.tuning, now // _EVERY_MS
        known = self._kept.get(rule)
        if known is None or known[:2] != (tuning, minute) or len(known[2]) != size:
            least = np.full(size, district, np.int64)
            for device in devices.values():
                least[device.id] = min(district, self._book.for_ms(rule, device))
            self._kept[rule] = known = (tuning, minute, least)
        return known[2]

    def own(self, rule: str, device: Device | None) -> int | None:
        """How long it must be silent there (ms), where that is set for a part of the district. Where it is judged in some hours alone,
        these count: the gate does it (None)."""
        if device is None or rule not in self._book.rules or not self._book.tuning.spans(rule):
            return None
        there = self._book.of(rule, device)
        return there.for_ms if there.during == "always" else None
