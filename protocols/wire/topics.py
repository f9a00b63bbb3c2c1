"""MQTT topics of wire version 1: `firstbell/v1/{agent}/{channel}`, and who an agent may be called."""

import re

from protocols.errors import WireError

ROOT = "firstbell/v1"
CHANNELS = ("data", "ack", "status", "config", "command", "result")
AGENT_NAME = re.compile(r"[a-z0-9](?:[a-z0-9_.-]{0,62}[a-z0-9])?")
"""Lower-case, 1 to 64 characters: safe as a topic level, a certificate's common name and a file name."""
COLLECTOR = "collector"
"""The common name of the collector's own certificate. Who has it may read and write for every agent: no agent is given it."""
DATA_CONTENT_TYPE = "application/vnd.firstbell.batch.v1+msgpack"


def topic(agent: str, channel: str) -> str:
    """The topic of one agent's channel."""
    return f"{ROOT}/{agent}/{channel}"


def data_filter(shared: bool = False) -> str:
    """What a collector subscribes to; `shared` when several collectors divide the agents' batches among them."""
    return f"$share/collector/{ROOT}/+/data" if shared else f"{ROOT}/+/data"


def status_filter() -> str:
    """Every agent's retained status."""
    return f"{ROOT}/+/status"


def result_filter() -> str:
    """Every agent's answers to commands."""
    return f"{ROOT}/+/result"


def parse(name: str) -> tuple[str, str]:
    """Agent and channel of a topic. Raises `WireError("topic")` for anything that is not one of ours."""
    parts = name.split("/")
    if len(parts) != 4 or "/".join(parts[:2]) != ROOT or parts[3] not in CHANNELS:
        raise WireError("topic", f"{name[:100]!r} is not {ROOT}/<agent>/<channel>")
    if not AGENT_NAME.fullmatch(parts[2]):
        raise WireError("topic", f"{parts[2][:100]!r} is not an agent's name")
    return parts[2], parts[3]
