"""`python -m protocols.drivers.bacnet.simulator`: one air handler, until it is interrupted."""

import argparse
import asyncio
import contextlib

from protocols.clock import SystemClock
from protocols.drivers.bacnet.simulator.simulator import serve


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m protocols.drivers.bacnet.simulator",
        description="Simulate an air handler with zones over BACnet/IP.",
        epilog='example: python -m protocols.drivers.bacnet.simulator --address 127.0.0.1:47900 --name "AHU 1" --zones 6',
    )
    parser.add_argument("--address", default="127.0.0.1:47900", help="address and UDP port to answer at")
    parser.add_argument("--instance", type=int, default=1001, help="BACnet device instance")
    parser.add_argument("--name", default="AHU 1", help="name of the device and first word of its objects' names")
    parser.add_argument("--zones", type=int, default=6, help="how many zones it serves")
    parser.add_argument("--doors", type=int, default=0, help="how many access doors it has")
    return parser.parse_args()


async def _serve_until_stopped(chosen: argparse.Namespace) -> None:
    clock = SystemClock()
    async with serve(chosen.address, chosen.instance, chosen.name, chosen.zones, clock, chosen.doors) as simulator:
        print(f"{chosen.name} answers at {simulator.address} as device {chosen.instance}", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Play the air handler until it is interrupted."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve_until_stopped(_arguments()))


if __name__ == "__main__":
    main()
