"""`python -m protocols.drivers.meter.simulator`: one meter, until it is interrupted."""

import argparse
import asyncio
import contextlib

from protocols.clock import SystemClock
from protocols.drivers.meter.register_map import names
from protocols.drivers.meter.simulator.simulator import FAULTS, simulate


async def _run(chosen: argparse.Namespace) -> None:
    async with simulate(chosen.address, SystemClock(), chosen.map, chosen.unit, chosen.peak) as simulator:
        for name in chosen.fault:
            await simulator.fault(name)
        print(f"a meter with the map {chosen.map} answers at {simulator.address}", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Play the meter until it is interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m protocols.drivers.meter.simulator",
        description="Simulate a meter over Modbus TCP.",
        epilog="example: python -m protocols.drivers.meter.simulator --map eastron-sdm630 --fault phase-lost",
    )
    parser.add_argument("--address", default="127.0.0.1:1502", help="address and TCP port to answer at")
    parser.add_argument("--map", choices=names(), default="sunspec", help="whose registers it has")
    parser.add_argument("--unit", type=int, help="Modbus unit identifier; default: the map's")
    parser.add_argument("--peak", type=float, default=45_000.0, help="load at midday in W")
    parser.add_argument("--fault", action="append", default=[], choices=sorted(FAULTS), help="break this; repeatable")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
