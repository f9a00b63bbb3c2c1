"""Faults of fans, their pressure and their hours, of sensors that stand still, and of rooms. Pure; rows at the end."""

from collections.abc import Callable

import numpy as np

from collector.problems.hvac.fault import Fault, Verdict, judged
from collector.problems.hvac.frame import Frame
from collector.problems.hvac.roles import INDEX

E_SPEED = 0.05
"""Of full speed (Guideline 36: epsilon VFDSPD)."""
LOW, HIGH = 0.15, 0.35
"""Share of its setpoint that duct static pressure may be below, or above."""
IDLE = 0.3
"""A variable fan at or below this share of its speed idles: what it moves by night is no running at full."""
STILL_HOURS = 3.0
"""Hours beyond its habit, with the fan on or people in, in which a sensor that reads the same to the last digit is stuck."""
TURNS = 6.0
"""Reversals, decaying by half in half an hour: some nine an hour go on for ever at this level (G36 FC4: 7 mode changes an hour)."""
STARTS = 5.0
"""Starts, decaying by half in an hour: more than some 4 an hour."""
CO2 = 1500.0
"""Where nobody has set `co2_above`: ppm in an occupied room: about three times what 10 L/s a person gives (ASHRAE 62.1 by mass balance: 1,000 to 1,100)."""
FREEZER, COOLER = -13.0, 7.0
"""°C, where nobody has set `freezer_above` or `cooler_above`. Frozen food is kept at -18, and 5 K more is no defrost if it lasts; cold food at 5 or below (FDA Food Code 3-501.16: 41 °F)."""


def fan_failed(f: Frame) -> Verdict:
    """Commanded on, status off."""
    command, speed, status = f.newest("supply_fan_command"), f.newest("supply_fan_speed"), f.newest("supply_fan_status")
    return judged((_told(command, speed)) & (status < 0.5), np.ones(len(status), bool), _either(command, speed), status)


def return_fan_failed(f: Frame) -> Verdict:
    """The same of the return fan."""
    command, speed, status = f.newest("return_fan_command"), f.newest("return_fan_speed"), f.newest("return_fan_status")
    return judged((_told(command, speed)) & (status < 0.5), np.ones(len(status), bool), _either(command, speed), status)


def exhaust_fan_failed(f: Frame) -> Verdict:
    """The same of an exhaust fan."""
    command, status = f.newest("exhaust_fan_command"), f.newest("exhaust_fan_status")
    return judged((command > 0.5) & (status < 0.5), np.ones(len(status), bool), command, status)


def static_low(f: Frame) -> Verdict:
    """FC1: static pressure below its setpoint with the fan at its most."""
    static, wanted, speed = f["duct_static"], f["duct_static_setpoint"], f["supply_fan_speed"]
    low = static < wanted * (1 - LOW)
    return judged(low & (speed >= 1 - E_SPEED), f.steady & (wanted > 0), static, wanted, speed)


def static_high(f: Frame) -> Verdict:
    """Static pressure far above its setpoint and the fan is not slowed: it runs by hand, or its sensor's line is open."""
    static, wanted, speed = f["duct_static"], f["duct_static_setpoint"], f["supply_fan_speed"]
    return judged((static > wanted * (1 + HIGH)) & (speed > IDLE), f.steady & (wanted > 0), static, wanted, speed)


def off_hours(f: Frame) -> Verdict:
    """The fan runs though nobody is there: by the controller's own word, else by the school's calendar; not judged while
    the building is made ready for a school day."""
    fan, speed = f.fan, f["supply_fan_speed"]
    idles = speed <= IDLE
    empty = f.occupied == 0
    return judged((fan == 1) & ~idles & empty, ~f.warming, fan)


def stuck(role: str) -> Callable[[Frame], Verdict]:
    """A sensor whose value is the same to the last bit for hours, and longer than it ever was, while air moves past it and others move."""

    def test(f: Frame) -> Verdict:
        by_fan = (f.fan == 1) & (f.on_for >= STILL_HOURS * 60)
        by_school = np.isnan(f.fan) & (f.occupied == 1) & (f.same_for >= STILL_HOURS * 60)
        still = f.still[INDEX[role]]
        return judged(still >= STILL_HOURS * 60, (by_fan | by_school) & f.lively, still, f.newest(role))

    return test


MOVING = ("supply_temp", "return_temp", "mixed_temp", "outdoor_temp", "zone_temp")


def hunting(f: Frame) -> Verdict:
    """FC4's meaning: a command swings to and fro."""
    swings = np.nanmax(
        np.stack([np.where(np.isnan(f[role]), np.nan, f.turns[INDEX[role]]) for role in SWINGING]), axis=0, initial=-1.0
    )
    return judged(swings > TURNS, (f.fan == 1) & (swings >= 0), swings)


SWINGING = ("heating", "cooling", "outdoor_damper", "supply_fan_speed", "reheat")


def drifts(f: Frame) -> Verdict:
    """The outdoor air sensor leaves its siblings (`drift.py`)."""
    away = f.learned["drift"]
    return judged(away != 0, np.ones(len(away), bool), away)


def boiler_failed(f: Frame) -> Verdict:
    """Commanded on, status off; a boiler's start takes minutes."""
    command, status = f.newest("boiler_command"), f.newest("boiler_status")
    return judged((command > 0.5) & (status < 0.5), np.ones(len(status), bool), command, status)


def short_cycling(f: Frame) -> Verdict:
    """The fan starts again and again."""
    return judged(f.starts > STARTS, ~np.isnan(f.fan), f.starts)


def stuffy(f: Frame) -> Verdict:
    """CO2 too high in an occupied room."""
    return judged(f["zone_co2"] > f.limits.get("co2_above", CO2), f.occupied == 1, f["zone_co2"])


def freezer_warm(f: Frame) -> Verdict:
    """Frozen food thaws. A freezer's defrost lasts under half an hour and is averaged over five minutes."""
    return judged(
        f["freezer_temp"] > f.limits.get("freezer_above", FREEZER), np.ones(f.means.shape[1], bool), f["freezer_temp"]
    )


def cooler_warm(f: Frame) -> Verdict:
    """Cold food is too warm."""
    return judged(
        f["cooler_temp"] > f.limits.get("cooler_above", COOLER), np.ones(f.means.shape[1], bool), f["cooler_temp"]
    )


def _told(command: np.ndarray, speed: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(command), speed > 0.1, command > 0.5)


def _either(command: np.ndarray, speed: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(command), speed, command)


RUNNING = (
    Fault("hvac.fan.failed", "supply", "the supply fan is told to run and stands", "commanded on, status off",
          fan_failed, 4, ("supply_fan_status", "supply_fan_command", "supply_fan_speed"), {}, 0),
    Fault("hvac.fan.failed", "return", "the return fan is told to run and stands", "commanded on, status off",
          return_fan_failed, 4, ("return_fan_status", "return_fan_command", "return_fan_speed"), {}, 1),
    Fault("hvac.fan.failed", "exhaust", "the exhaust fan is told to run and stands", "commanded on, status off",
          exhaust_fan_failed, 4, ("exhaust_fan_status", "exhaust_fan_command"), {}, 2),
    Fault("hvac.duct-static", "FC1", "duct pressure is below its setpoint with the fan at its most", "Guideline 36 FC1",
          static_low, 25, ("duct_static", "duct_static_setpoint", "supply_fan_speed"), {"share_below": LOW}, 35),
    Fault("hvac.duct-static", "high", "duct pressure is far above its setpoint and the fan is not slowed", "speed loop, by Guideline 36 5.16.1",
          static_high, 60, ("duct_static", "duct_static_setpoint", "supply_fan_speed"), {"share_above": HIGH}, 36),
    Fault("hvac.off-hours", "calendar", "it runs though nobody is there", "school calendar",
          off_hours, 90, ("supply_fan_status", "supply_fan_command", "supply_fan_speed", "occupancy"), {"idle": IDLE}, 55),
    *(Fault("hvac.stuck-sensor", role, "the sensor reads the same to the last digit for hours", "bit-identical readings",
            stuck(role), 15, (role,), {"hours": STILL_HOURS}, 10) for role in MOVING),
    Fault("hvac.unstable", "FC4", "a valve, damper or fan swings to and fro", "Guideline 36 FC4",
          hunting, 120, SWINGING, {"turns": TURNS}, 45),
    Fault("hvac.drift", "outdoor", "the outdoor air sensor drifts away from the other schools'", "siblings at night",
          drifts, 5, ("outdoor_temp",), {"away_k": 0.8}, 12),
    Fault("hvac.boiler.failed", "boiler", "the boiler is told to run and stands", "commanded on, status off",
          boiler_failed, 12, ("boiler_status", "boiler_command", "hot_water_supply"), {}, 3),
    Fault("hvac.short-cycling", "starts", "the fan starts again and again", "starts an hour",
          short_cycling, 10, ("supply_fan_status", "supply_fan_command"), {"starts": STARTS}, 46),
    Fault("hvac.ventilation", "co2", "the air in an occupied room is used up", "ASHRAE 62.1",
          stuffy, 20, ("zone_co2", "occupancy"), {"ppm": CO2}, 65, "co2_above"),
    Fault("hvac.cold-storage", "freezer", "the freezer is too warm", "frozen food is kept at -18 °C",
          freezer_warm, 10, ("freezer_temp",), {"above_c": FREEZER}, 5, "freezer_above"),
    Fault("hvac.cold-storage", "cooler", "the walk-in cooler is too warm", "FDA Food Code 3-501.16",
          cooler_warm, 10, ("cooler_temp",), {"above_c": COOLER}, 5, "cooler_above"),
)  # fmt: skip
