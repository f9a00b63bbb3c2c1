"""What a school's cameras see in a day and a night, and what people do to them."""

import pytest

from protocols.drivers.camera.judge import BLACK, Memory, judge
from protocols.drivers.camera.simulator.pictures import Light, Shot, jpeg
from protocols.drivers.camera.thumbnail import look_at

from .conftest import MINUTE, NOON, Watched

DAY = Shot(size=(640, 360), clock=NOON)
NIGHT = DAY._replace(light=Light(0.7, infrared=True), noise=6.0)
HOUR = 60 * MINUTE


def pictures(shot: Shot, count: int) -> list[bytes]:
    return [jpeg(shot._replace(clock=NOON + n * 60_000)) for n in range(count)]


@pytest.mark.parametrize("seed", range(1, 9))
def test_a_corridor_is_ok(seed: int) -> None:
    assert set(Watched().see(pictures(DAY._replace(seed=seed), 3))) == {"ok"}


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"light": Light(0.0)}, "black"),
        ({"light": Light(0.0), "noise": 12.0}, "black"),
        ({"light": Light(0.04), "noise": 5.0}, "black"),
        ({"cover": "hand"}, "covered"),
        ({"cover": "paper"}, "covered"),
        ({"cover": "bag", "noise": 5.0}, "covered"),
        ({"blur": 12.0}, "blurred"),
        ({"blur": 12.0, "quality": 50}, "blurred"),
        ({"light": Light(0.3), "noise": 4.0}, "ok"),
        ({"light": Light(0.7, infrared=True), "noise": 6.0}, "ok"),
        ({"quality": 10}, "ok"),
        ({"noise": 10.0}, "ok"),
    ],
)
def test_a_first_look_needs_nothing_learned(change: dict[str, object], state: str) -> None:
    """With the clock written into the picture, which is sharp and bright before any cover."""
    assert Watched().see([jpeg(DAY._replace(**change))]) == [state]


def test_a_slight_blur_is_seen_once_the_scene_is_known() -> None:
    slight = DAY._replace(blur=4.0)
    assert Watched().see(pictures(slight, 1)) == ["ok"]
    watched = Watched()
    watched.see(pictures(DAY, 6))
    assert set(watched.see(pictures(slight, 3))) == {"blurred"}


def test_covers_are_told_from_blur_by_the_known_scene() -> None:
    watched = Watched()
    watched.see(pictures(DAY, 6))
    for cover in ("hand", "paper", "bag"):
        assert set(watched.see(pictures(DAY._replace(cover=cover), 2))) == {"covered"}
    assert set(watched.see(pictures(DAY, 2))) == {"ok"}


def test_the_switch_to_infrared_and_back_is_no_fault() -> None:
    watched = Watched()
    states = watched.see(pictures(DAY, 10)) + watched.see(pictures(NIGHT, 40)) + watched.see(pictures(DAY, 3))
    assert set(states) == {"ok"}
    assert len(watched.memory.known.scenes) <= 3
    watched.see(pictures(NIGHT, 1))
    difference = watched.verdicts[-1].difference
    assert difference is not None
    assert difference < 0.4, "by now the night is a scene of its own"


def test_a_slow_dawn_is_no_fault() -> None:
    levels = [0.15 + 0.85 * step / 10 for step in range(11)]
    states = Watched().see([jpeg(DAY._replace(light=Light(level), noise=6 - 4 * level)) for level in levels])
    assert set(states) == {"ok"}


def test_moths_before_the_lamp_are_no_fault() -> None:
    watched = Watched()
    watched.see(pictures(NIGHT, 6))
    for n in range(12):
        moth = (0.1 + 0.07 * n, 0.2 + 0.02 * n, 0.05 + 0.01 * (n % 5))
        assert watched.see([jpeg(NIGHT._replace(visitors=(moth, (0.9 - 0.05 * n, 0.3, 0.03))))]) == ["ok"]


def test_people_far_and_near_are_no_fault() -> None:
    watched = Watched()
    watched.see(pictures(DAY, 6))
    crowd = tuple((0.08 * n, 0.35, 0.04) for n in range(1, 12))
    assert watched.see([jpeg(DAY._replace(visitors=crowd))]) == ["ok"]
    assert watched.verdicts[-1].change is not None
    assert watched.verdicts[-1].change > 1


def test_a_camera_without_infrared_that_is_dark_every_night_is_not_reported_again() -> None:
    dark, watched = DAY._replace(light=Light(0.0)), Watched()
    first = watched.see(pictures(DAY, 8), every=HOUR) + watched.see(pictures(dark, 10), every=HOUR)
    assert first == ["ok"] * 8 + ["black"] * 10
    day, night = watched.see(pictures(DAY, 14), every=HOUR), watched.see(pictures(dark, 10), every=HOUR)
    assert set(day) == {"ok"}
    assert set(night) == {"unknown"}


def test_a_camera_that_died_by_day_stays_black_on_the_next() -> None:
    dark, watched = DAY._replace(light=Light(0.0)), Watched()
    watched.see(pictures(DAY, 5), every=HOUR)
    assert set(watched.see(pictures(dark, 40), every=HOUR)) == {"black"}


def test_what_is_wrong_is_not_learned() -> None:
    watched = Watched()
    watched.see(pictures(DAY, 6))
    before = watched.memory.known
    watched.see(pictures(DAY._replace(cover="paper"), 10))
    assert watched.memory.known is before


def test_what_is_remembered_holds_no_picture() -> None:
    """4 kB of thumbnail, checksums and edges: at 64×64 a face is less than a pixel."""
    memory = Memory()
    for shot in pictures(DAY, 8):
        _, memory = judge(memory, look_at(shot), NOON)
    assert memory.last is not None
    kept = [memory.last.thumbnail, *(scene.edges.tobytes() for scene in memory.known.scenes)]
    assert max(map(len, kept)) <= 4 * 64 * 64
    assert memory.dark == ()
    assert BLACK == 1
