"""From an MQTT message to a batch or a refusal. Pure, so that it can run outside the event loop."""

from collections.abc import Sequence
from dataclasses import dataclass

from protocols.errors import WireError
from protocols.mqtt import Message
from protocols.wire.batch import Batch
from protocols.wire.decode import decode, identify
from protocols.wire.inflate import digest, readable
from protocols.wire.topics import parse

ENOUGH = 4 * 1024 * 1024
"""Bytes of msgpack decoded at a time: 6 kB of zlib can be a valid batch that takes 20 MB in memory."""


@dataclass(slots=True)
class Arrival:
    """One data message: exactly one of `batch` and `reason` is set. `identity` is (stream, seq) where readable.

    `size` is its bytes, inflated.
    """

    agent: str
    payload: bytes
    digest: bytes
    size: int = 0
    batch: Batch | None = None
    identity: tuple[bytes, int] | None = None
    reason: str | None = None
    detail: str = ""

    def refuse(self, reason: str, detail: str) -> None:
        """Make it a refusal; what was decoded is let go."""
        self.batch, self.reason, self.detail = None, reason, detail


def read(messages: Sequence[Message], now_ms: int, enough: int = ENOUGH) -> list[Arrival]:
    """The first messages decoded or refused, in order: as many as hold `enough` bytes inflated, at least one.

    `now_ms` bounds how far ahead a stamp may lie.
    """
    arrivals: list[Arrival] = []
    for message in messages:
        arrivals.append(_read(message, now_ms))
        enough -= arrivals[-1].size
        if enough <= 0:
            break
    return arrivals


def _read(message: Message, now_ms: int) -> Arrival:
    try:
        agent, _ = parse(message.topic)
    except WireError as error:
        return Arrival("", message.payload, b"", reason=error.reason, detail=str(error))
    plain = readable(message.payload, message.encoding)
    arrival = Arrival(agent, message.payload, digest(plain, None), len(plain))
    try:
        batch = decode(message.payload, agent=agent, now_ms=now_ms, content_encoding=message.encoding)
    except WireError as error:
        arrival.identity = identify(message.payload, message.encoding)
        arrival.refuse(error.reason, str(error))
    else:
        arrival.batch, arrival.identity = batch, (batch.stream, batch.seq)
    return arrival
