"""Building automation over BACnet: what controllers send. How the air behaves is in `air.py`."""

import numpy as np

from tests.bench.school_year.day import Day, Floats
from tests.bench.school_year.devices.air import AHUS, ZONES, Air
from tests.bench.school_year.fleet import Device, Placed, Reading

ON_OFF = {"0": "off", "1": "on"}
OCCUPANCY = {"0": "unoccupied", "1": "occupied"}
_ANALOG = (
    ("analog-input,1", "SA-T", "Cel"), ("analog-input,2", "RA-T", "Cel"), ("analog-input,3", "MA-T", "Cel"),
    ("analog-input,4", "OA-T", "Cel"), ("analog-input,5", "SA-P", "Pa"), ("analog-input,6", "RA-CO2", "[ppm]"),
    ("analog-output,1", "CLG-VLV", "%"), ("analog-output,2", "HTG-VLV", "%"), ("analog-output,3", "OA-DMPR", "%"),
    ("analog-output,4", "SF-SPD", "%"), ("analog-value,1", "SA-SP", "Cel"), ("analog-value,2", "SA-P-SP", "Pa"),
)  # fmt: skip
_BINARY = (
    ("binary-output,1", "SF-C", ON_OFF),
    ("binary-input,1", "SF-S", ON_OFF),
    ("binary-value,1", "OCC", OCCUPANCY),
)
COLD = {"freezer": ("Walk-in Freezer", -19.0), "cooler": ("Walk-in Cooler", 2.5)}
COLD_POINT = "analog-input,1"
HEALTH = (Reading("bacnet.system.status"), Reading("bacnet.alarms"), Reading("bacnet.clock.offset"))


def devices(school: int) -> list[Device]:
    """Two air handlers with their terminal boxes, a rooftop unit for the gym, the boiler, the kitchen's cold rooms."""
    del school
    found = [Device("boiler", "hvac", "Boiler 1", "Boiler room", "core", (*_boiler(), *HEALTH))]
    for number, (key, name) in enumerate(AHUS):
        values = [Reading("bacnet.value", label, unit, f"{name} {word}") for label, word, unit in _ANALOG]
        values += [Reading("bacnet.value", label, "1", f"{name} {word}", states) for label, word, states in _BINARY]
        flags = [Reading("bacnet.status", f"analog-input,1.{flag}") for flag in ("in-alarm", "fault", "overridden")]
        values += [
            *flags,
            Reading("bacnet.event.state", "analog-input,1"),
            Reading("bacnet.override.priority", "binary-output,1"),
        ]
        found.append(Device(key, "hvac", name, "Roof", "core", (*values, *HEALTH), 1, {"number": number}))
        found += [_box(number, zone) for zone in range(ZONES[number])]
    for key, (name, level) in COLD.items():
        reading = Reading("bacnet.value", COLD_POINT, "Cel", f"{name} Temp")
        found.append(Device(key, "hvac", name, "Kitchen", "switch-2", (reading, *HEALTH), 1, {"level": level}))
    return found


def _box(ahu: int, zone: int) -> Device:
    room = f"Room {100 * (ahu + 1) + zone + 1}" if ZONES[ahu] > 1 else "Gym"
    name = f"VAV {ahu + 1}-{zone + 1}" if ZONES[ahu] > 1 else "Gym sensor"
    rows = (
        ("analog-input,1", "ZN-T", "Cel"), ("analog-value,1", "ZN-SP", "Cel"), ("analog-output,1", "DMPR", "%"),
        ("analog-input,2", "Flow", "L/s"), ("analog-output,2", "HW-VLV", "%"), ("analog-input,3", "CO2", "[ppm]"),
    )  # fmt: skip
    values = [Reading("bacnet.value", label, unit, f"{name} {word}") for label, word, unit in rows]
    own = (*values, Reading("bacnet.setpoint.deviation", name), *HEALTH)
    return Device(f"vav-{ahu + 1}-{zone + 1}", "hvac", name, room, "core", own, 2, {"ahu": ahu, "zone": zone})


def _boiler() -> tuple[Reading, ...]:
    rows = (
        ("analog-input,1", "HWS-T", "Cel", None),
        ("analog-input,2", "HWR-T", "Cel", None),
        ("analog-value,1", "HWS-SP", "Cel", None),
    )
    more = (("binary-output,1", "BLR-C", "1", ON_OFF), ("binary-input,1", "BLR-S", "1", ON_OFF))
    return tuple(
        Reading("bacnet.value", label, unit, f"Boiler 1 {word}", states) for label, word, unit, states in (*rows, *more)
    )


def play(day: Day, air: Air) -> None:
    """The day of every controller."""
    went = air.day(day)
    for placed in day.fleet.placed:
        if placed.device.kind != "hvac":
            continue
        for reading in HEALTH:
            day.put(placed, reading.metric, 0.0 if reading.metric != "bacnet.clock.offset" else day.noise(0.4).round())
        key = placed.device.key
        if key in COLD:
            _cold(day, placed)
        elif key == "boiler":
            _put(
                day,
                placed,
                {
                    "analog-input,1": went.hot_water[placed.school],
                    "analog-input,2": went.hot_water[placed.school] - 9.0,
                    "analog-value,1": 70.0,
                },
                0.2,
            )
            _put(
                day,
                placed,
                {"binary-output,1": went.boiler_wanted, "binary-input,1": went.boiler_runs[placed.school]},
                0,
            )
        elif key.startswith("vav-"):
            _zone(day, placed, went.zone(placed))
        else:
            _handler(day, placed, went.handler(placed), went)


def _put(day: Day, placed: Placed, rows: dict[str, Floats | float], noise: float) -> None:
    for label, value in rows.items():
        shown = np.asarray(value, float) + (day.noise(noise) if noise and isinstance(value, np.ndarray) else 0.0)
        day.put(placed, "bacnet.value", np.broadcast_to(shown, len(day.minutes)).round(1), label)


def _handler(day: Day, placed: Placed, of: dict[str, Floats], went: object) -> None:
    del went
    analog = {label: of[word] for label, word, _ in _ANALOG}
    for label, value in analog.items():
        size = {"[ppm]": 8.0, "Pa": 3.0, "Cel": 0.08}.get(next(unit for one, _, unit in _ANALOG if one == label), 0.0)
        _put(day, placed, {label: value}, 0.0 if label.startswith("analog-value") else size)
    _put(day, placed, {label: of[word] for label, word, _ in _BINARY}, 0)
    for flag in ("in-alarm", "fault", "overridden"):
        day.put_changes(placed, "bacnet.status", np.zeros(len(day.minutes)), f"analog-input,1.{flag}")
    day.put_changes(placed, "bacnet.event.state", np.zeros(len(day.minutes)), "analog-input,1")
    day.put(placed, "bacnet.override.priority", of["priority"], "binary-output,1")


def _zone(day: Day, placed: Placed, of: dict[str, Floats]) -> None:
    shown = of["ZN-T"] + day.noise(0.05)
    _put(
        day,
        placed,
        {
            "analog-input,1": shown,
            "analog-value,1": of["ZN-SP"],
            "analog-output,1": of["DMPR"],
            "analog-output,2": of["HW-VLV"],
        },
        0,
    )
    _put(day, placed, {"analog-input,2": of["Flow"]}, 3.0)
    _put(day, placed, {"analog-input,3": of["CO2"]}, 12.0)
    day.put(placed, "bacnet.setpoint.deviation", (shown - of["ZN-SP"]).round(2), placed.device.name)


def _cold(day: Day, placed: Placed) -> None:
    """The compressor's cycle, doors by day, and two defrosts."""
    level = placed.device.traits["level"]
    cycle = 0.6 * np.sin(2 * np.pi * day.minute / 27)
    defrost = sum(np.clip(1 - np.abs(day.minute - at) / 18, 0, 1) for at in (150, 1230)) * (5.0 if level < 0 else 1.5)
    warm = day.knob(placed, "warm")
    value = level + cycle + defrost + 0.8 * day.busy + day.noise(0.15) + (warm if warm is not None else 0.0)
    day.put(placed, "bacnet.value", np.round(value, 1), COLD_POINT)
