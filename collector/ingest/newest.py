"""The newest value of each point, in arrays indexed by point id: what pages show first. Pure."""

import numpy as np
from numpy.typing import NDArray

Bool = NDArray[np.bool_]
Ints = NDArray[np.int64]


def last_of_each(keys: NDArray[np.integer], times: Ints) -> NDArray[np.intp]:
    """Positions of the newest entry of each key (the later one in the arrays where two have one time)."""
    if not len(keys):
        return np.empty(0, np.intp)
    order = np.lexsort((times, keys))
    ordered = keys[order]
    last: NDArray[np.intp] = order[np.append(ordered[1:] != ordered[:-1], True)]
    return last


class Newest:
    """Grows with the largest id seen; 17 bytes a point."""

    def __init__(self) -> None:
        self._times: Ints = np.zeros(0, np.int64)
        self._values: NDArray[np.float64] = np.zeros(0)
        self._changed: Bool = np.zeros(0, np.bool_)

    def update(self, points: NDArray[np.int32], times: Ints, values: NDArray[np.float64]) -> None:
        """Take in samples in any order; an older one than is known changes nothing."""
        if not len(points):
            return
        self._grow(int(points.max()) + 1)
        last = last_of_each(points, times)
        ids = points[last]
        newer = times[last] > self._times[ids]
        ids, last = ids[newer], last[newer]
        self._times[ids] = times[last]
        self._values[ids] = values[last]
        self._changed[ids] = True

    def times(self, points: NDArray[np.int32]) -> Ints:
        """The newest time known of each of these points (all of them seen before)."""
        return self._times[points]

    def take_changed(self) -> tuple[NDArray[np.int32], Ints, NDArray[np.float64]]:
        """Points, times and values that changed since the last call."""
        ids = np.flatnonzero(self._changed).astype(np.int32)
        self._changed[ids] = False
        return ids, self._times[ids], self._values[ids]

    def put_back(self, points: NDArray[np.int32]) -> None:
        """They could not be written: have them changed again."""
        self._changed[points] = True

    def _grow(self, size: int) -> None:
        if size <= len(self._times):
            return
        room = max(size, 2 * len(self._times)) - len(self._times)
        self._times = np.append(self._times, np.zeros(room, np.int64))
        self._values = np.append(self._values, np.zeros(room))
        self._changed = np.append(self._changed, np.zeros(room, np.bool_))
