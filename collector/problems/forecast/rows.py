"""Which points can run out, and the row of each in every array of the forecast. Pure."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collector.problems.detector import World
from collector.problems.fleet import PointRow
from collector.problems.forecast.days import Ints
from collector.problems.forecast.horizons import PLACE, WAYS, Way

_OFFSETS_MS = 15 * 60_000
"""How often offsets from UTC are looked up."""


class Rows:
    """In the order in which they were learned. `way` is the place of each in `WAYS`, `offset` its building's, from UTC (ms)."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.points: list[PointRow] = []
        self.ids: list[int] = []
        self.way = np.zeros(0, np.int64)
        self.offset = np.zeros(0, np.int64)
        self._offsets_at = 0
        self._row: dict[int, int] = {}
        self._lookup = np.full(0, -1, np.int64)
        self._metrics: set[tuple[int, str]] = set()
        """Which metrics a device has, of those that can run out."""

    def add(self, points: Sequence[PointRow]) -> int:
        """Take in points; those that cannot run out are left out. Returns how many are new."""
        new = [point for point in points if point.metric in PLACE and point.id not in self._row]
        if not new:
            return 0
        for point in new:
            self._row[point.id] = len(self.ids)
            self.ids.append(point.id)
            self.points.append(point)
            self._metrics.add((point.device, point.metric))
        more = max(self.ids) + 1 - len(self._lookup)
        self._lookup = np.append(self._lookup, np.full(max(more, 0), -1, np.int64))
        self._lookup[[point.id for point in new]] = [self._row[point.id] for point in new]
        self.way = np.append(self.way, [PLACE[point.metric] for point in new])
        self.offset = np.append(self.offset, np.zeros(len(new), np.int64))
        self._offsets_at = 0
        return len(new)

    def of(self, points: NDArray[np.signedinteger[Any]]) -> Ints:
        """The row of each point, -1 for those that cannot run out."""
        inside = points < len(self._lookup)
        rows: Ints = np.where(inside, self._lookup[np.where(inside, points, 0)] if len(self._lookup) else -1, -1)
        return rows

    def row(self, subject: str) -> int | None:
        """The row of a problem's subject (`point:7`)."""
        return self._row.get(int(subject.partition(":")[2]))

    def way_of(self, row: int) -> Way:
        """How it runs out."""
        return WAYS[int(self.way[row])]

    def building(self, row: int) -> int | None:
        """Where its device is."""
        device = self._world.devices.get(self.points[row].device)
        return None if device is None else device.building

    def better_known(self, row: int) -> bool:
        """Whether another point of the device knows better."""
        unless = self.way_of(row).unless
        return bool(unless) and (self.points[row].device, unless) in self._metrics

    def refresh_offsets(self, now: int) -> None:
        """Clocks change twice a year: looked up every quarter of an hour."""
        if now - self._offsets_at < _OFFSETS_MS and self._offsets_at:
            return
        self._offsets_at = now
        known: dict[int | None, int] = {}
        for row in range(len(self.points)):
            building = self.building(row)
            if building not in known:
                away = self._world.calendars.of(building).local(now).utcoffset()
                known[building] = round(away.total_seconds() * 1000) if away else 0
            self.offset[row] = known[building]
