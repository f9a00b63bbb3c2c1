"""Faults of air temperatures, coils and dampers of an air handler. Pure; rows at the end.

Sources: G36 is ASHRAE Guideline 36-2021, 5.16.14 (fault conditions FC1 to FC15 and their thresholds); APAR is House, Vaezi-Nejad,
Whitcomb: An expert rule set for fault detection in air-handling units, ASHRAE Transactions 107 (2001), rules 1 to 28.
"""

import numpy as np

from collector.problems.hvac.fault import Fault, Verdict, judged
from collector.problems.hvac.frame import Frame

FAN_HEAT = 1.0
"""K that the supply fan adds (G36: delta T SF)."""
E_MIXED, E_SUPPLY, E_RETURN, E_OUTDOOR = 3.0, 1.0, 1.0, 1.0
"""K, errors of the sensors (G36 5.16.14: 5, 2, 2, 2 °F)."""
E_ACROSS = float(np.hypot(E_MIXED, E_SUPPLY))
"""K, of a difference of mixed and supply air: G36 adds the errors in quadrature."""
LEAST_SPREAD = 6.0
"""K between return and outdoor air below which the share of outdoor air cannot be told (G36: delta T MIN, 10 °F)."""
E_SHARE = 0.3
"""Error of the share of outdoor air (G36: epsilon F)."""
OPEN, SHUT = 0.1, 0.02
"""A valve is open from 10 % on; it is shut at 2 % and below."""
WORKS, WIDE = 0.3, 0.9
"""A valve works from 30 % on: more than a degree of mixed air and the fan's heat ask of a coil. A damper stands wide open from 90 % on."""
OFF_BY = 2.5
"""K that supply air may be off its setpoint."""
COOLED = 60
"""Minutes that the fan must stand before the air beside a coil tells of its valve: what was hot or cold of the coil itself is gone."""
COIL_STILL = 8.0
"""K that air beside a coil may differ from all air around it while the fan stands and the valve is shut."""
FREE = 15.5
"""°C (60 °F): below it outdoor air cools in every climate zone (ASHRAE 90.1, 6.5.1.1.3: high limits are 18 to 24 °C)."""


def mixed_outside(f: Frame) -> Verdict:
    """FC2, FC3; APAR 25, 26: mixed air lies between return and outdoor air."""
    mixed, back, out = f["mixed_temp"], f["return_temp"], f["outdoor_temp"]
    low, high = np.minimum(back - E_RETURN, out - E_OUTDOOR), np.maximum(back + E_RETURN, out + E_OUTDOOR)
    return judged((mixed + E_MIXED < low) | (mixed - E_MIXED > high), f.steady, mixed, back, out)


def share(f: Frame) -> np.ndarray:
    """Share of outdoor air by temperatures, (MAT - RAT) / (OAT - RAT); NaN where they are too near."""
    mixed, back, out = f["mixed_temp"], f["return_temp"], f["outdoor_temp"]
    spread = out - back
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(np.abs(spread) >= LEAST_SPREAD, (mixed - back) / spread, np.nan)


def damper_off(f: Frame) -> Verdict:
    """FC6, FC10; APAR 3, 10, 18: the share of outdoor air differs from what the damper is told."""
    found, told = share(f), f["outdoor_damper"]
    return judged(np.abs(np.clip(found, 0, 1) - told) > E_SHARE, f.steady, found, told)


def coil_idle_warms(f: Frame) -> Verdict:
    """FC8, FC15; APAR 5, 7: both valves shut and supply air is warmer than mixed air."""
    rise = f["supply_temp"] - f["mixed_temp"] - FAN_HEAT
    return judged(rise > E_ACROSS, f.steady & _shut(f), rise)


def coil_idle_cools(f: Frame) -> Verdict:
    """FC8, FC14; APAR 5, 7: both valves shut and supply air is colder than mixed air."""
    rise = f["supply_temp"] - f["mixed_temp"] - FAN_HEAT
    return judged(rise < -E_ACROSS, f.steady & _shut(f), rise)


def cooled_again(f: Frame) -> Verdict:
    """APAR 10, 28: cooling works though outdoor air alone would do (it is colder than supply air must be, or the damper need not even
    open wide for it) and mixed air is cold enough already: it is warmed behind the mixing, by a heating valve that is told to be shut."""
    cooling, mixed, out, damper, limit = (
        f["cooling"], f["mixed_temp"], f["outdoor_temp"], f["outdoor_damper"], f.cooling_setpoint,
    )  # fmt: skip
    cold = out < limit - FAN_HEAT - float(np.hypot(E_OUTDOOR, E_SUPPLY))
    throttled = (damper > E_SHARE) & (damper < WIDE) & (out < f["return_temp"] - E_RETURN)
    return judged(
        (cooling > WORKS) & _mixed_enough(f),
        f.steady & (f["heating"] <= SHUT) & (cold | throttled),
        cooling,
        mixed,
        out,
        limit,
    )


def _mixed_enough(f: Frame) -> np.ndarray:
    return np.asarray(f["mixed_temp"] < f.cooling_setpoint + E_SUPPLY)


def still_warm(f: Frame) -> Verdict:
    """Fan off, heating shut, and the air at the coil is far warmer than all air around it: the valve lets hot water through."""
    supply, around = f["supply_temp"], _around(f, np.fmax)
    stands = (f.fan == 0) & (f.off_for >= COOLED) & (f["heating"] <= SHUT)
    return judged(supply > around + COIL_STILL, stands, supply, around, f["heating"])


def still_cold(f: Frame) -> Verdict:
    """Fan off, cooling shut, and the air at the coil is far colder than all air around it."""
    supply, around = f["supply_temp"], _around(f, np.fmin)
    stands = (f.fan == 0) & (f.off_for >= COOLED) & (f["cooling"] <= SHUT)
    return judged(supply < around - COIL_STILL, stands, supply, around, f["cooling"])


def cooling_without_effect(f: Frame) -> Verdict:
    """FC12; APAR 8, 13, 17: told to cool, and supply air is as warm as mixed air."""
    cooling, supply, mixed = f["cooling"], f["supply_temp"], f["mixed_temp"]
    told = (cooling > 0.3) & ~(f["heating"] > SHUT)
    return judged(supply > mixed + FAN_HEAT - 1.0, f.steady & told, cooling, supply, mixed)


def heating_without_effect(f: Frame) -> Verdict:
    """FC5; APAR 1: told to heat, and supply air is as cold as mixed air."""
    heating, supply, mixed = f["heating"], f["supply_temp"], f["mixed_temp"]
    told = (heating > 0.3) & ~(f["cooling"] > SHUT)
    return judged(supply < mixed + FAN_HEAT, f.steady & told, heating, supply, mixed)


def too_warm(f: Frame) -> Verdict:
    """FC13; APAR 16, 20: supply air stays above its setpoint."""
    supply, limit = f["supply_temp"], f.cooling_setpoint
    return judged(supply > limit + OFF_BY, f.steady, supply, limit)


def too_cold(f: Frame) -> Verdict:
    """FC7; APAR 4, and supply air below its setpoint with nothing that explains it: a damper or valve that stays open."""
    supply, limit = f["supply_temp"], f.heating_setpoint
    return judged(supply < limit - OFF_BY, f.steady, supply, limit)


def not_economising(f: Frame) -> Verdict:
    """FC11; APAR 14: cooled by machine while outdoor air alone would do, the damper is not opened and mixed air is too warm."""
    cooling, out, back, damper = f["cooling"], f["outdoor_temp"], f["return_temp"], f["outdoor_damper"]
    free = (out < np.minimum(FREE, back - 3.0)) & (cooling > OPEN)
    return judged(free & (damper < 0.5) & ~_mixed_enough(f), f.steady, cooling, out, back, damper)


def economising_in_heat(f: Frame) -> Verdict:
    """FC9, APAR 12, 19: the damper is wide open though outdoor air is warmer than return air and cooling works."""
    cooling, out, back, damper = f["cooling"], f["outdoor_temp"], f["return_temp"], f["outdoor_damper"]
    return judged((out > back + 3.0) & (cooling > OPEN) & (damper > 0.8), f.steady, cooling, out, back, damper)


def both_commanded(f: Frame) -> Verdict:
    """FC4's neighbour; APAR 27: heating and cooling are told to work against each other."""
    heating, cooling = f["heating"], f["cooling"]
    return judged((heating > OPEN) & (cooling > OPEN), ~(f.fan == 0), heating, cooling)


def zone_fights(f: Frame) -> Verdict:
    """A terminal that reheats while its zone is above the cooling setpoint."""
    reheat, zone = f["reheat"], f["zone_temp"]
    limit = f.first("zone_cooling_setpoint", "zone_setpoint")
    return judged((reheat > OPEN) & (zone > limit + 1.5), f.occupied == 1, reheat, zone, limit)


def _shut(f: Frame) -> np.ndarray:
    """Both coils are told to be shut; of a coil that there is none nothing is asked, but one there must be."""
    heating, cooling = f["heating"], f["cooling"]
    there = (heating == heating) | (cooling == cooling)
    return np.asarray(there & ~(heating > SHUT) & ~(cooling > SHUT))


def _around(f: Frame, extreme: np.ufunc) -> np.ndarray:
    return np.asarray(extreme(extreme(f["mixed_temp"], f["return_temp"]), f["outdoor_temp"]))


AIR = (
    Fault("hvac.sensor", "FC2/FC3", "mixed air is neither between return and outdoor air: a sensor is wrong", "Guideline 36 FC2, FC3",
          mixed_outside, 60, ("mixed_temp", "return_temp", "outdoor_temp"), {"error_k": E_MIXED}, 20),
    Fault("hvac.damper", "FC6/FC10", "the outdoor air damper does not do what it is told", "Guideline 36 FC6, FC10",
          damper_off, 60, ("outdoor_damper", "mixed_temp", "return_temp", "outdoor_temp"), {"share": E_SHARE, "spread_k": LEAST_SPREAD}, 25),
    Fault("hvac.valve.leaking", "FC15", "the heating valve leaks: air is warmed with the valve shut", "Guideline 36 FC8, FC15",
          coil_idle_warms, 45, ("heating", "supply_temp", "mixed_temp"), {"rise_k": E_ACROSS + FAN_HEAT}, 22),
    Fault("hvac.valve.leaking", "FC14", "the cooling valve leaks: air is cooled with the valve shut", "Guideline 36 FC8, FC14",
          coil_idle_cools, 45, ("cooling", "supply_temp", "mixed_temp"), {"drop_k": E_ACROSS - FAN_HEAT}, 22),
    Fault("hvac.valve.leaking", "APAR10", "the heating valve leaks: cooling works though mixed air is cold enough already", "APAR 10, 28",
          cooled_again, 45, ("heating", "cooling", "mixed_temp", "outdoor_temp", "supply_setpoint", "supply_cooling_setpoint"), {"above_k": E_SUPPLY, "command": WORKS}, 22),
    Fault("hvac.valve.leaking", "still.warm", "the heating valve leaks: its coil is hot with the fan off and the valve shut", "heat balance",
          still_warm, 60, ("heating", "supply_temp", "mixed_temp", "return_temp"), {"rise_k": COIL_STILL}, 23),
    Fault("hvac.valve.leaking", "still.cold", "the cooling valve leaks: its coil is cold with the fan off and the valve shut", "heat balance",
          still_cold, 60, ("cooling", "supply_temp", "mixed_temp", "return_temp"), {"drop_k": COIL_STILL}, 23),
    Fault("hvac.valve.stuck", "FC12", "cooling is told to work and does not cool", "Guideline 36 FC12",
          cooling_without_effect, 45, ("cooling", "supply_temp", "mixed_temp"), {"command": 0.3}, 24),
    Fault("hvac.valve.stuck", "FC5", "heating is told to work and does not heat", "Guideline 36 FC5",
          heating_without_effect, 45, ("heating", "supply_temp", "mixed_temp"), {"command": 0.3}, 24),
    Fault("hvac.supply-temperature", "FC13", "supply air stays above its setpoint", "Guideline 36 FC13",
          too_warm, 60, ("supply_temp", "supply_setpoint", "supply_cooling_setpoint", "cooling"), {"above_k": OFF_BY}, 60),
    Fault("hvac.supply-temperature", "FC7", "supply air stays below its setpoint", "Guideline 36 FC7",
          too_cold, 60, ("supply_temp", "supply_setpoint", "supply_heating_setpoint", "heating"), {"below_k": OFF_BY}, 60),
    Fault("hvac.economiser", "FC11", "cooled by machine while outdoor air alone would do: the economiser is not used", "Guideline 36 FC11; APAR 14",
          not_economising, 45, ("outdoor_damper", "outdoor_temp", "return_temp", "cooling"), {"outdoor_c": FREE}, 40),
    Fault("hvac.economiser", "FC9", "outdoor air is warmer than return air and the damper stands wide open", "Guideline 36 FC9; APAR 19",
          economising_in_heat, 45, ("outdoor_damper", "outdoor_temp", "return_temp", "cooling"), {"warmer_k": 3.0}, 40),
    Fault("hvac.simultaneous", "APAR27", "heating and cooling work against each other", "APAR 27",
          both_commanded, 30, ("heating", "cooling", "supply_temp"), {"command": OPEN}, 30),
    Fault("hvac.simultaneous", "zone", "the zone is reheated though it is too warm", "APAR 27, of a terminal",
          zone_fights, 60, ("reheat", "zone_temp", "zone_setpoint", "zone_cooling_setpoint"), {"above_k": 1.5}, 31),
)  # fmt: skip
