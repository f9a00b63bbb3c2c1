"""Commands from the collector to an agent, and the agent's results."""

import re
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgpack
import msgspec
from msgspec import Meta

from protocols.errors import WireError
from protocols.wire import limits
from protocols.wire.messages import unpack_small

NAMES = ("poll", "discover", "read", "restart", "update")
"""Every command there is to be; an agent that does not know one says so."""
_ID = re.compile(r"[0-9a-f-]{1,64}")
_Text = Annotated[str, Meta(min_length=1, max_length=limits.STRING_BYTES)]


@dataclass(frozen=True, slots=True)
class Command:
    """What an agent is asked to do; it is gone with the broker's message when it expires."""

    id: str
    name: str
    args: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a command: `answer` is the result where `ok`, else a sentence that says why not."""

    id: str
    ok: bool
    answer: Any = None


class _CommandForm(msgspec.Struct):
    id: _Text
    name: _Text
    args: dict[str, Any] = {}


class _ResultForm(msgspec.Struct):
    id: _Text
    ok: bool
    result: Any = None
    error: str = ""


def encode_command(command: Command) -> bytes:
    """The command as msgpack."""
    packed: bytes = msgpack.packb({"id": command.id, "name": command.name, "args": command.args})
    return packed


def decode_command(payload: bytes) -> Command:
    """The command in `payload`. Raises `WireError("command")` when it is not one."""
    try:
        form = msgspec.convert(unpack_small(payload, "command"), _CommandForm)
    except msgspec.ValidationError as error:
        raise WireError("command", f"not a command: {error}") from error
    return Command(form.id, form.name, form.args)


def encode_result(result: Result) -> bytes:
    """The result as msgpack; one too large for a message becomes an error that says so."""
    said = {"result": result.answer} if result.ok else {"error": str(result.answer)[: limits.STRING_BYTES]}
    packed: bytes = msgpack.packb({"id": result.id, "ok": result.ok, **said})
    if len(packed) > limits.MESSAGE_BYTES:
        return encode_result(Result(result.id, False, f"the answer has {len(packed)} bytes, too many for one message"))
    return packed


def decode_result(payload: bytes) -> Result:
    """The result in `payload`. Raises `WireError("result")` when it is not one."""
    try:
        form = msgspec.convert(unpack_small(payload, "result"), _ResultForm)
    except msgspec.ValidationError as error:
        raise WireError("result", f"not a result: {error}") from error
    if not _ID.fullmatch(form.id):
        raise WireError("result", "its id is none that was given out")
    return Result(form.id, form.ok, form.result if form.ok else form.error)
