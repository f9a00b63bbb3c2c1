"""Open problems of every rule meet a fresh engine: none is in its way, none stays for ever when what it is about is gone."""

from datetime import timedelta

import pytest

from collector.problems.rules import RuleBook, load
from collector.store.problems import NewProblem, open_problem
from protocols.clock import utc
from tests.integration.problems.conftest import CPU, World

BOOK = load()
PREFIX = (
    ("agent.", "agent:{}"), ("beat.", "beat:{}"), ("channel.", "channel:{}"), ("collector.", "collector:self"),
    ("device.", "device:{}"), ("bacnet.alarms.many", "device:{}"), ("hvac.plant", "building:{}"),
    ("group.unreachable", "room:{}/112"), ("group.same", "same:{}/camera/probe.down"), ("group.service", "service:{}"),
    ("group.fleet", "district:agent.silent"),
)  # fmt: skip


def subject(book: RuleBook, name: str, identity: object) -> str:
    if book.rules[name].event:
        return f"event:{identity}:front: door"
    return next((form for prefix, form in PREFIX if name.startswith(prefix)), "point:{}").format(identity)


@pytest.mark.parametrize("identity", [999_999, 1])
async def test_no_open_problem_breaks_a_fresh_engine_and_what_is_gone_ends(world: World, identity: int) -> None:
    world.book = load()
    world.restart()
    at = utc(world.clock.now_ms())
    async with world.database.transaction() as connection:
        for name, rule in BOOK.rules.items():
            new = NewProblem(name, subject(BOOK, name, identity), rule.severity, name, "", at - timedelta(hours=1))
            assert await open_problem(connection, new, at) is not None
    await world.loop.tick()  # nothing raised
    for _ in range(3):
        await world.clock.advance(3 * 3600)
        await world.samples((CPU, 10.0))
        await world.loop.tick()
    left = {key.split()[0] for key in await world.live()}
    if identity != 1:
        assert left <= {"agent.gap"}, left  # told for a day, whatever comes
    else:
        assert not left & {"beat.missing", "channel.failing", "agent.restarting", "group.fleet"}, left
