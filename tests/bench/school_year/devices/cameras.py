"""Cameras and their recorder: the sun, the infrared lamp, who walks by."""

import numpy as np

from tests.bench.school_year.day import Day
from tests.bench.school_year.fleet import Device, Placed, Reading

PLACES = ("Main entrance", "Cafeteria", "Gym", "Hall west", "Parking lot", "Bus loop")
OUTSIDE = ("Main entrance", "Parking lot", "Bus loop")
CHANNELS = 30


def devices(school: int) -> list[Device]:
    del school
    picture = tuple(
        Reading(f"camera.picture.{what}", "1")
        for what in ("state", "brightness", "contrast", "sharpness", "change", "difference")
    )
    own = (
        *picture, Reading("camera.stream.state", "main"), Reading("camera.login.state"), Reading("camera.tamper", "1"),
        Reading("camera.motion", "1"), Reading("camera.clock.offset"),
    )  # fmt: skip
    found = [
        Device(
            f"camera-{number + 1}",
            "camera",
            place,
            place,
            f"switch-{1 + number % 3}",
            own,
            2,
            {"outside": place in OUTSIDE},
        )
        for number, place in enumerate(PLACES)
    ]
    channels = tuple(
        Reading(f"camera.recording.{what}", f"Camera {number:02d}")
        for number in range(1, CHANNELS + 1)
        for what in ("state", "age")
    )
    rest = (
        Reading("camera.storage.state", "Disk 1"),
        Reading("camera.storage.state", "Disk 2"),
        Reading("camera.login.state"),
    )
    return [*found, Device("nvr", "camera", "Recorder", "MDF", "core", (*channels, *rest), 2)]


def play(day: Day) -> None:
    sun = np.clip(np.sin(np.pi * (day.minute - 390) / 690), 0, 1) * ((day.minute > 390) & (day.minute < 1080))
    for placed in day.fleet.placed:
        if placed.device.key == "nvr":
            _recorder(day, placed)
        elif placed.device.kind == "camera":
            _camera(day, placed, sun)


def _camera(day: Day, placed: Placed, sun: np.ndarray) -> None:
    busy = day.busy
    light = sun if placed.device.traits["outside"] else np.clip(busy * 1.5 + 0.3 * sun, 0, 1)
    night = light < 0.08  # by infrared then
    people = busy * (0.6 if placed.device.traits["outside"] else 1.0)
    day.put(placed, "camera.picture.state", 0.0, "1")
    day.put(
        placed,
        "camera.picture.brightness",
        np.clip(np.where(night, 24, 30 + 28 * light) + day.noise(1.2), 0, 100).round(1),
        "1",
    )
    day.put(placed, "camera.picture.contrast", np.clip(np.where(night, 26, 40) + day.noise(0.8), 0, 100).round(1), "1")
    day.put(
        placed,
        "camera.picture.sharpness",
        np.clip(0.62 + np.where(night, -0.08, 0) + day.noise(0.01), 0, 1).round(3),
        "1",
    )
    moths = (day.chance.random(len(busy)) < 0.004) & night
    change = (
        0.7
        + np.abs(day.noise(0.15))
        + people * day.chance.gamma(1.5, 2.0, len(busy))
        + moths * day.chance.uniform(5, 25, len(busy))
    )
    day.put(placed, "camera.picture.change", np.clip(change, 0, 100).round(2), "1")
    day.put(placed, "camera.picture.difference", np.clip(6 + 4 * people + np.abs(day.noise(1)), 0, 100).round(1), "1")
    seen = day.chance.poisson(0.02 + 1.4 * people) + moths * 3
    start = day.state.get(f"motion {placed.id}", 0.0)
    count = start + np.cumsum(seen)
    day.state[f"motion {placed.id}"] = float(count[-1])
    day.put(placed, "camera.motion", count, "1")
    day.put(placed, "camera.stream.state", 1.0, "main")
    day.put(placed, "camera.login.state", 0.0)
    day.put(placed, "camera.tamper", 0.0, "1")
    day.put(placed, "camera.clock.offset", np.round(day.noise(0.3)))


def _recorder(day: Day, placed: Placed) -> None:
    for number in range(1, CHANNELS + 1):
        name = f"Camera {number:02d}"
        day.put(placed, "camera.recording.state", 0.0, name)
        day.put(placed, "camera.recording.age", day.chance.uniform(1, 9, len(day.minutes)).round(), name)
    for disk in ("Disk 1", "Disk 2"):
        day.put(placed, "camera.storage.state", 0.0, disk)
    day.put(placed, "camera.login.state", 0.0)
