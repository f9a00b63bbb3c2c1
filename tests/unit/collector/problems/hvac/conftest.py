"""An air handler, as named points whose values a test sets and lets run for minutes."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from collector.ingest.committed import Committed
from collector.problems.detector import World
from collector.problems.finding import Finding
from collector.problems.fleet import Device, PointRow
from collector.problems.hvac.detector import HvacFaults
from collector.problems.rules import RuleBook

START = 1_756_814_400_000
"""Tuesday, 2025-09-02 12:00 UTC: school is in."""
MINUTE = 60_000
GOOD = {
    "AHU-1 SA-T": 13.0,
    "AHU-1 SA-T SP": 13.0,
    "AHU-1 MA-T": 22.0,
    "AHU-1 RA-T": 23.0,
    "AHU-1 OA-T": 28.0,
    "AHU-1 HTG-VLV": 0.0,
    "AHU-1 CLG-VLV": 50.0,
    "AHU-1 OA-DPR": 20.0,
    "AHU-1 SF-C": 1.0,
    "AHU-1 SF-S": 1.0,
    "AHU-1 SF-SPD": 70.0,
    "AHU-1 DSP": 350.0,
    "AHU-1 DSP-SP": 350.0,
    "AHU-1 OCC": 1.0,
}
UNITS = {"T": "Cel", "SP": "Cel", "VLV": "%", "DPR": "%", "SPD": "%", "DSP": "Pa", "DSP-SP": "Pa"}


def unit_of(name: str) -> str:
    """The unit that the device gives a point of this name."""
    end = name.partition(" ")[2]
    return UNITS.get(end) or UNITS.get(name.rpartition("-")[2].rpartition(" ")[2], "1")


@dataclass
class Bench:
    """Devices, their points by name, a detector, and the clock."""

    world: World = field(default_factory=lambda: World(RuleBook()))
    now: int = START
    ids: dict[str, int] = field(default_factory=dict)
    values: dict[str, float] = field(default_factory=dict)
    noise: float = 0.01

    def __post_init__(self) -> None:
        self.detector = HvacFaults(self.world)
        self.random = np.random.default_rng(1)

    def add(self, values: dict[str, float], device: int = 1, building: int = 1, unit: str | None = None) -> None:
        self.world.devices.setdefault(
            device, Device(device, "a", None, True, 0, "ok", building, "bacnet", f"Device {device}")
        )
        rows = []
        for name, value in values.items():
            self.ids[name] = len(self.ids) + 1
            self.values[name] = value
            given = unit_of(name) if unit is None else unit
            rows.append(PointRow(self.ids[name], device, "bacnet.value", None, None, given, name))
        self.detector.learn(rows)

    def run(self, minutes: int, **steps: float) -> list[Finding]:
        """So many minutes, temperatures with a little noise; `steps` are added to a point each minute."""
        for _ in range(minutes):
            self.now += MINUTE
            names = list(self.values)
            noise = self.random.normal(0, self.noise, len(names)) * [name.endswith("-T") for name in names]
            values = np.array([self.values[name] for name in names]) + noise
            ids = np.array([self.ids[name] for name in names], np.int32)
            known = np.isfinite(values)
            times = np.full(int(known.sum()), self.now, np.int64)
            self.detector.observe(Committed(self.now, ids[known], times, values[known]))
        return list(self.detector.findings(self.now))

    def rules(self, minutes: int) -> set[str]:
        return {finding.key.rule for finding in self.run(minutes)}


@pytest.fixture
def handler() -> Bench:
    """An air handler that works well."""
    bench = Bench()
    bench.add(GOOD)
    return bench
