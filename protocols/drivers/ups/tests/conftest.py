"""Readings of a UPS in one word, and ports that are free."""

import socket
from pathlib import Path

from protocols.clock import Clock, SystemClock
from protocols.driver import Reading, Session, Target
from protocols.drivers.ups import DRIVER
from protocols.options import read_options

CASES = Path(__file__).parents[1] / "cases"


async def opened(address: str, clock: Clock | None = None, **options: object) -> Session:
    """A session at the address with these options."""
    chosen = read_options({"timeout": 0.5, **options}, DRIVER.options, "test")
    return await DRIVER.open(Target("ups-1", address), chosen, clock or SystemClock())


async def polled(address: str, clock: Clock | None = None, **options: object) -> Reading:
    """One reading."""
    session = await opened(address, clock, **options)
    try:
        return await session.poll()
    finally:
        await session.close()
        await session.close()


def values(reading: Reading) -> dict[str, float]:
    """Metric without `ups.`, with its label in braces → value."""
    return {each.metric[4:] + (f"{{{each.label}}}" if each.label else ""): each.value for each in reading.samples}


def free_port(kind: socket.SocketKind = socket.SOCK_DGRAM) -> int:
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
