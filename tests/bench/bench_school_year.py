"""How much a technician would be told of what goes wrong in ten weeks of school, and how much for nothing: `school_year/README.md`."""

import asyncio
import os
import sys
from typing import Any

from tests.bench.school_year.report import lines
from tests.bench.school_year.run import Plan, fresh_database, run


async def measure() -> dict[str, Any]:
    """One seed of ten weeks and six schools (FIRSTBELL_YEAR_SEED, FIRSTBELL_YEAR_WEEKS choose others); the rows go to standard error."""
    seed, weeks = (int(os.environ.get(f"FIRSTBELL_YEAR_{name}", usual)) for name, usual in (("SEED", 1), ("WEEKS", 10)))
    async with fresh_database() as database:
        score = await run(Plan(seed, weeks), database)
    print("\n".join(lines(score)), file=sys.stderr)
    return score.figures()


if __name__ == "__main__":
    print(asyncio.run(measure()))
