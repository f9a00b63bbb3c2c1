"""The agent whole: poller → intake → spool → publisher, from a checked configuration until it is told to stop."""

import asyncio
import contextlib
import logging
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from agent.config import Config
from agent.identity.arp import Neighbours
from agent.identity.gate import Gate
from agent.identity.memory import Memory
from agent.identity.seeker import Seeker
from agent.intake import Intake
from agent.kinds import Kinds
from agent.orders import Orders
from agent.poller import Poller
from agent.publisher import Publisher
from agent.spool import Spool
from agent.status import Status, last_will
from agent.timekeeper import Timekeeper
from protocols.clock import Clock, SystemClock
from protocols.errors import OptionError, SpoolError
from protocols.mqtt import Endpoint, MqttClient, Tls

if TYPE_CHECKING:
    from agent.edge.edge import Edge

log = logging.getLogger(__name__)
FAREWELL_S = 0.1
"""How long stopping waits for the last status to leave."""


async def run(config: Config, clock: Clock | None = None) -> None:
    """Run until SIGINT or SIGTERM. Raises `SpoolError` when the spool cannot be opened at start."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    agent = Agent(config, clock or SystemClock())
    await agent.start()
    try:
        await agent.run(stopping)
    finally:
        await agent.stop(in_order=stopping.is_set())


def endpoint(config: Config) -> Endpoint:
    """Where the broker is and with which files it is asked. Raises `OptionError` when the password cannot be read."""
    collector = config.collector
    (address, port), tls = config.broker, None
    if collector.ca is not None:
        certificate, key = (Path(file) if file else None for file in (collector.certificate, collector.key))
        tls = Tls(Path(collector.ca), certificate, key)
    password = None
    if collector.password_file is not None:
        try:
            password = Path(collector.password_file).read_text().strip()
        except OSError as error:
            raise OptionError(f"[collector] password_file = {collector.password_file!r}: {error.strerror}") from error
    username = collector.username or config.agent.id
    return Endpoint(address, port, config.agent.id, tls, username if password else collector.username, password)


class Agent:
    """The parts of a running agent, wired. `start`, then `run`, then `stop`."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self.config = config
        self.time = Timekeeper(clock)
        self.client = MqttClient(endpoint(config), last_will(config.agent.id))
        self.spool = Spool(
            config.spool_file, config.agent.id, clock, self.time.boot, config.agent.spool_bytes, config.agent.keep_hours
        )
        self.publisher = Publisher(self.client, self.spool, self.time, self._restored)
        kinds = Kinds(Path(config.agent.state) / "kinds.json")
        self.intake = Intake(self.spool, self.time, self.publisher.wake, kinds=kinds)
        memory = Memory(config.devices_file, {device.key for device in config.devices})
        self.gate = Gate(memory, Neighbours(clock), config.agent.replace_hours)
        self.edge = self._edge(config, kinds, clock)
        receiver = self.edge.before(self.intake) if self.edge is not None else self.intake
        self.poller = Poller(config.devices, receiver, clock, self.gate)
        self.seeker = Seeker(self.poller.watched, self.gate, clock, self.poller.around.addresses)
        self.orders = Orders(config.agent.id, self.client, self.poller)
        self.status = Status(config, self.client, self.time, self.intake, self.poller, self.publisher)

    def _edge(self, config: Config, kinds: Kinds, clock: Clock) -> "Edge | None":
        if config.edge is None:
            return None
        from agent.edge.edge import Edge  # what an agent without [edge] need not load

        devices = {device.key: device.driver.device_kind for device in config.devices}
        return Edge(config.edge, config.edge_file, self.publisher, kinds, devices, clock, config.agent.id)

    async def start(self) -> None:
        """Open the spool and begin to connect. Raises `SpoolError` and `BrokerError` (bad TLS files)."""
        await self.spool.open()
        self.poller.resume(self.spool.confirmed_ms or None)
        if self.edge is not None:
            await self.edge.start()
        try:
            await self.client.start()
        except BaseException:
            await self.spool.close()
            raise

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until `stopping` is set."""
        log.info("agent %s watches %d devices", self.config.agent.id, len(self.config.devices))
        loops = [
            self.poller.run,
            self.seeker.run,
            self.intake.run,
            self.publisher.run,
            self.status.run,
            self.orders.run,
            self._receive,
        ]
        loops += [] if self.edge is None else [self.edge.run]
        tasks = [asyncio.create_task(loop(), name=loop.__qualname__) for loop in loops]
        halt = asyncio.create_task(stopping.wait())
        try:
            done, _ = await asyncio.wait([halt, *tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (halt, *tasks):
                task.cancel()
            await asyncio.gather(halt, *tasks, return_exceptions=True)

    async def stop(self, *, in_order: bool = True) -> None:
        """Store what was read, say goodbye and close; what is not acknowledged goes out at the next start.

        `in_order`: it was told to stop, as by an update or a restart of the machine. Whoever falls over does not say so.
        """
        await self.poller.close()
        await self.gate.sync()
        with contextlib.suppress(SpoolError):
            await self.intake.flush(force=True)
            await self.status.publish(online=False, leaving="stopped" if in_order else "")
        await self.time.clock.sleep(FAREWELL_S)
        await self.client.stop()
        await self.spool.close()
        log.info("agent %s stopped", self.config.agent.id)

    async def _receive(self) -> None:
        async for message in self.client.messages():
            self.orders.receive(message)
            await self.publisher.receive(message)

    def _restored(self) -> None:
        self.intake.facts.forget()
