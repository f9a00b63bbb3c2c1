"""An agent that may not write for a while, because nobody knows it yet or it was revoked: lost = 0, doubled = 0."""

import pytest

from tests.faults.building import AGENT, Meter, compare, drained, enrol, ingesting, told, until, watching


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The collector looks again who may write at each batch, and a barred agent asks four times a second."""
    monkeypatch.setattr("collector.ingest.membership.KEPT_S", 0.0)
    monkeypatch.setattr("agent.window.RESEND_S", 0.25)
    monkeypatch.setattr("agent.window.BARRED_MOST_S", 0.25)


async def _counts(database, table: str) -> int:
    (row,) = await database.rows(f"select count(*) as n from {table}")
    return row["n"]


async def test_a_revoked_agent_keeps_its_batches_until_it_is_activated_again(database, broker, tmp_path):
    await enrol(database)
    meter = Meter()
    async with ingesting(database, broker) as ingest:
        async with watching(tmp_path, broker, meter.device()) as agent:
            await told(meter, 40)
            await drained(agent)
            await database.execute("update agent set active = false")
            await until(lambda: agent.publisher.barred == "revoked")
            written = await _counts(database, "sample")
            refused = ingest.counters.refused["revoked"]
            await until(lambda: ingest.counters.refused["revoked"] >= refused + 4)
            assert (await agent.status.body(online=True))["health"]["barred"] == "revoked"
            assert await _counts(database, "sample") == written
            assert await _counts(database, "quarantine") <= 8, "a window of batches, however often they ask"
            await told(meter, 100)
            await database.execute("update agent set active = true")
            await drained(agent)
            assert agent.publisher.barred is None
            assert agent.publisher.refused == 0
        async with watching(tmp_path, broker) as agent:
            await drained(agent)
    assert await compare(database, meter) > 140


async def test_an_agent_that_was_revoked_while_it_was_away(database, broker, tmp_path):
    """It starts, is refused, stops, and starts again after it was activated."""
    await enrol(database)
    await database.execute("update agent set active = false")
    meter = Meter()
    async with ingesting(database, broker):
        async with watching(tmp_path, broker, meter.device()) as agent:
            await told(meter, 40)
            await until(lambda: agent.publisher.barred == "revoked")
        await database.execute("update agent set active = true")
        async with watching(tmp_path, broker) as agent:
            await drained(agent)
    assert await compare(database, meter) >= 40


async def test_an_agent_that_is_known_later_than_it_speaks(database, broker, tmp_path):
    meter = Meter()
    async with ingesting(database, broker):
        async with watching(tmp_path, broker, meter.device()) as agent:
            await told(meter, 40)
            await until(lambda: agent.publisher.barred == "unknown")
            await enrol(database, AGENT)
            await drained(agent)
        async with watching(tmp_path, broker) as agent:
            await drained(agent)
    assert await compare(database, meter) > 40
