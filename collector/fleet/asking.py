"""Takes commands from the database to the agents and their results back. A connection to the broker of its own."""

import asyncio
import logging
import math
from typing import Any

from collector.outage import Outage
from collector.store import commands
from collector.store.database import Database
from protocols.clock import Clock, utc
from protocols.errors import StoreError, WireError
from protocols.mqtt import Endpoint, Message, MqttClient
from protocols.wire.commands import Command, decode_result, encode_command
from protocols.wire.topics import parse, result_filter, topic

log = logging.getLogger(__name__)
EVERY_S = 0.5
_FORGET_EVERY_S = 3600.0


class Asking:
    """Runs until cancelled; may be run again."""

    def __init__(self, database: Database, endpoint: Endpoint, clock: Clock) -> None:
        self._database, self._endpoint, self._clock = database, endpoint, clock
        self._outage = Outage(log, "commands")
        self._client = MqttClient(endpoint)

    async def run(self) -> None:
        """Send and receive. Raises `BrokerError` for TLS files that cannot be used."""
        self._client = MqttClient(self._endpoint)
        self._client.subscribe(result_filter())
        await self._client.start()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._send())
                tasks.create_task(self._receive())
        finally:
            await self._client.stop()

    async def _send(self) -> None:
        forgotten = self._clock.monotonic()
        while True:
            await self._clock.sleep(EVERY_S)
            if not self._client.connected.is_set():
                continue
            try:
                await self._send_waiting()
                if self._clock.monotonic() - forgotten >= _FORGET_EVERY_S:
                    forgotten = self._clock.monotonic()
                    await commands.forget(self._database, utc(self._clock.now_ms()))
                self._outage.over()
            except StoreError as error:
                self._outage.lost(error)

    async def _send_waiting(self) -> None:
        now = utc(self._clock.now_ms())
        for row in await commands.take(self._database, now):
            payload = encode_command(Command(row["id"], row["name"], row["args"]))
            left = max(1, round((row["expires_at"] - now).total_seconds()))
            self._client.publish(topic(row["agent"], "command"), payload, expires=left)

    async def _receive(self) -> None:
        async for message in self._client.messages():
            await self.take_in(message)

    async def take_in(self, message: Message) -> None:
        """Keep an agent's answer; what is not one, or to nothing that it was asked, is left out."""
        try:
            agent, _ = parse(message.topic)
            result = decode_result(message.payload)
            answer = _storable(result.answer if result.answer is not None else {})
            now = utc(self._clock.now_ms())
            if not await commands.answered(self._database, agent, result.id, result.ok, answer, now):
                log.info("%s answered what it was not asked", agent)
        except WireError as error:
            log.warning("a result is not readable: %s", error)
        except StoreError as error:
            log.warning("a result could not be kept: %s", error)


def _storable(value: Any) -> Any:
    """As JSON in the database can hold it: no NUL, no bytes, and what is not finite as text."""
    if isinstance(value, dict):
        return {str(_storable(str(key))): _storable(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_storable(each) for each in value]
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, bytes) or (isinstance(value, float) and not math.isfinite(value)):
        return str(value)
    return value
