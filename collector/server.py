"""Runs the collector's web application in this process: bound first, stopped gracefully, ended by one clear line."""

import asyncio
import errno
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from collector.app import create_app
from collector.house import House
from collector.settings import Settings, split_address
from protocols.clock import Clock
from protocols.errors import StartError

log = logging.getLogger(__name__)
_GRACE = 10
_BACKLOG = 512


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: whoever runs us decides when to stop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Raises `StartError` when it cannot start or the database refuses this program."""
    asyncio.run(_until_signal(settings))


async def serve(
    settings: Settings,
    stop: asyncio.Event,
    *,
    clock: Clock | None = None,
    listening: Callable[[House], None] | None = None,
) -> None:
    """Serve until `stop` is set; `listening` is called once connections are accepted. Raises as `run` does."""
    prepare(settings.data)
    app = create_app(settings, clock)
    house: House = app.state.house
    listener = bind(settings.http)
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=_GRACE, lifespan="on"
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="web server")
    asked = [asyncio.create_task(event.wait()) for event in (stop, house.stopping)]
    try:
        log.info("listening on http://%s:%d", *listener.getsockname()[:2])
        if listening is not None:
            listening(house)
        await asyncio.wait([serving, *asked], return_when=asyncio.FIRST_COMPLETED)
    finally:
        house.stopping.set()
        server.should_exit = True
        await asyncio.wait([serving])
        for task in asked:
            task.cancel()
        listener.close()
    if house.fatal is not None:
        raise StartError(house.fatal, permanent=True)
    serving.result()


def prepare(data: Path) -> None:
    """Make the data directory. Raises `StartError` when this user cannot write there."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        writable = os.access(data, os.W_OK | os.X_OK)
        reason = "not this user's to write in"
    except OSError as error:
        writable, reason = False, error.strerror or str(error)
    if not writable:
        raise StartError(f"--data {data}: {reason}: run as its owner, or choose another directory", permanent=True)


def bind(address: str, option: str = "--http") -> socket.socket:
    """A listening socket on `HOST:PORT`, as `option` gave it. Raises `StartError` that says what to do."""
    host, port = split_address(address)
    try:
        family, kind, proto, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, proto)
    except OSError as error:
        raise StartError(
            f"{option} {address}: no such address here: {error.strerror or error}", permanent=True
        ) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise StartError(f"{option} {address}: {_reason(error, option)}", permanent=True) from error
    listener.setblocking(False)
    return listener


def _reason(error: OSError, option: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"another program listens there: stop it, or choose another port with {option} HOST:PORT"
    if error.errno == errno.EACCES:
        return f"this user may not listen on that port: choose one above 1023 with {option} HOST:PORT"
    if error.errno == errno.EADDRNOTAVAIL:
        return "this machine does not have that address: use 127.0.0.1, or 0.0.0.0 for every interface"
    return error.strerror or str(error)


async def _until_signal(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await serve(settings, stop)
