"""The benchmark's score keeps what its authors say of it: 0 for silence, 100 for perfection, and a cost of each false alarm."""

import numpy as np
import pytest

from tests.bench.nab.corpus import bench_data
from tests.bench.nab.scoring import FALSE_COST, Labelled, corpus_score, score_at, sigmoid, weights

CORPUS = [Labelled(1000, [(400, 450), (700, 800)]), Labelled(500, [])]


def said(*rows: int) -> list[np.ndarray]:
    """1 at these rows of the first file."""
    scores = [np.zeros(labelled.rows) for labelled in CORPUS]
    scores[0][list(rows)] = 1.0
    return scores


def test_silence_is_nothing_and_each_window_at_its_left_edge_is_perfect() -> None:
    assert score_at(said(), CORPUS, 0.5) == 0
    assert corpus_score(said(400, 700), CORPUS).score == pytest.approx(100)
    assert corpus_score(said(), CORPUS).score == 0, "the threshold is above everything"


def test_the_sigmoid_is_that_of_the_paper() -> None:
    assert sigmoid(np.array([-1.0, -0.5, 0.0, 1.0, 3.1])) == pytest.approx(
        [0.98661, 0.84828, 0, -0.98661, -1], abs=1e-5
    )


def test_a_false_alarm_costs_and_one_just_behind_a_window_costs_less() -> None:
    perfect = 100.0
    assert score_at(said(200, 400, 700), CORPUS, 0.5) == pytest.approx(perfect - 100 * FALSE_COST / 4)
    near, far = score_at(said(400, 452, 700), CORPUS, 0.5), score_at(said(400, 690, 700), CORPUS, 0.5)
    assert perfect > near > far


def test_a_window_counts_once_by_its_earliest_detection() -> None:
    assert score_at(said(400, 401, 430, 700), CORPUS, 0.5) == pytest.approx(100)
    assert score_at(said(430, 440, 700), CORPUS, 0.5) == score_at(said(430, 700), CORPUS, 0.5)


def test_what_is_said_while_learning_is_not_scored() -> None:
    assert score_at(said(10, 149, 400, 700), CORPUS, 0.5) == pytest.approx(100)
    assert score_at(said(150, 400, 700), CORPUS, 0.5) < 100


def test_a_rows_worth_follows_its_window() -> None:
    worth, window = weights(CORPUS[0])
    assert worth[400] == pytest.approx(1)
    assert (np.diff(worth[400:451]) < 0).all()
    assert list(np.unique(window)) == [-1, 0, 1]
    assert worth[399] == -FALSE_COST


def test_the_data_are_found_by_the_environment_first(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setenv("FIRSTBELL_BENCH_DATA", str(tmp_path))
    assert bench_data() == tmp_path
