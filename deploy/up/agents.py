"""The agents that `firstbell up` runs on this machine: their configuration files and their processes."""

import asyncio
import json
import re
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.child import die_with_parent
from deploy.up.places import Address
from deploy.up.supervisor import Program

ZONE_FILE = Path("/etc/localtime")


@dataclass(frozen=True)
class Home:
    """One agent and the building it is in. `devices` are `[[device]]` tables; none: it watches this machine."""

    folder: Path
    agent_id: str
    building: str
    timezone: str
    devices: list[dict[str, Any]] = field(default_factory=list)
    keep: bool = True
    """An existing configuration file is a person's: it is left as it is."""

    @property
    def config(self) -> Path:
        return self.folder / "agent.toml"

    def write(self, broker: Address) -> None:
        """Write `agent.toml` for this agent."""
        if self.keep and self.config.exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        lines = ["[agent]", f"id = {json.dumps(self.agent_id)}", f"state = {json.dumps(str(self.folder))}", ""]
        lines += ["[collector]", f"broker = {json.dumps(str(broker))}"]
        for device in self.devices:
            lines += ["", "[[device]]", *(f"{key} = {_toml(value)}" for key, value in device.items())]
        if not self.devices:
            lines += ["", "[[device]]", 'kind = "host"', 'address = "local"', 'key = "host"']
        self.config.write_text("\n".join(lines) + "\n", encoding="utf-8")


def this_machine(data: Path) -> Home:
    """The agent that watches this very machine."""
    name = re.sub(r"[^a-z0-9-]+", "-", socket.gethostname().split(".")[0].lower()).strip("-") or "machine"
    return Home(data / "agent", "this-machine", f"This machine ({name})", local_zone())


def program(home: Home, broker: Address) -> Program:
    """The agent of `home` as a supervised part."""

    async def spawn() -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "agent.cli", "run", "--config", home.config, "--broker", str(broker),
            start_new_session=True, preexec_fn=die_with_parent(),
        )  # fmt: skip

    return Program(f"agent {home.agent_id}", spawn)


def local_zone() -> str:
    """The IANA name of this machine's time zone, UTC where it cannot be told."""
    target = str(ZONE_FILE.resolve())
    return target.partition("/zoneinfo/")[2] or "UTC"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + " }"
    return json.dumps(value)
