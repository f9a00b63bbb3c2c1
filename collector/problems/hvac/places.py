"""Which building each equipment is in, and whether school is in there. Pure."""

import re
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from collector.calendar.school import SchoolCalendar
from collector.problems.detector import World
from collector.problems.hvac.frame import Bools
from collector.problems.hvac.layout import Layout
from collector.problems.hvac.minutes import MINUTE_MS

NOWHERE = -1


class Places:
    """Of the equipment of a layout, by column."""

    def __init__(self, world: World, layout: Layout) -> None:
        self._world, self._layout = world, layout

    def buildings(self) -> NDArray[np.int64]:
        """The building of each equipment, `NOWHERE` where its device is not known."""
        return np.array([self.building(unit.device) for unit in self._layout.equipment], np.int64)

    def building(self, device: int | None) -> int:
        """Where a device is."""
        known = self._world.devices.get(device or 0)
        return known.building if known is not None else NOWHERE

    def spoken(self, column: int) -> str:
        """The equipment's name where its device's own does not say it already: `AHU 2: AHU-2` says it twice."""
        unit = self._layout.equipment[column]
        device = self._world.devices.get(unit.device)
        said = _letters(device.name or "") if device is not None else ""
        return "" if re.search(re.escape(_letters(unit.name)) + r"(?!\d)", said) else unit.name

    def in_session(self, minute: int, before: int, after: int) -> Bools:
        """Whether school is in, so many minutes before and after it."""
        at, now = self.buildings(), minute * MINUTE_MS
        known = {each: self._calendar(each).in_session(now, before, after) for each in np.unique(at).tolist()}
        return np.array([known[each] for each in at.tolist()], np.bool_)

    def local(self, column: int, minute: int) -> datetime:
        """The wall clock there."""
        return self._calendar(self.building(self._layout.equipment[column].device)).local(minute * MINUTE_MS)

    def _calendar(self, building: int) -> SchoolCalendar:
        return self._world.calendars.of(None if building == NOWHERE else building)


def _letters(name: str) -> str:
    return "".join(each for each in name.lower() if each.isalnum())
