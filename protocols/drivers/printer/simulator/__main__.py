"""`python -m protocols.drivers.printer.simulator`: one printer, until it is interrupted."""

import argparse
import asyncio
import contextlib

from protocols.clock import SystemClock
from protocols.drivers.printer.simulator.printer import FAULTS, simulate


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m protocols.drivers.printer.simulator",
        description="Simulate a printer or copier over SNMP and IPP.",
        epilog="example: python -m protocols.drivers.printer.simulator --address 127.0.0.1:9161 --fault jam",
    )
    parser.add_argument("--address", default="127.0.0.1:9161", help="host and port, of UDP (SNMP) and TCP (IPP) alike")
    parser.add_argument("--name", default="Library copier", help="its name")
    parser.add_argument("--model", default="Acme ColorJet 4500", help="its model")
    parser.add_argument("--mono", action="store_true", help="prints black alone")
    parser.add_argument("--trays", type=int, default=2, help="how many trays it has")
    parser.add_argument("--fault", action="append", default=[], choices=sorted(FAULTS), help="break this; repeatable")
    return parser.parse_args()


async def _serve_until_stopped(chosen: argparse.Namespace) -> None:
    traits = {"name": chosen.name, "model": chosen.model, "colour": not chosen.mono, "trays": chosen.trays}
    async with simulate(chosen.address, SystemClock(), **traits) as printer:
        for name in chosen.fault:
            await printer.fault(name)
        options = " ".join(f"--option {name}={value}" for name, value in printer.options.items())
        print(f"{chosen.name} answers: firstbell-agent read printer {printer.address} {options}", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Play the printer until it is interrupted."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve_until_stopped(_arguments()))


if __name__ == "__main__":
    main()
