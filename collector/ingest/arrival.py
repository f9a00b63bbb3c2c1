"""From an MQTT message to a batch or a refusal. Pure, so that it can run outside the event loop."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from protocols.errors import WireError
from protocols.mqtt import Message
from protocols.wire.batch import Batch
from protocols.wire.decode import decode, identify, inflate
from protocols.wire.topics import parse


@dataclass(slots=True)
class Arrival:
    """One data message: exactly one of `batch` and `reason` is set. `identity` is (stream, seq) where readable."""

    agent: str
    payload: bytes
    digest: bytes
    batch: Batch | None = None
    identity: tuple[bytes, int] | None = None
    reason: str | None = None
    detail: str = ""

    def refuse(self, reason: str, detail: str) -> None:
        """Make it a refusal; what was decoded is let go."""
        self.batch, self.reason, self.detail = None, reason, detail


def read(messages: Sequence[Message], now_ms: int) -> list[Arrival]:
    """Each message decoded or refused, in order. `now_ms` bounds how far ahead a stamp may lie."""
    return [_read(message, now_ms) for message in messages]


def _read(message: Message, now_ms: int) -> Arrival:
    try:
        agent, _ = parse(message.topic)
    except WireError as error:
        return Arrival("", message.payload, b"", reason=error.reason, detail=str(error))
    arrival = Arrival(agent, message.payload, digest(message.payload, message.encoding))
    try:
        batch = decode(message.payload, agent=agent, now_ms=now_ms, content_encoding=message.encoding)
    except WireError as error:
        arrival.identity = identify(message.payload, message.encoding)
        arrival.refuse(error.reason, str(error))
    else:
        arrival.batch, arrival.identity = batch, (batch.stream, batch.seq)
    return arrival


def digest(payload: bytes, encoding: str | None) -> bytes:
    """16 bytes that tell two batches apart, whatever compressed them."""
    try:
        plain = inflate(payload, encoding)
    except WireError:
        plain = payload
    return hashlib.blake2b(plain, digest_size=16).digest()
