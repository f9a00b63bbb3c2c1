"""What the collector may ask of a running agent: commands carried out one at a time, each answered."""

import asyncio
import logging
from collections import deque
from typing import Any

from agent.poller import Poller
from agent.watched import Watched
from protocols.driver import Reading
from protocols.errors import WireError
from protocols.mqtt import Message, MqttClient
from protocols.wire.commands import Command, Result, decode_command, encode_result
from protocols.wire.topics import topic

log = logging.getLogger(__name__)
MOST_DEVICES = 100
MOST_ROWS = 500
"""Samples and attributes in the answer to `read`."""
PATIENCE_S = 45.0
_WAITING = 20
_REMEMBERED = 100


class Orders:
    """Give it messages with `receive`; `run` carries them out. A command that comes twice is carried out once."""

    def __init__(self, agent: str, client: MqttClient, poller: Poller) -> None:
        self._client, self._poller = client, poller
        self._command, self._result = topic(agent, "command"), topic(agent, "result")
        self._queue: asyncio.Queue[Command] = asyncio.Queue(_WAITING)
        self._known: deque[str] = deque(maxlen=_REMEMBERED)
        client.subscribe(self._command)

    def receive(self, message: Message) -> None:
        """Put a command in line; a message on another topic is not ours."""
        if message.topic != self._command or message.retained:
            return
        try:
            command = decode_command(message.payload)
        except WireError as error:
            log.warning("a command is not readable: %s", error)
            return
        if command.id in self._known:
            return
        self._known.append(command.id)
        try:
            self._queue.put_nowait(command)
        except asyncio.QueueFull:
            self._answer(Result(command.id, False, "too many commands wait; ask again in a minute"))

    async def run(self) -> None:
        """Carry out commands for ever."""
        while True:
            command = await self._queue.get()
            self._answer(await self.carry_out(command))

    async def carry_out(self, command: Command) -> Result:
        """Do it and say what came of it."""
        if command.name == "poll":
            found = self._named(command.args.get("devices"))
            if isinstance(found, str):
                return Result(command.id, False, found)
            await asyncio.gather(*(self._poller.poll_now(watched, PATIENCE_S) for watched in found))
            return Result(command.id, True, {watched.device.key: _fares(watched) for watched in found})
        if command.name == "read":
            found = self._named([command.args.get("device")])
            if isinstance(found, str):
                return Result(command.id, False, found)
            reading = await self._poller.poll_now(found[0], PATIENCE_S)
            return Result(command.id, True, {**_fares(found[0]), **(_shown(reading) if reading else {})})
        return Result(command.id, False, f"this agent does not know the command {command.name[:50]!r} yet")

    def _named(self, keys: Any) -> list[Watched] | str:
        """The devices of these keys, or why there are none."""
        if not isinstance(keys, list) or not 0 < len(keys) <= MOST_DEVICES:
            return f"name 1 to {MOST_DEVICES} devices by their keys"
        by_key = {watched.device.key: watched for watched in self._poller.watched}
        unknown = [str(key)[:100] for key in keys if not isinstance(key, str) or key not in by_key]
        if unknown:
            return f"this agent has no device {unknown[0]!r}"
        return [by_key[key] for key in dict.fromkeys(keys)]

    def _answer(self, result: Result) -> None:
        if not self._client.publish(self._result, encode_result(result)):
            log.info("the answer to a command was not sent: the broker is gone")


def _fares(watched: Watched) -> dict[str, Any]:
    return {"reachable": watched.reachable, "failures": watched.failures, "detail": watched.detail[:300]}


def _shown(reading: Reading) -> dict[str, Any]:
    samples = [[each.metric, each.label or "", each.value, each.unit or ""] for each in reading.samples[:MOST_ROWS]]
    attributes = {str(key)[:200]: value for key, value in list(reading.attributes.items())[:MOST_ROWS]}
    cut = len(reading.samples) > MOST_ROWS or len(reading.attributes) > MOST_ROWS
    return {"samples": samples, "attributes": attributes, "cut": cut}
