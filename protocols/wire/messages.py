"""The small messages: the collector's acknowledgement and the agent's status."""

from dataclasses import dataclass, field
from typing import Any

import msgpack
import msgspec

from protocols.errors import WireError
from protocols.wire import limits
from protocols.wire.envelope import Count, Id
from protocols.wire.shape import check_shape


@dataclass(slots=True)
class Ack:
    """What the collector has committed of one stream: everything to `upto`, the inclusive ranges `also`; what it refused.

    `db_epoch` names the database's history: when it changes, the database was restored and the agent replays.
    """

    stream: bytes
    upto: int
    also: list[tuple[int, int]] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    db_epoch: str = ""


class _AckForm(msgspec.Struct):
    """An acknowledgement as it travels."""

    stream: Id
    upto: Count
    also: list[tuple[Count, Count]] = []
    refused: dict[Count, str] = {}
    db_epoch: str = ""


def encode_ack(ack: Ack) -> bytes:
    """The acknowledgement as msgpack; at most 200 of `also` and `refused` each, lowest first (the rest comes later)."""
    body = {
        "stream": ack.stream,
        "upto": ack.upto,
        "also": [list(pair) for pair in ack.also[:200]],
        "refused": dict(sorted(ack.refused.items())[:200]),
        "db_epoch": ack.db_epoch,
    }
    packed: bytes = msgpack.packb(body)
    return packed


def decode_ack(payload: bytes) -> Ack:
    """The acknowledgement in `payload`. Raises `WireError("ack")` when it is not one."""
    body = unpack_small(payload, "ack")
    try:
        form = msgspec.convert(body, _AckForm)
    except msgspec.ValidationError as error:
        raise WireError("ack", f"not an acknowledgement: {error}") from error
    if any(low > high for low, high in form.also):
        raise WireError("ack", "a range ends before it begins")
    return Ack(form.stream, form.upto, form.also, form.refused, form.db_epoch)


def encode_status(status: dict[str, Any]) -> bytes:
    """The agent's status as msgpack (the README of this folder has its keys)."""
    packed: bytes = msgpack.packb(status)
    return packed


def decode_status(payload: bytes) -> dict[str, Any]:
    """The status in `payload`: a map of text keys with a boolean `online`. Raises `WireError("status")`."""
    body = unpack_small(payload, "status")
    if not isinstance(body.get("online"), bool) or not all(isinstance(key, str) for key in body):
        raise WireError("status", "a status is a map with a boolean 'online'")
    return body


def unpack_small(payload: bytes, name: str) -> dict[Any, Any]:
    """A small msgpack map from an untrusted peer, within the wire's limits. Raises `WireError(name)`."""
    if len(payload) > limits.MESSAGE_BYTES:
        raise WireError(name, f"{len(payload)} bytes, at most {limits.MESSAGE_BYTES}")
    try:
        check_shape(payload)
        body = msgpack.unpackb(payload, strict_map_key=False)
    except (WireError, ValueError, msgpack.exceptions.UnpackException) as error:
        raise WireError(name, f"not readable: {error}") from error
    if not isinstance(body, dict):
        raise WireError(name, f"should be a map, is {type(body).__name__}")
    return body
