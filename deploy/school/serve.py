"""The process that runs the school's simulators: `python -m deploy.school.serve`, told its plan in one JSON line on standard input.

It answers with one JSON line: where each device answers, or why it is left out. It ends with its parent.
"""

import asyncio
import logging
import signal
import sys
from pathlib import Path

import msgspec

from deploy.school.control import listening
from deploy.school.scenarios import load
from deploy.school.stage import Plan, Stage
from protocols.clock import SystemClock


async def serve(plan: Plan) -> None:
    """Play the plan until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    control = Path(plan.control)
    stage = Stage(plan.roles, load(), SystemClock(), control.parent / "secrets")
    played = await stage.start()
    try:
        async with listening(control, stage):
            sys.stdout.buffer.write(msgspec.json.encode(played) + b"\n")
            sys.stdout.buffer.flush()
            await stop.wait()
    finally:
        await stage.stop()


def main() -> None:
    """Entry point."""
    logging.basicConfig(level=logging.ERROR, format="%(asctime)s %(levelname)s simulated school: %(message)s")
    asyncio.run(serve(msgspec.json.decode(sys.stdin.buffer.readline(), type=Plan)))


if __name__ == "__main__":
    main()
