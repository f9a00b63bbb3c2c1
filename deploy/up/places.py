"""Where things are on this machine: the data directory, its lock, addresses and free ports."""

import contextlib
import fcntl
import os
from pathlib import Path
from typing import IO, NamedTuple

from collector.server import bind
from protocols.errors import OptionError, StartError


class Address(NamedTuple):
    """A host and a TCP port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host in ("localhost", "::1") or self.host.startswith("127.")


def parse_address(text: str, option: str) -> Address:
    """`HOST:PORT`. Raises `OptionError` naming the option."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise OptionError(f"{option} {text!r}: should be HOST:PORT, such as 127.0.0.1:8470")
    return Address(host.strip("[]"), int(port))


def free_address(wanted: str | None, default: Address, option: str) -> Address:
    """The address to listen on: `wanted` if it is free, else an error; with nothing wanted, the default or the next free port."""
    if wanted is not None:
        address = parse_address(wanted, option)
        bind(str(address), option).close()
        return address
    for port in range(default.port, default.port + 50):
        with contextlib.suppress(StartError):
            bind(str(Address(default.host, port)), option).close()
            return Address(default.host, port)
    raise StartError(f"no free port from {default.port} on; give {option} HOST:PORT", permanent=True)


def prepare(data: Path) -> None:
    """Make the data directory. Raises `StartError` when it cannot be written."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        probe = data / f".write-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StartError(
            f"--data {data}: {error.strerror}; give a folder you may write, such as --data ~/firstbell", permanent=True
        ) from error


def lock(data: Path) -> IO[str]:
    """Hold the data directory for this process until it ends. Raises `StartError` when another has it."""
    held = (data / "lock").open("a+")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        held.seek(0)
        owner = held.read().strip() or "?"
        held.close()
        raise StartError(
            f"--data {data} is in use by process {owner}; end it, or give another --data DIR", permanent=True
        ) from error
    held.truncate(0)
    held.write(str(os.getpid()))
    held.flush()
    return held
