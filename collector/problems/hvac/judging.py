"""How long each fault has held on each equipment, and which are found. Pure numpy; state is a few numbers per fault and equipment."""

import numpy as np
from numpy.typing import NDArray

from collector.problems.hvac.fault import Fault
from collector.problems.hvac.frame import Frame

CLEAR = 30
"""Minutes of good that end what was found; while it is pending a good minute takes back two bad ones."""
FORGET = 90
"""Minutes in which it could not be judged, after which nothing is known of it any more."""


class Judging:
    """Rows are faults, columns equipment."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        self._need = np.array([fault.minutes for fault in faults], float)[:, None]
        self.score: NDArray[np.float64] = np.empty((len(faults), 0))
        self.found: NDArray[np.bool_] = np.empty((len(faults), 0), np.bool_)
        self.since: NDArray[np.int64] = np.empty((len(faults), 0), np.int64)
        self._judged: NDArray[np.int64] = np.empty((len(faults), 0), np.int64)

    def resize(self, keep: NDArray[np.intp]) -> None:
        """New columns: each the old one of that number, or fresh where it is -1."""
        for name, empty in (("score", 0.0), ("found", False), ("since", 0), ("_judged", 0)):
            old = getattr(self, name)
            made = np.full((len(self.faults), len(keep)), empty, old.dtype)
            made[:, keep >= 0] = old[:, keep[keep >= 0]]
            setattr(self, name, made)

    def step(self, frame: Frame) -> bool:
        """Take in a minute. True when what is found has changed."""
        verdicts = [fault.test(frame) for fault in self.faults]
        bad, known = np.stack([v[0] for v in verdicts]), np.stack([v[1] for v in verdicts])
        now = frame.minute
        fresh = bad & (self.score <= 0)
        self.since = np.where(fresh & ~self.found, now, self.since)
        self._judged = np.where(known, now, self._judged)
        loss = np.where(self.found, self._need / CLEAR, 2.0)
        score = np.where(known, np.where(bad, self.score + 1, self.score - loss), self.score)
        score = np.where(now - self._judged > FORGET, 0.0, score)
        self.score = np.clip(score, 0.0, self._need)
        found = np.where(self.found, self.score > 0, self.score >= self._need)
        changed = bool((found != self.found).any())
        self.found = found
        return changed

    def seed(self, fault: int, column: int, since: int, now: int) -> None:
        """It was found before this process began."""
        self.score[fault, column] = self.faults[fault].minutes
        self.found[fault, column] = True
        self.since[fault, column], self._judged[fault, column] = since, now

    def forget(self) -> None:
        """Nothing was heard for so long that all counting begins anew."""
        self.score[:] = 0.0
        self.found[:] = False
