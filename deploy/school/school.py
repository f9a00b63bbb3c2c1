"""The simulated school as parts of `firstbell up`: its simulators' process, and the home of its agent."""

import asyncio
import sys
from pathlib import Path

from deploy.child import die_with_parent
from deploy.school.plan import AirHandler, home, with_ports
from deploy.up.agents import Home
from deploy.up.supervisor import Part, Program


def plan(data: Path) -> tuple[Part, Home]:
    """What to run, and the agent that will read it."""
    handlers = with_ports()
    return _simulators(handlers), home(data, handlers)


def _simulators(handlers: list[AirHandler]) -> Part:
    async def spawn() -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "deploy.school.serve", *(f"{handler.key}={handler.port}" for handler in handlers),
            stdout=asyncio.subprocess.PIPE, start_new_session=True, preexec_fn=die_with_parent(),
        )  # fmt: skip
        assert process.stdout is not None
        await process.stdout.readline()
        return process

    return Program("simulated school", spawn)
