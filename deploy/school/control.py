"""How `firstbell school` speaks to the simulators' process: a socket in the data directory, one JSON line each way.

The socket and its folder belong to the owner alone. A path longer than a socket's name may be is reached by its folder's number.
"""

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from deploy.school.stage import Stage
from protocols.errors import FirstBellError, OptionError, StartError

NAME = "control"
MOST_BYTES = 64 * 1024
PATIENCE_S = 20.0


@contextlib.asynccontextmanager
async def listening(path: Path, stage: Stage) -> AsyncIterator[None]:
    """Answer at `path` for the time of the block."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ValueError, asyncio.LimitOverrunError):
            asked = json.loads(await reader.readline())
            writer.write(json.dumps(await _answer(asked, stage)).encode() + b"\n")
            await writer.drain()
        writer.close()

    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with _short(path) as short:
        held = socket.socket(socket.AF_UNIX)
        before = os.umask(0o177)
        try:
            held.bind(short)
        finally:
            os.umask(before)
    server = await asyncio.start_unix_server(answer, sock=held, limit=MOST_BYTES)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


async def _answer(asked: Any, stage: Stage) -> dict[str, Any]:
    do, name = (asked.get("do"), asked.get("scenario")) if isinstance(asked, dict) else (None, None)
    try:
        if do == "break":
            await stage.begin(str(name))
        elif do == "heal":
            return {"ended": await stage.end(None if name is None else str(name))}
        return {
            "scenarios": [
                {
                    "name": each.name, "says": each.says, "expect": each.expect,
                    "on": each.name in stage.active, "missing": stage.missing(each.name),
                }
                for each in stage.scenarios.values()
            ]
        }  # fmt: skip
    except (FirstBellError, OSError) as error:
        return {"error": str(error)}
    except KeyError as error:
        return {"error": f"{name}: a simulator knows no fault {error}"}


def ask(path: Path, do: str, scenario: str | None = None) -> dict[str, Any]:
    """The answer of the running school. Raises `StartError` when there is none, `OptionError` for what it refuses."""
    try:
        with _short(path) as short, socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(PATIENCE_S)
            asking.connect(short)
            asking.sendall(json.dumps({"do": do, "scenario": scenario}).encode() + b"\n")
            with asking.makefile("rb") as lines:
                answer: dict[str, Any] = json.loads(lines.readline(MOST_BYTES))
    except (OSError, ValueError) as error:
        raise StartError(
            f"no simulated school runs with --data {path.parent.parent}: start it with `firstbell up --school`"
        ) from error
    if "error" in answer:
        raise OptionError(answer["error"])
    return answer


@contextlib.contextmanager
def _short(path: Path) -> Iterator[str]:
    """The path, through an open folder where it would be too long for a socket (107 bytes on Linux)."""
    if len(os.fsencode(path)) < 100:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
