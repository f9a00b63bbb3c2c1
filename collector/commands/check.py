"""`firstbell check`: whether the collector could run here, part by part, with what to do where it could not."""

import argparse
import asyncio
import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from collector.commands import add_parser, log_to_stderr, opened, settings_of
from collector.settings import Settings
from collector.store import version
from protocols.clock import SystemClock
from protocols.errors import FirstBellError
from protocols.mqtt import MqttClient

_PATIENCE = 5.0
_LOOK = 0.05
_DISK_LEAST = 1 << 30


class Finding(NamedTuple):
    """What one check found: `ok`, and a sentence."""

    part: str
    ok: bool
    detail: str


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `check`."""
    parser = add_parser(
        commands,
        "check",
        "Check the configuration, the data directory, the database and the broker, and explain what is wrong.",
        "firstbell check --config /etc/firstbell/collector.toml",
    )
    parser.add_argument("--broker", metavar="HOST:PORT", help="the MQTT broker (default 127.0.0.1:1883)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """One line a part; 1 when any of them is wrong."""
    settings = settings_of(args, broker=args.broker)
    log_to_stderr(logging.CRITICAL)
    findings = [Finding("configuration", True, "every setting is valid"), *data_directory(settings.data)]
    findings += asyncio.run(_connected(settings))
    for finding in findings:
        print(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.part}: {finding.detail}")
    return 0 if all(finding.ok for finding in findings) else 1


def data_directory(data: Path) -> Iterator[Finding]:
    """Whether `data`, or the nearest folder above it that exists, can be written to and has room."""
    folder = next((path for path in (data, *data.absolute().parents) if path.exists()), Path("/"))
    writable = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    detail = f"{data} can be written to" if folder == data else f"{data} can be made"
    if not writable:
        detail = f"{folder} cannot be written to: run as its owner, or choose another with --data DIR"
    yield Finding("data directory", writable, detail)
    free = shutil.disk_usage(folder).free
    enough = free >= _DISK_LEAST
    room = f"{free / (1 << 30):.1f} GiB free on the disk of {folder}"
    yield Finding("disk", enough, room if enough else f"only {room}: make room, at least 1 GiB")


async def _connected(settings: Settings) -> list[Finding]:
    return [await _database(settings), await _broker(settings)]


async def _database(settings: Settings) -> Finding:
    try:
        async with opened(settings, _PATIENCE) as database:
            found = await version.inspect(database)
    except FirstBellError as error:
        return Finding("database", False, str(error).removeprefix("database: "))
    return Finding("database", found.fits, found.describe())


async def _broker(settings: Settings) -> Finding:
    try:
        client = MqttClient(settings.endpoint("firstbell-check"))
        await client.start()
        reason = await _failure(client)
        await client.stop()
    except FirstBellError as error:
        return Finding("broker", False, str(error))
    if reason is not None:
        said = reason.removeprefix(f"{settings.broker} ")
        return Finding("broker", False, f"{settings.broker} {said}; start it, or correct `broker`")
    return Finding("broker", True, f"connected to {settings.broker}{' with TLS' if settings.broker_ca else ''}")


async def _failure(client: MqttClient) -> str | None:
    """Why the broker cannot be used; None once it took us."""
    try:
        async with asyncio.timeout(_PATIENCE):
            while not client.connected.is_set() and client.failure is None:
                await SystemClock().sleep(_LOOK)
    except TimeoutError:
        return f"does not answer within {_PATIENCE:g} s"
    return client.failure
