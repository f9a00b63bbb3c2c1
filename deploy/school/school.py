"""The simulated school as parts of `firstbell up`: its simulators' process, and the home of its agent."""

import asyncio
import sys
from pathlib import Path

import msgspec

from deploy.child import die_with_parent
from deploy.school import control
from deploy.school.plan import AGENT, BUILDING, ROWS, device, role
from deploy.school.play import Played
from deploy.school.stage import Plan
from deploy.up.agents import Home, local_zone
from deploy.up.supervisor import Program
from protocols.errors import StartError

FOLDER = "school"


class School:
    """The school under the data directory `data`. `home` is there once its `part` was started."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER
        self.part = Program("simulated school", self._spawn)
        self.played: dict[str, Played] = {}

    def home(self) -> Home:
        """The school's own agent, told of every device that is played."""
        answering = [device(row, self.played.get(row.key)) for row in ROWS]
        devices = [each for each in answering if each is not None]
        return Home(self._folder, AGENT, BUILDING, local_zone(), devices, keep=False)

    def left_out(self) -> list[str]:
        """One line for each device that is not played, and why."""
        return [f"{key} is left out of the school: {each.error}" for key, each in self.played.items() if each.error]

    async def _spawn(self) -> asyncio.subprocess.Process:
        """Start the simulators: each where it answered before, when they were started already."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "deploy.school.serve", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            limit=1 << 20, start_new_session=True, preexec_fn=die_with_parent(),
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        roles = [role(row, self.played.get(row.key)) for row in ROWS if row.played]
        plan = Plan(str(self._folder / control.NAME), roles)
        process.stdin.write(msgspec.json.encode(plan) + b"\n")
        await process.stdin.drain()
        process.stdin.close()
        line = await process.stdout.readline()
        if not line:
            raise StartError(f"the simulated school ended at once (exit status {await process.wait()})")
        self.played = msgspec.json.decode(line, type=dict[str, Played])
        return process
