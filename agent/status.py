"""The agent's status: retained on the broker, every 30 s, and the Last Will that says it is gone."""

import asyncio
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from agent.config import Config
from agent.intake import Intake
from agent.poller import Poller
from agent.publisher import Publisher
from agent.timekeeper import Timekeeper
from protocols.errors import SpoolError
from protocols.mqtt import MqttClient, Will
from protocols.wire.messages import encode_status
from protocols.wire.topics import topic

log = logging.getLogger(__name__)
EVERY_S = 30.0
NAMED = 20
"""Most unreachable devices named in the status; their number is always given."""
THERMAL = Path("/sys/class/thermal")
MEMINFO = Path("/proc/meminfo")


def last_will(agent: str) -> Will:
    """What the broker says of the agent when its connection breaks."""
    return Will(topic(agent, "status"), encode_status({"online": False}))


def program_version() -> str:
    """The version of First Bell that runs; "0" outside an installation."""
    try:
        return version("firstbell")
    except PackageNotFoundError:
        return "0"


@dataclass
class Status:
    """Says every 30 s how the agent is. `started` is when it began (ms)."""

    config: Config
    client: MqttClient
    time: Timekeeper
    intake: Intake
    poller: Poller
    publisher: Publisher
    started: int = 0
    _reference: int = field(default=0)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.started = self.started or self.time.clock.now_ms()
        self._reference = self.time.state().offset_ms
        self.client.on_connect(self._wake.set)

    async def run(self) -> None:
        """Publish the status at each connect and every 30 s, for ever."""
        while True:
            await self.time.wait(self._wake, EVERY_S)
            await self.publish(online=True)

    async def publish(self, *, online: bool, leaving: str = "") -> None:
        """Publish it now. `leaving`: why an agent goes in good order, so that it is given time to come back."""
        body = await self.body(online=online) | ({"leaving": leaving} if leaving else {})
        self.client.publish(topic(self.config.agent.id, "status"), encode_status(body), retain=True)

    async def body(self, *, online: bool) -> dict[str, Any]:
        """The status as the README of `protocols/wire` has it, with `health`: what a technician should know of the agent itself."""
        clock = self.time.state()
        return {
            "online": online,
            "version": program_version(),
            "started": self.started,
            "config": self.config.digest,
            "spool": await self._spool(),
            "clock": {
                "synchronised": clock.sync,
                "offset_ms": clock.offset_ms - self._reference,
                "held": self.publisher.held,
            },
            "host": host(),
            "health": self._health(),
        }

    async def _spool(self) -> dict[str, Any]:
        try:
            state = await self.publisher.spool.state()
        except SpoolError as error:
            return {"error": str(error)[:200]}
        return {"batches": state.batches, "bytes": state.bytes, "oldest": state.oldest}

    def _health(self) -> dict[str, Any]:
        lost = self.poller.unreachable()
        return {
            "devices": len(self.poller.watched),
            "unreachable": len(lost),
            "unreachable_keys": [key[:100] for key in lost[:NAMED]],
            "dropped": self.intake.batcher.dropped,
            "refused": self.publisher.refused,
            "barred": self.publisher.barred or "",
            "stuck": self.poller.stuck(),
            "disk": (self.intake.disk or "")[:200],
        }


def host(meminfo: Path = MEMINFO, thermal: Path = THERMAL) -> dict[str, float]:
    """Load over 1 min, share of memory in use (%) and the hottest sensor (°C), as far as this machine says."""
    readings: dict[str, Callable[[], float]] = {
        "load": lambda: round(os.getloadavg()[0], 2),
        "memory": lambda: _memory(meminfo),
        "temperature": lambda: max(int(path.read_text()) for path in thermal.glob("thermal_zone*/temp")) / 1000,
    }
    found: dict[str, float] = {}
    for name, read in readings.items():
        try:
            found[name] = read()
        except (OSError, ValueError, KeyError, ZeroDivisionError) as error:
            log.debug("no %s: %r", name, error)
    return found


def _memory(meminfo: Path) -> float:
    rows = dict(line.split(":", 1) for line in meminfo.read_text().splitlines() if ":" in line)
    total, available = (int(rows[name].split()[0]) for name in ("MemTotal", "MemAvailable"))
    return round(100 * (1 - available / total), 1)
