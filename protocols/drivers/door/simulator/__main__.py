"""Runs a simulated controller or OSDP device until interrupted, and prints how to read it."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress

from protocols.clock import SystemClock
from protocols.drivers.door.simulator.simulator import FAULTS, NAMES, simulate


async def run(address: str, names: Sequence[str], faults: Sequence[str]) -> None:
    """Serve for ever."""
    async with simulate(address, SystemClock(), names) as simulated:
        for fault in faults:
            await simulated.fault(fault)
        sys.stdout.write(f"address = {simulated.address}\noptions = {dict(simulated.options)}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m protocols.drivers.door.simulator", description=__doc__)
    parser.add_argument("--address", default="127.0.0.1:8080", help="host:port, or osdp+tcp://host:port/1")
    parser.add_argument("--door", action="append", default=[], help="name of a door; repeatable")
    parser.add_argument("--fault", action="append", default=[], choices=sorted(FAULTS), help="break this; repeatable")
    asked = parser.parse_args(arguments)
    with suppress(KeyboardInterrupt):
        asyncio.run(run(asked.address, asked.door or NAMES, asked.fault))
    return 0


if __name__ == "__main__":
    sys.exit(main())
