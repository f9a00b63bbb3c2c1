"""What lives is never called frozen, whatever the night; what stands still is, with a clock in it too."""

import random

import pytest

from protocols.drivers.camera.look import GRID, Look
from protocols.drivers.camera.simulator.pictures import Light, Shot, jpeg, jpeg_of, noised, picture
from protocols.drivers.camera.stillness import LONG_MS, Stillness, follow, is_frozen
from protocols.drivers.camera.thumbnail import look_at

from .conftest import MINUTE, NOON, Watched

SMALL = Shot(size=(640, 360))
LIVING = {
    "day, 3D noise reduction": SMALL._replace(noise=0.5),
    "day, heavy compression": SMALL._replace(noise=0.5, quality=10),
    "night by infrared": SMALL._replace(light=Light(0.6, infrared=True), noise=6),
    "night by infrared, noise reduced, heavy compression": SMALL._replace(
        light=Light(0.6, infrared=True), noise=0.5, quality=10
    ),
    "dim corridor, exit lights": SMALL._replace(light=Light(0.3), noise=1.0, quality=20),
    "1080p, noise reduced, heavy compression": Shot(size=(1920, 1080), noise=0.4, quality=10),
}


@pytest.mark.parametrize("name", LIVING)
def test_a_static_scene_lives_by_its_noise(name: str) -> None:
    """An hour of a scene in which nothing moves; the burnt-in clock is left out, which would only help."""
    states = Watched().see((jpeg(LIVING[name]) for _ in range(8)), every=8 * MINUTE)
    assert "frozen" not in states


@pytest.mark.parametrize("name", LIVING)
def test_the_margin_is_wide(name: str) -> None:
    """Within five pictures of a static scene 40 % of the tiles change at least: almost thrice what a ticking clock may."""
    first, *others = (look_at(jpeg(LIVING[name])).tiles for _ in range(5))
    pairs = (enumerate(zip(first, other, strict=True)) for other in others)
    changed = {place for each in pairs for place, (was, now) in each if was and was != now}
    assert len(changed) >= 0.4 * sum(1 for each in first if each)


def test_the_same_picture_is_frozen_after_ten_minutes_and_not_before() -> None:
    same = jpeg(SMALL)
    states = Watched().see([same] * 14)
    assert states == ["ok"] * 10 + ["frozen"] * 4


def test_four_repeats_are_needed_however_long_it_takes() -> None:
    same = jpeg(SMALL)
    assert Watched().see([same] * 6, every=60 * MINUTE) == ["ok"] * 4 + ["frozen"] * 2


@pytest.mark.parametrize("quality", [20, 75, 95])
def test_a_hung_sensor_is_frozen_though_its_clock_ticks(quality: int) -> None:
    """The clock is written into the picture after the sensor, and the whole is compressed anew each time."""
    hung = picture(SMALL)
    frames = [jpeg_of(noised(hung, SMALL._replace(clock=NOON + n * 61_000)), quality) for n in range(14)]
    assert Watched().see(frames)[-1] == "frozen"


def test_a_picture_that_the_camera_dates_back_needs_one_repeat() -> None:
    same = jpeg(SMALL)
    assert Watched().see([same] * 2, stale=True) == ["ok", "frozen"]


def test_a_date_that_is_wrong_makes_no_living_picture_frozen() -> None:
    assert set(Watched().see((jpeg(SMALL) for _ in range(6)), stale=True)) == {"ok"}


def test_it_lives_again_with_the_first_other_picture() -> None:
    watched = Watched()
    assert watched.see([jpeg(SMALL)] * 12)[-1] == "frozen"
    assert watched.see([jpeg(SMALL)]) == ["ok"]


def test_a_picture_that_repeats_while_the_camera_restarts_is_no_freeze() -> None:
    """Nine minutes of the same, then life: nothing is said."""
    watched = Watched()
    states = watched.see([jpeg(SMALL)] * 9) + watched.see([jpeg(SMALL) for _ in range(6)])
    assert set(states) == {"ok"}


def look(tiles: tuple[int, ...]) -> Look:
    return Look(100.0, 50.0, 200.0, 40.0, 80.0, bytes(64 * 64), tiles)


def test_tiles_that_tell_nothing_do_not_count() -> None:
    mostly_black = tuple(random.Random(1).randrange(1, 9) if place < 20 else 0 for place in range(GRID * GRID))
    still = None
    for minute in range(20):
        still = follow(still, look(mostly_black), NOON + minute * MINUTE)
    assert still is not None
    assert not is_frozen(still, NOON + 20 * MINUTE, stale=False)


def test_changes_add_up_over_pictures() -> None:
    """A slow sweep of small changes is life, though no two pictures differ by much."""
    tiles = tuple(range(1, GRID * GRID + 1))
    still = follow(None, look(tiles), NOON)
    for step in range(20):
        moved = tuple(each + 1000 if place // 16 == step % 16 else each for place, each in enumerate(tiles))
        still = follow(still, look(moved), NOON + step * MINUTE)
        assert not is_frozen(still, NOON + step * MINUTE, stale=False)


def test_a_clock_set_back_begins_anew() -> None:
    still = Stillness(tuple(range(1, GRID * GRID + 1)), NOON, repeats=50)
    again = follow(still, look(still.tiles), NOON - LONG_MS)
    assert again.repeats == 0
