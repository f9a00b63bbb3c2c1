"""Doors: locked by night, unlocked and used by day; told at each poll, and at once when they change."""

import numpy as np

from tests.bench.school_year.day import Day
from tests.bench.school_year.fleet import Device, Placed, Reading

NAMES = ("Main Entrance", "Office", "Gym North", "Cafeteria", "Loading Dock")


def devices(school: int) -> list[Device]:
    del school
    readings = (
        *(Reading(f"door.{what}", name) for name in NAMES for what in ("position", "lock", "secured", "alarm", "mode", "tamper", "fault")),
        *(Reading(f"door.{what}", name) for name in NAMES for what in ("events", "denied", "reader")),
        Reading("door.battery", "controller"), Reading("door.power", "controller"), Reading("door.login.state"),
    )  # fmt: skip
    return [Device("doors", "door", "Door controller", "MDF", "core", readings)]


def play(day: Day) -> None:
    for placed in day.fleet.placed:
        if placed.device.kind == "door":
            for number, name in enumerate(NAMES):
                _door(day, placed, name, number)
            day.put(placed, "door.battery", 0.0, "controller")
            day.put(placed, "door.power", 0.0, "controller")
            day.put(placed, "door.login.state", 0.0)


def _door(day: Day, placed: Placed, name: str, number: int) -> None:
    busy = day.busy
    unlocked = (busy > 0.5) & (number == 0)
    custodian = (day.minute >= 330) & (day.minute < 1290) & (day.date.weekday() < 5) & (busy < 0.1)
    moving = day.chance.random(len(busy)) < 0.5 * busy / (1 + number) + 0.004 * custodian
    day.put(placed, "door.position", moving * 1.0, name)
    day.put(placed, "door.lock", np.where(unlocked | moving, 1.0, 0.0), name)
    day.put(placed, "door.secured", np.where(unlocked | moving, 1.0, 0.0), name)
    day.put(placed, "door.alarm", 0.0, name)
    day.put(placed, "door.mode", np.where(unlocked, 1.0, np.where(moving, 2.0, 0.0)), name)
    day.put(placed, "door.tamper", 0.0, name)
    day.put(placed, "door.fault", 0.0, name)
    day.put(placed, "door.reader", 0.0, name)
    events = day.chance.poisson(0.5 * busy / (1 + number)) + moving
    denied = (day.chance.random(len(busy)) < 0.02 * busy) * 1.0
    for what, more in (("events", events + denied), ("denied", denied)):
        key = f"{what} {placed.id} {name}"
        count = day.state.get(key, 0.0) + np.cumsum(more)
        day.state[key] = float(count[-1])
        day.put(placed, f"door.{what}", count, name)
