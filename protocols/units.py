"""Values as people read them: the unit of the wire (UCUM) becomes a sign, and the number gets as many digits as it bears."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from protocols.metrics import BY_NAME

_THIN = "\u202f"

SIGNS = {
    "1": "",
    "%": "%",
    "Cel": "°C",
    "[degF]": "°F",
    "K": "K",
    "[ppm]": "ppm",
    "[ppb]": "ppb",
    "1/s": "/s",
    "1/min": "/min",
    "/min": "rpm",
    "m3/h": "m³/h",
    "m3/s": "m³/s",
    "m3": "m³",
    "m2": "m²",
    "[cft_i]/min": "cfm",
    "[in_i'H2O]": "inH₂O",
    "kW.h": "kWh",
    "V.A": "VA",
    "V.A{reactive}": "var",
    "W.h": "Wh",
    "deg": "°",
    "dB[SPL]": "dB",
    "kg/kg": "kg/kg",
}
"""UCUM code to the sign that is shown; a code that is not here is shown as it is."""

_SCALED = {"By": ("B", 1000.0), "By/s": ("B/s", 1000.0), "bit/s": ("bit/s", 1000.0), "W": ("W", 1000.0)}
_PREFIXES = ("", "k", "M", "G", "T", "P")
_DECIMALS = {"Cel": 1, "[degF]": 1, "%": 0, "K": 1, "V": 1, "A": 2, "Hz": 1}


class Shown(NamedTuple):
    """A value for people: `number` is the figure, `unit` its sign (may be empty), `words` both in one line."""

    number: str
    unit: str

    @property
    def words(self) -> str:
        """The figure and its unit, held together by a narrow no-break space."""
        return f"{self.number}{_THIN}{self.unit}" if self.unit else self.number


def show(value: float | None, unit: str) -> Shown:
    """`value` in `unit` (UCUM) as a person reads it; None, NaN and infinities are said in words."""
    if value is None:
        return Shown("no value", "")
    if not math.isfinite(value):
        return Shown("not a number", "")
    if unit in _SCALED:
        return _scaled(value, *_SCALED[unit])
    if unit == "s":
        return _duration(value)
    return Shown(_digits(value, _DECIMALS.get(unit)), SIGNS.get(unit, unit))


def show_point(value: float | None, metric: str, unit: str, states: Mapping[str, str] | None) -> Shown:
    """`value` of a point: a state by its name when it has names (the device's own before the catalogue's), else a figure."""
    named = states_of(metric, states)
    if named and value is not None and math.isfinite(value):
        whole = int(value) if value == int(value) else None
        return Shown(named.get(str(whole), f"state {_digits(value, None)}"), "")
    return show(value, unit)


def states_of(metric: str, states: Mapping[str, str] | None) -> dict[str, str] | None:
    """The names of a point's states by number (as text), or None for a figure."""
    if states:
        return dict(states)
    known = BY_NAME.get(metric)
    return {str(number): name for number, name in known.states.items()} if known and known.states else None


def _scaled(value: float, sign: str, base: float) -> Shown:
    power = 0
    while abs(value) >= base * 0.9995 and power < len(_PREFIXES) - 1:
        value /= base
        power += 1
    return Shown(_digits(value, None if power else 0), _PREFIXES[power] + sign)


def _duration(seconds: float) -> Shown:
    size = abs(seconds)
    if size < 0.9995:
        return Shown(_digits(seconds * 1000, 0 if size >= 0.01 else 1), "ms")
    if size < 120:
        return Shown(_digits(seconds, None), "s")
    minutes, sign = round(size / 60), "−" if seconds < 0 else ""
    for unit, small, length in (("d", "h", 1440), ("h", "min", 60)):
        if minutes >= length:
            rest = minutes % length // (60 if unit == "d" else 1)
            tail = f" {rest}{_THIN}{small}" if rest else ""
            return Shown(f"{sign}{minutes // length}{_THIN}{unit}{tail}", "")
    return Shown(f"{sign}{minutes}", "min")


def _digits(value: float, decimals: int | None) -> str:
    """Three significant digits unless `decimals` says otherwise; thousands set apart, a true minus sign."""
    if decimals is None:
        decimals = 0 if value == int(value) or abs(value) >= 100 else 1 if abs(value) >= 10 else 2
        if 0 < abs(value) < 0.01:
            return f"{value:.2g}".replace("-", "−")
    text = f"{value:,.{decimals}f}".replace(",", _THIN)
    return "0" + text[2:] if text.startswith("-0") and not text.strip("-0.") else text.replace("-", "−")
