"""The agent's clock is wrong and is set later, on the same boot: lost = 0, doubled = 0, and every stamp is put right."""

import pytest

from protocols.clock import SystemClock
from tests.faults.building import METRIC, Meter, arrived, compare, enrol, ingesting, told, until, watching

HOUR, YEAR = 3_600_000, 365 * 86_400_000
NEAR_MS = 3_000


class WrongClock(SystemClock):
    """The machine's clock, `off` ms from the truth."""

    def __init__(self, off: int) -> None:
        self.off = off

    def now_ms(self) -> int:
        return super().now_ms() + self.off


@pytest.fixture
async def enrolled(database):
    await enrol(database)
    return database


async def _stamps_are_right(database, meter: Meter) -> None:
    query = "select s.value, s.time from sample s join point p on p.id = s.point_id where p.metric = %s"
    for row in await database.rows(query, [METRIC]):
        assert abs(row["time"].timestamp() * 1000 - meter.given[row["value"]]) < NEAR_MS


async def _everything(database, meter: Meter, agent) -> None:
    await agent.intake.flush(force=True)
    given = set(meter.given)

    async def all_there() -> bool:
        return given <= set(await arrived(database))

    await until(all_there)


async def test_a_year_ahead(enrolled, broker, tmp_path):
    """The collector refuses the stamps; once the clock is set the same samples go out again under other numbers."""
    meter, clock = Meter(), WrongClock(YEAR)
    async with ingesting(enrolled, broker) as ingest:
        async with watching(tmp_path, broker, meter.device(), clock=clock, synchronised=False) as agent:
            await until(lambda: ingest.counters.refused["time"] >= 2)
            assert not await arrived(enrolled)
            clock.off = 0
            agent.time.synchronised = lambda: True
            await told(meter, 40)
            await _everything(enrolled, meter, agent)
        async with watching(tmp_path, broker) as agent:
            await _everything(enrolled, meter, agent)
    assert await compare(enrolled, meter) > 40
    await _stamps_are_right(enrolled, meter)


@pytest.mark.parametrize("back", [2 * HOUR, YEAR], ids=["two hours", "a year"])
async def test_stepped_back(enrolled, broker, tmp_path, back):
    """Behind what the collector has confirmed nothing is published; once the clock is set it all is, with the right stamps."""
    meter, clock = Meter(), WrongClock(0)
    async with ingesting(enrolled, broker):
        async with watching(tmp_path, broker, meter.device(), clock=clock, synchronised=False) as agent:
            await told(meter, 40)
            await _everything(enrolled, meter, agent)
            clock.off = -back
            await told(meter, 4)
            await until(lambda: agent.publisher.held)
            await told(meter, 80)
            clock.off = 0
            agent.time.synchronised = lambda: True
            await _everything(enrolled, meter, agent)
        async with watching(tmp_path, broker) as agent:
            await _everything(enrolled, meter, agent)
    assert await compare(enrolled, meter) > 120
    await _stamps_are_right(enrolled, meter)
