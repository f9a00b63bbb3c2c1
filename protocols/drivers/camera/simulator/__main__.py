"""`python -m protocols.drivers.camera.simulator`: a camera or recorder, until it is interrupted."""

import argparse
import asyncio
import contextlib
import signal

from protocols.clock import SystemClock
from protocols.drivers.camera.simulator.simulator import FAULTS, simulate


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m protocols.drivers.camera.simulator",
        description="Simulate an ONVIF camera, or a recorder with several channels.",
        epilog="example: python -m protocols.drivers.camera.simulator --address 127.0.0.1:8080 --fault frozen",
    )
    parser.add_argument("--address", default="127.0.0.1:8080", help="address and port to answer at")
    parser.add_argument("--name", default="Main Entrance", help="name of the camera")
    parser.add_argument("--channels", type=int, default=1, help="channels; more than one make a recorder")
    parser.add_argument(
        "--fault", action="append", default=[], choices=sorted(FAULTS), help="break it; may be repeated"
    )
    return parser.parse_args()


async def _serve_until_stopped(chosen: argparse.Namespace) -> None:
    async with simulate(chosen.address, SystemClock(), chosen.name, channels=chosen.channels) as camera:
        for name in chosen.fault:
            await camera.fault(name)
        options = " ".join(f"--option {key}={value}" for key, value in camera.options.items())
        print(f"{chosen.name} answers at {camera.address} {options}", flush=True)
        ended = asyncio.Event()
        with contextlib.suppress(NotImplementedError):  # Windows
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
        await ended.wait()


def main() -> None:
    """Play the camera until it is interrupted."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve_until_stopped(_arguments()))


if __name__ == "__main__":
    main()
