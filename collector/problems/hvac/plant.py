"""The heating plant: many zones of one building get colder together, and the plant gives nothing. One finding a building. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collector.problems.finding import Finding, Key, subject_of
from collector.problems.hvac.equipment import Equipment
from collector.problems.hvac.frame import Bools, Floats, Frame
from collector.problems.hvac.lasting import KEEP
from collector.problems.hvac.minutes import MINUTE_MS
from collector.problems.hvac.roles import INDEX

RULE = "hvac.plant"
SPAN = 25
"""Minutes over which a fall is measured."""
FALL = 0.2
"""K in `SPAN`."""
BELOW = 0.3
"""K below its heating setpoint: at night, set back, a zone may fall."""
LEAST_ZONES, SHARE = 5, 0.6
"""Zones that must fall, and the share of the building's known ones: one wing with its doors open is not the plant."""
COLD_WATER = 35.0
"""°C: hot water at or below this heats nothing."""
HEATS_BELOW = 13.0
"""°C (55 °F): outdoor air below which every school heats; boilers are locked out from 55 to 65 °F on."""
RISES = 2.0
"""K in `SPAN`: a boiler at work warms its water by more."""
WAIT, CLEAR = 3, 30
"""Minutes that it must hold, and in a row must be gone."""
VERDICT = 13
"""Minutes that it must hold while a boiler of the building is told to run and stands: that is found after 12, and is the cause."""


@dataclass
class _Course:
    """Since which minute; the minutes in a row that it is gone; those with school in and nobody who could tell."""

    since: int
    gone: int = 0
    lost: int = 0


class Plants:
    """Per building its course. Many zones must be known to say that it holds or is gone: else it stays what it was."""

    def __init__(self) -> None:
        self._courses: dict[int, _Course] = {}
        self.found: dict[int, Finding] = {}
        self.kept: set[int] = set()
        """Found before a long silence, and not judged since: neither found nor over."""

    def forget(self) -> None:
        """After a long silence."""
        self.kept |= self.found.keys()
        self.found.clear()
        self._courses = {building: _Course(self._courses[building].since) for building in self.kept}

    def step(
        self, frame: Frame, earlier: Floats, equipment: list[Equipment], building_of: NDArray[np.int64], doubted: Bools
    ) -> None:
        """Take in a minute; `earlier` (roles, equipment) is what was `SPAN` minutes ago, `building_of` where each equipment is,
        `doubted` which of it is a boiler that stands and is not yet found to have failed."""
        zone = frame["zone_temp"]
        low = frame.first("zone_heating_setpoint", "zone_setpoint")
        fall = earlier[INDEX["zone_temp"]] - zone
        known = np.isfinite(fall) & np.isfinite(low)
        falling = known & (fall > FALL) & (zone < low - BELOW)
        dead, alive = _dead(frame, earlier[INDEX["hot_water_supply"]]), _alive(frame)
        for building in sorted({*np.unique(building_of[known]).tolist(), *self._courses}):
            here = building_of == building
            count, zones = int((falling & here).sum()), int((known & here).sum())
            if zones < LEAST_ZONES:
                self._untold(building, here, frame)
                continue
            many = count >= LEAST_ZONES and count >= SHARE * zones
            said = bool((alive & here).any())
            plant = bool((dead & here).any()) if said else bool(frame.in_session[here].any())
            plant &= many and _wanted(frame, earlier[INDEX["boiler_command"]], here)
            self._count(building, many and plant, frame.minute)
            course = self._courses.get(building)
            wait = VERDICT if building not in self.found and (doubted & here).any() else WAIT
            if course is not None and frame.minute - course.since >= wait and many and building not in self.kept:
                names = [
                    unit.parts["zone_temp"].point for unit, cold in zip(equipment, falling & here, strict=True) if cold
                ]
                means = _middle(falling & here, zone_temp=zone, fall_k=fall)
                self.found[building] = _finding(building, course.since, names, means)

    def _count(self, building: int, bad: bool, minute: int) -> None:
        if bad:
            since = self._courses[building].since if building in self._courses else minute
            self._courses[building] = _Course(since)
            self.kept.discard(building)
        elif (course := self._courses.get(building)) is not None:
            course.gone, course.lost = course.gone + 1, 0
            if course.gone > (CLEAR if building in self.found or building in self.kept else 2):
                self._over(building)

    def _untold(self, building: int, here: Bools, frame: Frame) -> None:
        """What waits to be found begins anew; what was found stays, but where no equipment is any more, or for ever."""
        course = self._courses.get(building)
        if course is None:
            return
        course.lost += bool((frame.in_session & frame.heard)[here].any())
        if not here.any() or course.lost > KEEP or not (building in self.found or building in self.kept):
            self._over(building)

    def _over(self, building: int) -> None:
        del self._courses[building]
        self.found.pop(building, None)
        self.kept.discard(building)

    def seed(self, building: int, since: int) -> None:
        """It was found before this process began."""
        self._courses[building] = _Course(since)
        self.found[building] = _finding(building, since, [], {})
        self.kept.discard(building)


def _dead(frame: Frame, earlier: Floats) -> Bools:
    """A boiler that stands, or water that is cold and gets no warmer than it was (`earlier`)."""
    water = frame["hot_water_supply"]
    return np.asarray((frame.newest("boiler_status") < 0.5) | ((water <= COLD_WATER) & ~(water > earlier + RISES)))


def _wanted(frame: Frame, earlier: Floats, here: Bools) -> bool:
    """Whether heat is asked for, and was (`earlier`): a boiler that is locked out on a warm day has not failed, however cool its
    rooms are, nor one that has just been told to start."""
    command, out = frame.newest("boiler_command")[here], frame["outdoor_temp"][here]
    if (command > 0.5).any():
        return bool(((command > 0.5) & (earlier[here] > 0.5)).any())
    out = out[np.isfinite(out)]
    return bool(np.median(out) < HEATS_BELOW) if len(out) else not np.isfinite(command).any()


def _alive(frame: Frame) -> Bools:
    """Anything known of the plant."""
    return np.asarray(np.isfinite(frame.newest("boiler_status")) | np.isfinite(frame["hot_water_supply"]))


def _middle(zones: Bools, **figures: Floats) -> dict[str, float]:
    """The medians of these zones."""
    return {name: round(float(np.median(values[zones])), 2) for name, values in figures.items()}


def _finding(building: int, since: int, zones: list[int], means: Mapping[str, float]) -> Finding:
    evidence: Mapping[str, object] = {
        "zones": zones[:100],
        "means": dict(means),
        "limits": {"fall_k": FALL, "minutes": SPAN, "below_setpoint_k": BELOW, "share": SHARE},
        "source": "zones of one building falling together with the plant off",
        "fault": "plant",
    }
    return Finding(
        Key(RULE, subject_of("building", building)), since * MINUTE_MS, "", building=building, evidence=dict(evidence),
        words={"count": str(len(zones)) if zones else "many"},
    )  # fmt: skip
