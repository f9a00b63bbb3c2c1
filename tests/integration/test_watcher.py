"""The beat to an outside watcher, asked over real HTTP: while all is well, and not when samples, the outbox or the judgement stall."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from collector.house import House, build
from collector.ingest.ingest import Health
from collector.notify.watcher import Watcher
from collector.settings import Settings
from protocols.clock import ManualClock
from tests.receiver import Request, receiving


@pytest.fixture
def beats() -> Iterator[tuple[str, list[str]]]:
    """The watcher's URL, and what it was asked."""
    asked: list[str] = []

    def take(request: Request) -> None:
        asked.append(request.path)

    with receiving(take) as port:
        yield f"http://127.0.0.1:{port}/ping/secret", asked


def house_of(url: str, dsn: str, data: Path) -> House:
    """A house that is up, as far as it says itself; nothing of it runs."""
    settings = Settings(data=data, database=SecretStr(dsn), watcher_url=SecretStr(url), private_hosts="127.0.0.1")
    house = build(settings, ManualClock())
    house.starting = None
    house.ingest.health = lambda: Health(True, "ok")  # type: ignore[method-assign]  # there is no broker here
    return house


async def test_it_is_asked_while_all_is_well_and_not_when_something_stalls(
    beats: tuple[str, list[str]], dsn: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url, asked = beats
    house = house_of(url, dsn, tmp_path)
    clock = house.clock
    assert isinstance(clock, ManualClock)
    watcher = Watcher(url, clock, house.settings.allowed(), house.unwell)
    assert await watcher.beat()
    assert asked == ["/ping/secret"]
    await clock.advance(121)
    house.notifier.alive_at = clock.monotonic()
    assert not await watcher.beat()
    assert "nothing has been judged for 120 s" in caplog.text
    house.problems.alive_at = clock.monotonic()
    assert await watcher.beat()
    house.ingest.health = lambda: Health(False, "broker: it went away")  # type: ignore[method-assign]
    assert not await watcher.beat()
    assert "broker: it went away" in caplog.text
    house.ingest.health = lambda: Health(True, "ok")  # type: ignore[method-assign]
    house.supervisor.failed["problems"] = "StoreError: gone"
    assert not await watcher.beat()
    assert asked == ["/ping/secret"] * 2
    assert "secret" not in caplog.text


async def test_a_collector_that_cannot_take_samples_in_asks_nobody(
    beats: tuple[str, list[str]], dsn: str, tmp_path: Path
) -> None:
    url, asked = beats
    house = house_of(url, dsn, tmp_path)
    house.starting = "waiting for the database"
    assert "watcher" in dict(house.loops())
    assert not await Watcher(url, house.clock, house.settings.allowed(), house.unwell).beat()
    assert asked == []
