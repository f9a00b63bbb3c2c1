"""Which devices the simulated school has, and the agent's configuration for them. Rows, not classes."""

import socket
from pathlib import Path
from typing import Any, NamedTuple

from deploy.up.agents import Home, local_zone
from protocols.errors import StartError

BUILDING = "Demo Middle School"
AGENT = "demo-middle-school"
FIRST_PORT = 47820


class AirHandler(NamedTuple):
    """One simulated BACnet air handler. `port` is the UDP port it answers on, 0: not chosen yet."""

    key: str
    name: str
    room: str
    instance: int
    zones: int
    port: int = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


AIR_HANDLERS = (
    AirHandler("ahu-1", "AHU 1", "Roof, west wing", 101, 6),
    AirHandler("ahu-2", "AHU 2", "Roof, east wing", 102, 6),
)


def with_ports() -> list[AirHandler]:
    """The air handlers on UDP ports of loopback that are free now; each its own, as BACnet on one address needs."""
    placed: list[AirHandler] = []
    for port in range(FIRST_PORT, FIRST_PORT + 200):
        if len(placed) == len(AIR_HANDLERS):
            break
        with socket.socket(type=socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        placed.append(AIR_HANDLERS[len(placed)]._replace(port=port))
    if len(placed) < len(AIR_HANDLERS):
        raise StartError(f"no free UDP ports from {FIRST_PORT} on for the simulated school", permanent=True)
    return placed


def home(data: Path, handlers: list[AirHandler]) -> Home:
    """The school's own agent, told of every simulated device."""
    devices: list[dict[str, Any]] = [
        {
            "kind": "bacnet",
            "address": handler.address,
            "key": handler.key,
            "name": handler.name,
            "room": handler.room,
            "interval": 10,
        }
        for handler in handlers
    ]
    return Home(data / "school", AGENT, BUILDING, local_zone(), devices, keep=False)
