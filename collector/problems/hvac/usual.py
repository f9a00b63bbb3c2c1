"""What is usual for each unit, learned from the days before: relations that hold whatever the weather. Pure numpy.

Strictly causal: a day is judged by the days before it alone, and joins them when it is over. State: `DAYS` values a relation and unit.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from collector.problems.hvac.fault import Fault, Verdict, judged
from collector.problems.hvac.frame import Floats, Frame

DAYS = 21
"""Days that are kept of each relation."""
LEAST_DAYS = 5
"""Days that must be known before anything is unusual."""
LEAST_MINUTES = 120
"""Minutes of steady running that make a day known."""
FACTOR = 0.35
"""Share of the usual that must be missing or too much (a fan's ratio and a duct's resistance vary by some 10 % with the load)."""
SPREADS = 6.0
"""And as many of the days' own spread (1.4826 MAD)."""
DAY = 1440
"""Minutes."""


class Usual:
    """Relations (rows) of equipment (columns) by day."""

    COLUMNS: Mapping[str, float] = {"days": np.nan, "_sum": 0, "_count": 0}

    def __init__(self) -> None:
        self.days: NDArray[np.float32] = np.full((len(RELATIONS), DAYS, 0), np.nan, np.float32)
        self._sum: Floats = np.empty((len(RELATIONS), 0))
        self._count: Floats = np.empty((len(RELATIONS), 0))
        self._day = -1

    def step(self, frame: Frame) -> None:
        """Take in a minute, and hand the frame what differs: `<relation>` as found, `<relation>.usual` as it used to be."""
        day = frame.minute // DAY
        if day != self._day:
            self._over()
            self._day = day
        for row, (name, relation) in enumerate(RELATIONS.items()):
            found = np.where(frame.steady, relation(frame), np.nan)
            known = np.isfinite(found)
            self._sum[row, known] += found[known]
            self._count[row] += known
            frame.learned[name] = found
            frame.learned[f"{name}.usual"], frame.learned[f"{name}.margin"] = self._usual[row]

    def recall(self, row: int, column: int, days: Floats) -> None:
        """Days of the past (NaN: not known) of a relation and equipment, oldest first, in place of what it has."""
        past = days[np.isfinite(days)][-DAYS:]
        self.days[row, :, column] = np.nan
        self.days[row, DAYS - len(past) :, column] = past
        self._cached = None

    def _over(self) -> None:
        """The day joins those before it; medians are worked out once a day."""
        whole = self._count >= LEAST_MINUTES
        mean = np.where(whole, self._sum / np.maximum(self._count, 1), np.nan)
        for row in range(len(RELATIONS)):
            new = np.flatnonzero(whole[row])
            self.days[row][:, new] = np.roll(self.days[row][:, new], -1, axis=0)
            self.days[row][-1, new] = mean[row, new]
        self._sum[:], self._count[:] = 0.0, 0.0

    @property
    def _usual(self) -> list[tuple[Floats, Floats]]:
        if self._cached is None or self._cached[0] != self._day or self._cached[1] != self.days.shape[2]:
            self._cached = (self._day, self.days.shape[2], [_middle(days) for days in self.days])
        return self._cached[2]

    _cached: tuple[int, int, list[tuple[Floats, Floats]]] | None = None


def _middle(days: NDArray[np.float32]) -> tuple[Floats, Floats]:
    """Median over the days, and how far off it is unusual; NaN where too few are known."""
    enough = np.isfinite(days).sum(0) >= LEAST_DAYS
    usual, margin = np.full(days.shape[1], np.nan), np.full(days.shape[1], np.nan)
    if enough.any():
        some = days[:, enough].astype(float)
        usual[enough] = np.nanmedian(some, axis=0)
        spread = 1.4826 * np.nanmedian(np.abs(some - usual[enough]), axis=0)
        margin[enough] = np.maximum(FACTOR * np.abs(usual[enough]), SPREADS * spread)
    return usual, margin


class Roles(Protocol):
    """Figures by role: a frame's, or hours of history."""

    def __getitem__(self, role: str, /) -> Floats: ...


def return_to_supply(f: Roles) -> Floats:
    """Speed of the return fan per speed of the supply fan: the balance of the building's pressure."""
    return _ratio(f["return_fan_speed"], f["supply_fan_speed"])


def pressure_per_speed(f: Roles) -> Floats:
    """Duct static pressure per squared speed (fan law): a torn duct or closed terminals change it, weather does not."""
    return _ratio(f["duct_static"], f["supply_fan_speed"] ** 2)


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.where(below > 0.1, above / np.where(below > 0.1, below, 1.0), np.nan)


RELATIONS: dict[str, Callable[[Roles], Floats]] = {
    "return_to_supply": return_to_supply,
    "pressure_per_speed": pressure_per_speed,
}


def _differs(name: str) -> Callable[[Frame], Verdict]:
    def test(f: Frame) -> Verdict:
        found, usual, margin = (f.learned[f"{name}{end}"] for end in ("", ".usual", ".margin"))
        return judged(np.abs(found - usual) > margin, f.steady, found, usual, margin)

    return test


LEARNED = (
    Fault("hvac.unusual", "return_to_supply", "return and supply fan are not in their usual proportion", "own days before",
          _differs("return_to_supply"), 120, ("return_fan_speed", "supply_fan_speed"), {"share": FACTOR}, 70),
    Fault("hvac.unusual", "pressure_per_speed", "duct pressure is not what it usually is at this fan speed", "own days before; fan laws",
          _differs("pressure_per_speed"), 120, ("duct_static", "supply_fan_speed"), {"share": FACTOR}, 71),
)  # fmt: skip
