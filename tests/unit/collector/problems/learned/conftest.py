"""A school's points that have learned for five weeks, once a session; each test begins from a copy of that."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import pytest

from collector.ingest.committed import Committed
from collector.problems.detector import World
from collector.problems.finding import Finding
from collector.problems.fleet import Device, PointRow
from collector.problems.learned.detector import LearnedNormal
from collector.problems.rules import load

BEGIN = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp() * 1000)
"""A Monday."""
MINUTE, DAY = 60_000, 86_400_000
STEP = 15 * MINUTE
LEARNED_DAYS = 21
ROOM, POWER, COUNTER, SETPOINT, BINARY, OTHER = 1, 2, 3, 4, 5, 6
CYCLE, RARE, ALWAYS, MODE = 7, 8, 9, 22
"""States: a compressor that runs half of the time; one that is switched on for hours once in nine days; one that is
always on; one of three states."""
ROOMS = range(10, 22)
"""Points alike on twelve other devices, four in each of three schools."""
OUTDOORS = range(30, 33)
"""The outdoor air of each school, on a device with many like the rooms."""
ON_OFF = {"0": "off", "1": "on"}


def points() -> list[PointRow]:
    rows = [
        PointRow(ROOM, 1, "bacnet.value", "room", unit="Cel"),
        PointRow(POWER, 1, "meter.power", "total", unit="W"),
        PointRow(COUNTER, 1, "meter.energy", "import", unit="kW.h"),
        PointRow(SETPOINT, 1, "bacnet.value", "setpoint", unit="Cel"),
        PointRow(BINARY, 1, "bacnet.value", "binary-output,1", unit="1", name="Fan", states=ON_OFF),
        PointRow(OTHER, 1, "ups.load", None, unit="%"),
    ]
    rows += [
        PointRow(CYCLE, 2, "bacnet.value", "binary-input,1", unit="1", states=ON_OFF),
        PointRow(RARE, 3, "bacnet.value", "binary-output,3", unit="1"),
        PointRow(ALWAYS, 4, "bacnet.value", "binary-output,4", unit="1"),
        PointRow(
            MODE, 5, "bacnet.value", "multi-state-value,1", unit="1", states={"1": "off", "2": "heat", "3": "cool"}
        ),
    ]
    rows += [
        PointRow(point, point, "sensor.value", f"{point}", unit="Cel", name=f"AHU {point} OA-T") for point in OUTDOORS
    ]
    return rows + [PointRow(point, point, "sensor.value", "supply", unit="Cel") for point in ROOMS]


def weekday(at: int) -> int:
    return (at // DAY + 3) % 7


def school_hours(at: int) -> float:
    return 1.0 if weekday(at) < 5 and 7 <= at % DAY / 3_600_000 < 16 else 0.0


def usual(at: int, rng: np.random.Generator, busy: Callable[[int], float] = school_hours) -> dict[int, float]:
    """What the points read at a time, with noise: warmer and busier in school hours."""
    full, step = busy(at), at // STEP
    noise = rng.normal(size=24)
    values = {
        ROOM: 17 + 4 * full + 0.2 * noise[0],
        POWER: 2000 + 8000 * full + 200 * noise[1],
        COUNTER: round((at - BEGIN) / 3_600_000 * 5 + 0.2 * noise[2], 2),
        SETPOINT: 21.0 if full else 16.0,
        BINARY: full,
        OTHER: 30 + 10 * full + noise[3],
        CYCLE: float(step % 2),
        RARE: float(at // DAY % 9 == 4 and 9 <= at % DAY / 3_600_000 < 14),
        ALWAYS: 1.0,
        MODE: (2.0 + (step % 3 == 0)) if full else 1.0,
    }
    outdoors = 8 + 6 * np.sin(2 * np.pi * (at % DAY / DAY - 0.3))
    values |= {point: outdoors + 0.5 * noise[16 + place] for place, point in enumerate(OUTDOORS)}
    return values | {point: 15 + 5 * full + 0.2 * noise[4 + place] for place, point in enumerate(ROOMS)}


Change = Callable[[int, dict[int, float]], dict[int, float]]


@dataclass
class School:
    """A detector, the world around it, and a clock."""

    now: int = BEGIN
    world: World = field(default_factory=lambda: World(load()))
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(7))

    def __post_init__(self) -> None:
        for device in (*range(1, 10), *ROOMS, *OUTDOORS):
            building = 1 if device < 10 else (device - 10) // 4 + 1 if device in ROOMS else device - 29
            self.world.devices[device] = Device(
                device, "lincoln", None, True, 0, "ok", building, kind="bacnet", name=f"AHU {device}"
            )
        self.detector = LearnedNormal(self.world)
        self.detector.learn(points())
        self.found: dict[str, Finding] = {}

    def commit(self, values: dict[int, float], *, at: int | None = None) -> None:
        """These samples, at the clock's time or another one."""
        ids = np.array(list(values), np.int32)
        times = np.full(len(ids), self.now if at is None else at, np.int64)
        self.detector.observe(Committed(self.now, ids, times, np.array(list(values.values()), np.float64)))

    def run(self, days: float, change: Change = lambda at, values: values) -> set[str]:
        """Let time pass; `change` makes the samples of a time what they are. The subjects found at any moment."""
        ever: set[str] = set()
        for _ in range(round(days * DAY / STEP)):
            self.now += STEP
            self.commit(change(self.now, usual(self.now, self.rng)))
            self.found = {finding.key.subject: finding for finding in self.detector.findings(self.now)}
            ever |= set(self.found)
        return ever


@pytest.fixture(scope="session")
def learned() -> tuple[int, bytes]:
    """The time when the learning ended, and what was saved then. Nothing was found on the way."""
    school = School()
    assert school.run(LEARNED_DAYS) == set()
    return school.now, school.detector.copied(0)()


@pytest.fixture
def school(learned: tuple[int, bytes]) -> School:
    made = School(now=learned[0], rng=np.random.default_rng(8))
    made.detector.restore(learned[1])
    return made
