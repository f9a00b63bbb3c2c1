"""The score of the Numenta Anomaly Benchmark, standard profile, from its paper (Lavin and Ahmad 2015) and its README. Pure.

A window counts once, by its earliest detection: nearly +1 at its left edge, 0 at its right one; a window missed counts -1. A detection
outside all windows costs 0.11, less just behind a window. The first 15 % of a file (of at most 5,000 rows) is for learning. One
threshold for the whole corpus, the best one. 0 is a detector that says nothing, 100 one that says each window at its left edge.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FALSE_COST = 0.11
_PROBATION, _LONGEST = 0.15, 5000
_EARLIEST = 2 / (1 + np.exp(-5.0)) - 1


class Labelled(NamedTuple):
    """A file's windows as rows, both ends inside, in order."""

    rows: int
    windows: list[tuple[int, int]]

    @property
    def probation(self) -> float:
        """Rows before this one are not scored."""
        return min(np.floor(_PROBATION * self.rows), _PROBATION * _LONGEST)


class Score(NamedTuple):
    """The corpus' score (0 to 100, or below), and the threshold it was reached with: scores at or above it are detections."""

    score: float
    threshold: float


def sigmoid(position: Floats) -> Floats:
    """2/(1 + e^(5x)) - 1: -1 is a window's left edge, 0 its right one; -1 from 3 widths behind it on."""
    return np.where(position > 3, -1.0, 2 / (1 + np.exp(5 * np.minimum(position, 3.0))) - 1)


def weights(labelled: Labelled) -> tuple[Floats, NDArray[np.int64]]:
    """What a detection at each row is worth, and the window it is in (-1: none)."""
    at = np.arange(labelled.rows)
    worth, window = np.full(labelled.rows, -FALSE_COST), np.full(labelled.rows, -1)
    for number, (first, last) in enumerate(labelled.windows):
        behind = at > last
        worth[behind] = FALSE_COST * sigmoid((at[behind] - last) / max(1, last - first))
        inside = (at >= first) & (at <= last)
        worth[inside] = sigmoid(-(last - at[inside] + 1) / (last - first + 1)) / _EARLIEST
        window[inside] = number
    return worth, window


def corpus_score(scores: list[Floats], corpus: list[Labelled]) -> Score:
    """The best score that one threshold reaches over all files. `scores`: one array a file, one entry a row."""
    thresholds, raw = _sweep(scores, corpus)
    best = int(np.argmax(raw))
    return Score(_normalised(raw[best], corpus), float(thresholds[best]))


def score_at(scores: list[Floats], corpus: list[Labelled], threshold: float) -> float:
    """The score with this threshold."""
    thresholds, raw = _sweep(scores, corpus)
    reached = np.flatnonzero(thresholds >= threshold)
    return _normalised(raw[reached[-1]], corpus)


def _normalised(raw: float, corpus: list[Labelled]) -> float:
    silent, perfect = -float(_judged(corpus)), float(sum(len(labelled.windows) for labelled in corpus))
    return 100 * (raw - silent) / (perfect - silent)


def _judged(corpus: list[Labelled]) -> int:
    """Windows that reach beyond their file's probation."""
    return sum(last >= labelled.probation for labelled in corpus for _, last in labelled.windows)


def _sweep(scores: list[Floats], corpus: list[Labelled]) -> tuple[Floats, Floats]:
    """Thresholds from infinity down, and the raw score of each."""
    parts: list[tuple[Floats, Floats]] = []
    for said, labelled in zip(scores, corpus, strict=True):
        worth, window = weights(labelled)
        judged = np.arange(labelled.rows) >= labelled.probation
        outside = judged & (window < 0)
        parts.append((said[outside], worth[outside]))
        inside = [judged & (window == number) for number in np.unique(window[judged & (window >= 0)])]
        parts += [_window_gain(said[rows], worth[rows]) for rows in inside]
    said, gain = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(-said, kind="stable")
    said, total = said[order], np.cumsum(gain[order])
    last = np.flatnonzero(np.append(said[1:] != said[:-1], True))
    thresholds = np.append(np.inf, said[last])
    return thresholds, np.append(0.0, total[last]) - _judged(corpus)


def _window_gain(said: Floats, worth: Floats) -> tuple[Floats, Floats]:
    """What each further detection of one window adds, as the threshold comes down: the best so far counts, and from -1 on."""
    order = np.argsort(-said, kind="stable")
    best = np.maximum.accumulate(worth[order])
    return said[order], np.diff(best, prepend=-1.0)
