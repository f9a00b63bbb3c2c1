"""Which records of a trend log fall into the time in which its device could not be asked. Pure.

A log is walked from its newest record to older ones. Records are stamped by the device's own clock, which may be wrong and may
have been set since: what is known is how old a record is by that clock, and that is taken off the agent's.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from protocols.drivers.bacnet.log_buffer import Record

OUT_OF_ORDER = 10
"""Records in a row that are not older than one seen before, after which the clock must have been set untold: what lies
before cannot be placed. A few are met when the log goes on while it is read and its positions move."""


class Gap(NamedTuple):
    """A time that is missing, in ms of the agent's clock; its ends are not."""

    start: int
    end: int


@dataclass
class Walk:
    """One walk through a log. `gaps` is what is still missing; `ahead` by how much the device's local clock is ahead (ms)."""

    gaps: list[Gap]
    ahead: float
    oldest: float = math.inf
    _shift: float = 0.0
    _disorder: int = 0
    _is_lost: bool = False

    @property
    def is_over(self) -> bool:
        """Whether older records can give nothing more."""
        return self._is_lost or not self.gaps

    def take(self, page: Sequence[Record]) -> list[tuple[int, float]]:
        """Time and value of the records of `page` (oldest first) that fill a gap, newest first."""
        found: list[tuple[int, float]] = []
        for record in reversed(page):
            at = record.at + self._shift - self.ahead
            if self._is_lost or not self._is_older(at):
                continue
            if record.change is not None:
                self._shift += record.change * 1000
                self._is_lost = record.change == 0
            elif record.value is not None and any(gap.start < at < gap.end for gap in self.gaps):
                found.append((round(at), record.value))
        self.gaps = [Gap(start, min(end, round(self.oldest))) for start, end in self.gaps if start < self.oldest]
        return found

    def _is_older(self, at: float) -> bool:
        if at < self.oldest:
            self.oldest, self._disorder = at, 0
            return True
        self._disorder += 1
        self._is_lost = self._disorder > OUT_OF_ORDER
        return False
