"""How long each fault has held on each equipment, and which are found. Pure numpy; state is a few numbers per fault and equipment."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from collector.problems.hvac.fault import Fault
from collector.problems.hvac.frame import Frame

CLEAR = 30
"""Minutes of good that end what was found; while it is pending a good minute takes back two bad ones."""
FORGET = 90
"""Minutes in which it could not be judged, after which nothing is known of it any more."""
KEEP = 36 * 60
"""Minutes with school in (`Frame.in_session`: twelve hours a day) that a problem which was found stays open meanwhile, though its equipment
is heard: three school days. What can be judged by day alone is one problem from day to day, over weekends, breaks and summer."""
LONGEST = 120 * 24 * 60
"""Minutes that it stays open at the most, where school never is: a summer is shorter."""


class Lasting:
    """Rows are faults, columns equipment."""

    COLUMNS: Mapping[str, float] = {
        "score": 0,
        "found": False,
        "since": 0,
        "_judged": 0,
        "kept": False,
        "_good": 0,
        "_lost": 0,
    }

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        self._need = np.array([fault.minutes for fault in faults], float)[:, None]
        self.score: NDArray[np.float64] = np.empty((len(faults), 0))
        self.found: NDArray[np.bool_] = np.empty((len(faults), 0), np.bool_)
        self.since: NDArray[np.int64] = np.empty((len(faults), 0), np.int64)
        self._judged: NDArray[np.int64] = np.empty((len(faults), 0), np.int64)
        self.kept: NDArray[np.bool_] = np.empty((len(faults), 0), np.bool_)
        """Found, and then unknown for so long that it is found no more; neither is it known to be over."""
        self._good: NDArray[np.int64] = np.empty((len(faults), 0), np.int64)
        """Good minutes since it is kept."""
        self._lost: NDArray[np.int64] = np.empty((len(faults), 0), np.int64)
        """Minutes since it was last judged in which it was heard with school in, and nobody could tell."""

    def step(self, frame: Frame) -> bool:
        """Take in a minute. True when what is found has changed."""
        verdicts = [fault.test(frame) for fault in self.faults]
        bad, known = np.stack([v[0] for v in verdicts]), np.stack([v[1] for v in verdicts])
        now = frame.minute
        fresh = bad & (self.score <= 0)
        self.since = np.where(fresh & ~self.found & ~self.kept, now, self.since)
        self._judged = np.where(known, now, self._judged)
        loss = np.where(self.found, self._need / CLEAR, 2.0)
        score = np.where(known, np.where(bad, self.score + 1, self.score - loss), self.score)
        score = np.where(now - self._judged > FORGET, 0.0, score)
        self.score = np.clip(score, 0.0, self._need)
        found = np.where(self.found, self.score > 0, self.score >= self._need)
        changed = bool((found != self.found).any())
        self._lost = np.where(known, 0, self._lost + (frame.in_session & frame.heard))
        self._keep(self.found & (now - self._judged > FORGET), bad, known, now)
        self.found = found
        self.kept &= ~found
        return changed

    def _keep(self, lapsed: NDArray[np.bool_], bad: NDArray[np.bool_], known: NDArray[np.bool_], now: int) -> None:
        """What lapses is kept until it is good for as long as ends what is found, or nobody could tell for too long."""
        good = np.where(bad, 0, self._good + known)
        self._good = np.where(self.kept, good, 0)
        known_of = (self._lost <= KEEP) & (now - self._judged <= LONGEST)
        self.kept = (self.kept & (self._good < CLEAR) & known_of) | lapsed

    def seed(self, fault: int, column: int, since: int, now: int) -> None:
        """It was found before this process began."""
        self.score[fault, column] = self.faults[fault].minutes
        self.found[fault, column] = True
        self.since[fault, column], self._judged[fault, column], self._lost[fault, column] = since, now, 0

    def forget(self) -> None:
        """Nothing was heard for so long that all counting begins anew; what was found is kept, as nobody says that it is over."""
        self.kept |= self.found
        self.score[:] = 0.0
        self.found[:] = False
