"""The process that runs the school's simulators: `python -m deploy.school.serve KEY=PORT …`; it ends with its parent."""

import asyncio
import signal
import sys
from contextlib import AsyncExitStack

from deploy.school.plan import AIR_HANDLERS
from protocols.clock import SystemClock
from protocols.drivers.bacnet import simulator


async def serve(ports: dict[str, int]) -> None:
    """Simulate every device of the plan on its port until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with AsyncExitStack() as stack:
        for handler in AIR_HANDLERS:
            at = handler._replace(port=ports[handler.key])
            running = simulator.serve(at.address, at.instance, at.name, at.zones, SystemClock())
            await stack.enter_async_context(running)
        print("ready", flush=True)
        await stop.wait()


def main() -> None:
    """Entry point."""
    ports = {key: int(port) for key, _, port in (argument.partition("=") for argument in sys.argv[1:])}
    asyncio.run(serve(ports))


if __name__ == "__main__":
    main()
