"""Equipment as arrays: which row of `Minutes` plays which role of which column. Pure."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from collector.problems.detector import World
from collector.problems.fleet import PointRow
from collector.problems.hvac.equipment import Equipment, Part, assembled
from collector.problems.hvac.minutes import Minutes
from collector.problems.hvac.quantity import scale
from collector.problems.hvac.roles import BY_NAME, INDEX, ROLES

NOBODY = -1


class Layout:
    """`table` is (roles, equipment) of rows of `minutes`, `NOBODY` where nothing plays the role."""

    def __init__(self, minutes: Minutes) -> None:
        self.minutes = minutes
        self.equipment: list[Equipment] = []
        self.table: NDArray[np.intp] = np.empty((len(ROLES), 0), np.intp)
        self.row_of: dict[int, int] = {}
        self._dense: NDArray[np.int32] = np.empty(0, np.int32)

    def build(self, world: World, points: Mapping[int, PointRow]) -> NDArray[np.intp]:
        """Made anew; returns for each equipment the column it had before, or -1."""
        before = {(unit.device, unit.name): column for column, unit in enumerate(self.equipment)}
        self.equipment = assembled(points.values(), world.devices, world.roles)
        self._rows([part for unit in self.equipment for part in unit.parts.values() if part.point not in self.row_of])
        self.table = np.full((len(ROLES), len(self.equipment)), NOBODY, np.intp)
        outdoor: dict[int, list[int]] = {}
        for column, unit in enumerate(self.equipment):
            for role, part in unit.parts.items():
                self.table[INDEX[role], column] = self.row_of[part.point]
            if "outdoor_temp" in unit.parts and unit.device in world.devices:
                building = world.devices[unit.device].building
                outdoor.setdefault(building, []).append(self.row_of[unit.parts["outdoor_temp"].point])
        self._lend(outdoor, world)
        return np.array([before.get((unit.device, unit.name), -1) for unit in self.equipment], np.intp)

    def own(self, role: str) -> NDArray[np.bool_]:
        """Which equipment has a point of its own in this role."""
        return np.array([role in unit.parts for unit in self.equipment], np.bool_)

    def rows(self, points: NDArray[np.int32]) -> NDArray[np.intp]:
        """The row of each point, `NOBODY` for those that play no role."""
        inside = (points >= 0) & (points < len(self._dense))
        return (
            np.where(inside, self._dense[np.where(inside, points, 0)], NOBODY)
            if len(self._dense)
            else np.full(len(points), NOBODY)
        )

    def spread(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values of rows as (roles, equipment), NaN where nothing plays the role."""
        return np.where(self.table >= 0, np.append(values, np.nan)[self.table], np.nan)

    def _rows(self, parts: list[Part]) -> None:
        self.minutes.add([scale(BY_NAME[part.role].quantity, part.unit) for part in parts])
        for part in parts:
            self.row_of[part.point] = len(self.row_of)
        self._dense = np.full(max(self.row_of, default=-1) + 1, NOBODY, np.int32)
        for point, row in self.row_of.items():
            self._dense[point] = row

    def _lend(self, outdoor: Mapping[int, list[int]], world: World) -> None:
        """Equipment without an outdoor air sensor takes its building's, where there is one alone."""
        place = INDEX["outdoor_temp"]
        for column, unit in enumerate(self.equipment):
            device = world.devices.get(unit.device)
            sensors = outdoor.get(device.building, []) if device is not None else []
            if self.table[place, column] == NOBODY and len(sensors) == 1:
                self.table[place, column] = sensors[0]
