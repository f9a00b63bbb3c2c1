"""`python -m tests.bench.school_year --seed 1 --weeks 10 --schools 6`: one run, its figures and a line for each row."""

import argparse
import asyncio
import json
import sys
from pathlib import Path

from tests.bench.school_year.report import lines
from tests.bench.school_year.run import Plan, fresh_database, run


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.school_year", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="odd: autumn, even: winter and spring")
    parser.add_argument("--weeks", type=int, default=10)
    parser.add_argument("--schools", type=int, default=6, choices=range(1, 9), metavar="1-8")
    parser.add_argument("--only", default="", help="ids of rows, as N01,H10")
    parser.add_argument(
        "--soon", action="store_true", help="rows on the first days that have room (always with --only)"
    )
    parser.add_argument("--warm", type=int, default=None, help="days before the first row (default 7; 1 with --soon)")
    parser.add_argument("--days", type=int, default=0, help="stop after so many days")
    parser.add_argument("--json", type=Path, help="write the figures and rows there, too")
    parser.add_argument("--quiet", action="store_true", help="do not tell each day")
    asked = parser.parse_args()
    only = tuple(one for one in asked.only.split(",") if one)
    soon = asked.soon or bool(only)
    warm = asked.warm if asked.warm is not None else (1 if soon else 7)
    say = (lambda line: None) if asked.quiet else (lambda line: print(line, file=sys.stderr, flush=True))
    asyncio.run(_run(Plan(asked.seed, asked.weeks, asked.schools, only, warm, soon, asked.days, say), asked.json))


async def _run(plan: Plan, output: Path | None) -> None:
    async with fresh_database() as database:
        score = await run(plan, database)
    print("\n".join(lines(score)))
    if output is not None:
        rows = [{"id": one.row.id, "found": one.found, "delay": one.delay, "why": one.why} for one in score.outcomes]
        output.write_text(json.dumps({"figures": score.figures(), "rows": rows}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
