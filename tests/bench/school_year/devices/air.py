"""How the air behaves: outdoor, mixed and supply air, zones, the boiler. A simple, coherent balance stepped minute by minute.

Each zone: dT/dt = flow · (supply - T) · 0.03 + (outdoor - T) / 1500 + 0.085 · people + 0.25 · reheat (K a minute); people come
with lights and machines, so that a room at its least flow of 13 °C air is two K below its setpoint at worst. An air handler holds its supply
setpoint with outdoor air while that is cold enough (economiser), then with its cooling coil (14 K) or heating coil (25 K). All
handlers and zones of all schools are stepped together.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.bench.school_year.day import Day
from tests.bench.school_year.fleet import Fleet, Placed

Floats = NDArray[np.float64]
AHUS = (("ahu-1", "AHU 1"), ("ahu-2", "AHU 2"), ("rtu-1", "RTU 1"))
ZONES = (7, 7, 1)
HEATS_BELOW = 20.0
"""Outdoor °C below which the boiler is wanted."""
_OUT = ("SA-T", "RA-T", "MA-T", "CLG-VLV", "HTG-VLV", "OA-DMPR", "SF-SPD", "SA-P", "RA-CO2", "SA-SP")


@dataclass
class Went:
    """What a day was like. Arrays by minute, then handler or zone."""

    handlers: dict[str, Floats]
    zones: dict[str, Floats]
    hot_water: Floats
    boiler_runs: Floats
    boiler_wanted: Floats

    def handler(self, placed: Placed) -> dict[str, Floats]:
        place = placed.school * len(AHUS) + placed.device.traits["number"]
        return {name: np.ascontiguousarray(values[:, place]) for name, values in self.handlers.items()}

    def zone(self, placed: Placed) -> dict[str, Floats]:
        place = placed.school * sum(ZONES) + sum(ZONES[: placed.device.traits["ahu"]]) + placed.device.traits["zone"]
        return {name: np.ascontiguousarray(values[:, place]) for name, values in self.zones.items()}


class Air:
    """The air of all schools; keeps its temperatures from day to day."""

    def __init__(self, fleet: Fleet, chance: np.random.Generator) -> None:
        self._fleet = fleet
        self._ahu_of = np.concatenate([np.repeat(np.arange(3), ZONES) + 3 * school for school in range(fleet.schools)])
        count = len(self._ahu_of)
        self._temperature = np.full(count, 19.0)
        self._co2 = np.full(count, 430.0)
        self._gain = chance.uniform(0.7, 1.3, count)
        self._usual = chance.uniform(21.3, 22.5, count).round(1)
        self._setback = np.tile(np.concatenate([np.full(7, 4.0), np.zeros(7), np.full(1, 4.0)]), fleet.schools)
        """Zones of the first handler show the setpoint in force, those of the second the occupied one all day."""
        self._start = np.full(fleet.schools, 300)
        self._chance = chance

    def day(self, day: Day) -> Went:
        """Step through the day."""
        size, handlers = len(day.minutes), 3 * self._fleet.schools
        knob = self._knobs(day, size, handlers)
        occupied, early = self._schedule(day)
        fan_on = np.repeat(occupied | early, 3, axis=1)
        fan_on = fan_on | (knob["run"] > 0)
        wanted = (day.outdoor < HEATS_BELOW) * 1.0
        runs = np.stack([wanted * (1 - self._of_school(day, school, "off")) for school in range(self._fleet.schools)])
        hot = np.empty_like(runs)
        level = runs[:, 0] * 70.0 + (1 - runs[:, 0]) * 22
        for minute in range(size):
            level = level + (np.where(runs[:, minute] > 0, 70.0, 22.0) - level) / np.where(
                runs[:, minute] > 0, 12.0, 25.0
            )
            hot[:, minute] = level
        heat = np.repeat(np.clip((hot - 25) / 45, 0, 1).T, 3, axis=1)
        out = {name: np.empty((size, handlers)) for name in _OUT}
        zone = {
            name: np.empty((size, len(self._ahu_of))) for name in ("ZN-T", "ZN-SP", "DMPR", "Flow", "HW-VLV", "CO2")
        }
        for minute in range(size):
            now = _Minute(
                float(day.outdoor[minute]),
                float(day.busy[minute]),
                fan_on[minute],
                np.repeat(occupied[minute], 3),
                np.repeat(early[minute], 3),
                heat[minute],
            )
            self._step(now, {name: values[minute] for name, values in knob.items()}, out, zone, minute)
        out["SF-C"] = fan_on * 1.0
        out["SF-S"] = fan_on * (1.0 - knob["fan"])
        out["OCC"] = np.repeat(occupied, 3, axis=1) * 1.0
        out["OA-T"] = np.repeat(day.outdoor[:, None], handlers, axis=1)
        out["SA-P-SP"] = np.full((size, handlers), 250.0)
        out["priority"] = np.where(knob["run"] > 1, 8.0, 0.0)
        return Went(out, zone, hot, runs, wanted)

    def _knobs(self, day: Day, size: int, handlers: int) -> dict[str, Floats]:
        found = {name: np.zeros((size, handlers)) for name in ("leak", "both", "run", "damper", "fan", "static")}
        for place in range(handlers):
            placed = self._fleet.of(place // 3, AHUS[place % 3][0])
            for name, values in found.items():
                hand = day.knob(placed, name)
                if hand is not None:
                    values[:, place] = hand
        return found

    def _of_school(self, day: Day, school: int, name: str) -> Floats | float:
        hand = day.knob(self._fleet.of(school, "boiler"), name)
        return hand if hand is not None else 0.0

    def _schedule(self, day: Day) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Occupied from an hour before school to an hour and a half after it; before that the optimum start, earlier when it is cold."""
        school = day.calendar.day(day.date)
        size = (len(day.minutes), self._fleet.schools)
        if school.opens is None or school.closes is None:
            return np.zeros(size, np.bool_), np.zeros(size, np.bool_)
        opens, closes = (
            school.opens.hour * 60 + school.opens.minute - 60,
            school.closes.hour * 60 + school.closes.minute + 90,
        )
        cold = float(np.clip(10 - day.outdoor[: len(day.outdoor) // 4].mean(), 0, 20))
        self._start = opens - (20 + 4 * cold + self._chance.uniform(-8, 8, self._fleet.schools)).astype(int)
        minute = day.minute[:, None]
        occupied = np.broadcast_to((minute >= opens) & (minute < closes), size)
        return occupied, (minute >= self._start[None, :]) & (minute < opens)

    def _step(
        self, now: "_Minute", knob: dict[str, Floats], out: dict[str, Floats], zone: dict[str, Floats], minute: int
    ) -> None:
        of, temperature = self._ahu_of, self._temperature
        returned = np.bincount(of, temperature) / np.bincount(of) + 0.3
        blows = now.fan & (knob["fan"] == 0)
        base = np.where(now.early, 30.0, np.clip(18 - (now.outdoor - 5) / 3, 13, 18))
        floor = np.where(now.early | ~now.fan, 0.0, 0.2)
        free = np.clip((returned - base) / np.maximum(returned - now.outdoor, 0.1), 0, 1)
        share = np.where((now.outdoor < returned - 2) & ~now.early, np.maximum(floor, free), floor) * now.fan
        real = np.where(knob["damper"] > 0, 0.03, share)
        mixed = returned + real * (now.outdoor - returned)
        leaking = knob["leak"] * 25 * now.heat
        need = base - 0.5 - mixed - leaking
        heating = np.clip(need / 25, 0, 1) * now.fan
        cooling = np.clip(-need / 14, 0, 1) * now.fan * (now.outdoor > 8)
        heating = np.where(knob["both"] > 0, np.maximum(heating, 0.45), heating)
        cooling = np.where(knob["both"] > 0, np.maximum(cooling, 0.6), cooling)
        supply = mixed + (heating * 25 * now.heat + leaking - cooling * 14) + 0.5
        supply = np.where(blows, supply, returned + 0.5)
        self._zones(now, supply, blows, zone, minute)
        demand = np.bincount(of, zone["DMPR"][minute]) / np.bincount(of) / 100
        speed = np.where(now.fan, 45 + 45 * demand, 0.0)
        speed = np.where((knob["static"] > 0) & now.fan, 100.0, speed)
        pressure = np.where(blows, 250.0, 0.0) - 75.0 * ((knob["static"] > 0) & blows)
        carbon = np.bincount(of, self._co2) / np.bincount(of)
        rows = (supply, returned, mixed, 100 * cooling, 100 * heating, 100 * share, speed, pressure, carbon, base)
        for name, values in zip(_OUT, rows, strict=True):
            out[name][minute] = values

    def _zones(
        self, now: "_Minute", supply: Floats, blows: NDArray[np.bool_], zone: dict[str, Floats], minute: int
    ) -> None:
        of, temperature = self._ahu_of, self._temperature
        occupied = (now.occupied | now.early)[of]
        setpoint = np.where(occupied, self._usual, self._usual - self._setback)
        target = np.where(occupied, self._usual, self._usual - 5)
        error = temperature - target
        warm = now.early[of]
        flow = np.where(
            warm, np.clip(0.3 - error * 0.4, 0.3, 1), np.clip(0.3 + np.where(error > 0.2, error - 0.2, 0) * 0.7, 0.3, 1)
        )
        reheat = np.clip((-error - 0.1) * 0.8, 0, 1)
        people = now.busy * self._gain
        air = flow * blows[of]
        change = air * (supply[of] - temperature) * 0.03 + (now.outdoor - temperature) / 1500
        change += 0.085 * people + 0.25 * reheat * now.heat[of]
        self._temperature = temperature + change
        fresh = 0.004 + 0.055 * air
        self._co2 = self._co2 + 38 * people * 0.42 + fresh * (425 - self._co2)
        rows = {
            "ZN-T": self._temperature, "ZN-SP": setpoint, "DMPR": np.where(blows[of], 100 * flow, 0.0), "Flow": 240 * air,
            "HW-VLV": 100 * reheat, "CO2": self._co2,
        }  # fmt: skip
        for name, values in rows.items():
            zone[name][minute] = values


@dataclass(slots=True)
class _Minute:
    """One minute for all handlers: outdoor °C, people 0 to 1, then by handler."""

    outdoor: float
    busy: float
    fan: NDArray[np.bool_]
    occupied: NDArray[np.bool_]
    early: NDArray[np.bool_]
    heat: Floats
