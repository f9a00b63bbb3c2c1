"""Units made comparable: temperatures in °C, shares from 0 to 1, pressures in Pa. Pure."""

import numpy as np
from numpy.typing import NDArray

_TEMPERATURE = {"Cel": (1.0, 0.0), "[degF]": (5 / 9, -160 / 9), "K": (1.0, -273.15)}
_PRESSURE = {"Pa": 1.0, "kPa": 1e3, "hPa": 1e2, "mbar": 1e2, "bar": 1e5, "[in_i'H2O]": 249.089, "[psi]": 6894.76,
             "mm[H2O]": 9.80665, "cm[H2O]": 98.0665}  # fmt: skip
_FLOW = {"m3/h", "m3/s", "L/s", "[cft_i]/min", "L/min", "m3/min"}
UNKNOWN = frozenset({"", "1"})
"""What has no unit may be anything."""
FRACTION, PLAIN, GUESSED = 1, 0, 2
"""How a value is read: as it comes, as a share (a percentage when it was ever above 1.5), as a temperature of unknown unit."""


def quantity_of(unit: str) -> str:
    """What a unit alone says is measured, of temperature and pressure; else empty."""
    return "temperature" if unit in _TEMPERATURE else "pressure" if unit in _PRESSURE else ""


def fits(quantity: str, unit: str) -> bool | None:
    """Whether a unit is one of the quantity's; None: it has none that says so."""
    if unit in UNKNOWN:
        return None
    known = {
        "temperature": unit in _TEMPERATURE,
        "fraction": unit in ("%", "V", "mA"),
        "binary": False,
        "pressure": unit in _PRESSURE,
        "ppm": unit == "[ppm]",
        "percent": unit == "%",
        "flow": unit in _FLOW,
        "power": unit in ("W", "kW"),
    }
    return known[quantity]


def scale(quantity: str, unit: str) -> tuple[float, float, int]:
    """Factor, offset and how the value is read. Shares in % are divided by 100; 0–10 V and 4–20 mA signals likewise."""
    if quantity == "temperature":
        factor, offset = _TEMPERATURE.get(unit, (1.0, 0.0))
        return factor, offset, GUESSED if unit in UNKNOWN else PLAIN
    if quantity == "fraction":
        known = {"%": (0.01, 0.0), "V": (0.1, 0.0), "mA": (1 / 16, -0.25)}
        factor, offset = known.get(unit, (1.0, 0.0))
        return factor, offset, FRACTION if unit in UNKNOWN else PLAIN
    if quantity == "pressure":
        return _PRESSURE.get(unit, 1.0), 0.0, PLAIN
    if quantity == "power":
        return (0.001 if unit == "W" else 1.0), 0.0, PLAIN
    return 1.0, 0.0, PLAIN


def back(quantity: str, unit: str, value: float) -> float | None:
    """A comparable value as its point says it; None where the unit was only guessed."""
    factor, offset, read = scale(quantity, unit)
    return (value - offset) / factor if read == PLAIN else None


def celsius(fahrenheit: NDArray[np.float64]) -> NDArray[np.float64]:
    """°F as °C."""
    return (fahrenheit - 32.0) * (5 / 9)
