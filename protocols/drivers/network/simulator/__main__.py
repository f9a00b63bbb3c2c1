"""`python -m protocols.drivers.network.simulator --listen 127.0.0.1:16970 [--fault NAME]…`: a simulated switch until interrupted."""

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Sequence

from protocols.clock import SystemClock
from protocols.drivers.network.simulator.faults import FAULTS
from protocols.drivers.network.simulator.models import MODELS
from protocols.drivers.network.simulator.simulated import simulate


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve it until interrupted."""
    listing = "\n".join(f"  {name:14} {what}" for name, what in FAULTS.items())
    parser = argparse.ArgumentParser(
        prog="python -m protocols.drivers.network.simulator",
        description="A switch that does not exist, over SNMP 1, 2c (community public).",
        epilog=f"faults:\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--listen", default="127.0.0.1:16970", metavar="HOST:PORT", help="where to answer (default %(default)s)"
    )
    parser.add_argument("--model", default="aruba", choices=sorted(MODELS))
    parser.add_argument("--name", default="sw-mdf")
    parser.add_argument("--ports", type=int, default=48, help="access ports (default 48)")
    parser.add_argument("--traps", metavar="HOST:PORT", default="", help="send traps there")
    parser.add_argument("--fault", action="append", default=[], choices=sorted(FAULTS), metavar="NAME")
    args = parser.parse_args(arguments)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(args))
    return 0


async def _serve(args: argparse.Namespace) -> None:
    clock = SystemClock()
    async with simulate(
        args.listen, clock, name=args.name, model=args.model, ports=args.ports, traps=args.traps
    ) as simulated:
        for name in args.fault:
            await simulated.fault(name)
        print(f"{args.model} {args.name} answers at {simulated.address}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
