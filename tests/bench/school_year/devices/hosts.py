"""Machines: the agent's own Raspberry Pi, a server, and PCs."""

import numpy as np

from tests.bench.school_year.day import Day
from tests.bench.school_year.devices.network import uptime
from tests.bench.school_year.fleet import Device, Placed, Reading

PCS = 15
PROTECTION = "MsSense.exe"
"""The process of the PCs' antivirus."""
_BODY = ("cpu.utilization", "memory.utilization", "memory.available", "uptime", "process.count")
_PI = ("under-voltage", "capped", "throttled", "soft-limit")


def devices(school: int) -> list[Device]:
    del school
    body = tuple(Reading(f"host.{what}") for what in _BODY)
    disk = tuple(
        Reading(f"host.disk.{what}", "/")
        for what in ("utilization", "free", "inodes.utilization", "readonly", "errors")
    )
    clock = (Reading("host.clock.synchronised"), Reading("host.clock.offset"))
    flags = tuple(Reading("host.throttled", flag) for flag in _PI)
    pi = (
        *body,
        *disk,
        *clock,
        *flags,
        Reading("host.temperature", "cpu"),
        Reading("host.disk.written", "mmcblk0"),
        Reading("host.disk.wear", "mmcblk0"),
    )
    server = (
        *body,
        *disk,
        *clock,
        Reading("host.temperature", "cpu"),
        Reading("host.process.state", "sis"),
        Reading("host.process.state", "backup"),
        Reading("host.disk.health", "sda"),
    )
    pc = (
        Reading("host.cpu.utilization"),
        Reading("host.memory.utilization"),
        Reading("host.uptime"),
        Reading("host.disk.utilization", "C:"),
        Reading("host.process.state", PROTECTION),
    )
    return [
        Device("pi", "host", "Building agent", "MDF", None, pi, 1, {"disk": 30.0, "size": 32e9, "memory": 38.0}, {"model": "Raspberry Pi 4 Model B"}),
        Device("new-pc", "host", "New PC", "Library", "switch-1", pc, 5, {"disk": 20.0, "memory": 40.0}, new=True),
        Device("server", "host", "School server", "MDF", "core", server, 1, {"disk": 70.0, "spread": 1.0, "size": 1e12, "memory": 52.0}),
        *(
            Device(f"pc-{number}", "host", f"PC lab {number}", "Computer lab", "switch-3", pc, 1, {"disk": 40.0, "memory": 45.0})
            for number in range(1, PCS + 1)
        ),
    ]  # fmt: skip


def play(day: Day) -> None:
    for placed in day.fleet.placed:
        if placed.device.kind == "host":
            _host(day, placed)


def _host(day: Day, placed: Placed) -> None:
    size, traits = len(day.minutes), placed.device.traits
    key, busy = placed.device.key, day.busy
    labels = {reading.metric: reading.label for reading in placed.device.readings}
    if "pc" in key:
        begins = day.minute >= 445
        work = busy * day.chance.random(size) * 70 + 4
        work = np.where(begins & (day.minute < 465) & (busy > 0), 95.0, work)  # everybody signs in
    else:
        backup = (day.minute >= 120) & (day.minute < 165)
        work = 6 + 18 * busy + np.abs(day.noise(3)) + 25 * backup * (key == "server")
    day.put(placed, "host.cpu.utilization", np.clip(work, 0, 100).round(1))
    leak = day.knob(placed, "memory")
    memory = traits["memory"] + 8 * busy + day.noise(0.6) + (leak if leak is not None else 0.0)
    day.put(placed, "host.memory.utilization", np.clip(memory, 0, 99.7).round(1))
    uptime(day, placed, "host.uptime")
    _disk(day, placed, labels["host.disk.utilization"])
    for reading in placed.device.readings:
        if reading.metric == "host.process.state":
            day.put(placed, "host.process.state", 1.0, reading.label)
    if "pc" not in key:
        _machine(day, placed, memory)


def _machine(day: Day, placed: Placed, memory: np.ndarray) -> None:
    day.put(placed, "host.memory.available", np.clip((100 - memory) * 8e7, 0, None).round())
    day.put(placed, "host.process.count", (180 + day.chance.poisson(6, len(memory))) / 1.0)
    day.put(placed, "host.clock.synchronised", 1.0)
    day.put(placed, "host.clock.offset", np.abs(day.noise(0.0008)))
    day.put(placed, "host.temperature", np.round(51 + 3 * day.busy + day.noise(0.8), 1), "cpu")
    if placed.device.key == "server":
        day.put(placed, "host.disk.health", 0.0, "sda")
        return
    for flag in _PI:
        day.put(placed, "host.throttled", 0.0, flag)
    written = day.state.get(f"written {placed.id}", 0.0) + np.cumsum(np.full(len(memory), 9e5))
    day.state[f"written {placed.id}"] = float(written[-1])
    day.put(placed, "host.disk.written", written, "mmcblk0")
    day.put(placed, "host.disk.wear", 10.0, "mmcblk0")


def _disk(day: Day, placed: Placed, label: str | None) -> None:
    """Filled by what is written on school days, freed by a clean-up each Sunday night; knobs: `disk` in percent."""
    key, traits = f"disk {placed.id}", placed.device.traits
    spread = traits.get("spread", 5.0)
    used = day.state.setdefault(key, traits["disk"] + float(day.chance.uniform(-spread, spread)))
    grow = np.cumsum(0.0003 * day.busy)
    if day.date.weekday() == 6:
        grow = grow - 0.6 * (day.minute >= 180)
    extra = day.knob(placed, "disk")
    level = used + grow
    day.state[key] = max(float(level[-1]), traits["disk"] - 8)
    shown = np.clip(level + (extra if extra is not None else 0.0) + day.noise(0.02), 0, 100)
    day.put(placed, "host.disk.utilization", shown.round(1), label)
    if "size" in traits:
        day.put(placed, "host.disk.free", ((100 - shown) / 100 * traits["size"]).round(-6), label)
        day.put(placed, "host.disk.inodes.utilization", (shown / 4).round(1), label)
        day.put(placed, "host.disk.readonly", 0.0, label)
        day.put(placed, "host.disk.errors", 0.0, label)
