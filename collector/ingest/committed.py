"""What one commit brought, told to those who subscribed. Times are milliseconds since the epoch (UTC)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from protocols.wire.batch import Scalar

LATE_MS = 15 * 60 * 1000
"""Samples older than this update history and open nothing."""


class ReachSeen(NamedTuple):
    """A device answered, or did not, at `time`."""

    device: int
    time: int
    reachable: bool
    detail: str


class EventSeen(NamedTuple):
    """An event of a device."""

    device: int
    time: int
    kind: str
    severity: str
    detail: dict[str, Scalar]


class GapSeen(NamedTuple):
    """An agent gave up `samples` between `since` and `until`."""

    agent: str
    since: int
    until: int
    reason: str
    samples: int


@dataclass(slots=True)
class Committed:
    """One group of batches, after COMMIT. The sample columns have one entry each per sample, in order of arrival."""

    at_ms: int
    points: NDArray[np.int32]
    times: NDArray[np.int64]
    values: NDArray[np.float64]
    reach: list[ReachSeen] = field(default_factory=list)
    events: list[EventSeen] = field(default_factory=list)
    gaps: list[GapSeen] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    """Agents that were heard."""
    conflicts: set[str] = field(default_factory=set)
    """Agents that sent a batch whose place in the ledger another one has."""

    @property
    def late(self) -> NDArray[np.bool_]:
        """True for each sample older than 15 min when committed."""
        return self.times < self.at_ms - LATE_MS


Subscriber = Callable[[Committed], None]
