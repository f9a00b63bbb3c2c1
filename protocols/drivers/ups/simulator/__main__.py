"""`python -m protocols.drivers.ups.simulator`: one UPS, until it is interrupted."""

import argparse
import asyncio
import contextlib

from protocols.address import read_place
from protocols.clock import SystemClock
from protocols.drivers.ups.simulator.model import FAULTS
from protocols.drivers.ups.simulator.simulator import simulate


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m protocols.drivers.ups.simulator",
        description="Simulate a UPS over SNMP, or behind a NUT server.",
        epilog="example: python -m protocols.drivers.ups.simulator --address 127.0.0.1:16100 --fault on-battery",
    )
    parser.add_argument("--address", default="127.0.0.1:16100", help="host:port for SNMP, nut://host:port/name for NUT")
    parser.add_argument("--name", default="UPS-MDF", help="its name")
    parser.add_argument("--plain", action="store_true", help="UPS-MIB alone, as other makers than APC")
    parser.add_argument("--traps-to", help="host:port to send traps to")
    parser.add_argument("--fault", action="append", default=[], choices=sorted(FAULTS), help="break this; repeatable")
    return parser.parse_args()


async def _serve_until_stopped(chosen: argparse.Namespace) -> None:
    sink = read_place(chosen.traps_to, 162, "--traps-to") if chosen.traps_to else None
    async with simulate(chosen.address, SystemClock(), chosen.name, not chosen.plain, sink) as running:
        for fault in chosen.fault:
            await running.fault(fault)
        print(f"{chosen.name} answers at {running.address}", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Play the UPS until it is interrupted."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve_until_stopped(_arguments()))


if __name__ == "__main__":
    main()
