"""What is remembered of each equipment between minutes: how long its fan has run, its starts, its unit of temperature. Pure numpy."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from collector.problems.hvac.frame import Frame, temperatures
from collector.problems.hvac.quantity import celsius
from collector.problems.hvac.roles import INDEX

ANCHORS = ("return_temp", "zone_temp", "zone_setpoint", "zone_cooling_setpoint", "supply_setpoint")
WARMEST_C = 45.0
"""No room, return air or setpoint of supply air is this warm in °C; in °F all are."""


class Running:
    """Columns are equipment."""

    COLUMNS: Mapping[str, float] = {
        "fan": np.nan,
        "occupied": np.nan,
        "on_for": 0,
        "off_for": 0,
        "same_for": 0,
        "starts": 0,
        "unit": np.nan,
    }

    def __init__(self) -> None:
        self.fan: NDArray[np.float64] = np.empty(0)
        self.occupied: NDArray[np.float64] = np.empty(0)
        self.on_for: NDArray[np.float64] = np.empty(0)
        self.off_for: NDArray[np.float64] = np.empty(0)
        self.same_for: NDArray[np.float64] = np.empty(0)
        self.starts: NDArray[np.float64] = np.empty(0)
        self.unit: NDArray[np.float64] = np.empty(0)
        """1: °F, 0: °C, NaN: not known yet; of temperatures without a unit."""

    def forget(self) -> None:
        """After a long silence."""
        self.on_for[:], self.off_for[:], self.same_for[:], self.starts[:] = 0.0, 0.0, 0.0, 0.0
        self.fan[:], self.occupied[:] = np.nan, np.nan

    def convert(self, values: NDArray[np.float64], guessed: NDArray[np.bool_]) -> NDArray[np.float64]:
        """(roles, equipment) with temperatures of unknown unit in °C, as their neighbours show which it is; else NaN."""
        if not guessed.any():
            return values
        anchors = values[[INDEX[role] for role in ANCHORS]]
        known = np.isfinite(anchors) & guessed[[INDEX[role] for role in ANCHORS]]
        highest = np.where(known, anchors, -np.inf).max(0, initial=-np.inf)
        seen = known.any(0)
        self.unit = np.where(
            seen & ((highest > WARMEST_C) | np.isnan(self.unit)), (highest > WARMEST_C).astype(float), self.unit
        )
        made = values.copy()
        for place in temperatures():
            row = np.where(self.unit == 1, celsius(values[place]), np.where(self.unit == 0, values[place], np.nan))
            made[place] = np.where(guessed[place], row, values[place])
        return made

    def step(self, frame: Frame) -> None:
        """Count the minute, and hand the counts to the frame."""
        fan, occupied = frame.fan, frame.occupied
        self.starts = self.starts * 0.5 ** (1 / 60) + ((fan == 1) & (self.fan == 0))
        self.on_for = np.where(fan == 1, self.on_for + 1, np.where(np.isnan(fan), self.on_for, 0.0))
        self.off_for = np.where(fan == 0, self.off_for + 1, np.where(np.isnan(fan), self.off_for, 0.0))
        self.same_for = np.where(occupied == self.occupied, self.same_for + 1, 0.0)
        self.fan = np.where(np.isnan(fan), self.fan, fan)
        self.occupied = occupied
        frame.on_for, frame.off_for, frame.same_for, frame.starts = (
            self.on_for,
            self.off_for,
            self.same_for,
            self.starts,
        )
