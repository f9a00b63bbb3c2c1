"""The files of the Numenta Anomaly Benchmark that are there to develop with: read from beside the checkout, never copied into it."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests.bench.nab.scoring import Labelled

_ROOT = Path(__file__).resolve().parents[3]


class Series(NamedTuple):
    """A file: its name, times (ms, taken as UTC), values and windows."""

    name: str
    times: NDArray[np.int64]
    values: NDArray[np.float64]
    labelled: Labelled


def bench_data() -> Path | None:
    """Where public data to measure with lies: `FIRSTBELL_BENCH_DATA`, else `../shared/bench` beside the checkout; None: absent."""
    given = os.environ.get("FIRSTBELL_BENCH_DATA")
    path = Path(given) if given else _ROOT.parent / "shared" / "bench"
    return path if path.is_dir() else None


def read(folder: Path) -> list[Series]:
    """Every file below `folder` that its `windows.json` names."""
    named = json.loads((folder / "windows.json").read_text(encoding="utf-8"))
    return [_series(folder, name, windows) for name, windows in sorted(named.items())]


def _series(folder: Path, name: str, windows: list[list[str]]) -> Series:
    rows = [line.split(",") for line in (folder / name).read_text(encoding="utf-8").splitlines()[1:]]
    stamps = [_ms(row[0]) for row in rows]
    where = [(stamps.index(_ms(first)), stamps.index(_ms(last))) for first, last in windows]
    values = np.array([float(row[1]) for row in rows])
    return Series(name, np.array(stamps, np.int64), values, Labelled(len(rows), where))


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)
