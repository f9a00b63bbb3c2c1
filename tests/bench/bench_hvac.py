"""HVAC faults on labelled air handlers (Lawrence Berkeley National Laboratory), streamed through the detector as it ships.

`python tests/bench/bench_hvac.py`; needs the data (env FIRSTBELL_BENCH_DATA, or ../shared/bench beside the checkout).
A faulty day counts as found, a normal day as a false alarm, when any fault is found in it.
"""

import csv
import json
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np

from collector.ingest.committed import Committed
from collector.problems.detector import World
from collector.problems.fleet import Device, PointRow
from collector.problems.hvac.detector import HvacFaults
from collector.problems.rules import RuleBook

TRUTH = "Fault Detection Ground Truth"
FILES = ("MZVAV-2-2.csv", "SZVAV.csv")


class Day(NamedTuple):
    """One day of one file: whether it is faulty, and what was found in it, by rule and code."""

    file: str
    date: str
    faulty: bool
    found: Counter[str]


def data() -> Path | None:
    """Where the labelled days are; None when there are none."""
    for place in (os.environ.get("FIRSTBELL_BENCH_DATA"), Path(__file__).parents[3] / "shared" / "bench"):
        if place and (Path(place) / "lbnl-dev").is_dir():
            return Path(place) / "lbnl-dev"
    return None


def stream(path: Path) -> list[Day]:
    """Every day of a file in the order it has them, a commit a minute."""
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    names = [name.strip() for name in rows[0]]
    columns = [place for place, name in enumerate(names) if place and name != TRUTH]
    world = World(RuleBook())
    world.devices[1] = Device(1, "bench", None, True, 0, "ok", 1, kind="bacnet", name="Air handler")
    detector = HvacFaults(world)
    detector.learn(
        [PointRow(place, 1, "bacnet.value", f"analog-input,{place}", None, "", names[place]) for place in columns]
    )
    points = np.array(columns, np.int32)
    truth = names.index(TRUTH)
    days: dict[str, Day] = {}
    for row in rows[1:]:
        at, values = _read(row, columns)
        known = np.isfinite(values)
        detector.observe(Committed(at, points[known], np.full(known.sum(), at, np.int64), values[known]))
        date = row[0].split()[0]
        day = days.setdefault(date, Day(path.name, date, row[truth].strip() == "1", Counter()))
        day.found.update(f"{finding.key.rule} {finding.evidence['fault']}" for finding in detector.findings(at))
    return list(days.values())


def _read(row: list[str], columns: list[int]) -> tuple[int, np.ndarray]:
    at = datetime.strptime(row[0], "%m/%d/%Y %H:%M").replace(tzinfo=UTC)
    return int(at.timestamp() * 1000), np.array([_number(row[place]) for place in columns])


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")


def score(days: list[Day]) -> dict[str, float]:
    """Shares of faulty days found and of normal days with a false alarm, in percent."""
    faulty, normal = [day for day in days if day.faulty], [day for day in days if not day.faulty]
    return {
        "hvac.days.found_percent": 100 * sum(bool(day.found) for day in faulty) / len(faulty),
        "hvac.days.false_percent": 100 * sum(bool(day.found) for day in normal) / len(normal),
    }


def lines(days: list[Day]) -> Iterator[str]:
    """What caught what, a line a day."""
    for day in days:
        yield f"{day.file:15} {day.date:10} {'fault ' if day.faulty else 'normal'} {dict(day.found) or '-'}"


async def measure() -> dict[str, float | None]:
    """Both files; None where the data are not there."""
    place = data()
    if place is None:
        return {"hvac.days.found_percent": None, "hvac.days.false_percent": None}
    return dict(score([day for name in FILES for day in stream(place / name)]))


def main() -> None:
    place = data()
    if place is None:
        sys.exit("no labelled days: set FIRSTBELL_BENCH_DATA")
    days = [day for name in FILES for day in stream(place / name)]
    if "-v" in sys.argv:
        print(*lines(days), sep="\n")
    by_file: dict[str, list[Day]] = defaultdict(list)
    for day in days:
        by_file[day.file].append(day)
    print(json.dumps(score(days)))
    for name, some in by_file.items():
        print(name, score(some), file=sys.stderr)


if __name__ == "__main__":
    main()
