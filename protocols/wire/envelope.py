"""The form of a batch, which msgspec enforces in C while it reads: every length and type, before anything is built.

What no form describes (an unknown key, a row's further entries) is skipped without being built. Where a limit counts bytes
of UTF-8 msgspec counts characters; `decode` counts again where they differ.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from protocols.errors import WireError
from protocols.wire import limits

_I64 = (1 << 63) - 1

Text = Annotated[str, Meta(max_length=limits.STRING_BYTES)]
Name = Annotated[str, Meta(min_length=1, max_length=limits.STRING_BYTES)]
Id = Annotated[bytes, Meta(min_length=16, max_length=16)]
Index = Annotated[int, Meta(ge=0, lt=limits.DEVICES)]
Count = Annotated[int, Meta(ge=0, lt=_I64)]
Stamp = Annotated[int, Meta(ge=-_I64, le=_I64)]
Scalars = Annotated[dict[Text, Text | int | float | bool | None], Meta(max_length=limits.MAP_ENTRIES)]
Column = Annotated[bytes, Meta(max_length=8 * limits.SAMPLES)]


class Head(msgspec.Struct, frozen=True):
    """What must be known before the rest is read."""

    v: msgspec.Raw
    agent: msgspec.Raw


class Identity(msgspec.Struct, frozen=True):
    """What is needed to tell a batch's sender that it was refused."""

    stream: Id
    seq: Annotated[int, Meta(ge=1, lt=_I64)]


class ClockForm(msgspec.Struct, frozen=True):
    """The agent's clock."""

    sync: bool
    boot: Id


class DeviceForm(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row of `devices`."""

    key: Name
    kind: Name


class PointForm(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row of `points`."""

    device: Index
    metric: Name
    label: Text | None
    unit: Text


class EventForm(msgspec.Struct, frozen=True, array_like=True):
    """A row of `events`."""

    device: Index
    time: Stamp
    kind: Name
    severity: Literal["info", "minor", "major", "critical"]
    detail: Scalars


class FactForm(msgspec.Struct, frozen=True, array_like=True):
    """A row of `facts`."""

    device: Index
    time: Stamp
    attributes: Scalars


class ReachForm(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row of `reach`."""

    device: Index
    time: Stamp
    reachable: bool
    detail: Text


class BatchForm(Identity, frozen=True):
    """A batch as it travels (`wire.md`)."""

    sent: Count
    clock: ClockForm
    i: Column
    t: Column
    x: Column
    devices: Annotated[list[DeviceForm], Meta(max_length=limits.DEVICES)] = []
    points: Annotated[list[PointForm], Meta(max_length=limits.POINTS)] = []
    events: Annotated[list[EventForm], Meta(max_length=limits.EVENTS)] = []
    facts: Annotated[list[FactForm], Meta(max_length=limits.FACTS)] = []
    reach: Annotated[list[ReachForm], Meta(max_length=limits.REACH)] = []


_HEAD = msgspec.msgpack.Decoder(Head)
_IDENTITY = msgspec.msgpack.Decoder(Identity)
_BATCH = msgspec.msgpack.Decoder(BatchForm)
_VERSION = msgspec.msgpack.Decoder(int)
_AGENT = msgspec.msgpack.Decoder(Text)


def read_batch(plain: bytes, agent: str) -> BatchForm:
    """The batch that `agent` sent. Raises `WireError` (msgpack, version, agent, size, key, value)."""
    try:
        _check_head(plain, agent)
        return _BATCH.decode(plain)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _refusal(error) from error


def read_identity(plain: bytes) -> Identity:
    """Stream and number of a batch that may be malformed elsewhere. Raises `WireError`."""
    try:
        return _IDENTITY.decode(plain)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _refusal(error) from error


def _check_head(plain: bytes, agent: str) -> None:
    head = _HEAD.decode(plain)
    try:
        version = _VERSION.decode(head.v)
    except msgspec.DecodeError as error:
        raise WireError("version", "the batch's version is not a number") from error
    if version != limits.VERSION:
        raise WireError("version", f"batch version {version}, this collector reads {limits.VERSION}")
    try:
        named = _AGENT.decode(head.agent)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WireError("agent", "the batch's agent is not a text") from error
    if named != agent:
        raise WireError("agent", f"batch names agent {named[:64]!r}, its topic {agent!r}")


def _refusal(error: Exception) -> WireError:
    """msgspec's error as ours; its text names the place and the rule, never what the sender wrote."""
    text = str(error)[:200] or type(error).__name__
    if not isinstance(error, msgspec.ValidationError):
        return WireError("msgpack", f"not readable: {text}")
    if "of length <=" in text:
        return WireError("size", text)
    return WireError("value" if "[" in text.partition(" - at ")[2] else "key", text)
