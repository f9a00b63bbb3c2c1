"""The agent's disk was copied to a second machine: two agents of one name and one stream. Lost = 0, doubled = 0."""

import shutil

import pytest

from tests.faults.building import Meter, compare, drained, enrol, ingesting, told, watching


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resends come after half a second instead of five."""
    monkeypatch.setattr("agent.window.RESEND_S", 0.5)
    monkeypatch.setattr("agent.window.RESEND_MOST_S", 1.0)


async def test_both_send_under_one_name(database, broker, tmp_path):
    """The broker lets only one of them stay connected at a time: they take turns, and each hears the other's answers."""
    await enrol(database)
    first, second = Meter(), Meter()
    async with ingesting(database, broker):
        async with watching(tmp_path / "first", broker, first.device()) as agent:
            await told(first, 40)
            await drained(agent)
        shutil.copytree(tmp_path / "first", tmp_path / "second")
        async with (
            watching(tmp_path / "first", broker, first.device()) as one,
            watching(tmp_path / "second", broker, second.device()) as other,
        ):
            await told(second, 400)
            await drained(other, 60)
            await drained(one, 60)
        for folder in ("first", "second"):
            async with watching(tmp_path / folder, broker) as agent:
                await drained(agent)
    assert await compare(database, first, second) > 400


async def test_the_copy_is_started_later_and_alone(database, broker, tmp_path):
    await enrol(database)
    first, second = Meter(), Meter()
    async with ingesting(database, broker):
        async with watching(tmp_path / "first", broker, first.device()) as agent:
            await told(first, 40)
            await drained(agent)
        shutil.copytree(tmp_path / "first", tmp_path / "second")
        for folder, meter in (("first", first), ("second", second), ("first", first)):
            async with watching(tmp_path / folder, broker, meter.device()) as agent:
                await told(meter, 80)
                await drained(agent)
        for folder in ("first", "second"):
            async with watching(tmp_path / folder, broker) as agent:
                await drained(agent)
    assert await compare(database, first, second) > 200
    streams = await database.rows("select stream from delivery")
    assert len(streams) >= 2, "the copy moved to a stream of its own"
