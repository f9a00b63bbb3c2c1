"""The heating plant: many zones of one building get colder together, and the plant gives nothing. One finding a building. Pure."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from collector.problems.finding import Finding, Key, subject_of
from collector.problems.hvac.equipment import Equipment
from collector.problems.hvac.frame import Bools, Floats, Frame
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
COLD_WATER = 35.0
"""°C: hot water at or below this heats nothing."""
HEATS_BELOW = 13.0
"""°C (55 °F): outdoor air below which every school heats; boilers are locked out from 55 to 65 °F on."""
RISES = 2.0
"""K in `SPAN`: a boiler at work warms its water by more."""
WAIT, CLEAR = 3, 30
"""Minutes that it must hold, and must be gone."""


class Plants:
    """Per building: since when it holds, and for how long it is gone."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[int, int]] = {}
        self.found: dict[int, Finding] = {}

    def forget(self) -> None:
        """After a long silence."""
        self._held.clear()
        self.found.clear()

    def step(self, frame: Frame, earlier: Floats, equipment: list[Equipment], building_of: NDArray[np.int64]) -> None:
        """Take in a minute; `earlier` (roles, equipment) is what was `SPAN` minutes ago, `building_of` where each equipment is."""
        zone = frame["zone_temp"]
        low = frame.first("zone_heating_setpoint", "zone_setpoint")
        fall = earlier[INDEX["zone_temp"]] - zone
        known = np.isfinite(fall) & np.isfinite(low)
        falling = known & (fall > FALL) & (zone < low - BELOW)
        dead, alive = _dead(frame, earlier[INDEX["hot_water_supply"]]), _alive(frame)
        for building in np.unique(building_of[known]).tolist():
            here = building_of == building
            count, zones = int((falling & here).sum()), int((known & here).sum())
            many = count >= LEAST_ZONES and count >= SHARE * zones
            said = bool((alive & here).any())
            plant = bool((dead & here).any()) if said else bool(frame.in_session[here].any())
            plant &= many and _wanted(frame, earlier[INDEX["boiler_command"]], here)
            self._count(building, many and plant, frame.minute)
            if building in self._held and frame.minute - self._held[building][0] >= WAIT and many:
                names = [
                    unit.parts["zone_temp"].point for unit, cold in zip(equipment, falling & here, strict=True) if cold
                ]
                self.found[building] = _finding(building, self._held[building][0], names)

    def _count(self, building: int, bad: bool, minute: int) -> None:
        if bad:
            since, _ = self._held.get(building, (minute, minute))
            self._held[building] = (since, minute)
        elif building in self._held and minute - self._held[building][1] > (CLEAR if building in self.found else 2):
            del self._held[building]
            self.found.pop(building, None)

    def seed(self, building: int, since: int, now: int) -> None:
        """It was found before this process began."""
        self._held[building] = (since, now)
        self.found[building] = _finding(building, since, [])


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


def _finding(building: int, since: int, zones: list[int]) -> Finding:
    evidence: Mapping[str, object] = {
        "zones": zones[:100],
        "limits": {"fall_k": FALL, "minutes": SPAN, "below_setpoint_k": BELOW, "share": SHARE},
        "source": "zones of one building falling together with the plant off",
        "fault": "plant",
    }
    return Finding(
        Key(RULE, subject_of("building", building)), since * MINUTE_MS, "", building=building, evidence=dict(evidence),
        words={"count": str(len(zones)) if zones else "many"},
    )  # fmt: skip
