"""The score of one sample: causal, silent while it learns, loud at what was never seen."""

import numpy as np

from collector.problems.learned import surprise


def scores(values: np.ndarray, *, at: int = 0, width: int = 1) -> np.ndarray:
    """Of values five minutes apart, of one of several points."""
    state = np.zeros((surprise.WIDTH, width), np.float32)
    place = np.array([at])
    return np.array(
        [
            surprise.observe(state, place, np.array([number * 5 % 1440], np.int16), np.array([value], np.float32))[0]
            for number, value in enumerate(values)
        ]
    )


def test_a_jump_is_news_and_noise_is_not() -> None:
    noise = np.random.default_rng(3).normal(20, 1, 900)
    found = scores(np.append(noise, 40))
    assert found[-1] > 10 * surprise.NEWS
    assert (found[: surprise.WARM] == 0).all()
    assert (found[300:-1] > surprise.NEWS).sum() <= 3


def test_a_constant_is_never_news() -> None:
    assert (scores(np.full(600, 21.5)) == 0).all()


def test_what_comes_later_changes_no_score() -> None:
    noise = np.random.default_rng(4).normal(20, 1, 300)
    assert (scores(noise)[:200] == scores(np.append(noise[:200], np.full(100, 1e6)))[:200]).all()


def test_a_points_score_does_not_depend_on_its_neighbours() -> None:
    noise = np.random.default_rng(5).normal(20, 1, 250)
    assert (scores(noise) == scores(noise, at=3, width=7)).all()


def test_points_side_by_side_and_apart_are_judged_alike() -> None:
    rng = np.random.default_rng(6)
    dense, sparse = np.zeros((surprise.WIDTH, 4), np.float32), np.zeros((surprise.WIDTH, 40), np.float32)
    for number in range(200):
        values, minute = rng.normal(size=4).astype(np.float32), np.full(4, number % 1440, np.int16)
        beside = surprise.observe(dense, np.arange(4), minute, values)
        assert (beside == surprise.observe(sparse, np.array([3, 9, 20, 39]), minute, values)).all()
    assert (dense == sparse[:, [3, 9, 20, 39]]).all()


def test_the_same_news_again_is_less() -> None:
    values = np.random.default_rng(7).normal(20, 1, 1500)
    values[800] = values[1200] = 40
    found = scores(values)
    assert found[1200] < found[800] / 2
