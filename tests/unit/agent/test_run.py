"""The agent's parts, wired."""

from pathlib import Path

from agent.config import read_config
from agent.draft import Clocking, Draft
from agent.run import Agent
from protocols.clock import ManualClock


async def test_an_agent_that_starts_again_knows_until_when_it_had_values(tmp_path: Path) -> None:
    """Drivers whose devices keep a history fill the time between."""
    file = tmp_path / "agent.toml"
    file.write_text(
        f'[agent]\nid = "lincoln"\nstate = "{tmp_path}"\n[collector]\nbroker = "127.0.0.1:9"\n'
        '[[device]]\nkind = "host"\naddress = "local"\n'
    )
    clock = ManualClock()
    agent = Agent(read_config(file), clock)
    await agent.spool.open()
    stamp = clock.now_ms() - 60_000
    draft = Draft(Clocking(sync=True, boot=agent.time.boot, offset_ms=0))
    draft.put_sample(("host", "host"), ("host.load", "1m", "1"), stamp, 0.5)
    await agent.spool.store([draft])
    await agent.spool.close()

    again = Agent(read_config(file), clock)
    await again.start()
    heard = [watched.heard for watched in again.poller.watched]
    await again.client.stop()
    await again.spool.close()
    assert heard == [stamp]
