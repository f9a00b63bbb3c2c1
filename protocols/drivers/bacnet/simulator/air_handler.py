"""What a simulated air handler and its zones measure at a moment: a pure function of time, plausible, never repeating exactly.

The day is 86,400 s of the given clock: unoccupied at night, occupied 06:00–17:00 UTC, outdoor air warmest at 15:00.
"""

import math
from typing import NamedTuple

MODES = ("Off", "Heating", "Cooling", "Economizer")
DAY = 86_400.0


class Air(NamedTuple):
    """The air handler itself: temperatures in Cel, pressure in Pa, carbon dioxide in ppm, the rest in %."""

    outdoor: float
    returned: float
    mixed: float
    supply: float
    setpoint: float
    pressure: float
    carbon_dioxide: float
    cooling: float
    heating: float
    damper: float
    fan: float
    occupied: bool
    mode: int


class Zone(NamedTuple):
    """One zone: temperature and setpoint in Cel, damper in %."""

    temperature: float
    setpoint: float
    damper: float


def air(now_ms: int) -> Air:
    """The air handler at `now_ms`; `mode` counts from 1 as a multi-state object does (1: the first of `MODES`)."""
    seconds = now_ms / 1000
    hour = seconds % DAY / 3600
    occupied = 6 <= hour < 17
    outdoor = 12 + 7 * math.cos((hour - 15) / 24 * math.tau) + _drift(seconds, 0.4, 5400)
    returned = 22.2 + _drift(seconds, 0.5, 2700)
    setpoint = 13.0 if outdoor > 10 else 16.0
    damper = (45.0 if 10 < outdoor < 18 else 20.0) if occupied else 0.0
    mixed = returned + (outdoor - returned) * damper / 100
    need = setpoint - mixed
    cooling = min(100.0, max(0.0, -need * 12)) if occupied else 0.0
    heating = min(100.0, max(0.0, need * 12)) if occupied else 0.0
    mode = 1 if not occupied else 2 if heating > 1 else 4 if damper > 40 and cooling < 60 else 3
    return Air(
        outdoor=outdoor,
        returned=returned,
        mixed=mixed,
        supply=setpoint + _drift(seconds, 0.4, 340) if occupied else returned - 1,
        setpoint=setpoint,
        pressure=(250 + _drift(seconds, 12, 180)) if occupied else 0.0,
        carbon_dioxide=(780 if occupied else 430) + _drift(seconds, 60, 1900),
        cooling=cooling,
        heating=heating,
        damper=damper,
        fan=(72 + _drift(seconds, 6, 700)) if occupied else 0.0,
        occupied=occupied,
        mode=mode,
    )


def zone(now_ms: int, number: int) -> Zone:
    """Zone `number` (from 1) at `now_ms`."""
    seconds = now_ms / 1000
    occupied = 6 <= seconds % DAY / 3600 < 17
    setpoint = 22.0 + (number % 3) * 0.5 if occupied else 18.0 + (number % 3) * 0.5
    temperature = setpoint + _drift(seconds + number * 997, 0.7, 1500 + 40 * number)
    damper = min(100.0, max(10.0, 40 + (temperature - setpoint) * 45))
    return Zone(temperature, setpoint, damper)


def _drift(seconds: float, swing: float, period: float) -> float:
    """A slow wave with a smaller quick one on it, within ±1.3 times `swing`."""
    return swing * (math.sin(seconds / period * math.tau) + 0.3 * math.sin(seconds / 37 * math.tau))
