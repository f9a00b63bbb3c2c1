"""What was learned is saved and given back; what is damaged is refused."""

import numpy as np
import pytest

from collector.problems.finding import Key
from collector.problems.learned import block
from collector.problems.learned.block import DamagedError, packed, unpacked
from tests.unit.collector.problems.learned.conftest import MINUTE, OTHER, POWER, ROOM, School, points

DEVICE = Key("device.unusual", "device:1")


def test_what_was_saved_is_what_is_restored(learned: tuple[int, bytes]) -> None:
    school = School(now=learned[0])
    assert school.detector.restore(learned[1]) == len(points())
    assert school.detector.copied(0)() == learned[1]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda data: b"", "no saved normal"),
        (lambda data: b"x" + data[1:], "no saved normal"),
        (lambda data: data[:4] + bytes(8) + data[12:], "another version"),
        (lambda data: data[:12] + (5000).to_bytes(4, "big") + data[16:], "5000 points"),
        (lambda data: data[:12] + (7).to_bytes(4, "big") + data[16:], "checksum or its length"),
        (lambda data: data[:20] + b"junk" + data[24:], "does not unpack"),
        (lambda data: data[:-2000], "checksum or its length"),
    ],
)
def test_a_damaged_state_is_refused_with_what_is_wrong(learned: tuple[int, bytes], damage, said: str) -> None:
    school = School(now=learned[0])
    before = school.detector.copied(0)()
    with pytest.raises(DamagedError, match=said):
        school.detector.restore(damage(learned[1]))
    assert school.detector.copied(0)() == before


def test_a_point_whose_unit_is_another_is_learned_anew(learned: tuple[int, bytes]) -> None:
    school = School(now=learned[0])
    school.detector.blocks[0].unit[school.detector.column_of(ROOM)] += 1
    school.detector.restore(learned[1])
    assert school.detector.blocks[0].days[school.detector.column_of(ROOM)] == 0
    assert school.detector.blocks[0].days[school.detector.column_of(ROOM) + 1] > 0


def test_points_that_are_gone_or_elsewhere_now_are_found_by_their_id(learned: tuple[int, bytes]) -> None:
    school = School(now=learned[0])
    school.detector = type(school.detector)(school.world)
    school.detector.learn([point for point in reversed(points()) if point.id != ROOM])
    assert school.detector.restore(learned[1]) == len(points()) - 1
    assert (school.detector.blocks[0].days[: len(points()) - 1] > 0).all()


def test_what_is_about_to_be_found_is_found_after_a_restart_at_the_same_moment(school: School) -> None:
    """Half an hour into it, when its news has been: nothing of it comes again."""

    def failing(at: int, values: dict[int, float]) -> dict[int, float]:
        return values | {ROOM: 40.0}

    school.run(0.1)
    assert school.run(2 / 96, failing) == set()
    again = School(now=school.now)
    again.detector.restore(school.detector.copied(0)())
    for each in (school, again):
        assert each.run(1 / 96, failing) == set()
        assert each.run(1 / 96, failing) == {f"point:{ROOM}"}
    assert again.found[f"point:{ROOM}"].since == school.found[f"point:{ROOM}"].since


def test_an_empty_state_is_one_too() -> None:
    arrays = unpacked(packed(block.Block().copied()))
    assert all(array.size == 0 for array in arrays)


def test_a_chart_is_given_the_band_of_each_hour(school: School) -> None:
    times = np.arange(school.now, school.now + 86_400_000, 3_600_000, dtype=np.int64)
    low, high = school.detector.band(ROOM, times)
    assert (low < high).all()
    assert (low < 17).all()
    assert (high > 21)[8:16].all()
    assert np.isnan(school.detector.band(99, times)[0]).all()


def _unusual(at: int, values: dict[int, float]) -> dict[int, float]:
    return values | {ROOM: 45.0, POWER: 60_000.0, OTHER: 97.0}


def _restarted(school: School, since: int, saved: bytes | None = None) -> School:
    """Nobody wants `point.unusual`: of what was found the device alone is an open problem."""
    again = School(now=school.now + 30 * MINUTE)
    if saved is not None:
        again.detector.restore(saved)
    again.detector.seed(DEVICE, since, again.now)
    assert not list(again.detector.findings(again.now))
    assert list(again.detector.held()) == [DEVICE]
    return again


def test_an_unusual_device_is_one_problem_over_a_restart_though_its_points_are_none(school: School) -> None:
    school.run(0.3, _unusual)
    since = school.found[DEVICE.subject].since
    again = _restarted(school, since, school.detector.copied(0)())
    for _ in range(12):
        again.run(1 / 96, _unusual)
        assert (DEVICE.subject in again.found) is not (DEVICE in again.detector.held())
    assert again.found[DEVICE.subject].since == since


def test_a_device_that_became_usual_over_a_restart_is_let_go(school: School) -> None:
    school.run(0.3, _unusual)
    again = _restarted(school, school.found[DEVICE.subject].since, school.detector.copied(0)())
    again.run(1 / 96)
    assert DEVICE in again.detector.held()
    assert again.run(6 / 96) <= {DEVICE.subject, *(f"point:{point}" for point in (ROOM, POWER, OTHER))}
    assert not again.found
    assert not again.detector.held()


def test_without_a_state_an_unusual_device_is_held_for_three_days_at_most(school: School) -> None:
    again = _restarted(school, school.now - 60 * MINUTE)
    again.run(2.9)
    assert DEVICE in again.detector.held()
    again.run(0.2)
    assert not again.detector.held()


def test_a_device_that_is_gone_is_not_held(school: School) -> None:
    again = _restarted(school, school.now - 60 * MINUTE)
    del again.world.devices[1]
    again.run(1 / 96)
    assert not again.detector.held()
