"""The learned normal: samples a second and bytes a point on one core, and the Numenta benchmark's score of the files to develop with.

As it ships: one set of constants, one threshold for all files, each sample judged by what came before it. `fixed` is the score with
the threshold that the product uses. The files are read from beside the checkout; without them there is no score.
"""

import asyncio
import time
import tracemalloc

import numpy as np
from numpy.typing import NDArray

from collector.calendar.school import Calendars
from collector.ingest.committed import Committed
from collector.problems.detector import World
from collector.problems.fleet import Device, PointRow
from collector.problems.learned import surprise
from collector.problems.learned.detector import LearnedNormal
from collector.problems.rules import load
from tests.bench.nab.corpus import Series, bench_data, read
from tests.bench.nab.scoring import Floats, corpus_score, score_at

POINTS, ROUNDS, WARM, MINUTES = 50_000, 6, 35, 105
"""Of so many minutes the first are not counted: until then a share of time is not known."""
_MINUTE = 60_000
_BEGIN = 1_770_000_000_000


def nab_scores(corpus: list[Series]) -> list[Floats]:
    """What `surprise` says of every row of every file, all files at once."""
    state = np.zeros((surprise.WIDTH, len(corpus)), np.float32)
    scores = [np.zeros(len(series.values)) for series in corpus]
    for row in range(max(len(series.values) for series in corpus)):
        at = np.array([place for place, series in enumerate(corpus) if row < len(series.values)])
        values = np.array([corpus[place].values[row] for place in at], np.float32)
        minute = np.array([corpus[place].times[row] // _MINUTE % 1440 for place in at], np.int16)
        for place, score in zip(at, surprise.observe(state, at, minute, values), strict=True):
            scores[place][row] = score
    return scores


def nab() -> dict[str, float | None]:
    """The score with the best threshold of the corpus, and with the product's."""
    data = bench_data()
    if data is None:
        return {"learned.nab": None, "learned.nab.fixed": None}
    corpus = read(data / "nab-dev")
    scores, labels = nab_scores(corpus), [series.labelled for series in corpus]
    best = float(corpus_score(scores, labels).score)
    return {"learned.nab": best, "learned.nab.fixed": float(score_at(scores, labels, surprise.NEWS))}


def throughput() -> dict[str, float | None]:
    """A minute's samples of every point at a time, through the whole detector, hours ending on the way; where a third of them are states;
    and of half of them, mixed. Seconds are of this process's own CPU."""
    figures: dict[str, float | None] = {}
    for name, share, states in (("", 1.0, 0), (".states", 1.0, POINTS // 3), (".mixed", 0.5, 0)):
        detector, rng = _detector(states), np.random.default_rng(1)
        rounds = [_round(rng, share, states) for _ in range(ROUNDS)]
        taken = 0.0
        for number in range(MINUTES):
            ids, values = rounds[number % ROUNDS]
            now = _BEGIN + number * _MINUTE
            committed = Committed(now, ids, np.full(len(ids), now, np.int64), values)
            began = time.process_time()
            detector.observe(committed)
            detector.findings(now)
            taken += (number >= WARM) * (time.process_time() - began)
        figures[f"learned{name}.samples_per_second"] = (
            sum(len(rounds[number % ROUNDS][0]) for number in range(WARM, MINUTES)) / taken
        )
    return figures


def memory() -> dict[str, float | None]:
    """What the state of a point takes."""
    tracemalloc.start()
    detector = _detector()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert detector.parts
    return {"learned.mb_per_100k_points": held / 1e6 * 100_000 / POINTS}


def _detector(states: int = 0) -> LearnedNormal:
    """The first points are states, the others figures."""
    world = World(load(), calendars=Calendars())
    world.devices.update({1: Device(1, "a", None, True, 0, "ok", 1)})
    detector = LearnedNormal(world)
    points = [PointRow(point, 1, "bacnet.value", "binary-input,1", unit="1") for point in range(1, states + 1)]
    points += [PointRow(point, 1, "bacnet.value", None, unit="Cel") for point in range(states + 1, POINTS + 1)]
    detector.learn(points)
    return detector


def _round(rng: np.random.Generator, share: float, states: int) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    ids = np.arange(1, POINTS + 1, dtype=np.int32)
    ids = ids if share == 1 else rng.permutation(ids)[: round(POINTS * share)]
    values = rng.normal(20, 1, len(ids))
    return ids, np.where(ids <= states, values > 20, values)


async def measure() -> dict[str, float | None]:
    """All figures."""
    return throughput() | memory() | nab()


if __name__ == "__main__":
    print(asyncio.run(measure()))
