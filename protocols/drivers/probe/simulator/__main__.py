"""`python -m protocols.drivers.probe.simulator`: one service, until it is interrupted."""

import argparse
import asyncio
import contextlib

from protocols.clock import SystemClock
from protocols.drivers.probe.simulator.service import FAULTS, simulate


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m protocols.drivers.probe.simulator",
        description="Simulate a service: http, https, tcp, tls, dns, ntp or smtp.",
        epilog='example: python -m protocols.drivers.probe.simulator https://127.0.0.1:8443/ --text "Gradebook" --fault error',
    )
    parser.add_argument("address", nargs="?", default="http://127.0.0.1:8080/", help="what to serve and where")
    parser.add_argument("--text", default="", help="the page's heading, the address that a name has, or the greeting")
    parser.add_argument("--fault", action="append", default=[], choices=sorted(FAULTS), help="break this; repeatable")
    return parser.parse_args()


async def _serve_until_stopped(chosen: argparse.Namespace) -> None:
    async with simulate(chosen.address, SystemClock(), chosen.text) as service:
        for name in chosen.fault:
            await service.fault(name)
        print(f"{service.address} answers; options: {dict(service.options) or 'none needed'}", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Play the service until it is interrupted."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve_until_stopped(_arguments()))


if __name__ == "__main__":
    main()
