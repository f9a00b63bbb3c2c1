"""A camera's picture is judged by day, against school days alone."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import pytest

from collector.ingest.committed import Committed
from collector.problems.detector import World
from collector.problems.fleet import Device, PointRow
from collector.problems.learned.detector import LearnedNormal
from collector.problems.rules import load

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
STEP = 15 * MINUTE
MONDAY = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp() * 1000)
LEARNED_DAYS = 21
CAMERAS = range(1, 9)
OUTSIDE = (7, 8)
LIT = 6
"""A camera in a hall where the light never goes out."""
METRICS = {"brightness": "%", "contrast": "%", "sharpness": "1"}
NIGHT, LAMP, DAYLIGHT = (24.0, 26.0, 0.54), (44.0, 40.0, 0.62), (58.0, 40.0, 0.62)
NOISE = (1.2, 0.8, 0.01)
Light = Callable[[int, int], tuple[float, float, float] | None]
"""What a camera shows at a time; None: as ever."""


def usual(camera: int, at: int) -> tuple[float, float, float]:
    """Light in school hours inside, the sun outside, else infrared."""
    hour, weekday = at % DAY / HOUR, (at // DAY + 3) % 7
    if camera == LIT:
        return LAMP
    if camera in OUTSIDE:
        return DAYLIGHT if 7 <= hour < 17 else NIGHT
    return LAMP if weekday < 5 and 6.5 <= hour < 17 else NIGHT


@dataclass
class Cameras:
    """The cameras of a school, and a clock."""

    now: int = MONDAY
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(3))

    def __post_init__(self) -> None:
        world = World(load())
        for camera in CAMERAS:
            world.devices[camera] = Device(
                camera, "lincoln", None, True, 0, "ok", 1, kind="camera", name=f"Camera {camera}"
            )
        self.detector = LearnedNormal(world)
        numbered = [(camera, metric) for camera in CAMERAS for metric in METRICS]
        self.ids = np.arange(1, len(numbered) + 1, dtype=np.int32)
        self.detector.learn(
            [
                PointRow(number, camera, f"camera.picture.{metric}", "1", unit=METRICS[metric])
                for number, (camera, metric) in enumerate(numbered, 1)
            ]
        )

    def run(self, hours: float, shows: Light = lambda camera, at: None) -> dict[str, int]:
        """Let time pass: what was found, and when first."""
        first: dict[str, int] = {}
        for _ in range(round(hours * HOUR / STEP)):
            self.now += STEP
            light = np.array([shows(camera, self.now) or usual(camera, self.now) for camera in CAMERAS])
            values = (light + self.rng.normal(0, NOISE, light.shape)).round(3).ravel()
            self.detector.observe(Committed(self.now, self.ids, np.full(len(values), self.now), values))
            for finding in self.detector.findings(self.now):
                first.setdefault(f"{finding.key.rule} {finding.device}", self.now)
        return first

    @property
    def open(self) -> set[str]:
        return {f"{finding.key.rule} {finding.device}" for finding in self.detector.findings(self.now)}


@pytest.fixture(scope="module")
def learned() -> tuple[int, bytes]:
    cameras = Cameras()
    assert cameras.run(LEARNED_DAYS * 24) == {}
    return cameras.now, cameras.detector.copied(0)()


@pytest.fixture
def cameras(learned: tuple[int, bytes]) -> Cameras:
    """On a Monday at midnight."""
    made = Cameras(learned[0], np.random.default_rng(4))
    made.detector.restore(learned[1])
    return made


@pytest.mark.parametrize(
    ("camera", "sharpness"),
    [(1, 0.5), (OUTSIDE[0], 0.5), (1, LAMP[2])],
    ids=["inside", "outside", "as sharp as by day"],
)
def test_a_picture_by_day_as_by_night_is_a_minor_problem_of_the_camera_within_the_school_day(
    cameras: Cameras, camera: int, sharpness: float
) -> None:
    stuck: tuple[float, float, float] = (24, 26, sharpness)

    def shows(each: int, at: int) -> tuple[float, float, float] | None:
        return stuck if each == camera else None

    found = cameras.run(7)
    assert found == {}
    began = cameras.now
    found = cameras.run(8, shows)
    assert set(found) == {f"device.unusual {camera}", f"point.unusual {camera}"}
    assert found[f"device.unusual {camera}"] - began <= 5 * HOUR
    cameras.run(12, shows)
    assert f"device.unusual {camera}" in cameras.open, "the night, when it shows what it should, ends nothing"
    cameras.run(13)
    assert cameras.open == set(), "half an hour of daylight does"


def test_an_evening_with_the_light_on_is_nothing(cameras: Cameras) -> None:
    """A game in the gym until midnight: by night nothing is judged."""
    assert cameras.run(24, lambda camera, at: LAMP if camera == 1 and at % DAY >= 17 * HOUR else None) == {}


def test_an_hour_of_infrared_at_noon_is_nothing(cameras: Cameras) -> None:
    """A storm, a film in class."""
    assert cameras.run(24, lambda camera, at: NIGHT if camera == 1 and 11 <= at % DAY / HOUR < 12.5 else None) == {}


def test_a_holiday_that_nobody_entered_is_nothing(cameras: Cameras) -> None:
    """The light is off in all of the building."""
    assert cameras.run(24, lambda camera, at: NIGHT if camera not in (*OUTSIDE, LIT) else None) == {}


def test_a_weekend_with_the_light_on_is_nothing(cameras: Cameras) -> None:
    assert cameras.run(5 * 24) == {}
    assert cameras.run(48, lambda camera, at: LAMP if camera == 1 and 8 <= at % DAY / HOUR < 20 else None) == {}


def test_where_the_light_never_goes_out_nothing_is_told_from_the_night(cameras: Cameras) -> None:
    assert cameras.run(24, lambda camera, at: NIGHT if camera == LIT else None) == {}
    low, high = cameras.detector.band(3 * (LIT - 1) + 1, np.array([cameras.now + 12 * HOUR]))
    assert np.isnan([low, high]).all()
    low, high = cameras.detector.band(1, np.array([cameras.now + 12 * HOUR, cameras.now + 2 * HOUR]))
    assert NIGHT[0] < low[0] < LAMP[0] < high[0]
    assert np.isnan([low[1], high[1]]).all(), "by night nothing is judged"
