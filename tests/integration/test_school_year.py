"""A few days of the simulated school year through the real problem engine, so that the long run keeps working."""

import pytest

from collector.store.database import Database
from tests.bench.school_year.faults.placing import Places
from tests.bench.school_year.faults.rows import rows
from tests.bench.school_year.run import Plan, run
from tests.bench.school_year.term import term

ROWS = ("N01", "D02", "P03", "Y53", "G31")


@pytest.mark.timeout(300)
async def test_a_few_rows_of_the_year_are_found_each_once(database: Database) -> None:
    score = await run(Plan(seed=1, weeks=1, schools=3, only=ROWS, warm=0, soon=True), database)
    assert {one.row.id: one.why for one in score.outcomes} == dict.fromkeys(ROWS, "")
    [switch] = [one for one in score.outcomes if one.row.id == "N01"]
    assert (switch.problems, switch.messages) == (1, 1)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_every_row_finds_a_place_in_ten_weeks(seed: int) -> None:
    placed, without = Places(term(seed, 10), 6, seed).place(rows())
    assert {one.row.id for one in placed} | set(without) == {row.id for row in rows()}
    assert len(without) <= 2, without
    assert placed == Places(term(seed, 10), 6, seed).place(rows())[0], "the same seed, the same year"
