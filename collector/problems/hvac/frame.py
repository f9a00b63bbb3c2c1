"""One minute of all equipment side by side: a role is an array over equipment, NaN where nothing plays it or it is unknown. Pure."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from collector.problems.hvac.roles import BY_NAME, INDEX

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
SETTLE = 30
"""Minutes after the fan started, or occupancy changed, in which nothing is judged (Guideline 36, 5.16.14: mode delay 30 min)."""
LEAST_SPEED = 0.2
"""Below this share of its speed a fan moves too little air for duct sensors to tell what the coils do."""


@dataclass
class Frame:
    """`means` (roles, equipment) over five minutes; `latest` the newest values, `turns` the reversals of each role's point."""

    minute: int
    means: Floats
    latest: Floats
    turns: Floats
    still: Floats
    """Minutes since the value of each role's point last changed, less half as much again as it ever stood still before; NaN for
    one that has not moved often enough to be known."""
    lively: Bools
    """Whether another temperature of the same building moved in the last hour: then what stands still, stands still alone."""
    in_session: Bools
    """Whether school is in, with two hours before and after, by the building's calendar."""
    warming: Bools
    """Whether school begins soon: the building may be warmed up or cooled down for it."""
    on_for: Floats = field(default_factory=lambda: np.empty(0))
    off_for: Floats = field(default_factory=lambda: np.empty(0))
    same_for: Floats = field(default_factory=lambda: np.empty(0))
    """Minutes since occupancy changed."""
    starts: Floats = field(default_factory=lambda: np.empty(0))
    """Starts of the fan, decaying by half in 60 minutes."""
    learned: dict[str, Floats] = field(default_factory=dict)
    limits: dict[str, Floats] = field(default_factory=dict)
    """By the key of a rule its limit for each equipment, where the rule is known."""

    def __getitem__(self, role: str) -> Floats:
        return np.asarray(self.means[INDEX[role]])

    def newest(self, role: str) -> Floats:
        """The value of the last minute."""
        return np.asarray(self.latest[INDEX[role]])

    def first(self, *roles: str) -> Floats:
        """The first of these roles that is known."""
        found = self[roles[0]]
        for role in roles[1:]:
            found = np.where(np.isnan(found), self[role], found)
        return found

    @cached_property
    def heard(self) -> Bools:
        """Whether anything is known of the equipment."""
        return np.asarray(np.isfinite(self.latest).any(0))

    @cached_property
    def fan(self) -> Floats:
        """1 on, 0 off, NaN unknown: by status, else command, else speed."""
        status, command = self.newest("supply_fan_status"), self.newest("supply_fan_command")
        speed = self.newest("supply_fan_speed")
        by_speed = np.where(np.isnan(speed), np.nan, (speed > 0.05).astype(float))
        found = np.where(np.isnan(status), command, status)
        found = np.where(np.isnan(found), by_speed, found)
        return np.where(np.isnan(found), np.nan, (found > 0.5).astype(float))

    @cached_property
    def occupied(self) -> Floats:
        """1 or 0: what the controller says, else whether school is in."""
        said = self.newest("occupancy")
        return np.where(np.isnan(said), self.in_session.astype(float), (said == 1).astype(float))

    @cached_property
    def steady(self) -> Bools:
        """The fan has moved enough air for long enough, in one occupied mode."""
        speed = self["supply_fan_speed"]
        moving = np.isnan(speed) | (speed >= LEAST_SPEED)
        return np.asarray(
            (self.fan == 1) & (self.on_for >= SETTLE) & (self.occupied == 1) & (self.same_for >= SETTLE) & moving
        )

    @property
    def cooling_setpoint(self) -> Floats:
        """What supply air must not be above when cooled."""
        return self.first("supply_cooling_setpoint", "supply_setpoint")

    @property
    def heating_setpoint(self) -> Floats:
        """What supply air must not be below when heated."""
        return self.first("supply_heating_setpoint", "supply_setpoint")


def temperatures() -> NDArray[np.intp]:
    """The places of roles that are temperatures."""
    return np.array([INDEX[name] for name, role in BY_NAME.items() if role.quantity == "temperature"], np.intp)
