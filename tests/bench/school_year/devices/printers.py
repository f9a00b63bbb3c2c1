"""Printers and copiers: toner goes with the pages, and the pages with the school day."""

import numpy as np

from tests.bench.school_year.day import Day
from tests.bench.school_year.fleet import Device, Placed, Reading

ROOMS = ("Library", "Main office", "Staff lounge", "Room 112", "Art room", "Nurse")
ERRORS = (
    "jammed",
    "no-paper",
    "door-open",
    "offline",
    "output-full",
    "not-accepting",
    "low-toner",
    "no-toner",
    "service-requested",
)
A_DAY = (140.0, 320.0, 210.0, 90.0, 60.0, 25.0)
"""Pages on a whole school day."""
FULL_DAY = 1.1
"""`busy` of a whole school day, in the 480 minutes that `A_DAY` counts."""
_GOOD_TIME = 5.0
"""School days: a level that lasts fewer at the end of a day is not left until the next evening."""
YIELD = 6_000.0
"""Pages of a full toner cartridge."""


def devices(school: int) -> list[Device]:
    readings = (
        Reading("printer.status"), Reading("printer.pages"), Reading("printer.jobs.queued"),
        Reading("printer.supply.level", "Black toner"), Reading("printer.supply.state", "Black toner"),
        Reading("printer.supply.level", "Drum"), Reading("printer.supply.state", "Drum"),
        Reading("printer.tray.level", "Tray 2"), Reading("printer.tray.state", "Tray 2"),
        *(Reading("printer.error", error) for error in ERRORS),
    )  # fmt: skip
    return [
        Device(
            f"printer-{number + 1}", "printer", f"{room} printer", room, f"switch-{1 + number % 3}", readings, 5,
            {"pages": A_DAY[number] * (0.8 + 0.1 * (school % 5)), "coarse": number == 4},
        )
        for number, room in enumerate(ROOMS)
    ]  # fmt: skip


def play(day: Day) -> None:
    for placed in day.fleet.placed:
        if placed.device.kind == "printer":
            _printer(day, placed)


def _printer(day: Day, placed: Placed) -> None:
    usual = placed.device.traits["pages"] * (5.0 if day.state.get("testing") else 1.0)
    share = day.busy / 480
    rate = usual * share * day.state.setdefault(f"habit {placed.id}", float(day.chance.uniform(0.8, 1.25)))
    burst = day.chance.poisson(rate / 6) * day.chance.integers(1, 12, len(rate))
    more = day.knob(placed, "pages")
    printed = burst + (more if more is not None else 0.0)
    pages = day.state.setdefault(f"pages {placed.id}", float(day.chance.integers(20_000, 200_000)))
    total = pages + np.cumsum(printed)
    day.state[f"pages {placed.id}"] = float(total[-1])
    day.put(placed, "printer.pages", total)
    active = printed > 0
    asleep = np.convolve(active, np.ones(30), "full")[: len(active)] == 0
    day.put(placed, "printer.status", np.where(active, 1.0, np.where(asleep, 4.0, 0.0)))
    day.put(placed, "printer.jobs.queued", np.where(active, day.chance.poisson(0.6, len(active)), 0.0))
    whole = float(rate.sum()) * placed.device.traits["pages"] / usual
    _supply(day, placed, "Black toner", printed / YIELD * 100, "toner", whole / YIELD * 100)
    _supply(day, placed, "Drum", printed / 60_000 * 100, "drum", whole / 60_000 * 100)
    paper = day.state.setdefault(f"paper {placed.id}", 90.0)
    sheets = paper - np.cumsum(printed) / 5.5
    sheets = 12 + (sheets - 12) % 83  # somebody fills it up before it is empty
    day.state[f"paper {placed.id}"] = float(sheets[-1])
    day.put(placed, "printer.tray.level", np.round(sheets, -1), "Tray 2")
    day.put(placed, "printer.tray.state", 0.0, "Tray 2")
    for error in ERRORS:
        day.put_changes(placed, "printer.error", np.zeros(len(day.minutes)), error)


def _supply(day: Day, placed: Placed, label: str, used: np.ndarray, what: str, usual: float) -> None:
    """Whoever changes it in good time does so in the morning, before it lasts for few days of usual use (`usual`, % a day)."""
    key = f"{what} {placed.id}"
    level = day.state.setdefault(key, float(day.chance.uniform(35, 95)))
    drop = day.knob(placed, what)
    lost = np.cumsum(used) + (np.cumsum(drop) if drop is not None else 0.0)
    left = level - lost if drop is None else np.maximum(level - lost, min(8.0, level))
    if left[-1] < max(12.0, _GOOD_TIME * usual) and drop is None and day.busy.any():
        left = np.where(day.minute >= 450, left + 99 - left[0], left)
    left = np.clip(left, 0, 100)
    day.state[key] = float(left[-1])
    shown = np.round(left, -1) if placed.device.traits["coarse"] else np.round(left)
    day.put(placed, "printer.supply.level", shown, label)
    day.put(placed, "printer.supply.state", np.where(left <= 0.5, 3.0, np.where(left < 10, 2.0, 0.0)), label)
