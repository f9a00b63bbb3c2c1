"""`run.toml` in the data directory: where the running parts are, for the other commands of `firstbell`."""

import json
from pathlib import Path

from deploy.up.places import Address

NAME = "run.toml"


def write(data: Path, *, database: str, broker: Address, http: Address, agent_broker: Address | None) -> None:
    """Say where the parts are; readable by the owner alone, since a DSN may hold a password."""
    lines = [
        "# Written by `firstbell up` while it runs; other commands read it to find the parts. Not for editing.",
        f"database = {json.dumps(database)}",
        f"broker = {json.dumps(str(broker))}",
        f"http = {json.dumps(str(http))}",
    ]
    if agent_broker is not None:
        lines.append(f"agent_broker = {json.dumps(str(agent_broker))}")
    path = data / NAME
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def remove(data: Path) -> None:
    """The parts are gone."""
    (data / NAME).unlink(missing_ok=True)
