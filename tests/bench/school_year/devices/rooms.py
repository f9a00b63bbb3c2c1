"""What stands in rooms and closets: UPS, projectors, the meter, and services as people feel them."""

import numpy as np

from tests.bench.school_year.day import Day
from tests.bench.school_year.fleet import Device, Placed, Reading

SERVICES = {
    "sis": "Student information system",
    "lms": "Learning management system",
    "lunch": "Lunch and point of sale",
    "dns": "Name server",
}
PHASES = ("L1", "L2", "L3")
_UPS = (
    "battery.charge",
    "battery.state",
    "battery.temperature",
    "runtime",
    "source",
    "load",
    "output.power",
    "alarms",
    "test.result",
)


def devices(school: int) -> list[Device]:
    del school
    display = (
        Reading("display.power"), Reading("display.lamp.hours", "1"), Reading("display.lamp.state", "1"), Reading("display.signal"),
        *(Reading("display.error", part) for part in ("fan", "lamp", "temperature", "filter")),
    )  # fmt: skip
    meter = (
        Reading("meter.power", "total"), Reading("meter.energy", "import"),
        *(Reading(f"meter.{what}", phase) for phase in PHASES for what in ("voltage", "phase")),
    )  # fmt: skip
    web = (Reading("probe.state"), Reading("probe.duration", "total"), Reading("probe.slowdown"))
    ping = (
        Reading("probe.state"), Reading("probe.loss"), Reading("probe.loss.recent"), Reading("probe.jitter"), Reading("probe.slowdown"),
        *(Reading("probe.round.trip", which) for which in ("min", "median", "p95")),
    )  # fmt: skip
    return [
        Device("ups", "ups", "UPS MDF", "MDF", "core", tuple(Reading(f"ups.{what}") for what in _UPS)),
        Device("projector-1", "display", "Projector 12", "Room 12", "switch-1", display, 2),
        Device("projector-2", "display", "Projector 21", "Room 21", "switch-2", display, 2),
        Device("meter", "meter", "Main meter", "Electrical room", "core", meter),
        Device("isp", "service", "Internet provider", "", None, ping),
        *(
            Device(
                key,
                "service",
                name,
                "",
                None,
                (*web, Reading("probe.certificate.remaining")) if key != "dns" else web,
                2,
            )
            for key, name in SERVICES.items()
        ),
    ]


def play(day: Day) -> None:
    families = {"ups": _ups, "display": _display, "meter": _meter, "service": _service}
    for placed in day.fleet.placed:
        if placed.device.kind in families:
            families[placed.device.kind](day, placed)


def _ups(day: Day, placed: Placed) -> None:
    load = 34 + 3 * day.busy + day.noise(0.5)
    rows = {
        "battery.charge": 100.0, "battery.state": 0.0, "battery.temperature": (26 + day.noise(0.2)).round(1), "source": 0.0,
        "runtime": np.round(2400 - 20 * (load - 34)), "load": load.round(), "output.power": (load * 10).round(), "alarms": 0.0, "test.result": 0.0,
    }  # fmt: skip
    for what, value in rows.items():
        day.put(placed, f"ups.{what}", value)


def _display(day: Day, placed: Placed) -> None:
    on = (day.busy > 0.6) & (day.chance.random() < 0.9)
    hours = day.state.setdefault(f"lamp {placed.id}", float(day.chance.integers(200, 1500)))
    burned = np.floor(hours + np.cumsum(on) / 60)
    day.state[f"lamp {placed.id}"] = hours + float(on.sum()) / 60
    day.put(placed, "display.power", on * 1.0)
    day.put(placed, "display.lamp.hours", burned, "1")
    day.put(placed, "display.lamp.state", on * 1.0, "1")
    day.put(placed, "display.signal", np.where(on, 1.0, 255.0))
    for part in ("fan", "lamp", "temperature", "filter"):
        day.put(placed, "display.error", 0.0, part)


def _meter(day: Day, placed: Placed) -> None:
    cooling = np.clip(day.outdoor - 18, 0, None) * 900
    power = 22_000 + 65_000 * day.busy + cooling * (0.3 + day.busy) + day.noise(1500)
    energy = day.state.setdefault(f"energy {placed.id}", float(day.chance.integers(100_000, 900_000)))
    counted = energy + np.cumsum(power) / 60_000
    day.state[f"energy {placed.id}"] = float(counted[-1])
    day.put(placed, "meter.power", power.round(), "total")
    day.put(placed, "meter.energy", counted.round(1), "import")
    for phase in PHASES:
        day.put(placed, "meter.voltage", (121.5 + day.noise(0.6)).round(1), phase)
        day.put(placed, "meter.phase", 1.0, phase)


def _service(day: Day, placed: Placed) -> None:
    day.put(placed, "probe.state", 1.0)
    if placed.device.key == "isp":
        base = 0.012 + 0.006 * day.busy
        median = base * day.chance.lognormal(0, 0.1, len(base))
        day.put(placed, "probe.round.trip", base * 0.8, "min")
        day.put(placed, "probe.round.trip", median, "median")
        day.put(placed, "probe.round.trip", median * day.chance.uniform(1.2, 2.2, len(base)), "p95")
        lost = (day.chance.random(len(base)) < 0.01) * 10.0
        day.put(placed, "probe.loss", lost)
        day.put(placed, "probe.loss.recent", np.convolve(lost, np.ones(10) / 10, "full")[: len(base)].round(1))
        day.put(placed, "probe.jitter", np.abs(0.002 + day.noise(0.0006)))
    else:
        usual = {"sis": 0.4, "lms": 0.7, "lunch": 0.2, "dns": 0.012}[placed.device.key]
        day.put(
            placed,
            "probe.duration",
            usual * (1 + 0.4 * day.busy) * day.chance.lognormal(0, 0.2, len(day.minutes)),
            "total",
        )
    day.put(placed, "probe.slowdown", np.clip(1 + 0.15 * day.busy + day.noise(0.08), 0.5, None).round(2))
    if placed.device.key in SERVICES and placed.device.key != "dns":
        ends = day.state.setdefault(
            f"certificate {placed.id}", float(day.date.toordinal() + day.chance.integers(120, 380))
        )
        day.put(placed, "probe.certificate.remaining", ends - day.date.toordinal() - day.minute / 1440)
