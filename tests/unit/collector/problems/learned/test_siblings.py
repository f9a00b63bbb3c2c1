"""Who moves with its like, and who by itself."""

import numpy as np

from collector.problems.learned.siblings import Member, Moving, Siblings

SCHOOLS, ROOMS = 3, 10


def district(*, outdoors: bool = False) -> Siblings:
    """Ten rooms a school, each a device; with `outdoors` a point for the outdoor air of each school too, behind them."""
    siblings = Siblings()
    for device in range(SCHOOLS * ROOMS):
        siblings.add(Member("sensor.value", "Cel", "bacnet", device // ROOMS + 1, device + 1, "room"))
    for school in range(SCHOOLS * outdoors):
        siblings.add(Member("sensor.value", "Cel", "bacnet", school + 1, 100 + school, "outdoor"))
    return siblings


def moving(siblings: Siblings, off: list[float]) -> Moving:
    figures = np.array(off, np.float32)
    return siblings.moving(np.abs(figures) > 1, figures)


def test_one_alone_moves_by_itself() -> None:
    found = moving(district(), [4.0] + [0.1] * 29)
    assert not found.anywhere.any()


def test_three_of_the_ten_in_a_school_move_together_but_not_all_over() -> None:
    found = moving(district(), [2.0, 2.0, 2.0] + [0.1] * 27)
    assert found.anywhere[:3].all()
    assert not found.everywhere.any()


def test_a_third_of_all_schools_is_all_over() -> None:
    found = moving(district(), ([2.0, 2.0, 2.0] + [0.1] * 7) * 3)
    assert found.everywhere[[0, 1, 2, 10, 20]].all()


def test_who_is_far_beyond_the_others_is_so_by_itself() -> None:
    found = moving(district(), [20.0] + [1.5] * 29)
    assert not found.anywhere[0]
    assert found.everywhere[1:].all()


def test_the_tail_of_what_all_do_is_no_finding() -> None:
    """None else is outside, but half of them are near it."""
    found = moving(district(), [1.4, *([0.7] * 29)])
    assert found.everywhere[0]
    assert not moving(district(), [-1.4, *([0.7] * 29)]).anywhere[0], "the other way"


def test_the_outdoor_air_of_every_school_is_alike_whatever_the_rooms_do() -> None:
    siblings = district(outdoors=True)
    found = moving(siblings, [0.0] * 30 + [2.0] * 3)
    assert found.everywhere[30:].all()
    assert not moving(siblings, [0.0] * 30 + [2.0, 0.0, 0.0]).anywhere.any()


def test_a_device_of_many_points_is_one_device() -> None:
    siblings = Siblings()
    for point in range(8):
        siblings.add(Member("sensor.value", "Cel", "bacnet", 1, 1, f"{point}"))
    for device in (2, 3, 4):
        siblings.add(Member("sensor.value", "Cel", "bacnet", 1, device, "room"))
    assert not moving(siblings, [5.0] * 8 + [0.0] * 3).anywhere.any()


def test_what_is_not_known_is_asked_of_nobody() -> None:
    siblings = district()
    found = siblings.moving(np.zeros(30, np.bool_), np.full(30, np.nan, np.float32))
    assert not found.anywhere.any()


def test_a_point_that_is_added_later_is_alike_too() -> None:
    siblings = district()
    moving(siblings, [0.0] * 30)
    siblings.add(Member("sensor.value", "Cel", "bacnet", 1, 31, "room"))
    assert not moving(siblings, [0.0] * 28 + [2.0] * 3).anywhere.any(), "of different schools"
    assert moving(siblings, [2.0, 2.0, 2.0, *[0.0] * 27, 2.0]).anywhere[[0, 1, 2, 30]].all()


def test_without_points_there_is_nobody() -> None:
    assert not moving(Siblings(), []).anywhere.size
