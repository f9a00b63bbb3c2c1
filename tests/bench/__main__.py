"""`make bench`: every `bench_*.py` in turn, its figures with the bars beside them, and `bench.json`.

With arguments, only the benches named: `make bench ARGS="store wire"`. Exit status 0 whatever was measured.
"""

import asyncio
import importlib
import json
import sys
from pathlib import Path
from typing import Any

from tests.bench.bars import BARS, Bar

OUTPUT = Path("bench.json")


def main(names: list[str]) -> None:
    """Measure and print."""
    folder = Path(__file__).parent
    chosen = names or sorted(path.stem.removeprefix("bench_") for path in folder.glob("bench_*.py"))
    found: dict[str, Any] = {}
    for name in chosen:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        found |= asyncio.run(importlib.import_module(f"tests.bench.bench_{name}").measure())
    for key in sorted(found, key=_position):
        print(row(key, found[key]))
    OUTPUT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def row(key: str, value: float | None) -> str:
    """One line: what, figure, bar and whether it is kept."""
    bar = BARS.get(key, Bar(f"  {key}"))
    if value is None:
        return f"{bar.what:<58} {'not measured here':>16}"
    limit = "" if bar.low is None else f"≥ {bar.low:,g}"
    limit = limit if bar.high is None else f"≤ {bar.high:,g}"
    verdict = {True: "kept", False: "MISSED", None: ""}[bar.kept(value)]
    return f"{bar.what:<58} {value:>16,.3f} {bar.unit:<10} {limit:<14} {verdict}"


def _position(key: str) -> int:
    return list(BARS).index(key) if key in BARS else len(BARS)


if __name__ == "__main__":
    main(sys.argv[1:])
